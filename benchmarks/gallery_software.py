"""Real gallery software: how it is run, and how its sites are served and their visitors counted."""

import mimetypes
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks.peers import PROJECT
from benchmarks.photo_albums import Albums
from domain.errors import OutsideDown
from practice.server import HOST
from practice.sites import PracticeSite

SOFTWARE: Final = PROJECT / ".venv" / "coverage" / "bin"
"""Where `make coverage` puts the software that comes from Python's package index."""

_START_SECONDS: Final = 60.0
_LOG_SHOWN: Final = 3_000
# Django's and PHP's own servers both write the method and the address of what they answered.
_ANSWERED: Final = re.compile(r"(?:\"|\]: )(?:GET|HEAD|POST) (\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """A site that is up: where it starts, where its picture files lie, what it was asked for."""

    start: str
    host: str
    published: Path
    asked: Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Software:
    """One way to publish albums. ``lacks`` says what is not installed, or nothing."""

    name: str
    lacks: Callable[[], str]
    serve: Callable[[Albums, Path], AbstractContextManager[Served]]


@dataclass(frozen=True, slots=True)
class Room:
    """Where software works: an empty folder, and the address at which its site will stand."""

    folder: Path
    address: str


Build = Callable[[Albums, Room], Path]
"""Albums and a room in; the folder to be served out."""


def static(name: str, lacks: Callable[[], str], build: Build) -> Software:
    """Describe software that writes files once, for any server to serve."""

    @contextmanager
    def serve(albums: Albums, folder: Path) -> Iterator[Served]:
        with PracticeSite(robots=None) as site:
            output = build(albums, Room(folder, site.url().rstrip("/")))
            _fill(site, output)
            yield Served(site.url(), site.host, output, lambda: [r.path for r in site.requests])

    return Software(name, lacks, serve)


def run(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    given: str | None = None,
) -> None:
    """Run a command of the software's to its end; its home is the folder, so no settings are read.

    Raises:
        OutsideDown: it failed; the end of what it said is given.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=_environment(folder, environment),
        stdin=subprocess.DEVNULL if given is None else None,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout[-_LOG_SHOWN:]
        msg = f"{Path(command[0]).name} ended with status {done.returncode}. It said:\n{said}"
        raise OutsideDown(msg)


@contextmanager
def running(
    command: Sequence[str | Path],
    folder: Path,
    host: str,
    start: str,
    published: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Run an application that answers on ``host`` by itself, until the block ends.

    Raises:
        OutsideDown: it does not come up.
    """
    log = folder / "answered.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=_environment(folder, environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        try:
            _await(process, host, log)
            before = log.stat().st_size

            def asked() -> list[str]:
                with log.open("rb") as written:
                    written.seek(before)
                    return _ANSWERED.findall(written.read().decode(errors="replace"))

            yield Served(start, host, published, asked)
        finally:
            process.terminate()
            process.wait()


def free_host() -> str:
    """Return a host and port on loopback where nothing listens now."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return f"{HOST}:{found.getsockname()[1]}"


def _environment(folder: Path, more: Mapping[str, str] | None) -> dict[str, str]:
    mine = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**mine, "HOME": str(folder), "PYTHONUNBUFFERED": "1", **(more or {})}


def _await(process: "subprocess.Popen[bytes]", host: str, log: Path) -> None:
    name, _, port = host.rpartition(":")
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((name, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    msg = f"The application did not come up. It said:\n{log.read_text(errors='replace')}"
    raise OutsideDown(msg)


def _fill(site: PracticeSite, output: Path) -> None:
    """Serve every file below a folder as common servers do."""
    for file in sorted(output.rglob("*")):
        if not file.is_file():
            continue
        path = "/" + quote(file.relative_to(output).as_posix())
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        site.write_lazy(path, file.read_bytes, kind)
        if file.name == "index.html":
            folder = path.removesuffix("index.html")
            site.write_lazy(folder, file.read_bytes, kind)
            if folder != "/":
                site.redirect(folder.rstrip("/"), folder, status=301)
