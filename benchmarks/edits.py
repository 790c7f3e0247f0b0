"""Make the edits that people make to a picture before they post it again.

Each edit of each photo becomes a file TO/EDIT/NN.jpg (or .webp, .avif, .gif), and TO/reposts.csv
lists every file with its edit and its original. An edit, a photo's name and a seed always make
the same picture, with the same Pillow and NumPy; edits that show several photos depend on which
others are in the folder, too.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.edit_folder import LIST, make_reposts
from benchmarks.edit_kinds import ALL_EDITS, BASE_EDITS, HARD_EDITS, Edit, Edited, edited, find_edit
from benchmarks.peers import PROJECT
from domain.errors import VigilError

__all__ = ["ALL_EDITS", "BASE_EDITS", "HARD_EDITS", "Edit", "Edited", "edited", "main"]

_SETS: Final[Mapping[str, Mapping[str, Edit]]] = {"base": BASE_EDITS, "hard": HARD_EDITS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the reposts, or list the edits, and say how many there are."""
    parser = _parser()
    options = parser.parse_args(arguments)
    asked = options.edits or (_SETS[options.only] if options.only else ALL_EDITS)
    names = list(dict.fromkeys(asked))
    if options.to is None and not options.list:
        parser.error("say where the reposts go with --to, or list the edits with --list")
    try:
        if options.list:
            print_edits(names, as_json=options.json)
            return 0
        made = make_reposts(
            options.photos,
            options.to,
            names,
            seed=options.seed,
            number=options.number,
        )
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    listed = options.to / LIST
    if options.json:
        print(
            json.dumps(
                {
                    "list": str(listed),
                    "photos": made.photos,
                    "reposts": made.pictures,
                    "unreadable": made.unreadable,
                }
            )
        )
    else:
        left_out = f" Photos that cannot be read: {len(made.unreadable)}." * bool(made.unreadable)
        print(f"Reposts made: {made.pictures:,}, of {made.photos:,} photos.{left_out} {listed}")
    return 0


def print_edits(names: Sequence[str], *, as_json: bool) -> None:
    """Print a sentence on each edit.

    Raises:
        InvalidInput: there is no edit of such a name.
    """
    rows = [
        {
            "edit": name,
            "kind": "hard" if name in HARD_EDITS else "base",
            "sentence": edit.sentence,
            "other_photos": edit.others,
        }
        for name in names
        for edit in [find_edit(name)]
    ]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(f"{row['edit']:<23} {row['kind']}  {row['sentence']}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edits", description=__doc__)
    parser.add_argument(
        "--photos",
        type=Path,
        default=PROJECT / "practice" / "photos",
        metavar="DIR",
        help="a folder of photographs, as JPEG (default: those of the practice sites)",
    )
    parser.add_argument("--to", type=Path, metavar="DIR", help="where the reposts go")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--edits", nargs="+", metavar="NAME", help="make only these")
    which.add_argument("--only", choices=list(_SETS), help="make only the usual or the hard ones")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other reposts")
    parser.add_argument(
        "--number", type=_at_least_one, metavar="N", help="take N photos, spread over the folder"
    )
    parser.add_argument("--list", action="store_true", help="show all edits and make nothing")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        msg = f"{number} is less than 1"
        raise argparse.ArgumentTypeError(msg)
    return number


if __name__ == "__main__":
    sys.exit(main())
