"""Real worker processes: what they answer, what they may do, and what their deaths cost."""

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from domain.errors import OutsideDown, Undecodable
from domain.signal import SignalType
from signals.child import WorkerProcess
from signals.decode import FORMATS
from signals.picture_hasher import PictureHasher
from signals.pictures import hash_image, hash_picture
from signals.pool import HashingPool
from signals.wire import answer_length, read_image_answer
from signals.wire_places import UnreadableAnswerError
from signals.wire_registered import read_picture_answer


def run(scenario, **options):
    async def with_pool():
        pool = HashingPool(**{"workers": 1, **options})
        try:
            return await asyncio.wait_for(scenario(pool), 30)
        finally:
            await pool.close()

    return asyncio.run(with_pool())


def workers():
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "signals.worker" in child.cmdline()
    ]


def test_a_worker_answers_what_hashing_here_does(photos):
    bodies = [path.read_bytes() for path in photos[:6]]

    async def scenario(pool):
        return await asyncio.gather(*(pool.signals_of(body) for body in bodies))

    assert run(scenario, workers=2) == [hash_image(body) for body in bodies]
    assert workers() == []


def test_a_pool_that_got_ready_answers_with_the_worker_that_it_has_started(photos):
    async def scenario(pool):
        pool.get_ready()
        pool.get_ready()
        await asyncio.sleep(0)
        early = workers()
        await pool.signals_of(photos[0].read_bytes())
        return early, workers()

    early, later = run(scenario)
    assert len(early) == 1
    assert later == early
    assert workers() == []


def test_a_pool_that_is_closed_while_it_gets_ready_leaves_nothing():
    async def scenario(pool):
        pool.get_ready()

    run(scenario)
    assert workers() == []


@pytest.mark.parametrize("directory", ["/", None])
def test_a_worker_starts_wherever_vigil_is_run_from(directory, photo, tmp_path, monkeypatch):
    monkeypatch.chdir(directory or tmp_path)

    assert run(lambda pool: pool.signals_of(photo)) == hash_image(photo)


def test_a_confined_worker_reads_every_format(colours, written):
    small = colours.resize((200, 150))
    bodies = [written(small, image_format) for image_format in FORMATS]
    bodies.append(written(small, "TIFF", compression="tiff_lzw"))
    bodies.append(written(small, "TIFF", compression="jpeg"))
    bodies.append(written(small, "MPO", save_all=True, append_images=[small]))

    async def scenario(pool):
        return [await pool.signals_of(body) for body in bodies]

    assert run(scenario) == [hash_image(body) for body in bodies]


def test_no_picture_is_a_reason_and_keeps_the_worker(photo):
    async def scenario(pool):
        await pool.start()
        before = [worker.pid for worker in workers()]
        for body, reason in ((b"", "0 bytes"), (b"<html>", "HTML"), (photo[:5000], "cut short")):
            with pytest.raises(Undecodable, match=reason):
                await pool.signals_of(body)
        assert (await pool.signals_of(photo)).width == 1024
        assert [worker.pid for worker in workers()] == before

    run(scenario)


def test_what_is_no_picture_is_let_go_at_once():
    """Twenty megabytes each would otherwise wait for Python to look for rings of references."""
    body = bytes(1_000)
    held = sys.getrefcount(body)

    async def scenario(pool):
        for _ in range(3):
            with pytest.raises(Undecodable):
                await pool.signals_of(body)

    gc.disable()
    try:
        run(scenario)
        assert sys.getrefcount(body) == held
    finally:
        gc.enable()


def test_a_killed_worker_costs_one_image(photo):
    async def scenario(pool):
        await pool.start()
        (worker,) = workers()
        worker.suspend()  # so that it dies with the picture in its hands
        lost = asyncio.create_task(pool.signals_of(photo))
        waiting = asyncio.create_task(pool.signals_of(photo))
        await asyncio.sleep(0.2)
        worker.kill()
        with pytest.raises(Undecodable, match="killed by SIGKILL"):
            await lost
        assert await waiting == hash_image(photo)

    run(scenario)


