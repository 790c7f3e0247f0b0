"""The process in which one picture is decoded to be shown: see `signals.preview`.

Run as ``python -m signals.preview_worker`` with one end of a socket as standard input. It gives up
what decoding does not need (see `signals.sandbox`), reads one file, answers with a small grey
picture of it, blurred twice (see `signals.preview_wire`), and ends. It prints nothing.
"""

import argparse
import io
import socket
import sys
from typing import Final

from PIL import AvifImagePlugin, Image

from domain.errors import Undecodable
from signals.preview_picture import BlurredPicture, blurred_picture, of_archive
from signals.preview_wire import (
    NO_MEMBER,
    NO_MOMENT,
    REQUEST_HEAD,
    PreviewDuty,
    failure,
    picture_head,
)
from signals.sandbox import UNFILTERED, address_space, confine, die_with, processor_limit
from signals.wire import pack_answer

_MOVING_BYTES: Final = {PreviewDuty.VIDEOS: 352 * 2**20, PreviewDuty.ARCHIVES: 512 * 2**20}
"""Memory for one video or archive beside what the process takes without one, as in hashing."""

_MEMBER_BYTES: Final = 64 * 2**20
_MOST_SECONDS: Final = 15


def main() -> None:
    """Confine this process, read one file, and answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory-limit", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--demand-filter", action="store_true")
    parser.add_argument("--duty", type=PreviewDuty, required=True)
    arguments = parser.parse_args()
    die_with(arguments.parent)
    _load_everything(arguments.duty)
    memory_limit = arguments.memory_limit
    if arguments.duty in _MOVING_BYTES:
        memory_limit = min(memory_limit, address_space() + _MOVING_BYTES[arguments.duty])
    with socket.socket(fileno=sys.stdin.fileno()) as asked:
        sandbox = confine(memory_limit)
        if arguments.demand_filter and sandbox.unfiltered:
            sys.exit(UNFILTERED)
        with processor_limit(_MOST_SECONDS):
            asked.sendall(_answer(asked))


def _answer(asked: socket.socket) -> bytes:
    length, at_ms, member = REQUEST_HEAD.unpack(_receive(asked, REQUEST_HEAD.size))
    body = _receive(asked, length)
    try:
        if member != NO_MEMBER:
            body = of_archive(body, member.hex(), _MEMBER_BYTES)
        picture = blurred_picture(body, None if at_ms == NO_MOMENT else at_ms)
    except Undecodable as error:
        return pack_answer(failure(error))
    except MemoryError:
        return pack_answer(failure(Undecodable("decoding it takes more memory than is allowed")))
    # Whatever a hostile file does to a decoder is that file's outcome.
    except Exception as error:  # noqa: BLE001
        reason = f"the picture could not be decoded ({type(error).__name__})"
        return pack_answer(failure(Undecodable(reason)))
    return pack_answer(picture_head(picture)) + picture.heavy + picture.light


def _receive(asked: socket.socket, size: int) -> bytes:
    received = asked.recv(size, socket.MSG_WAITALL) if size else b""
    while len(received) < size:  # a signal came in between
        part = asked.recv(size - len(received))
        if not part:  # whoever asked is gone
            sys.exit(0)
        received += part
    return received


def _load_everything(duty: PreviewDuty) -> None:
    """Import what is left to the first picture: once this process is confined, nothing can be."""
    # The only decoder that starts threads of its own, and fails where it may not.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()
    if duty is not PreviewDuty.PICTURES:
        import signals.heic_picture  # noqa: PLC0415
        import signals.preview_video  # noqa: PLC0415
        import signals.video_frames  # noqa: PLC0415

        signals.video_frames.load_everything()
    if duty is PreviewDuty.ARCHIVES:
        import codecs  # noqa: PLC0415

        import signals.unpacking  # noqa: PLC0415

        for encoding in ("cp437", "utf-16-le", "iso8859-1"):  # of members' names
            codecs.lookup(encoding)
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "JPEG")
    first: BlurredPicture = blurred_picture(file.getvalue(), None)
    pack_answer(picture_head(first))


if __name__ == "__main__":
    main()
