"""What can be drawn of a photo by somebody who has stolen its signals, and has our code?

Each photo is registered and then drawn from its signals alone, in five ways, by a thief who has
other photos to learn from, never that one. Then a line-up: can the photo be picked among many by
its drawing? `docs/privacy-of-signatures.md` says what came of it.

    python -m benchmarks.inversion --photos DIR --out DIR
    python -m benchmarks.inversion --photos DIR --out DIR --gallery DIR --lineup DIR --json
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Final

from PIL import Image

from benchmarks.edit_folder import open_photo
from benchmarks.figures import Figure, print_figures
from benchmarks.inversion_attempts import ATTEMPTS, Thief
from benchmarks.inversion_background import learn
from benchmarks.inversion_canvas import ground, laid
from benchmarks.inversion_judging import Judged, Lineup, at_size, correlation, share_covered
from benchmarks.inversion_leak import leak_of
from benchmarks.inversion_limits import thumbnail, true_patches, without_coarse
from benchmarks.inversion_patches import Gallery, Guess, gather, joined
from benchmarks.inversion_sheets import SUFFIX, write_sheet
from benchmarks.peers import PROJECT
from benchmarks.photos import find_photos
from domain.errors import InvalidInput, VigilError
from signals.calibration_file import calibration_in_use
from signals.constellation import Constellation
from signals.place_bits import planes
from signals.places import COLUMNS

_MOST_GALLERY: Final = 400
"""Other photos that a thief learns from; with more, the drawings became no better."""

_FEWEST: Final = 4
_LIMITS: Final = (
    "the photo's own patches: likeness, mean",
    "without coarse places: share covered, mean",
    "without coarse places, patches guessed: likeness, mean",
    "a thumbnail of as many bytes: longer side in pixels, mean",
    "a thumbnail of as many bytes: likeness, mean",
)
_PICKED: Final = (1, 10)
_STRONG: Final = calibration_in_use(None)[0].strictest


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw every photo, write the sheets, and print the figures."""
    options = _options(arguments)
    try:
        figures = _measured(options)
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return print_figures("inversion", figures, as_json=options.json)


def _measured(options: argparse.Namespace) -> list[Figure]:
    held = planes()
    paths = find_photos(options.photos)
    if len(paths) < _FEWEST:
        msg = (
            f"There are {len(paths)} photos in {options.photos}: {_FEWEST} are needed, as each "
            "half is drawn by what is learnt from the other."
        )
        raise InvalidInput(msg)
    beside = find_photos(options.gallery, at_most=_MOST_GALLERY) if options.gallery else []
    crowd = find_photos(options.lineup) if options.lineup else []
    lineup = Lineup({path.name: _grey(path) for path in [*crowd, *paths]}, held)
    shared = [gather(map(_grey, beside), held)] if beside else []
    judged: dict[str, list[Judged]] = {name: [] for name in ATTEMPTS}
    limits: dict[str, list[float]] = {name: [] for name in _LIMITS}
    covered, nearest, places, members, without = [], [], [], [], 0
    # Each half of the photos is drawn by a thief who knows the other half.
    for half in range(2):
        known = paths[1 - half :: 2]
        thief = _thief([*beside, *known], [*shared, gather(map(_grey, known), held)])
        for path in paths[half::2]:
            leak = leak_of(path.read_bytes())
            if leak.constellation is None:
                without += 1
                continue
            grey = _grey(path)
            true = at_size(grey, leak.constellation)
            drawn = thief.attempts(leak)
            for name, drawing in drawn.pictures.items():
                judged[name].append(lineup.judged(path.name, true, drawing))
            for name, figure in zip(_LIMITS, _limits(thief, leak.constellation, grey), strict=True):
                limits[name].append(figure)
            covered.append(share_covered(leak.constellation))
            nearest.append(median(drawn.nearest_bits.tolist()))
            places.append(len(leak.constellation))
            members.append(lineup.member(path.name, grey))
            if not options.show or any(part in path.name for part in options.show):
                shown = [("photo", true), *drawn.pictures.items()]
                write_sheet(options.out / f"{path.stem}{SUFFIX}", shown)
    if not covered:
        msg = f"No photo in {options.photos} has enough places to be registered by them."
        raise InvalidInput(msg)
    return [
        _told("photos drawn", len(covered), "photos"),
        _told("photos without a constellation", without, "photos"),
        _told("photos in the line-up", len(lineup), "photos"),
        _told("other photos to learn from", len(beside) + len(paths) // 2, "photos"),
        _told("places of a photo, median", median(places), "places"),
        _told("share of its area that they cover, mean", 100 * mean(covered), "%"),
        _told("bits from a place to the nearest patch, median", median(nearest), "of 128"),
        _told(
            "photos known as registered by who has them",
            100 * mean(each is not None and each >= _STRONG for each in members),
            "%",
        ),
        *(_told(name, mean(limits[name]), "") for name in _LIMITS),
        *(figure for name in ATTEMPTS for figure in _figures(name, judged[name])),
    ]


def _limits(thief: Thief, held: Constellation, photo: Image.Image) -> list[float]:
    """Measure what the names in _LIMITS say, of one photo."""
    true = at_size(photo, held)
    finer = without_coarse(held)
    drawn = laid(finer, thief.guess.of(finer.bits, finer.places[:, COLUMNS.scale]), ground(held))
    small, side = thumbnail(photo, len(held.packed()), true.shape)
    return [
        correlation(true, true_patches(photo, held)),
        share_covered(finer),
        correlation(true, drawn),
        float(side),
        correlation(true, small),
    ]


def _figures(name: str, judged: Sequence[Judged]) -> list[Figure]:
    strong = [each.strength is not None and each.strength >= _STRONG for each in judged]
    return [
        _told(f"{name}: likeness, mean", mean(each.likeness for each in judged), ""),
        _told(f"{name}: likeness as thumbnails", mean(each.of_own for each in judged), ""),
        _told(f"{name}: highest of another photo", mean(each.of_others for each in judged), ""),
        *(
            _told(f"{name}: picked as a thumbnail, first {n}",
                  100 * mean(each.rank_as_thumbnail <= n for each in judged), "%")
            for n in _PICKED
        ),
        *(
            _told(f"{name}: picked by PDQ, first {n}",
                  100 * mean(each.rank_by_pdq <= n for each in judged), "%")
            for n in _PICKED
        ),
        _told(f"{name}: recognised by Vigil", 100 * mean(strong), "%"),
    ]  # fmt: skip


def _told(name: str, value: float, unit: str) -> Figure:
    return Figure(name, round(float(value), 3), unit, None, "lower")


def _thief(known: Sequence[Path], parts: Iterable[Gallery]) -> Thief:
    gallery = joined(parts)
    return Thief(gallery, Guess(gallery, bent=True), learn(map(_grey, known)))


def _grey(path: Path) -> Image.Image:
    return open_photo(path).convert("L")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inversion", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, default=PROJECT / "practice" / "photos", help="photos to draw"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the sheets go")
    parser.add_argument("--gallery", type=Path, help="more photos that the thief learns from")
    parser.add_argument("--lineup", type=Path, help="more photos to pick from")
    parser.add_argument(
        "--show", nargs="*", default=[], metavar="NAME", help="write sheets of these only"
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
