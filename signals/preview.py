"""A picture made small, grey and blurred in a process of its own, for a person who has to decide.

Each picture has its own process, confined as hashing workers are, which ends with it: no pixel of
one is in memory when the next is decoded. What comes back is brightness at 256 pixels at most, and
is written as a JPEG here: nothing of a hostile file goes on to whoever looks.
"""

import io
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from domain.errors import HashingLost, OutsideDown, Undecodable
from signals.archives import is_archive
from signals.child import DEFAULT_MEMORY_LIMIT, ROOT, environment_of_workers
from signals.preview_picture import BlurredPicture
from signals.preview_wire import NO_MEMBER, NO_MOMENT, REQUEST_HEAD, PreviewDuty, read_head
from signals.sandbox import UNFILTERED
from signals.video import needs_ffmpeg
from signals.wire import ANSWER_HEAD, answer_length
from signals.wire_places import UnreadableAnswerError

_QUALITY: Final = 80
_AT_ONCE: Final = 2**20
_END_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """Two small JPEGs of one picture, in grey, and what tells whether it is the one wanted."""

    sha256: str
    pdq: str
    pdq_quality: int
    width: int
    height: int
    heavy: bytes = field(repr=False)
    light: bytes = field(repr=False)


def small_picture(
    body: bytes,
    *,
    seconds: float,
    at_ms: int | None = None,
    member: str | None = None,
    demand_filter: bool = False,
) -> SmallPicture:
    """Decode a file in a process of its own, and return small blurred pictures of it.

    Args:
        body: the file.
        seconds: how long it may take.
        at_ms: the moment that is wanted of what moves, in milliseconds from its beginning.
        member: SHA-256 of the file that is wanted of an archive.
        demand_filter: have nothing decoded where the kernel refuses the filter of system calls.

    Raises:
        Undecodable: it is no picture, or (`MemberGoneError`) no longer in its archive.
        HashingLost: the process died over it or ran over its time.
        OutsideDown: no process could be started, or none that is confined as demanded.
    """
    ends = time.monotonic() + seconds
    duty = PreviewDuty.VIDEOS if needs_ffmpeg(body) else PreviewDuty.PICTURES
    if member is not None and is_archive(body):
        duty = PreviewDuty.ARCHIVES
    else:
        member = None  # what was an archive is something else now
    ours, theirs = socket.socketpair()
    with ours:
        process = _started(theirs, duty, demand_filter=demand_filter)
        try:
            picture = _asked(ours, ends, body, at_ms, member)
        except TimeoutError:
            msg = f"decoding it took longer than the {seconds:.0f} seconds that were left for it"
            raise HashingLost(msg) from None
        except (OSError, EOFError):
            raise _lost(process) from None
        except UnreadableAnswerError as error:
            msg = "the process that decoded it gave an answer that cannot be read"
            raise HashingLost(msg) from error
        finally:
            process.kill()
            process.wait()
    return SmallPicture(
        sha256=picture.sha256,
        pdq=picture.pdq,
        pdq_quality=picture.pdq_quality,
        width=picture.width,
        height=picture.height,
        heavy=_jpeg(picture, picture.heavy),
        light=_jpeg(picture, picture.light),
    )


def _started(
    theirs: socket.socket, duty: PreviewDuty, *, demand_filter: bool
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "signals.preview_worker", "--duty", duty.value]
    command += ["--memory-limit", str(DEFAULT_MEMORY_LIMIT), "--parent", str(os.getpid())]
    if demand_filter:
        command.append("--demand-filter")
    try:
        with theirs:
            return subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=environment_of_workers(),
                start_new_session=True,
            )
    except OSError as error:
        msg = f"a process for previews could not be started with {sys.executable}: {error}"
        raise OutsideDown(msg) from error


def _asked(
    ours: socket.socket, ends: float, body: bytes, at_ms: int | None, member: str | None
) -> BlurredPicture:
    head = REQUEST_HEAD.pack(
        len(body),
        NO_MOMENT if at_ms is None else at_ms,
        NO_MEMBER if member is None else bytes.fromhex(member),
    )
    ours.settimeout(_left(ends))
    ours.sendall(head)
    with memoryview(body) as view:
        ours.sendall(view)
    text = _received(ours, ends, answer_length(_received(ours, ends, ANSWER_HEAD.size)))
    told = read_head(text)
    if isinstance(told, Undecodable):
        raise told
    pixels = told.width * told.height
    heavy, light = (_received(ours, ends, pixels) for _ in range(2))
    return BlurredPicture(
        told.sha256, told.pdq, told.pdq_quality, told.width, told.height, heavy, light
    )


def _received(ours: socket.socket, ends: float, size: int) -> bytes:
    parts = io.BytesIO()
    while (missing := size - parts.tell()) > 0:
        ours.settimeout(_left(ends))
        part = ours.recv(min(missing, _AT_ONCE))
        if not part:
            raise EOFError
        parts.write(part)
    return parts.getvalue()


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _lost(process: subprocess.Popen[bytes]) -> Exception:
    with suppress(subprocess.TimeoutExpired):
        process.wait(_END_SECONDS)
    if process.returncode == UNFILTERED:
        msg = (
            "the kernel refuses the filter of system calls that VIGIL_DEMAND_SANDBOX asks for, so "
            "nothing is decoded here; see `vigil doctor`"
        )
        return OutsideDown(msg)
    return HashingLost("the process that decoded it ended over it, so nothing of it can be shown")


def _jpeg(picture: BlurredPicture, pixels: bytes) -> bytes:
    written = io.BytesIO()
    shown = Image.frombytes("L", (picture.width, picture.height), pixels)
    shown.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
