"""Every second photo of a folder is registered, and all are crawled: which are flagged wrongly?

A real crawl of a site on loopback, with a real database. Each registered photo is a case of its
own and has to be flagged as itself; every other flag is of a photo that somebody else registered,
as it is when a crawl goes past the pictures of strangers. Nobody says of photos of one series
whether they show the same thing: --details shows each such flag, for a person to judge.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, print_figures
from benchmarks.half_registry_crawl import Crawled, Flag, crawl_with, distinct
from benchmarks.half_registry_page import write_details
from benchmarks.photos import find_photos
from domain.errors import InvalidInput, VigilError

_HALVES: Final = ("even", "odd")
_TYPES: Final = ("pdq", "pdq of a part", "constellation", "constellation and pdq")
"""What flags are split by, whether there are any or not."""

_BY_PLACES: Final = "constellation"
"""Of what anything else flags too, no stronger threshold of places rids us."""

_STRENGTHS: Final = (5.0, 6.0, 8.0, 15.0)
"""Where flags are split by strength; they begin at the strength from which one is flagged."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Register, crawl, and print the figures."""
    options = _options(arguments)
    try:
        photos = distinct(find_photos(options.photos, at_most=options.at_most))
        registered = list(photos.values())[_HALVES.index(options.half) :: 2]
        if not registered:
            msg = f"{options.photos} holds one photo: two are needed, of which one is registered."
            raise InvalidInput(msg)
        with tempfile.TemporaryDirectory(prefix="half-registry-") as folder:
            crawled = crawl_with(photos, registered, Path(folder))
        if options.details is not None:
            write_details(options.details, crawled)
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return print_figures("half_registry", figures_of(crawled), as_json=options.json)


def figures_of(crawled: Crawled) -> list[Figure]:
    """Turn what was flagged into figures: every own photo has a target, what is false is told."""
    registered, photos = len(crawled.registered), len(crawled.photos)
    of_types = Counter(dict.fromkeys(_TYPES, 0))
    of_types.update(flag.by for flag in crawled.false)
    droppable = sorted(flag.strength or 0.0 for flag in crawled.false if flag.by == _BY_PLACES)
    figures = [
        Figure("photos registered", registered, "photos", None, "higher"),
        Figure("of those with places", crawled.with_places, "photos", None, "higher"),
        Figure("flagged from strength", round(crawled.threshold, 2), "", None, "lower"),
        Figure("images crawled", crawled.images, "images", photos, "higher"),
        Figure("own photos flagged", len(crawled.own), "photos", registered, "higher"),
        Figure("flooded registrations", crawled.suspended, "registrations", None, "lower"),
        Figure("flags of another's photo", len(crawled.false), "flags", None, "lower"),
    ]
    known = set(crawled.registered)
    unknown = sum(flag.found not in known for flag in crawled.false)
    figures.append(
        Figure("of those, of a photo nobody registered", unknown, "flags", None, "lower")
    )
    figures += [
        Figure(f"of those, by {kind} alone", number, "flags", None, "lower")
        for kind, number in of_types.items()
    ]
    edges = [float("-inf"), *_STRENGTHS, float("inf")]
    for low, high in pairwise(edges):
        number = sum(low <= (flag.strength or 0.0) < high for flag in _with_places(crawled))
        figures.append(Figure(_band(low, high), number, "flags", None, "lower"))
    strongest = droppable[-1] if droppable else crawled.threshold
    figures += [
        Figure("only a stronger threshold would drop", len(droppable), "flags", None, "lower"),
        Figure("none of those is left above strength", round(strongest, 2), "", None, "lower"),
    ]
    return figures


def _with_places(crawled: Crawled) -> list[Flag]:
    return [flag for flag in crawled.false if flag.strength is not None]


def _band(low: float, high: float) -> str:
    if low == float("-inf"):
        return f"of those with places, under strength {high:g}"
    if high == float("inf"):
        return f"of those with places, strength {low:g} or more"
    return f"of those with places, strength {low:g} to {high:g}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.half_registry", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="harmless photos of your own")
    parser.add_argument("--half", choices=_HALVES, default="even", help="which are registered")
    parser.add_argument("--at-most", type=int, metavar="N", help="take N photos, spread evenly")
    parser.add_argument(
        "--details",
        type=Path,
        metavar="DIR",
        help="write index.html there, with each flag of another's photo to be looked at",
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
