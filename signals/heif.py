"""A HEIC or AVIF file taken apart: which item is the picture, of which tiles, and where they lie.

Only what is needed for phones' pictures: one coded item, or a grid of them, turned by quarters.

Source: ISO/IEC 23008-12 (HEIF) and 14496-12 (the boxes).
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from domain.errors import Undecodable
from signals.containers import Part, boxes
from signals.stills import begins_like_a_still

AVIF_BRANDS: Final = (b"avif", b"avis")
_SHARED_BRANDS: Final = (b"mif1", b"msf1")
HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", *_SHARED_BRANDS)

MAX_ITEMS: Final = 4_000
"""Of one file: a phone's picture of 48 million pixels has two hundred tiles."""

_FULL_HEAD: Final = 4
_IN_FILE: Final = 0
_IN_ITEM_DATA: Final = 1
_LONG_IDS: Final = 2
_LARGE_GRID: Final = 1


@dataclass(slots=True)
class Item:
    """A coded picture, a grid of them, or what stands beside pictures, as metadata."""

    kind: bytes = b""
    content: bytes = b""
    made_of: tuple[int, ...] = ()
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)

    def property(self, kind: bytes) -> bytes | None:
        """Give the first property of a kind, or None."""
        return next((content for name, content in self.properties if name == kind), None)


@dataclass(frozen=True, slots=True)
class Grid:
    """Tiles in rows; what of the last ones lies beyond width and height is not shown."""

    rows: int
    columns: int
    width: int
    height: int


def is_heic(head: bytes) -> bool:
    """Say whether a HEIC picture begins with these bytes."""
    return _in_boxes(head) and head[8:12] in HEIC_BRANDS and not is_avif(head)


def is_avif(head: bytes) -> bool:
    """Say whether an AVIF picture begins with these bytes."""
    if not _in_boxes(head):
        return False
    brand = head[8:12]
    also = {head[at : at + 4] for at in range(16, 64, 4)}
    # A HEIC's own brand comes first unless it is one of the two that AVIF shares with it.
    return brand in AVIF_BRANDS or (brand in _SHARED_BRANDS and not also.isdisjoint(AVIF_BRANDS))


