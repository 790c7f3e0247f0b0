"""Sites that real gallery software makes of real photographs: does a crawl find every one?

Each software is set up as its own introduction says and publishes the photographs in four albums.
Every photograph is registered, the site is crawled with a new site's usual policy (only faster),
and the database is asked whether each was seen at the largest size that the software published.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.coverage_crawl import Covered, cover
from benchmarks.coverage_report import figures_of, print_details, print_sites
from benchmarks.figures import print_figures
from benchmarks.gallery_software import Software
from benchmarks.peers import PROJECT
from benchmarks.photo_albums import Albums, lay_out
from benchmarks.running_galleries import running_galleries
from benchmarks.static_galleries import static_galleries
from benchmarks.wiki_galleries import wiki_galleries
from benchmarks.wordpress_gallery import wordpress
from domain.errors import OutsideDown, VigilError

_FEW: Final = 8


def main() -> int:
    """Cover every site and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--photos", type=Path, default=PROJECT / "practice" / "photos")
    parser.add_argument("--quick", action="store_true", help="eight photographs, to see it work")
    parser.add_argument("--only", metavar="WORD", help="sites whose name holds this word")
    parser.add_argument(
        "--details", action="store_true", help="say what was missed, and what was asked for"
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    every = [*static_galleries(), *running_galleries(), *wiki_galleries(), wordpress()]
    chosen = [software for software in every if (options.only or "") in software.name]
    if not chosen:
        parser.error(f"no site's name holds {options.only!r}: {', '.join(s.name for s in every)}")
    sites: list[tuple[str, Covered | None]] = []
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        at_most = _FEW if options.quick else None
        albums = lay_out(options.photos, Path(folder) / "albums", at_most=at_most)
        for number, software in enumerate(chosen):
            place = Path(folder) / f"site-{number}"
            place.mkdir()
            sites.append((software.name, _cover(software, albums, place)))
    if not options.json:
        print_sites(sites)
        for _, covered in sites:
            if covered and options.details:
                print_details(covered)
        print()
    figures = [figure for name, covered in sites for figure in figures_of(name, covered)]
    return print_figures("coverage", figures, as_json=options.json)


def _cover(software: Software, albums: Albums, folder: Path) -> Covered | None:
    """Make one site and crawl it; None, with a line of why, where that cannot be done."""
    if lacks := software.lacks():
        print(f"{lacks}: its site is not measured.", file=sys.stderr)
        return None
    (folder / "site").mkdir()
    (folder / "crawl").mkdir()
    with ExitStack() as stack:
        try:
            served = stack.enter_context(software.serve(albums, folder / "site"))
        except OutsideDown as error:  # installed, but not as it has to be
            print(f"{software.name} made no site, which is not measured. {error}", file=sys.stderr)
            return None
        return cover(software.name, served, albums.photos, folder / "crawl")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VigilError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
