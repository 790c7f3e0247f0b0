"""What `benchmarks.coverage` found: a table by site, what was missed, what was asked for."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from rich.console import Console
from rich.table import Table

from benchmarks.coverage_crawl import Covered, Sought
from benchmarks.figures import Figure
from benchmarks.photo_albums import NAMES

EVERY: Final = 100.0
REQUESTS_A_PHOTO: Final = 4
REQUESTS_A_SITE: Final = 50

_DIGITS: Final = re.compile(r"\d+")
_HASHED_FOLDERS: Final = re.compile(r"/[0-9a-f]/[0-9a-f]{2}/")
# What these parts of a query say is what is asked for; other parts say of what.
_TELLING: Final = frozenset({"do", "action", "tab_files", "tab_details"})
_COLUMNS: Final = (
    "planted", "found", "seen smaller", "flagged", "requests", "a photo", "pages", "left",
    "seconds",
)  # fmt: skip
_PATTERNS_SHOWN: Final = 40
_MISSED_SHOWN: Final = 10


def figures_of(software: str, covered: Covered | None) -> list[Figure]:
    """Give the two figures of a site; None stands for software that is not there."""
    photos = f"{software}: photographs found at their largest"
    requests = f"{software}: requests"
    if covered is None:
        return [
            Figure(photos, None, "%", EVERY, "higher"),
            Figure(requests, None, "requests", None, "lower"),
        ]
    planted = len(covered.photos)
    share = EVERY * covered.found / planted
    allowed = REQUESTS_A_PHOTO * planted + REQUESTS_A_SITE
    told = f"{covered.found} of {planted}"
    return [
        Figure(photos, round(share, 1), "%", EVERY, "higher", ours=told),
        Figure(requests, len(covered.asked), "requests", allowed, "lower"),
    ]


def print_sites(sites: Sequence[tuple[str, Covered | None]]) -> None:
    """Print the table by site."""
    table = Table(title="real gallery software", title_justify="left", show_edge=False)
    table.add_column("site")
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    for software, covered in sites:
        table.add_row(software, *(_cells(covered) if covered else ["not measured"]))
    _console().print(table)


def print_details(covered: Covered) -> None:
    """Print each photograph that was missed, and what the requests went to."""
    console = _console()
    console.print(f"\n[b]{covered.software}[/b]", highlight=False)
    missed = [sought for sought in covered.photos if not sought.found or not sought.flagged]
    for sought in missed[:_MISSED_SHOWN]:
        console.print(f"  missed: {_told(sought)}", highlight=False, markup=False)
    if len(missed) > _MISSED_SHOWN:
        console.print(f"  and {len(missed) - _MISSED_SHOWN} more", highlight=False)
    repeated = sum(count - 1 for count in Counter(covered.asked).values())
    console.print(f"  {len(covered.asked)} requests, {repeated} for an address asked before")
    stems = [sought.photo.stem for sought in covered.photos]
    patterns = Counter(pattern_of(address, stems) for address in covered.asked)
    for pattern, count in patterns.most_common(_PATTERNS_SHOWN):
        console.print(f"  {count:6} {pattern}", highlight=False, markup=False)


def pattern_of(address: str, stems: Sequence[str]) -> str:
    """Make one of addresses that differ by the photograph, by numbers or by what a query says."""
    parts = urlsplit(address)
    path = _without_names(_HASHED_FOLDERS.sub("/HASH/", unquote(parts.path)), stems)
    names = set()
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        telling = name in _TELLING or value.startswith("Special:")
        names.add(f"{name}={value}" if telling else _DIGITS.sub("N", name))
    return path + ("?" + "&".join(sorted(names)) if names else "")


def _without_names(path: str, stems: Sequence[str]) -> str:
    for stem in stems:
        path = path.replace(stem, "PHOTO").replace(stem.capitalize(), "PHOTO")
    for name in NAMES:
        for written in (name, name.replace("/", "-"), name.rpartition("/")[2]):
            path = path.replace(written, "ALBUM").replace(written.title(), "ALBUM")
    return _DIGITS.sub("N", path)


def _cells(covered: Covered) -> list[str]:
    planted = len(covered.photos)
    return [
        f"{planted}",
        f"{covered.found}",
        f"{covered.seen - covered.found}",
        f"{covered.flagged}",
        f"{len(covered.asked):,}",
        f"{len(covered.asked) / planted:.1f}",
        f"{covered.crawl.pages_fetched:,}",
        f"{covered.crawl.pages_left:,}",
        f"{covered.seconds:.1f}",
    ]


def _told(sought: Sought) -> str:
    largest = sought.largest
    sizes = ", ".join(f"{width}×{height}" for width, height in sought.sizes_seen) or "nothing"
    flagged = "flagged" if sought.flagged else "not flagged"
    return f"{largest.place} ({largest.width}×{largest.height}); seen: {sizes}; {flagged}"


def _console() -> Console:
    console = Console()
    return Console(width=console.width if console.is_terminal else 160)
