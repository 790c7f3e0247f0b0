"""Checks of the machine: Python, folders, disk, decoders, the hashing worker, the clock."""

import asyncio
import io
import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil
from PIL import Image, features

from config import Config
from crawler.rendering_browser import Browser, NoBrowser, find_chromium
from domain.errors import VigilError
from domain.finding import Finding, fail, ok, warn
from signals.child import DEFAULT_MEMORY_LIMIT, START_LIMIT, WorkerProcess
from signals.picture_hasher import PictureHasher

_NEEDED: Final = (3, 11)
_DISK_FAIL: Final = 100 * 1024 * 1024
_DISK_WARN: Final = 1024 * 1024 * 1024
_NETWORK: Final = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smbfs",
        "smb3",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
    )
)
_FORMATS: Final = {
    "jpg": "JPEG",
    "zlib": "PNG",
    "webp": "WebP",
    "avif": "AVIF",
    "jpg_2000": "JPEG 2000",
    "libtiff": "TIFF",
}
_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this is older; one that says so has lost its clock."""


def machine(config: Config, *, now: datetime) -> Iterator[Finding]:
    """Check everything that does not need the database."""
    yield python()
    yield clock(now)
    file = sqlite_file(config)
    yield from folder(config.data, file)
    if file is not None:
        yield file_system(file)
    yield disk(config.data)
    yield decoders()
    yield hashing_worker()
    yield edited_reposts()
    yield workers_sandbox()
    yield browser(config)


def python() -> Finding:
    """Check the version of Python."""
    version = platform.python_version()
    if sys.version_info[:2] < _NEEDED:
        return fail("Python", version, "Install Python 3.11 or newer, and Vigil anew with it.")
    return ok("Python", version)


def clock(now: datetime) -> Finding:
    """Check that the clock is set; every record carries its time."""
    written = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now.tzinfo is None or now < _BEGINNING:
        return fail("Clock", written, "Set the clock of this machine; records carry its time.")
    return ok("Clock", written)


def folder(data: Path, file: Path | None) -> Iterator[Finding]:
    """Check that nobody else on this machine can read the data, wherever its file lies."""
    if not data.exists():
        yield ok("Data folder", f"{data} is not there yet; it is made when it is first needed")
        return
    paths = [data] if file is None else [data, *sorted(file.parent.glob(f"{file.name}*"))]
    open_ones = [path for path in paths if _mode(path) & 0o077]
    for path in open_ones:
        right = "700" if path.is_dir() else "600"
        yield fail(
            "Data folder",
            f"{path} can be read by others on this machine (mode {_mode(path):o})",
            f"chmod {right} {path}",
        )
    if not os.access(data, os.W_OK | os.X_OK):
        yield fail("Data folder", f"{data} cannot be written", f"chown {_user()} {data}")
    elif not open_ones:
        yield ok("Data folder", f"{data}, for its owner alone")


def file_system(file: Path) -> Finding:
    """Check that an SQLite file lies on a disk of this machine: locks fail over a network."""
    there = _existing(file.resolve())
    mounts = [
        part for part in psutil.disk_partitions(all=True) if there.is_relative_to(part.mountpoint)
    ]
    kind = max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "unknown"
    if kind.lower() in _NETWORK:
        return fail(
            "File system",
            f"{file} lies on a network file system ({kind}), where SQLite loses data",
            "Move VIGIL_DATA to a disk of this machine, or use PostgreSQL.",
        )
    return ok("File system", f"{kind}, on this machine")


def disk(data: Path) -> Finding:
    """Check that there is room."""
    there = _existing(data)
    free = shutil.disk_usage(there).free
    found = f"{free / 1024**3:.1f} GiB free at {there}"
    if free < _DISK_FAIL:
        return fail("Disk", found, "Free some space: writing stops when the disk is full.")
    if free < _DISK_WARN:
        return warn("Disk", found, "Free some space before it runs out.")
    return ok("Disk", found)


def decoders() -> Finding:
    """Check which picture formats can be opened."""
    missing = [name for feature, name in _FORMATS.items() if not features.check(feature)]
    if missing:
        return fail(
            "Picture formats",
            f"{', '.join(missing)} cannot be opened, so such pictures are missed",
            "Install Pillow anew from its own packages: make install",
        )
    return ok("Picture formats", ", ".join(_FORMATS.values()))


def hashing_worker() -> Finding:
    """Check that a hashing worker starts here and hashes a picture."""
    body = io.BytesIO()
    Image.linear_gradient("L").save(body, "PNG")
    try:
        with PictureHasher() as hasher:
            signals = hasher.hash(body.getvalue()).signals
    except VigilError as error:
        return fail("Hashing worker", str(error), "Without it nothing is hashed: see its message.")
    return ok("Hashing worker", f"starts, and gives {len(signals)} signals of a picture")


def edited_reposts() -> Finding:
    """Check that edited reposts are found: that the planes are whole, and computed with rightly."""
    # Here, since it loads compiled code that nothing else of this command needs.
    from signals.place_bits import PlanesLostError, planes  # noqa: PLC0415
    from signals.self_test import self_test  # noqa: PLC0415

    try:
        planes()
    except PlanesLostError as error:
        return fail(
            "Edited reposts",
            f"{error} Whole copies are: by their bytes and by PDQ",
            "make install. What was registered meanwhile (vigil case show names no constellation) "
            "is registered once more then, and gets it. What was crawled meanwhile is looked at "
            "again when it is next fetched.",
        )
    if (different := self_test()) is not None:
        return fail("Edited reposts", different, "make install, or another machine.")
    return ok("Edited reposts", "what pictures are known by when edited is there, and as elsewhere")


def workers_sandbox() -> Finding:
    """Check what keeps a hostile picture that takes a worker over from going any further."""
    try:
        worker = WorkerProcess(DEFAULT_MEMORY_LIMIT)
    except VigilError as error:
        return fail("Sandbox", str(error), "Without a worker nothing is hashed: see its message.")
    try:
        sandbox = worker.sandbox()
    except VigilError as error:
        return fail("Sandbox", str(error), "Without a worker nothing is hashed: see its message.")
    finally:
        worker.end()
        worker.reap(START_LIMIT)
    if sandbox.unfiltered is not None:
        return warn(
            "Sandbox",
            f"limits on files, time and size alone: {sandbox.unfiltered}",
            "Crawl on Linux (x86_64 or aarch64), in a container that may set seccomp filters.",
        )
    return ok(
        "Sandbox", "a worker can open no file, make no connection and start no program (seccomp)"
    )


def browser(config: Config) -> Finding:
    """Check what opens the pages that scripts build."""
    try:
        name, sandboxed = asyncio.run(_started_browser(config))
    except NoBrowser as error:
        return warn(
            "Browser",
            f"{error}: pages that scripts build are read as they come, and pictures are missed",
            "Install Chromium (Debian: apt install chromium), or name one in VIGIL_CHROMIUM.",
        )
    if not sandboxed:
        return warn(
            "Browser",
            f"{name}, without its own sandbox: a page that takes it over has this user's files",
            "Run crawls as an ordinary user, where user namespaces are allowed.",
        )
    return ok("Browser", f"{name}, in its own sandbox; it opens the pages that scripts build")


async def _started_browser(config: Config) -> tuple[str, bool]:
    started = await Browser.start(find_chromium(config))
    try:
        return started.version, started.is_sandboxed()
    finally:
        await started.close()


def sqlite_file(config: Config) -> Path | None:
    """Return the file of an embedded database, None for a server."""
    kind, _, name = config.database_url.partition(":///")
    return Path(name.partition("?")[0]) if kind == "sqlite" else None


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _user() -> str:
    return str(os.getuid())
