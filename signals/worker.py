"""The process that decodes pictures: whatever a hostile file does to a decoder, it does here.

Run as ``python -m signals.worker`` by `signals.child`, with one end of a socket as standard
input. It may open no file and no connection, write no file and use so much memory; it reads
requests and answers them (see `signals.wire`) until the other end closes. It prints nothing.
"""

import argparse
import ctypes
import io
import os
import resource
import signal
import socket
import sys
from typing import Any, Final

from PIL import Image

from domain.errors import Undecodable
from signals.pictures import hash_image, hash_picture
from signals.wire import REQUEST_HEAD, Kind, image_answer, pack_answer, picture_answer

_PR_SET_PDEATHSIG: Final = 1

_STANDARD_STREAMS: Final = 3


def main() -> None:
    """Confine this process, say that it is ready, and answer until the socket closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory-limit", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    arguments = parser.parse_args()
    die_with(arguments.parent)
    _load_everything()
    confine(arguments.memory_limit)
    with socket.socket(fileno=sys.stdin.fileno()) as requests:
        serve(requests, arguments.memory_limit)


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


def confine(memory_limit: int) -> None:
    """Give up, for good, what decoding a picture does not need; call after every import."""
    limits = {
        resource.RLIMIT_CORE: 0,  # a core dump would hold a picture
        resource.RLIMIT_FSIZE: 0,
        # No descriptor beyond the three: neither a file nor a connection can be opened.
        resource.RLIMIT_NOFILE: _STANDARD_STREAMS,
    }
    if sys.platform == "linux":  # macOS knows the limit and refuses to set it
        limits[resource.RLIMIT_AS] = memory_limit
    # libtiff and others print to standard error what they make of a file.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stderr.fileno())
    os.close(nothing)
    for which, limit in limits.items():
        resource.setrlimit(which, (limit, limit))


def serve(requests: socket.socket, memory_limit: int) -> None:
    """Answer requests one after the other until the other end closes."""
    requests.sendall(pack_answer({"ready": True}))
    while head := _receive(requests, REQUEST_HEAD.size):
        kind, length = REQUEST_HEAD.unpack(head)
        answer = _answer(Kind(kind), _receive(requests, length), memory_limit)
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
    Image.init()
    picture = io.BytesIO()
    Image.linear_gradient("L").save(picture, "JPEG")
    hash_picture(picture.getvalue())


if __name__ == "__main__":
    main()
