"""Registered photos beside reposts of them, with what was seen: ten found, and everything missed.

    python -m benchmarks.examples --photos DIR --out DIR
    python -m benchmarks.examples --out docs/pictures/edits --page docs/seeing-through-edits.md

The second line makes the page of the documents again.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.edit_kinds import ALL_EDITS, find_edit
from benchmarks.examples_drawing import SUFFIX, write_example
from benchmarks.examples_page import Run, explained, write_page
from benchmarks.examples_search import Case, Search, register
from benchmarks.peers import PROJECT
from benchmarks.photos import find_photos
from domain.errors import VigilError
from signals.calibration_file import calibration_in_use

TEN: Final = (
    "meme_caption",
    "combo_mirror_crop_text",
    "crop25",
    "shot_phone",
    "collage3x3",
    "pip30",
    "wide_sticker",
    "photo_of_screen",
    "extreme_combo",
    "collage_in_phone",
)
"""Edits of which an example is shown: one kind each, from a caption to all at once."""

_PHOTOS: Final = PROJECT / "practice" / "photos"
_HEIGHT: Final = 220
_MISSED_HEIGHT: Final = 140
_LICENCES: Final = "LICENSES.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the reposts, look for them, draw the examples, and say how many were found."""
    options = _options(arguments)
    try:
        for name in options.edits or ():
            find_edit(name)
        run = _run(options, list(options.edits or ALL_EDITS))
        for name, case in [*run.found.items(), *run.missed.items(), *run.false.items()]:
            found = name in run.found
            height = _HEIGHT if name in run.found else _MISSED_HEIGHT
            write_example(options.out / name, case, height=height, found=found)
        if options.page is not None:
            write_page(options.page, options.out, run, options.photos / _LICENCES)
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    _print(run, as_json=options.json)
    return 0


def _run(options: argparse.Namespace, edits: Sequence[str]) -> Run:
    photos = register(find_photos(options.photos))
    search = Search(photos, options.threshold)
    names = {path.name for path in find_photos(options.photos, at_most=options.number)}
    cases = [
        case
        for photo in photos
        if photo.name in names
        for case in search.cases(photo, edits, options.seed)
    ]
    chosen = examples_of(cases, options.threshold)
    missed = [case for case in cases if not case.found(options.threshold)]
    return Run(
        cases,
        {f"found-{case.edit}{SUFFIX}": case for case in chosen},
        {_named("missed", case): case for case in _once_without_places(missed)},
        {_named("false", false): false for case in cases for false in case.false},
        len(names),
        options.threshold,
        _command(options),
    )


def _named(what: str, case: Case) -> str:
    return f"{what}-{case.edit}-{Path(case.photo.name).stem}{SUFFIX}"


def _once_without_places(missed: Sequence[Case]) -> list[Case]:
    """Leave out all but the first of a photo that has no constellation."""
    told: set[str] = set()
    kept = []
    for case in missed:
        if case.photo.constellation is not None or case.photo.name not in told:
            kept.append(case)
        if case.photo.constellation is None:
            told.add(case.photo.name)
    return kept


def examples_of(cases: Sequence[Case], threshold: float) -> list[Case]:
    """Choose an example for each of TEN: of middle strength, each of another photo if there is one.

    Only what PDQ does not find is chosen.
    """
    chosen: list[Case] = []
    used: set[str] = set()
    for edit in TEN:
        of_edit = [
            case
            for case in cases
            if case.edit == edit and case.found_by_places(threshold) and not case.found_by_pdq
        ]
        fresh = [case for case in of_edit if case.photo.name not in used] or of_edit
        if fresh:
            in_order = sorted(fresh, key=lambda case: (case.strength or 0.0, case.photo.name))
            chosen.append(in_order[len(in_order) // 2])
            used.add(chosen[-1].photo.name)
    return chosen


def _print(run: Run, *, as_json: bool) -> None:
    missed = [case for case in run.cases if not case.found(run.threshold)]
    if as_json:
        figures: Mapping[str, object] = {
            "reposts": len(run.cases),
            "found": sum(case.found(run.threshold) for case in run.cases),
            "found_by_pdq": sum(case.found_by_pdq for case in run.cases),
            "found_by_places": sum(case.found_by_places(run.threshold) for case in run.cases),
            "false_flags": len(run.false),
            "threshold": run.threshold,
            "missed": [
                {"edit": case.edit, "photo": case.photo.name, "strength": case.strength}
                for case in missed
            ],
        }
        print(json.dumps(figures))
        return
    for name, case in [*run.found.items(), *run.missed.items()]:
        print(f"{name}: {explained(case, run.threshold)}")
    print(
        f"Reposts found: {len(run.cases) - len(missed):,} of {len(run.cases):,}. "
        f"Missed: {len(missed):,}. Other photos flagged: {len(run.false):,}."
    )


def _command(options: argparse.Namespace) -> str:
    parts = ["python -m benchmarks.examples"]
    if options.photos != _PHOTOS:
        parts.append("--photos DIR")
    parts.append(f"--threshold {options.threshold:g} --number {options.number}")
    parts.append(f"--seed {options.seed} --out docs/pictures/edits")
    parts.append("--page docs/seeing-through-edits.md")
    return " \\\n  ".join(parts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.examples", description=__doc__)
    parser.add_argument("--photos", type=Path, default=_PHOTOS, help="photos to register")
    parser.add_argument("--out", type=Path, required=True, help="where the pictures go")
    parser.add_argument("--page", type=Path, help="the page to write about them, as Markdown")
    parser.add_argument(
        "--threshold",
        type=float,
        default=calibration_in_use(None)[0].strictest,
        help="strength from which a repost is flagged",
    )
    parser.add_argument("--number", type=int, default=24, help="photos that are reposted")
    parser.add_argument("--edits", nargs="+", metavar="NAME", help="make only these")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other reposts")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
