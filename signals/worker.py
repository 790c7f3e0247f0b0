"""The process that decodes pictures: whatever a hostile file does to a decoder, it does here.

Run as ``python -m signals.worker`` by `signals.child`, with one end of a socket as standard
input. It gives up what decoding does not need (see `signals.sandbox`), says what of that holds,
reads requests and answers them (see `signals.wire`) until the other end closes. It prints nothing.
"""

import argparse
import ctypes
import io
import os
import signal
import socket
import sys
from typing import Any, Final

from PIL import AvifImagePlugin, Image

from domain.errors import Undecodable
from signals.pictures import hash_image, hash_picture
from signals.sandbox import UNFILTERED, Sandbox, confine, processor_limit
from signals.wire import (
    REQUEST_HEAD,
    Kind,
    image_answer,
    pack_answer,
    picture_answer,
    ready_answer,
)

_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Confine this process, say that it is ready, and answer until the socket closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory-limit", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--demand-filter", action="store_true")
    arguments = parser.parse_args()
    die_with(arguments.parent)
    _load_everything()
    with socket.socket(fileno=sys.stdin.fileno()) as requests:
        sandbox = confine(arguments.memory_limit)
        if arguments.demand_filter and sandbox.unfiltered:
            sys.exit(UNFILTERED)
        serve(requests, arguments.memory_limit, sandbox)


def die_with(parent: int) -> None:
    """Make sure that this process does not outlive the one that started it."""
    # Whoever stops Vigil signals the whole group; a worker goes on until the pool closes it,
    # or the picture in its hands would be recorded as one that cannot be opened.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it had died before the line above
        sys.exit(1)


def serve(requests: socket.socket, memory_limit: int, sandbox: Sandbox) -> None:
    """Answer requests one after the other until the other end closes."""
    requests.sendall(pack_answer(ready_answer(sandbox)))
    while head := _receive(requests, REQUEST_HEAD.size):
        kind, length = REQUEST_HEAD.unpack(head)
        body = _receive(requests, length)
        with processor_limit():
            answer = _answer(Kind(kind), body, memory_limit)
        requests.sendall(pack_answer(answer))


def _answer(kind: Kind, body: bytes, memory_limit: int) -> dict[str, Any]:
    try:
        if kind is Kind.PICTURE:
            return picture_answer(hash_picture(body))
        return image_answer(hash_image(body))
    except Undecodable as error:
        return {"undecodable": str(error)}
    except MemoryError:
        limit = memory_limit // 2**20
        return {"undecodable": f"decoding it takes more memory than the {limit} MiB allowed"}
    # One picture's trouble, whatever it is, is that picture's outcome; the next may be fine.
    except Exception as error:  # noqa: BLE001
        return {"undecodable": f"the picture could not be hashed ({type(error).__name__})"}


def _receive(requests: socket.socket, size: int) -> bytes:
    """Read exactly so many bytes; none at all where the other end has closed."""
    received = bytearray(size)
    view = memoryview(received)
    while view:
        count = requests.recv_into(view)
        if not count:
            return b""
        view = view[count:]
    return bytes(received)


def _load_everything() -> None:
    """Import what Pillow, imagehash and scipy leave to the first picture: later they cannot."""
    # The only decoder that starts threads of its own, and fails where it may not.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()
    picture = io.BytesIO()
    Image.linear_gradient("L").save(picture, "JPEG")
    hash_picture(picture.getvalue())


if __name__ == "__main__":
    main()
