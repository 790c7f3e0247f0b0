"""HEIC files as phones write them: HEVC by a real encoder, in boxes laid out by hand."""

import struct

from PIL import Image

from tests.signals.hostile.builders import box
from tests.signals.moving_pictures import clip

VALID = b"\0\0\0\0"


def coded(picture: Image.Image) -> tuple[bytes, bytes]:
    """A picture in HEVC: what its decoder has to know first, and the picture itself."""
    film = clip([picture], "hevc mp4", seconds=0.01)
    at = film.index(b"hvcC")
    (length,) = struct.unpack_from(">I", film, at - 4)
    start = film.index(b"mdat")
    (size,) = struct.unpack_from(">I", film, start - 4)
    return film[at + 4 : at - 4 + length], film[start + 4 : start - 4 + size]


def heic(
    tiles: list[Image.Image],
    columns: int,
    size: tuple[int, int],
    *,
    turn: int = 0,
    mirror: int | None = None,
) -> bytes:
    """A HEIC of tiles in a grid; one tile is a picture without a grid."""
    parts = [coded(tile) for tile in tiles]
    configuration = parts[0][0]
    count = len(tiles)
    has_grid = count > 1
    primary = count + 1 if has_grid else 1
    kinds = [b"hvc1"] * count + ([b"grid"] if has_grid else [])
    entries = b"".join(
        box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", number, 0, kind) + b"\0")
        for number, kind in enumerate(kinds, 1)
    )
    iinf = box(b"iinf", VALID + struct.pack(">H", len(kinds)) + entries)
    pitm = box(b"pitm", VALID + struct.pack(">H", primary))
    grid = struct.pack(">BBBBHH", 0, 0, count // columns - 1, columns - 1, *size)
    numbers = struct.pack(f">HH{count}H", primary, count, *range(1, count + 1))
    iref = box(b"iref", VALID + box(b"dimg", numbers)) if has_grid else b""
    properties = [
        box(b"hvcC", configuration),
        box(b"ispe", VALID + struct.pack(">II", *tiles[0].size)),
        box(b"ispe", VALID + struct.pack(">II", *size)),
        box(b"irot", bytes((turn,))),
    ]
    of_primary = [3 if has_grid else 2, 4]
    if mirror is not None:
        properties.append(box(b"imir", bytes((mirror,))))
        of_primary.append(5)
    of_items = {number: [1, 2] for number in range(1, count + 1)}
    of_items[primary] = of_primary if has_grid else [1, *of_primary]
    ipma = b"".join(
        struct.pack(">HB", number, len(wanted)) + bytes(wanted)
        for number, wanted in sorted(of_items.items())
    )
    iprp = box(
        b"iprp",
        box(b"ipco", b"".join(properties))
        + box(b"ipma", VALID + struct.pack(">I", len(of_items)) + ipma),
    )
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def whole(start: int) -> bytes:
        located, at = b"", start
        for number, (_, content) in enumerate(parts, 1):
            located += struct.pack(">HHHHII", number, 0, 0, 1, at, len(content))
            at += len(content)
        if has_grid:
            located += struct.pack(">HHHHII", primary, 1, 0, 1, 0, len(grid))
        iloc = box(b"iloc", b"\1\0\0\0" + struct.pack(">HH", 0x4400, len(kinds)) + located)
        meta = box(b"meta", VALID + pitm + iinf + iref + iprp + box(b"idat", grid) + iloc)
        return head + meta

    start = len(whole(0)) + 8
    return whole(start) + box(b"mdat", b"".join(content for _, content in parts))
