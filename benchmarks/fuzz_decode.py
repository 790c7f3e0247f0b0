"""Random damage to pictures and videos, through real hashing workers: does one ever die?

Practice photos are written in every format that is read, and as clips in every kind of video,
damaged with the structure in mind, and hashed. Each input depends on the seed and its number alone,
so ``--only NUMBER`` repeats one. There is no peer to run beside: the figures are bounds, not
speeds. Nothing is kept on disk unless ``--keep`` names a folder, and there only inputs that cost a
worker or met an error of ours.
"""

import argparse
import asyncio
import functools
import itertools
import random
import re
import resource
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from PIL import ExifTags, Image

from benchmarks.figures import EXIT_MET, Figure, print_figures
from benchmarks.photos import Frame, encoded, filling, find_photos
from benchmarks.video_seeds import VIDEO_WAYS, clip
from domain.errors import InvalidInput, Undecodable
from domain.signal import ImageSignals
from signals.pool import HashingPool

PROJECT: Final = Path(__file__).resolve().parent.parent
WORKERS: Final = 2
TIME_LIMIT: Final = 20.0
PROOF_EVERY: Final = 500
"""After so many inputs an undamaged photo must still have the signals that it had at first."""

SAY_EVERY: Final = 5.0

MOST_PHOTOS: Final = 8
"""Written in every way and three sizes: more would be written and hardly ever damaged."""


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_decode", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--photos", type=Path, default=PROJECT / "practice" / "photos")
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--time-limit", type=float, default=TIME_LIMIT, help="seconds an input")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="hash one input and say how")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="write inputs that cost a worker to it"
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    try:
        seeds = Seeds(find_photos(options.photos, at_most=MOST_PHOTOS))
    except InvalidInput as error:
        parser.error(str(error))
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    if options.only is not None:
        print(asyncio.run(repeat(seeds, options)))
        return EXIT_MET
    tally = asyncio.run(fuzz(seeds, options))
    status = print_figures("fuzz_decode", report(tally, options), as_json=options.json)
    for line in tally.losses:
        print(line, file=sys.stderr)
    return status


# --- undamaged pictures -------------------------------------------------------------------------

_HALF_TURN: Final = Image.Transpose.ROTATE_180

WAYS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "jpeg": ("RGB", "JPEG", {}),
    "jpeg progressive": ("RGB", "JPEG", {"progressive": True}),
    "jpeg with restarts": ("RGB", "JPEG", {"restart_marker_blocks": 4}),
    "jpeg in grey": ("L", "JPEG", {}),
    "jpeg cmyk": ("CMYK", "JPEG", {}),
    "jpeg 4:4:4": ("RGB", "JPEG", {"subsampling": 0, "quality": 95}),
    "mpo": ("RGB", "MPO", {"save_all": True}),
    "png": ("RGB", "PNG", {"compress_level": 1}),
    "png palette": ("P", "PNG", {}),
    "png bilevel": ("1", "PNG", {}),
    "png transparent": ("RGBA", "PNG", {"compress_level": 1}),
    "png 16 bits": ("I;16", "PNG", {"compress_level": 1}),
    "apng": ("RGB", "PNG", {"save_all": True, "compress_level": 1}),
    "webp": ("RGB", "WEBP", {"method": 0}),
    "webp transparent": ("RGBA", "WEBP", {"method": 0}),
    "webp lossless": ("RGB", "WEBP", {"method": 0, "lossless": True, "quality": 0}),
    "webp animated": ("RGB", "WEBP", {"method": 0, "save_all": True}),
    "avif": ("RGB", "AVIF", {"speed": 10}),
    "avif transparent": ("RGBA", "AVIF", {"speed": 10}),
    "avif animated": ("RGB", "AVIF", {"speed": 10, "save_all": True}),
    "gif": ("P", "GIF", {}),
    "gif animated": ("P", "GIF", {"save_all": True}),
    "bmp": ("RGB", "BMP", {}),
    "bmp palette": ("P", "BMP", {}),
    "tiff": ("RGB", "TIFF", {}),
    "tiff lzw": ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    "tiff deflate": ("RGB", "TIFF", {"compression": "tiff_adobe_deflate"}),
    "tiff packbits": ("P", "TIFF", {"compression": "packbits"}),
    "tiff jpeg": ("RGB", "TIFF", {"compression": "jpeg"}),
    "tiff fax": ("1", "TIFF", {"compression": "group4"}),
    "tiff cmyk": ("CMYK", "TIFF", {}),
    "tiff float": ("F", "TIFF", {}),
    "tiff lab": ("LAB", "TIFF", {}),
    "jp2": ("RGB", "JPEG2000", {}),
    "j2k": ("RGB", "JPEG2000", {"no_jp2": True, "irreversible": True}),
    "ico png": ("RGBA", "ICO", {"sizes": [(16, 16), (24, 18), (90, 67)]}),
    "ico bitmap": ("RGBA", "ICO", {"sizes": [(16, 16), (90, 67)], "bitmap_format": "bmp"}),
}
"""Every way of writing a picture: Pillow's mode, format and options."""


