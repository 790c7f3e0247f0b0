"""What a process that decodes pictures may do once it is confined, tried by real processes."""

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
from errno import EPERM, errorcode
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from signals.child import WorkerProcess
from signals.pictures import hash_image
from signals.pool import HashingPool
from signals.sandbox import Sandbox
from signals.wire import read_ready_answer
from signals.wire_places import UnreadableAnswerError

ROOT = Path(__file__).resolve().parents[2]
ABROAD = 65534

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

CONFINED = """
import ctypes, json, mmap, os, signal, socket, sys, time
from signals.sandbox import confine, processor_limit
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
"""

ATTEMPTS = """
ready_made, page = socket.socket(), mmap.mmap(-1, 4096)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
call = lambda *numbers: lambda: libc.syscall(*map(ctypes.c_long, numbers))
attempts = {
    "open a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "create a file": lambda: os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY),
    "open a file the newest way": call(437, -100, address, address, 24),  # openat2
    "make a file in memory": lambda: os.memfd_create("x"),
    "look for a file": lambda: os.stat("/etc/passwd"),
    "delete a file": lambda: os.unlink(sys.argv[1]),
    "make a socket": socket.socket,
    "connect": lambda: ready_made.connect(("127.0.0.1", 9)),
    "bind": lambda: ready_made.bind(("127.0.0.1", 0)),
    "pass a descriptor on": lambda: socket.send_fds(ready_made, [b"x"], [1]),
    "duplicate a descriptor": lambda: os.dup(1),
    "fork": os.fork,
    "clone": call(435, address, 88),  # clone3
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "map executable memory": lambda: mmap.mmap(
        -1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_EXEC
    ),
    "make memory executable": lambda: libc.mprotect(ctypes.c_void_p(address), 4096, 5),
    "trace its parent": lambda: libc.ptrace(16, os.getppid(), None, None),
    "read another's memory": lambda: libc.process_vm_readv(
        int(sys.argv[2]), ctypes.c_void_p(address), 1, ctypes.c_void_p(address), 1, 0
    ),
    "signal its parent": lambda: os.kill(int(sys.argv[2]), 0),
    "signal its parent's thread": lambda: libc.tgkill(int(sys.argv[2]), int(sys.argv[2]), 0),
    "use io_uring": call(425, 1, address),
    "control a device": lambda: os.get_terminal_size(1),
    "raise its limits": lambda: libc.setrlimit(7, ctypes.c_void_p(address)),
    "call by prctl": lambda: libc.prctl(4, 1, 0, 0, 0),
    "install a filter": lambda: libc.prctl(22, 2, ctypes.c_void_p(address), 0, 0),
}
seen = {}
confine(2**31)
for name, attempt in attempts.items():
    ctypes.set_errno(0)
    try:
        seen[name] = 0 if attempt() != -1 else ctypes.get_errno()
    except OSError as error:
        seen[name] = error.errno
print(json.dumps(seen))
"""


def confined(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", CONFINED + script, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(scenario, **options):
    async def with_pool():
        pool = HashingPool(**{"workers": 1, **options})
        try:
            return await asyncio.wait_for(scenario(pool), 60)
        finally:
            await pool.close()

    return asyncio.run(with_pool())


def the_worker():
    (worker,) = (
        child for child in psutil.Process().children() if "signals.worker" in child.cmdline()
    )
    return worker


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_whatever_a_confined_process_tries_is_refused(tmp_path):
    tried = confined(ATTEMPTS, tmp_path / "made", os.getpid())

    assert tried.returncode == 0, tried.stderr
    refusals = {name: errorcode.get(code, code) for name, code in json.loads(tried.stdout).items()}
    assert refusals == dict.fromkeys(refusals, errorcode[EPERM])
    assert len(refusals) == 25
    assert not (tmp_path / "made").exists()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="conventions of x86_64")
@pytest.mark.parametrize("convention", ["x32", "32-bit"])
def test_a_call_in_another_convention_ends_the_process(convention):
    script = """
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20; int 0x80; ret: getpid
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
ways = {
    "32-bit": ctypes.CFUNCTYPE(ctypes.c_int)(address),
    "x32": lambda: libc.syscall(ctypes.c_long(0x40000000 + 39)),
}
confine(2**31)
ways[sys.argv[1]]()
print("it came back")
"""
    ended = confined(script, convention)

    assert ended.stdout == ""
    # A kernel that knows no 32-bit calls at all ends it in its own way.
    assert ended.returncode in {-signal.SIGSYS, -signal.SIGSEGV}


def test_a_library_that_aborts_still_ends_its_process_by_that_name():
    assert confined("confine(2**31)\nos.abort()").returncode == -signal.SIGABRT


def test_too_much_processor_time_ends_the_process_and_an_end_in_time_does_not():
    script = """
confine(2**31)
with processor_limit(0.2):
    pass
started = time.process_time()
while time.process_time() - started < 0.4:
    pass
print("went on", flush=True)
with processor_limit(0.2):
    while True:
        pass
"""
    ended = confined(script)

    assert ended.stdout == "went on\n"
    assert ended.returncode == -signal.SIGPROF


