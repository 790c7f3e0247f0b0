"""Make screenshots of apps and web pages with a photo in them, as people take and send them.

Each kind with each photo becomes TO/KIND/NN.png or .jpg, and TO/screens.csv lists every file with
its kind, its original, and where the photo lies in it (pixels: left, top, right, bottom). The apps
are invented, but drawn by a real browser in real fonts. On all screenshots of one kind the app
itself is the same, with its bars, icons and words; what its users say there is not. A kind, a
photo's name and a seed always make the same picture, with the same browser and fonts.

It needs Chromium, and fonts. On Debian: apt install --no-install-recommends fonts-noto-core
fonts-noto-cjk fonts-roboto-unhinted fonts-liberation fonts-dejavu-core
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.app_chrome_browser import without_browser
from benchmarks.app_chrome_folder import LIST, make_screens
from benchmarks.app_chrome_fonts import check_faces
from benchmarks.app_chrome_kinds import KINDS, find_kind
from benchmarks.peers import PROJECT
from config import load_config
from crawler.rendering_browser import NoBrowser, find_chromium
from domain.errors import OutsideDown, VigilError


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the screenshots, or list the kinds, and say how many there are."""
    parser = _parser()
    options = parser.parse_args(arguments)
    names = list(dict.fromkeys(options.kinds or KINDS))
    if options.to is None and not options.list:
        parser.error("say where the screenshots go with --to, or list the kinds with --list")
    try:
        if options.list:
            print_kinds(names, as_json=options.json)
            return 0
        languages = [find_kind(name).language for name in names]
        program = _chromium()
        for package in check_faces(languages):
            print(f"Without {package}, some is written in another font.", file=sys.stderr)
        made = make_screens(
            program,
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
                    "screens": made.screens,
                    "unreadable": made.unreadable,
                }
            )
        )
    else:
        left_out = f" Photos that cannot be read: {len(made.unreadable)}." * bool(made.unreadable)
        print(f"Screenshots: {made.screens:,}, of {made.photos:,} photos.{left_out} {listed}")
    return 0


def print_kinds(names: Sequence[str], *, as_json: bool) -> None:
    """Print a sentence on each kind.

    Raises:
        InvalidInput: there is no kind of such a name.
    """
    rows = [
        {
            "kind": name,
            "device": kind.device,
            "language": kind.language,
            "sentence": kind.sentence,
        }
        for name in names
        for kind in [find_kind(name)]
    ]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(f"{row['kind']:<14} {row['device']:<8} {row['language']}  {row['sentence']}")


def _chromium() -> Path:
    try:
        return find_chromium(load_config())
    except NoBrowser as error:
        raise OutsideDown(without_browser(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.app_chrome", description=__doc__)
    parser.add_argument(
        "--photos",
        type=Path,
        default=PROJECT / "practice" / "photos",
        metavar="DIR",
        help="a folder of photographs, as JPEG (default: those of the practice sites)",
    )
    parser.add_argument("--to", type=Path, metavar="DIR", help="where the screenshots go")
    parser.add_argument("--kinds", nargs="+", metavar="NAME", help="make only these")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other screenshots")
    parser.add_argument(
        "--number", type=_at_least_one, metavar="N", help="take N photos, spread over the folder"
    )
    parser.add_argument("--list", action="store_true", help="show all kinds and make nothing")
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