class Seeds:
    """Practice photos, small, written in every way; each is written when it is first wanted."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self.proof = paths[0].read_bytes()
        self.one = functools.lru_cache(maxsize=2_000)(self._one)

    def pick(self, chance: random.Random) -> bytes:
        """Give one at random."""
        way = chance.choice([*WAYS, *VIDEO_WAYS])
        return self.one(way, chance.randrange(len(self._paths)), chance.choice((24, 90, 300)))

    def _one(self, way: str, number: int, side: int) -> bytes:
        if way in VIDEO_WAYS:
            paths = (self._paths[number], self._paths[number - 1])
            frame = Frame(max(128, side), max(96, side))  # x265 breaks its heap over tiny ones
            return clip([filling(path, frame) for path in paths], way)
        mode, image_format, options = WAYS[way]
        with Image.open(self._paths[number]) as opened:
            picture = _in_mode(opened.convert("RGB").resize((side, side * 3 // 4)), mode)
        animated = "save_all" in options
        if animated:
            options = options | {"append_images": [picture.transpose(_HALF_TURN)]}
        # Pillow 13 dies of writing an animated AVIF with an orientation; reading one is fine.
        elif number % 2 and image_format in {"JPEG", "PNG", "WEBP", "AVIF", "TIFF"}:
            exif = Image.Exif()
            exif[ExifTags.Base.Orientation] = 1 + number % 8
            options = options | {"exif": exif}
        return encoded(picture, options | {"format": image_format})


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "F":
        return picture.convert("L").convert("F")
    if mode == "I;16":
        return picture.convert("L").convert("I;16")
    if mode == "LAB":
        return Image.merge("LAB", picture.split())
    if mode == "RGBA":
        see_through = picture.convert("RGBA")
        see_through.putalpha(picture.convert("L"))
        return see_through
    return picture.convert(mode)


# --- damage -------------------------------------------------------------------------------------

MOST_PARTS: Final = 50
"""Looked at in one file; damage finds the others by chance."""

Part = tuple[int, int, int, str]
"""Where a chunk, segment or box begins and ends, where its length stands, and its packing."""

_TELLING: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1)
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def parts(body: bytes) -> list[Part]:
    """Cut a file into its chunks, segments, boxes or fields; none for a format that has none."""
    if body.startswith(_PNG):
        return _chunks(body, len(_PNG), ">I", at=0, around=12)
    if body.startswith(b"RIFF"):
        return _chunks(body, 12, "<I", at=4, around=8)
    if body.startswith((b"\xff\xd8", b"\xff\x4f")):
        return _segments(body, 2)
    if body[4:8] in {b"ftyp", b"jP  "}:
        return _boxes(body, 0, len(body))
    if body[:4] in {b"II*\0", b"MM\0*"} and len(body) >= len(b"II*\0\0\0\0\0"):
        return _fields(body)
    return []


def _chunks(body: bytes, start: int, code: str, *, at: int, around: int) -> list[Part]:
    found: list[Part] = []
    while start + 8 <= len(body) and len(found) < MOST_PARTS:
        (length,) = struct.unpack_from(code, body, start + at)
        end = min(start + length + around, len(body))
        found.append((start, end, start + at, code))
        start = end + (end % 2 if body.startswith(b"RIFF") else 0)
    return found


def _segments(body: bytes, start: int) -> list[Part]:
    found: list[Part] = []
    while body[start : start + 1] == b"\xff" and len(found) < MOST_PARTS:
        end = start + 2 + int.from_bytes(body[start + 2 : start + 4], "big")
        found.append((start, min(end, len(body)), start + 2, ">H"))
        if body[start + 1 : start + 2] in {b"\xda", b"\x93"}:  # pixels follow
            following = re.compile(rb"\xff[\xc0-\xcf\xda-\xfe]").search(body, end)
            end = following.start() if following else len(body)
        start = end
    return found


_NESTS: Final = {
    b"meta": 12,
    b"iprp": 8,
    b"ipco": 8,
    b"jp2h": 8,
    b"moov": 8,
    b"trak": 8,
    b"mdia": 8,
}


def _boxes(body: bytes, start: int, end: int) -> list[Part]:
    found: list[Part] = []
    while start + 8 <= end and len(found) < MOST_PARTS:
        length, kind = struct.unpack_from(">I4s", body, start)
        stop = min(start + max(8, length or end), end)
        found.append((start, stop, start, ">I"))
        if kind in _NESTS:
            found += _boxes(body, start + _NESTS[kind], stop)
        start = stop
    return found


def _fields(body: bytes) -> list[Part]:
    order = "<" if body.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", body, 4)
    if start + 2 > len(body):
        return []
    (count,) = struct.unpack_from(f"{order}H", body, start)
    first = start + 2
    ends = range(first + 12, min(first + 12 * min(count, MOST_PARTS), len(body) - 11) + 1, 12)
    return [(end - 12, end, end - 8, f"{order}I") for end in ends]


def one_in(count: int, chance: random.Random) -> bool:
    """Say yes once in so many times."""
    return chance.randrange(count) == 0


def flip_bits(body: bytearray, chance: random.Random) -> None:
    """Flip up to eight bits, half the time near the beginning."""
    reach = len(body) if one_in(2, chance) else min(len(body), 200)
    for _ in range(chance.randint(1, 8)):
        body[chance.randrange(reach)] ^= 1 << chance.randrange(8)


def put_number(body: bytearray, chance: random.Random) -> None:
    """Write a telling number somewhere, more often near the beginning."""
    reach = len(body) if one_in(3, chance) else min(len(body), 400)
    _put_telling(body, chance.randrange(reach), chance)


def copy_block(body: bytearray, chance: random.Random) -> None:
    """Copy a block over another place, or in between."""
    start, where = chance.randrange(len(body)), chance.randrange(len(body))
    block = body[start : start + chance.randint(1, 2_000)]
    body[where : where + (len(block) if one_in(2, chance) else 0)] = block


def cut_out(body: bytearray, chance: random.Random) -> None:
    """Take a block out, or everything behind a place."""
    start = chance.randrange(1, len(body) + 1)
    reach = len(body) if one_in(5, chance) else chance.randint(1, 500)
    del body[start : start + reach]


def put_random(body: bytearray, chance: random.Random) -> None:
    """Put random bytes over a place, or in between."""
    where, block = chance.randrange(len(body)), chance.randbytes(chance.randint(1, 100))
    body[where : where + (len(block) if one_in(2, chance) else 0)] = block


def repeat_part(body: bytearray, chance: random.Random) -> None:
    """Repeat a chunk, segment or box where it stands or elsewhere, up to two hundred times."""
    if found := parts(bytes(body)):
        start, end, _, _ = chance.choice(found)
        where, _, _, _ = chance.choice(found)
        times = min(chance.choice((1, 2, 10, 200)), 1 + 2**20 // max(1, end - start))
        body[where:where] = body[start:end] * times


def drop_part(body: bytearray, chance: random.Random) -> None:
    """Take a chunk, segment or box out."""
    if found := parts(bytes(body)):
        start, end, _, _ = chance.choice(found)
        del body[start:end]


def swap_parts(body: bytearray, chance: random.Random) -> None:
    """Exchange two chunks, segments or boxes."""
    if len(found := parts(bytes(body))) > 1:
        (a, b, _, _), (c, d, _, _) = sorted(chance.sample(found, 2))
        if b <= c:
            body[a:d] = body[c:d] + body[b:c] + body[a:b]


def change_length(body: bytearray, chance: random.Random) -> None:
    """Say that a chunk, segment or box is longer or shorter than it is."""
    if found := parts(bytes(body)):
        _, _, where, code = chance.choice(found)
        size = struct.calcsize(code)
        if where + size <= len(body):
            (length,) = struct.unpack_from(code, body, where)
            changed = chance.choice((*_TELLING, length + 1, length - 1, length * 2))
            struct.pack_into(code, body, where, changed & (256**size - 1))


def change_inside(body: bytearray, chance: random.Random) -> None:
    """Write a telling number into the first bytes of a part, where its own header stands."""
    if found := parts(bytes(body)):
        start, end, _, _ = chance.choice(found)
        _put_telling(body, chance.randrange(start, max(start + 1, min(end, start + 40))), chance)


def _put_telling(body: bytearray, where: int, chance: random.Random) -> None:
    code = chance.choice(("B", "<H", ">H", "<I", ">I"))
    size = struct.calcsize(code)
    body[where : where + size] = struct.pack(code, chance.choice(_TELLING) & (256**size - 1))


STEPS: Final[tuple[Callable[[bytearray, random.Random], None], ...]] = (
    flip_bits, put_number, copy_block, cut_out, put_random,
    repeat_part, drop_part, swap_parts, change_length, change_inside,
)  # fmt: skip


def damaged(seeds: Seeds, seed: int, number: int) -> bytes:
    """Make the input of that number: a picture, damaged in one to five steps."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311 - to be repeated, not to be secret
    body = bytearray(seeds.pick(chance))
    if one_in(10, chance):
        other = seeds.pick(chance)
        body[chance.randrange(1, len(body)) :] = other[chance.randrange(len(other)) :]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        if body:
            chance.choice(STEPS)(body, chance)
    if body.startswith(_PNG) and not one_in(5, chance):
        _mend_sums(body)
    return bytes(body)


