"""CPU time to turn a picture's bytes into its signals, beside ThreatExchange, pdqhash, imagehash.

Every contestant is given the same pictures, made in memory from photographs, one after the other;
a figure is the median of how many times ours a peer took. How far our PDQ lies from pdqhash's on
the whole picture is measured on every photograph.
"""

import argparse
import io
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from benchmarks.figures import Figure, print_figures
from benchmarks.peers import add_options, peer, start_again_beside_peers
from benchmarks.photos import (
    JPEG,
    PNG,
    PROGRESSIVE,
    WEBP,
    Frame,
    encoded,
    filling,
    find_photos,
    with_grain,
)
from benchmarks.timing import Times, ratio, take_turns
from domain.errors import VigilError
from signals.pictures import hash_image, pdq_of_bytes

SMALL, MIDDLE, LARGE = Frame(800, 600), Frame(1600, 1200), Frame(4000, 3000)
ALL, ALONE = "all four signals", "PDQ alone"
THREATEXCHANGE, PDQHASH, PHASH = "PdqSignal", "pdqhash", "imagehash.phash"
FROM_BYTES, FLOOR = "PdqSignal from bytes", "decode alone, grey 1/8"

_TARGETS: Final = {SMALL: (8.0, 12.0), MIDDLE: (10.0, 14.0), LARGE: (30.0, 38.0)}
_NEAR: Final = 4  # bits that our PDQ may lie from the one of the whole picture
_GRAIN: Final = 3.0


def main() -> int:
    """Measure, print, and say by the exit status whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hashing", description=__doc__)
    add_options(parser)
    parser.add_argument("--pictures", type=int, default=6, help="photographs timed at each size")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each picture")
    options = parser.parse_args()
    start_again_beside_peers("benchmarks.hashing", options)
    try:
        figures = time_all(options) + agreement(options)
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return print_figures("hashing", figures, as_json=options.json)


def time_all(options: argparse.Namespace) -> list[Figure]:
    """Time every contestant at every size and format."""
    photos = find_photos(options.photos, at_most=1 if options.quick else options.pictures)
    rounds = 1 if options.quick else options.rounds
    figures = []
    told = []
    for frame, (all_four, alone) in _TARGETS.items():
        if options.quick and frame == LARGE:
            times: dict[str, Times] = {}
        else:
            times = time_pictures(options, photos, frame, JPEG, rounds)
        name = f"JPEG {frame}"
        figures.append(_ratio(f"{name}: all four, times quicker", times, ALL, all_four))
        figures.append(_ratio(f"{name}: PDQ alone, times quicker", times, ALONE, alone))
        told.append(_ratio(f"{name}: decoding alone, times quicker", times, FLOOR, None))
        told += _told(name, times)
    for name, how in {"PNG": PNG, "WebP": WEBP, "progressive JPEG": PROGRESSIVE}.items():
        if not options.quick:
            told += _told(f"{name} {MIDDLE}", time_pictures(options, photos, MIDDLE, how, rounds))
    return figures + told


def time_pictures(
    options: argparse.Namespace, photos: list[Path], frame: Frame, how: dict[str, Any], rounds: int
) -> dict[str, Times]:
    """Time every contestant on each photograph, made to fill a frame and encoded."""
    times: dict[str, Times] = defaultdict(Times)
    with tempfile.TemporaryDirectory() as folder:
        for photo in photos:
            body = encoded(filling(photo, frame), how)
            file = Path(folder) / "picture"  # ThreatExchange is given files, as its users do
            file.write_bytes(body)
            take_turns(contestants(options, body, file), times, rounds=rounds)
    return times


def contestants(
    options: argparse.Namespace, body: bytes, file: Path
) -> dict[str, Callable[[], object]]:
    """Give everyone's way to hash one picture; peers that are not installed are left out."""
    found: dict[str, Callable[[], object]] = {
        ALL: partial(hash_image, body),
        ALONE: partial(pdq_of_bytes, body),
        FLOOR: partial(decode_alone, body),
    }
    pdq = peer("threatexchange.signal_type.pdq.signal", "threatexchange", options)
    if pdq is not None:
        found[THREATEXCHANGE] = partial(pdq.PdqSignal.hash_from_file, file)
        found[FROM_BYTES] = partial(pdq.PdqSignal.hash_from_bytes, body)
    pdqhash = peer("pdqhash", "pdqhash", options)
    if pdqhash is not None:
        found[PDQHASH] = partial(whole_pdq, pdqhash, body)
    imagehash = peer("imagehash", "imagehash", options)
    if imagehash is not None:
        found[PHASH] = partial(whole_phash, imagehash, body)
    return found


