"""The process that decodes pictures: whatever a hostile file does to a decoder, it does here.

Run as ``python -m signals.worker`` by `signals.child`, with one end of a socket as standard
input. It gives up what decoding does not need (see `signals.sandbox`), says what of that holds,
reads requests and answers them (see `signals.wire`) until the other end closes. It prints nothing.
"""

import argparse
import codecs
import io
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import AvifImagePlugin, Image

from domain.errors import Undecodable, VigilError
from signals.pictures import hash_found, hash_picture
from signals.sandbox import (
    UNFILTERED,
    Sandbox,
    address_space,
    confine,
    die_with,
    processor_limit,
)
from signals.wire import (
    CONTENT_CHOICES,
    REQUEST_HEAD,
    Duty,
    Kind,
    image_answer,
    pack_answer,
    ready_answer,
)
from signals.wire_members import end_answer, member_answer
from signals.wire_places import look_answer, packed_places, read_wanted
from signals.wire_registered import picture_answer

if TYPE_CHECKING:
    from signals.embedding import Embedding
    from signals.looking import Looking

MOVING_BYTES: Final = {Duty.VIDEOS: 352 * 2**20, Duty.ARCHIVES: 512 * 2**20}
"""Memory for one video or archive beside what the process takes without one, 230 MB or 80: together
it is less than the 600 MB that no process may pass. Headers of videos ask for anything, and no
library counts it all."""

EMBEDDING_BYTES: Final = 64 * 2**20
"""Memory for making one embedding, beside what the model takes once it is loaded."""

_YIELDING: Final = 5
"""How far a worker steps back where cores are scarce, so that the crawl which feeds it hears a
site's answers in time."""


def main() -> None:
    """Confine this process, say that it is ready, and answer until the socket closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory-limit", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--demand-filter", action="store_true")
    parser.add_argument("--duty", type=Duty, default=Duty.PICTURES)
    parser.add_argument("--registering", action="store_true")
    parser.add_argument("--embedding-model", type=Path)
    arguments = parser.parse_args()
    die_with(arguments.parent)
    os.nice(_YIELDING)
    looking, places_lost = _load_everything(arguments.duty, registering=arguments.registering)
    embedding, embedding_lost, taken = _load_embedding(arguments.duty, arguments.embedding_model)
    memory_limit = arguments.memory_limit + taken
    if arguments.duty in MOVING_BYTES:
        memory_limit = min(memory_limit, address_space() + MOVING_BYTES[arguments.duty])
    with socket.socket(fileno=sys.stdin.fileno()) as requests:
        sandbox = confine(memory_limit)
        if arguments.demand_filter and sandbox.unfiltered:
            sys.exit(UNFILTERED)
        sandbox = replace(sandbox, places_lost=places_lost, embedding_lost=embedding_lost)
        serve(requests, memory_limit, sandbox, looking, embedding)


def serve(
    requests: socket.socket,
    memory_limit: int,
    sandbox: Sandbox,
    looking: "Looking | None",
    embedding: "Embedding | None" = None,
) -> None:
    """Answer requests one after the other until the other end closes."""
    requests.sendall(pack_answer(ready_answer(sandbox)))
    while head := _receive(requests, REQUEST_HEAD.size):
        code, length, more = REQUEST_HEAD.unpack(head)
        kind = Kind(code)
        body = _receive(requests, length)
        if kind is Kind.LET_GO:
            if looking is not None:
                looking.let_go()
            continue
        with processor_limit():
            if kind is Kind.ARCHIVE:
                for member in _members(body, more, memory_limit):
                    requests.sendall(member)
                    del member  # as of a video, two of which may be too much
                del body
                continue
            answer = _answer(kind, body, more, memory_limit, looking, embedding)
            del body
        requests.sendall(answer)


def _members(body: bytes, member_bytes: int, memory_limit: int) -> Iterator[bytes]:
    """Unpack an archive; give answers, each followed by the member's bytes if it has any."""
    from signals.unpacking import unpacked  # noqa: PLC0415 - loaded where it is a worker's duty

    try:
        for member in unpacked(body, member_bytes):
            length = len(member.body or b"")
            yield pack_answer(member_answer(member.name, length, member.reason))
            if member.body:
                yield member.body
    except Undecodable as error:
        yield pack_answer({"undecodable": str(error)})
    except MemoryError:
        limit = memory_limit // 2**20
        yield pack_answer(
            {"undecodable": f"unpacking it takes more memory than the {limit} MiB allowed"}
        )
    except Exception as error:  # noqa: BLE001 - one archive's trouble is that archive's outcome
        yield pack_answer({"undecodable": f"it could not be unpacked ({type(error).__name__})"})
    else:
        yield pack_answer(end_answer())