def _mend_sums(body: bytearray) -> None:
    """Make the checksums of a PNG right again, or no damage would get past them."""
    for start, end, _, _ in parts(bytes(body)):
        if end - start >= len(b"LLLLKINDSUMS"):
            struct.pack_into(">I", body, end - 4, zlib.crc32(body[start + 4 : end - 4]))


# --- running ------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What became of the inputs."""

    inputs: int = 0
    signals: int = 0
    deaths: int = 0
    over_time: int = 0
    unforeseen: int = 0
    proofs: int = 0
    changed_proofs: int = 0
    slowest: float = 0.0
    slowest_number: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)


async def fuzz(seeds: Seeds, options: argparse.Namespace) -> Tally:
    """Hash damaged pictures for so many minutes."""
    tally = Tally()
    pool = HashingPool(options.workers, time_limit=options.time_limit)
    began = time.monotonic()
    numbers = itertools.count(1)

    async def hash_on(expected: ImageSignals) -> None:
        while time.monotonic() < began + 60 * options.minutes:
            number = next(numbers)
            await _hash_one(pool, damaged(seeds, options.seed, number), number, options, tally)
            if number % PROOF_EVERY == 0:
                tally.proofs += 1
                tally.changed_proofs += await pool.signals_of(seeds.proof) != expected

    saying = asyncio.create_task(_say(tally, began))
    try:
        expected = await pool.signals_of(seeds.proof)
        await asyncio.gather(*(hash_on(expected) for _ in range(options.workers)))
    finally:
        saying.cancel()
        await pool.close()
    tally.seconds = time.monotonic() - began
    return tally