def test_a_worker_killed_at_rest_costs_nothing(photo):
    async def scenario(pool):
        await pool.start()
        (worker,) = workers()
        worker.kill()
        worker.wait(5)
        assert await pool.signals_of(photo) == hash_image(photo)

    run(scenario)


def test_a_picture_over_the_time_limit_costs_itself(photo):
    async def scenario(pool):
        await pool.start()
        (worker,) = workers()
        worker.suspend()
        with pytest.raises(Undecodable, match=r"longer than the 1.5 seconds"):
            await pool.signals_of(photo)
        assert await pool.signals_of(photo) == hash_image(photo)
        assert worker.pid not in [other.pid for other in workers()]

    run(scenario, time_limit=1.5)


def test_a_memory_bomb_costs_itself(photo, black_png):
    bomb = black_png(9_000, 9_000)  # 324 MB decoded

    async def scenario(pool):
        with pytest.raises(Undecodable, match="more memory than the 640 MiB"):
            await pool.signals_of(bomb)
        assert await pool.signals_of(photo) == hash_image(photo)

    run(scenario, memory_limit=640 * 2**20)


def test_a_cancelled_call_leaves_no_answer_for_the_next(photos):
    first, second = (path.read_bytes() for path in photos[:2])

    async def scenario(pool):
        await pool.start()
        (worker,) = workers()
        worker.suspend()
        cancelled = asyncio.create_task(pool.signals_of(first))
        await asyncio.sleep(0.1)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert await pool.signals_of(second) == hash_image(second)

    run(scenario)


def test_a_call_cancelled_in_the_queue_takes_no_worker_with_it(photo):
    async def scenario(pool):
        busy = asyncio.create_task(pool.signals_of(photo))
        queued = asyncio.create_task(pool.signals_of(photo))
        await asyncio.sleep(0)
        queued.cancel()
        assert await busy == await pool.signals_of(photo)

    run(scenario)


def test_a_worker_is_replaced_after_so_many_pictures(photo):
    async def scenario(pool):
        seen = set()
        for _ in range(4):
            await pool.start()
            seen |= {worker.pid for worker in workers()}
            await pool.signals_of(photo)
        return seen

    assert len(run(scenario, pictures_per_worker=2)) == 2


def test_closing_finishes_what_is_in_hand_and_turns_away_the_rest(photo):
    async def scenario(pool):
        await pool.start()
        (worker,) = workers()
        worker.suspend()  # or it may have answered before anything is closed
        in_hand = asyncio.create_task(pool.signals_of(photo))
        waiting = asyncio.create_task(pool.signals_of(photo))
        await asyncio.sleep(0)
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0)
        worker.resume()
        await closing
        assert await in_hand == hash_image(photo)
        with pytest.raises(OutsideDown, match="closed"):
            await waiting
        with pytest.raises(OutsideDown, match="closed"):
            await pool.signals_of(photo)

    run(scenario)
    assert workers() == []