def _answer(
    kind: Kind,
    body: bytes,
    choice: int,
    memory_limit: int,
    looking: "Looking | None",
    embedding: "Embedding | None",
) -> bytes:
    try:
        if kind is Kind.PICTURE:
            picture = hash_picture(body, CONTENT_CHOICES[choice], embedding)
            return pack_answer(picture_answer(picture))
        if kind is Kind.LOOK:
            return pack_answer(_looked(body, looking))
        hashed = hash_found(body, looking, embedding)
        answer = image_answer(hashed.signals, hashed.found)
        return pack_answer(answer) + packed_places(hashed.found)
    except Undecodable as error:
        reason = str(error)
    except MemoryError:
        limit = memory_limit // 2**20
        reason = f"decoding it takes more memory than the {limit} MiB allowed"
    # One picture's trouble, whatever it is, is that picture's outcome; the next may be fine.
    except Exception as error:  # noqa: BLE001
        reason = f"the picture could not be hashed ({type(error).__name__})"
    return pack_answer({"undecodable": reason})


def _looked(body: bytes, looking: "Looking | None") -> dict[str, Any]:
    frame, wanted = read_wanted(body)
    if looking is None:
        msg = "places were asked for of a worker that finds none"
        raise LookupError(msg)
    return look_answer(looking.look(frame, wanted))


def _receive(requests: socket.socket, size: int) -> bytes:
    """Read exactly so many bytes; none at all where the other end has closed."""
    # In one piece, without a copy: a video has a hundred megabytes.
    received = requests.recv(size, socket.MSG_WAITALL) if size else b""
    while len(received) < size:  # a signal came in between
        part = requests.recv(size - len(received))
        if not part:
            return b""
        received += part
    return received


def _load_everything(duty: Duty, *, registering: bool) -> tuple["Looking | None", str | None]:
    """Import what is left to the first picture, and load what is compiled: later neither can be.

    Returns:
        What finds places, for found images; and why there is none, where the planes are lost or
        this machine's places are not those of others.
    """
    if duty is Duty.ARCHIVES:
        import signals.unpacking  # noqa: PLC0415

        for encoding in ("cp437", "utf-16-le", "iso8859-1"):  # of members' names
            codecs.lookup(encoding)
        return None, None
    # The only decoder that starts threads of its own, and fails where it may not.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()
    looking, places_lost = (None, None) if registering else _finding_places()
    for picture in _first_pictures():
        file = io.BytesIO()
        picture.save(file, "JPEG")
        if registering:
            hash_picture(file.getvalue())
            continue
        itself = hash_found(file.getvalue(), looking).signals.constellation
        if looking is not None and itself is not None:
            looking.warm_up(itself)
            looking.let_go()
    if duty is Duty.VIDEOS:
        import signals.heic_picture  # noqa: PLC0415
        import signals.video_frames  # noqa: PLC0415

        signals.video_frames.load_everything()
    return looking, places_lost


def _first_pictures() -> Iterator[Image.Image]:
    """Give pictures with which all is used once that is compiled.

    It is loaded by its first use, and no memory can be made executable any more once this process
    is confined.
    """
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256), np.uint8))
    yield Image.linear_gradient("L")  # with hardly a place in it
    yield noise  # with hundreds
    page = Image.new("L", (512, 640), "white")  # with pictures in it
    for left, top in ((0, 64), (256, 64), (128, 368)):
        page.paste(noise, (left, top))
    yield page


def _load_embedding(duty: Duty, model: Path | None) -> tuple["Embedding | None", str | None, int]:
    """Load the model that an operator named, which no confined process can.

    Returns:
        What makes embeddings; why there is none, where a model was named; and the bytes by which
        this process may grow for it.
    """
    if model is None or duty is Duty.ARCHIVES:
        return None, None, 0
    from signals.embedding import Embedding  # noqa: PLC0415 - where a model is in use

    before = address_space()
    try:
        embedding = Embedding.load(model)
    except VigilError as error:  # every other signal can be made without
        return None, str(error), 0
    except Exception as error:  # noqa: BLE001 - whatever a runtime of others' making raises
        return None, f"{model} could not be loaded ({type(error).__name__}).", 0
    return embedding, None, max(0, address_space() - before) + EMBEDDING_BYTES


def _finding_places() -> tuple["Looking | None", str | None]:
    from signals.looking import Looking  # noqa: PLC0415 - loads compiled code
    from signals.place_bits import PlanesLostError, planes  # noqa: PLC0415
    from signals.self_test import found_otherwise  # noqa: PLC0415

    try:
        held = planes()
    except PlanesLostError as error:  # every other signal can be made without
        return None, str(error)
    if (differs := found_otherwise(held)) is not None:
        return None, differs
    return Looking(held), None


if __name__ == "__main__":
    main()