def whole_pdq(pdqhash: Any, body: bytes) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Hash as pdqhash's users do: the whole picture, upright, in colour; 256 bits come back."""
    with Image.open(io.BytesIO(body)) as opened:
        bits, _ = pdqhash.compute(np.asarray(ImageOps.exif_transpose(opened).convert("RGB")))
    return np.asarray(bits, dtype=np.uint8)


def whole_phash(imagehash: Any, body: bytes) -> object:
    """Hash as imagehash's users do."""
    with Image.open(io.BytesIO(body)) as opened:
        return imagehash.phash(opened)


def decode_alone(body: bytes) -> None:
    """Decode as little as can be: what no way of hashing a JPEG goes below."""
    with Image.open(io.BytesIO(body)) as opened:
        opened.draft("L", (opened.width // 8, opened.height // 8))
        opened.load()


def agreement(options: argparse.Namespace) -> list[Figure]:
    """Compare our PDQ with pdqhash's of the whole picture, on every photograph."""
    photos = find_photos(options.photos, at_most=4 if options.quick else None)
    pdqhash = peer("pdqhash", "pdqhash", options)
    as_they_are: list[int] = []
    enlarged: dict[int, list[int]] = {2: [], 3: []}
    for number, photo in enumerate(photos if pdqhash is not None else []):
        body = photo.read_bytes()
        as_they_are.append(bits_away(pdqhash, body))
        with Image.open(io.BytesIO(body)) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        for factor, distances in enlarged.items():
            frame = Frame(picture.width * factor, picture.height * factor)
            larger = picture.resize((frame.width, frame.height), Image.Resampling.BICUBIC)
            grainy = encoded(with_grain(larger, _GRAIN, number), JPEG)
            distances.append(bits_away(pdqhash, grainy))
    figures = _near("photos as they are", as_they_are, targets=(99.0, 10.0))
    counted = len(as_they_are) if pdqhash is not None else None
    figures.append(Figure("photos compared", counted, "photos", None, "higher"))
    for factor, distances in enlarged.items():
        figures += _near(f"photos enlarged ×{factor} with grain", distances, targets=(None, None))
    return figures


def bits_away(pdqhash: Any, body: bytes) -> int:
    """Count the bits by which our PDQ differs from the one of the whole picture."""
    ours = np.unpackbits(np.frombuffer(bytes.fromhex(pdq_of_bytes(body)[0]), dtype=np.uint8))
    return int((ours != whole_pdq(pdqhash, body)).sum())


def _ratio(name: str, times: dict[str, Times], ours: str, target: float | None) -> Figure:
    if THREATEXCHANGE not in times:
        return Figure(name, None, "×", target, "higher")
    value = ratio(times[THREATEXCHANGE].cpu, times[ours].cpu)
    return Figure(
        name,
        round(value, 2),
        "×",
        target,
        "higher",
        ours=f"{times[ours].cpu_ms:.2f} ms",
        peer=f"{times[THREATEXCHANGE].cpu_ms:.1f} ms",
    )


def _told(name: str, times: dict[str, Times]) -> list[Figure]:
    """List what one picture took each contestant, without a target."""
    return [
        Figure(
            f"{name}: {who}, CPU",
            round(taken.cpu_ms, 3),
            "ms",
            None,
            "lower",
            **{side: f"{taken.wall_ms:.2f} ms wall"},
        )
        for who, taken in times.items()
        for side in ["ours" if who in {ALL, ALONE} else "peer"]
    ]


def _near(
    name: str, distances: list[int], targets: tuple[float | None, float | None]
) -> list[Figure]:
    near = [distance <= _NEAR for distance in distances]
    share = round(100 * sum(near) / len(near), 2) if near else None
    worst = max(distances, default=None)
    return [
        Figure(f"{name}: within {_NEAR} bits of pdqhash", share, "%", targets[0], "higher"),
        Figure(f"{name}: most bits from pdqhash", worst, "bits", targets[1], "lower"),
    ]


if __name__ == "__main__":
    sys.exit(main())