async def _hash_one(
    pool: HashingPool, body: bytes, number: int, options: argparse.Namespace, tally: Tally
) -> None:
    started = time.monotonic()
    try:
        found = await pool.signals_of(body)
    except Undecodable as error:
        if _count_reason(tally, str(error)):
            size = f"{len(body):,} bytes"
            tally.losses.append(f"input {number} of seed {options.seed} ({size}): {error}")
            if options.keep is not None:
                (options.keep / f"seed-{options.seed}-input-{number}").write_bytes(body)
    else:
        tally.signals += 1
        tally.formats[found.format] += 1
    tally.inputs += 1
    if (took := time.monotonic() - started) > tally.slowest:
        tally.slowest, tally.slowest_number = took, number


def _count_reason(tally: Tally, reason: str) -> bool:
    """Count a reason, and say whether it is one that no file should end with."""
    tally.reasons[kind_of(reason)] += 1
    over_time, unforeseen = "hashing took longer" in reason, "could not be hashed" in reason
    died = "hashing worker" in reason and not over_time
    tally.over_time += over_time
    tally.unforeseen += unforeseen
    tally.deaths += died
    return over_time or unforeseen or died


def kind_of(reason: str) -> str:
    """Leave out of a reason what differs from file to file."""
    shorter = re.sub(r"begins with the bytes [0-9a-f ]+", "begins with other bytes ", reason)
    return re.sub(r"\d[\d,.]*", "N", shorter)