def test_a_process_of_the_same_user_cannot_look_into_a_confined_one():
    script = f"""
if os.geteuid() == 0:
    os.setresuid({ABROAD}, {ABROAD}, {ABROAD})
    libc.prctl(4, 1, 0, 0, 0)  # what changing the user took away
owner = lambda: os.stat("/proc/self/status").st_uid
print(owner(), flush=True)
confine(2**31)
print("confined", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", CONFINED + script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        before = int(process.stdout.readline())
        assert process.stdout.readline() == "confined\n"
        after = Path(f"/proc/{process.pid}/status").stat().st_uid
        process.kill()
    assert (before, after) == (os.geteuid() or ABROAD, 0)


def test_a_worker_that_serves_is_behind_the_filter(photo):
    async def scenario(pool):
        await pool.signals_of(photo)
        return status_of(the_worker().pid)

    status = run(scenario)
    assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")


def test_a_worker_says_what_holds_it():
    worker = WorkerProcess(2**31, demand_filter=True)
    try:
        assert worker.sandbox() == Sandbox(unfiltered=None)
    finally:
        worker.end()
        worker.reap(10)


def test_the_filter_stops_no_picture(photo, colours, written):
    small = colours.resize((200, 150))
    frames = {"save_all": True, "append_images": [small.rotate(90), small.rotate(180)]}
    deep = np.asarray(small.convert("L")).astype(np.uint16) * 257
    bodies = [
        photo,
        written(colours, "JPEG", progressive=True),
        written(small.convert("CMYK"), "JPEG"),
        written(Image.fromarray(deep)),
        written(colours.resize((1600, 1200)), "AVIF"),
        written(small, "WEBP", lossless=True),
        written(small.convert("RGBA"), "WEBP"),
        written(small, "JPEG2000", irreversible=True),
        *(written(small, image_format, **frames) for image_format in ("GIF", "WEBP", "AVIF")),
        *(written(small, "TIFF", compression=how) for how in ("tiff_adobe_deflate", "zstd")),
    ]

    async def scenario(pool):
        await pool.start()
        worker = the_worker()
        seen = [await pool.signals_of(body) for body in bodies]
        assert the_worker().pid == worker.pid
        assert worker.num_threads() == 1
        return seen

    assert run(scenario) == [hash_image(body) for body in bodies]


def test_no_byte_of_a_picture_reaches_a_file(colours, written, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    pattern = b"VIGILPATTERN" * 20_000
    bodies = [
        written(colours.resize((2400, 1800)), fmt) + pattern for fmt in ("PNG", "WEBP", "AVIF")
    ]
    looks = []

    def look(pid):
        open_ones = [str(os.readlink(link)) for link in Path(f"/proc/{pid}/fd").iterdir()]  # noqa: PTH115
        counts = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        looks.append((sorted({name.split(":")[0] for name in open_ones}), counts["write_bytes"]))

    async def scenario(pool):
        await pool.start()
        pid = the_worker().pid
        if os.geteuid() != 0:  # nobody else may look, and that is as it should be
            with pytest.raises(PermissionError):
                look(pid)
            return
        look(pid)  # before it was confined, it tried whether compiled code can be kept
        for body in bodies:
            hashing = asyncio.create_task(pool.signals_of(body))
            while not hashing.done():
                look(pid)
                await asyncio.sleep(0.01)
            await hashing
        look(pid)
        assert len(looks) > len(bodies)

    run(scenario)
    assert all(look == (["/dev/null", "socket"], looks[0][1]) for look in looks), looks
    assert list(tmp_path.iterdir()) == []


WITHOUT_SECCOMP = """
import ctypes, json, sys
from pathlib import Path
from signals import system_calls
from signals.child import WorkerProcess
from signals.picture_hasher import PictureHasher
from commands.machine_checks import workers_sandbox
from domain.errors import OutsideDown

machine = system_calls.this_machine()
refuse = [(0x06, 0, 0, 0x00050001)]
number = system_calls.SECCOMP[machine.column]
assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0
system_calls.install(machine, [
    *system_calls._head(machine),
    *system_calls._rule(number, refuse),
    (0x06, 0, 0, 0x7FFF0000),
])
worker = WorkerProcess(2**31)
found = {"unfiltered": worker.sandbox().unfiltered}
worker.end()
worker.reap(10)
with PictureHasher() as hasher:
    found["signals"] = len(hasher.hash(Path(sys.argv[1]).read_bytes()).signals)
worker = WorkerProcess(2**31, demand_filter=True)
try:
    worker.sandbox()
except OutsideDown as error:
    found["demanded"] = str(error)
worker.end()
worker.reap(10)
finding = workers_sandbox()
found["doctor"] = [finding.level, finding.found, finding.advice]
print(json.dumps(found))
"""


def test_where_no_filter_may_be_set_the_limits_hold_and_it_is_said(photos):
    """As in a container whose own filter refuses seccomp: such a filter is set here first."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SECCOMP, str(photos[0])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["unfiltered"] == "the kernel refuses it (Operation not permitted)"
    assert found["signals"] == 19
    assert "the filter of system calls that it was to have is refused here" in found["demanded"]
    level, said, advice = found["doctor"]
    assert level == "warn"
    assert "limits on files, time and size alone" in said
    assert "seccomp" in advice


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"ready": true}', b'{"ready": {"unfiltered": 3}}', b'{"signals": []}']
)
def test_a_first_answer_that_no_worker_gives_is_noticed(text):
    with pytest.raises(UnreadableAnswerError):
        read_ready_answer(text)