def _in_boxes(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and not begins_like_a_still(head)


def read_items(body: bytes) -> tuple[int, dict[int, Item]]:
    """Take a file apart.

    Returns:
        The number of the item that is the picture, and all items by number.

    Raises:
        Undecodable: the file makes no sense.
    """
    try:
        return _read_items(body)
    except (struct.error, IndexError, StopIteration) as error:
        msg = f"the picture is a damaged HEIC ({len(body):,} bytes), which cannot be opened"
        raise Undecodable(msg) from error


def read_grid(content: bytes) -> Grid:
    """Read what a grid's own content says.

    Raises:
        Undecodable: it makes no sense.
    """
    sizes = ">II" if content[1:2] and content[1] & _LARGE_GRID else ">HH"
    try:
        width, height = struct.unpack_from(sizes, content, 4)
    except struct.error as error:
        msg = "the picture is a HEIC whose grid of tiles makes no sense"
        raise Undecodable(msg) from error
    return Grid(content[2] + 1, content[3] + 1, width, height)


def _read_items(body: bytes) -> tuple[int, dict[int, Item]]:
    meta = next(body[b.start + _FULL_HEAD : b.end] for b in boxes(body) if b.kind == b"meta")
    inside = {box.kind: meta[box.start : box.end] for box in boxes(meta)}
    items = {number: Item(kind) for number, kind in _kinds(inside.get(b"iinf", b""))}
    for number, content in _contents(inside.get(b"iloc", b""), body, inside.get(b"idat", b"")):
        if number in items:
            items[number].content = content
    for number, others in _made_of(inside.get(b"iref", b"")):
        if number in items:
            items[number].made_of = others
    for number, found in _properties(inside.get(b"iprp", b"")):
        if number in items:
            items[number].properties.append(found)
    pitm = inside.get(b"pitm", b"")
    (primary,) = struct.unpack_from(">I" if pitm[0] else ">H", pitm, _FULL_HEAD)
    return primary, items


class _Cursor:
    """Numbers of a box, one after the other."""

    def __init__(self, box: bytes) -> None:
        self._box = box
        self.at = _FULL_HEAD

    def number(self, size: int) -> int:
        if self.at + size > len(self._box):
            raise IndexError
        self.at += size
        return int.from_bytes(self._box[self.at - size : self.at], "big")


def _kinds(iinf: bytes) -> list[tuple[int, bytes]]:
    entries = iinf[_FULL_HEAD + (4 if iinf[0] else 2) :]
    found = []
    for box in _not_too_many(boxes(entries)):
        entry = entries[box.start : box.end]
        if box.kind != b"infe" or entry[0] < _LONG_IDS:
            continue
        long = entry[0] > _LONG_IDS
        (number,) = struct.unpack_from(">I" if long else ">H", entry, _FULL_HEAD)
        at = _FULL_HEAD + (4 if long else 2) + 2
        found.append((number, entry[at : at + 4]))
    return found


def _not_too_many(parts: Iterable[Part]) -> Iterator[Part]:
    """Go through boxes of any kind: each costs, whatever it is."""
    for count, part in enumerate(parts):
        if count >= MAX_ITEMS:
            raise IndexError
        yield part


def _contents(iloc: bytes, body: bytes, item_data: bytes) -> list[tuple[int, bytes]]:
    if not iloc:
        return []
    version, cursor = iloc[0], _Cursor(iloc)
    sizes = cursor.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    found, taken, count = [], 0, 0
    for _ in range(min(cursor.number(4 if version == _LONG_IDS else 2), MAX_ITEMS)):
        number = cursor.number(4 if version == _LONG_IDS else 2)
        method = cursor.number(2) & 15 if version else _IN_FILE
        cursor.number(2)  # in which file: this one
        base = cursor.number(base_size)
        parts = []
        for _ in range(cursor.number(2)):
            count += 1
            if count > 2 * MAX_ITEMS:  # a part may take no bytes at all
                raise IndexError
            cursor.number(index_size)
            start = base + cursor.number(offset_size)
            length = cursor.number(length_size)
            source = item_data if method == _IN_ITEM_DATA else body
            parts.append(source[start : start + length] if length else source[start:])
            taken += len(parts[-1])
            if taken > 2 * len(body):  # items may overlap, to make more of few bytes
                raise IndexError
        found.append((number, b"".join(parts)))
    return found


def _made_of(iref: bytes) -> list[tuple[int, tuple[int, ...]]]:
    size = 4 if iref and iref[0] else 2
    references = iref[_FULL_HEAD:]
    found = []
    for box in _not_too_many(boxes(references)):
        if box.kind != b"dimg":
            continue
        cursor = _Cursor(references[box.start : box.end])
        cursor.at = 0
        number = cursor.number(size)
        count = min(cursor.number(2), MAX_ITEMS)
        found.append((number, tuple(cursor.number(size) for _ in range(count))))
    return found


def _properties(iprp: bytes) -> list[tuple[int, tuple[bytes, bytes]]]:
    inside = {box.kind: iprp[box.start : box.end] for box in boxes(iprp)}
    ipco, ipma = inside.get(b"ipco", b""), inside.get(b"ipma", b"")
    if not ipma:
        return []
    listed = [(box.kind, ipco[box.start : box.end]) for box in boxes(ipco)]
    cursor = _Cursor(ipma)
    index_size = 2 if ipma[3] & 1 else 1
    id_size = 4 if ipma[0] else 2
    found = []
    for _ in range(min(cursor.number(4), MAX_ITEMS)):
        number = cursor.number(id_size)
        for _ in range(cursor.number(1)):
            index = cursor.number(index_size) & (0x7FFF if index_size > 1 else 0x7F)
            if 0 < index <= len(listed):
                found.append((number, listed[index - 1]))
    return found
