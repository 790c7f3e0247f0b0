"""Clips of photographs, made as cameras and sites make them, and lists of their pieces."""

import io
from pathlib import Path
from typing import cast

import av
import numpy as np
from PIL import Image, ImageOps

SIZE = (320, 240)
_A_SECOND = 5


def clip(
    photos: list[Path],
    *,
    seconds: int = 1,
    kind: str = "mp4",
    codec: str = "mpeg4",
    rate: int = 400,
) -> bytes:
    """Make a clip in which each photograph stands for so many seconds; ``rate`` in kbit/s."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = cast("av.VideoStream", container.add_stream(codec, rate=_A_SECOND))
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = rate * 1000
        for photo in photos:
            with Image.open(photo) as opened:
                pixels = np.asarray(ImageOps.fit(opened.convert("RGB"), SIZE))
            for _ in range(seconds * _A_SECOND):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


def index_first(mp4: bytes) -> bytes:
    """Put an MP4's index before its pictures, as sites do so that it plays while it comes."""
    boxes, at = [], 0
    while at < len(mp4):
        length = int.from_bytes(mp4[at : at + 4], "big")
        boxes.append(mp4[at : at + length])
        at += length
    (index,) = [bytearray(box) for box in boxes if box[4:8] == b"moov"]
    at = index.find(b"stco") + 8  # where the pictures lie in the file, which is further down now
    for entry in range(int.from_bytes(index[at : at + 4], "big")):
        place = slice(at + 4 + 4 * entry, at + 8 + 4 * entry)
        index[place] = (int.from_bytes(index[place], "big") + len(index)).to_bytes(4, "big")
    others = [box for box in boxes[1:] if box[4:8] != b"moov"]
    return b"".join((boxes[0], bytes(index), *others))


def padded(mp4: bytes, size: int) -> bytes:
    """Make an MP4 larger with a box that players pass over."""
    room = size - len(mp4)
    return mp4 + room.to_bytes(4, "big") + b"free" + bytes(room - 8)


def playlist(pieces: list[str], more: str = "") -> str:
    """Write the list of a streamed video's pieces."""
    lines = "".join(f"#EXTINF:1.0,\n{piece}\n" for piece in pieces)
    return f"#EXTM3U\n#EXT-X-VERSION:3\n{more}{lines}#EXT-X-ENDLIST\n"


def variants(*named: tuple[str, int, int]) -> str:
    """Write the list of a streamed video's forms: the playlist, the height and the bits of each."""
    return "#EXTM3U\n" + "".join(
        f"#EXT-X-STREAM-INF:BANDWIDTH={bits},RESOLUTION={height * 16 // 9}x{height}\n{name}\n"
        for name, height, bits in named
    )