async def _say(tally: Tally, began: float) -> None:
    while sys.stderr.isatty():
        print(
            f"\r{time.monotonic() - began:5.0f} s  {tally.inputs:,} inputs  "
            f"{tally.signals:,} with signals  {tally.deaths} deaths  "
            f"{tally.over_time} over time  slowest {tally.slowest:.1f} s",
            end="",
            file=sys.stderr,
            flush=True,
        )
        await asyncio.sleep(SAY_EVERY)


def largest_worker_mb() -> float:
    """Give the most resident memory that a worker had, once all have ended."""
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 2**10)


async def repeat(seeds: Seeds, options: argparse.Namespace) -> str:
    """Hash one input again and say what becomes of it."""
    body = damaged(seeds, options.seed, options.only)
    pool = HashingPool(1, time_limit=options.time_limit)
    try:
        await pool.start()
        started = time.monotonic()
        outcome = repr(await pool.signals_of(body))
    except Undecodable as error:
        outcome = str(error)
    finally:
        await pool.close()
    return f"{len(body):,} bytes, {time.monotonic() - started:.2f} s: {outcome}"


def report(tally: Tally, options: argparse.Namespace) -> list[Figure]:
    """Turn what was seen into figures; those without a target are only told."""
    number = f"number {tally.slowest_number}"
    figures = [
        Figure("inputs", tally.inputs, "files", 1, "higher", ours=f"{tally.inputs:,}"),
        Figure("inputs in a second", tally.inputs / tally.seconds, "files/s", None, "higher"),
        Figure("workers that died", tally.deaths, "workers", 0, "lower"),
        Figure("inputs over the time limit", tally.over_time, "files", 0, "lower"),
        Figure("inputs that end in an error of ours", tally.unforeseen, "files", 0, "lower"),
        Figure("photo hashed again in between", tally.proofs, "times", None, "higher"),
        Figure("photo hashed differently", tally.changed_proofs, "times", 0, "lower"),
        Figure(
            "slowest input", round(tally.slowest, 2), "s", options.time_limit, "lower", ours=number
        ),
        Figure("largest worker, resident", round(largest_worker_mb()), "MB", None, "lower"),
        Figure(
            "ended with signals", tally.signals, "files", 1, "higher", ours=f"{tally.signals:,}"
        ),
    ]
    figures += [
        Figure(f"ended with signals as {name}", count, "files", None, "higher")
        for name, count in tally.formats.most_common()
    ]
    figures += [
        Figure(f"ended with: {kind}", count, "files", None, "lower")
        for kind, count in tally.reasons.most_common()
    ]
    return figures


if __name__ == "__main__":
    sys.exit(main())