def test_a_worker_that_cannot_start_is_one_clear_error(photo, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(OutsideDown, match=r"did not start \(it ended with exit code 1\)"):
        run(lambda pool: pool.signals_of(photo))
    with pytest.raises(OutsideDown, match="did not start"), PictureHasher() as hasher:
        hasher.hash(photo)

    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(OutsideDown, match="could not be started with /nowhere/python"):
        run(lambda pool: pool.signals_of(photo))


def standard_streams(pid):
    links = [Path(f"/proc/{pid}/fd/{number}").readlink() for number in range(3)]
    return [str(link).split(":")[0] for link in links]


def test_a_worker_may_open_nothing_and_knows_no_secret(photo, monkeypatch):
    monkeypatch.setenv("VIGIL_DATABASE", "postgresql://vigil:secret@localhost/vigil")

    async def scenario(pool):
        await pool.signals_of(photo)
        (worker,) = workers()
        assert worker.rlimit(psutil.RLIMIT_NOFILE) == (3, 3)
        assert worker.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert worker.rlimit(psutil.RLIMIT_AS) == (2 * 2**30, 2 * 2**30)
        assert worker.num_threads() == 1
        if os.geteuid() == 0:  # the kernel shows these of a confined process to root alone
            assert "VIGIL_DATABASE" not in worker.environ()
            assert standard_streams(worker.pid) == ["socket", "/dev/null", "/dev/null"]

    run(scenario)


def test_a_worker_does_not_outlive_whoever_started_it():
    starter = (
        "import time; from signals.child import WorkerProcess;"
        "worker = WorkerProcess(2**31); worker.socket.recv(100);"
        "print(worker.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", starter], stdout=subprocess.PIPE, cwd=root
    ) as process:
        assert process.stdout is not None
        worker = psutil.Process(int(process.stdout.readline()))
        worker.suspend()  # it cannot notice by itself that its socket has closed
        process.kill()
    gone, _ = psutil.wait_procs([worker], timeout=10)
    assert gone


def test_a_worker_ends_when_its_socket_closes():
    worker = WorkerProcess(2**31)
    worker.socket.recv(100)
    worker.socket.shutdown(socket.SHUT_RDWR)

    assert worker.reap(10)
    assert worker._process.returncode == 0
    worker.end()


def test_stopping_vigil_does_not_stop_a_worker_in_the_middle(photo):
    async def scenario(pool):
        await pool.start()
        (worker,) = workers()
        worker.send_signal(signal.SIGTERM)
        worker.send_signal(signal.SIGINT)
        await pool.signals_of(photo)
        assert [other.pid for other in workers()] == [worker.pid]

    run(scenario)


def test_a_picture_is_registered_through_a_worker(photo):
    with PictureHasher() as hasher:
        with pytest.raises(Undecodable, match="text, not an image"):
            hasher.hash(b"a letter")
        assert hasher.hash(photo) == hash_picture(photo)
    assert workers() == []


def test_a_picture_to_register_that_kills_or_stops_its_worker_costs_itself(photo):
    with PictureHasher(time_limit=1.5) as hasher:
        signals = hasher.hash(photo)
        (worker,) = workers()
        worker.suspend()
        started = time.monotonic()
        with pytest.raises(Undecodable, match=r"longer than the 1.5 seconds"):
            hasher.hash(photo)
        assert time.monotonic() - started < 10
        assert hasher.hash(photo) == signals
        (worker,) = workers()
        worker.kill()
        worker.wait(5)
        assert hasher.hash(photo) == signals


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"signals": 3}',
        b'{"signals": {"pdq": "00"}}',
        b'{"undecodable": 7}',
        b'{"signals": [["pdq", "00", "upright", 3]]}',
        b'{"signals": [["sha256"]]}',
    ],
)
def test_an_answer_that_no_worker_gives_is_noticed(text):
    for read in (read_image_answer, read_picture_answer):
        with pytest.raises(UnreadableAnswerError):
            read(text)


def test_a_taken_over_worker_cannot_flood_us():
    with pytest.raises(UnreadableAnswerError, match="announces 1099511627776"):
        answer_length((2**40).to_bytes(8, "big"))


def test_a_reason_keeps_to_one_printable_line():
    reason = read_image_answer(b'{"undecodable": "bad\\u001b[2J\\n' + b"x" * 999 + b'"}')

    assert isinstance(reason, Undecodable)
    assert str(reason).isprintable()
    assert len(str(reason)) <= 400


def test_signals_survive_the_way_to_the_worker_and_back(photo):
    with PictureHasher() as hasher:
        kinds = {found.type for found in hasher.hash(photo).signals}
    assert kinds == set(SignalType) - {SignalType.EMBEDDING}  # which takes a model
