"""Whether a crawl found suspiciously few pictures, and the likely cause.

A site that changes its pages, asks for a log-in or turns a crawler away does not say so: its crawl
ends well, with next to nothing in it. Compared with its own past it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

EARLIER_NEEDED: Final = 3
"""Crawls that came to their end, before "usual" means anything."""

EARLIER_COMPARED: Final = 10
"""The newest of them: sites grow and shrink."""

_FEW: Final = 20
"""Pictures: a site that usually shows fewer goes up and down by itself."""

_LOOK: Final = "What else there is: vigil site check NAME"
_FELL: Final = 4
"""Times fewer than usual. Quiet days and cleared boards are within that."""


@dataclass(frozen=True, slots=True)
class CrawlFigures:
    """What one crawl came to: pages read, references found on them, pictures among those."""

    pages: int
    references: int
    pictures: int


@dataclass(frozen=True, slots=True)
class PictureDrop:
    """A crawl that found far fewer pictures than usual: what was seen, why, and what to do."""

    found: str
    cause: str
    advice: str


def picture_drop(
    newest: CrawlFigures,
    earlier: Sequence[CrawlFigures],
    *,
    trouble: str | None,
    way_in: str | None = None,
) -> PictureDrop | None:
    """Compare a crawl that came to its end with those of the same site before it, newest first.

    Args:
        newest: the crawl that is asked about.
        earlier: crawls before it that came to their end.
        trouble: the reason that stands most often among its errors, None if it has none.
        way_in: why it was not let in, or may not have been; None if nothing speaks for that.
    """
    compared = earlier[:EARLIER_COMPARED]
    if len(compared) < EARLIER_NEEDED:
        return None
    pages, references, pictures = (
        median(getattr(crawl, name) for crawl in compared)
        for name in ("pages", "references", "pictures")
    )
    if pictures < _FEW or newest.pictures * _FELL >= pictures:
        return None
    found = f"{newest.pictures:,} pictures, where {pictures:,.0f} are usual"
    if way_in is not None:
        return PictureDrop(found, way_in, _LOOK)
    if newest.pages * _FELL < pages:
        cause = (
            f"Only {newest.pages:,} of some {pages:,.0f} pages were reached: a log-in or an age "
            "question may stand before the rest, or the site's addresses have changed."
        )
        advice = (
            "Open a start page in a browser, and correct the start pages, cookies, log-in "
            "(--login) or age gate (--age-gate)."
        )
    elif newest.references * _FELL < references:
        cause = (
            "Its pages are reached as usual, but hardly any pictures are found on them: they may "
            "be built by scripts now, or show a notice in place of their pictures."
        )
        advice = "Open a page in a browser, and see whether pictures are on it."
    else:
        cause = "Its pictures are found as usual, but they do not arrive."
        advice = "See the errors of the crawl."
    if trouble is not None:
        cause += f" The commonest trouble: {trouble}"
    return PictureDrop(found, cause, advice)


def not_let_in(newest: CrawlFigures, why: str, *, surely: bool) -> PictureDrop | None:
    """Judge a crawl that was not let in where its site has no past that it could be compared with.

    Args:
        newest: the crawl.
        why: what it says of that in its report.
        surely: False if it is only likely, so that a crawl that found pictures speaks against it.
    """
    if not surely and newest.pictures >= _FEW:
        return None
    number = "1 picture" if newest.pictures == 1 else f"{newest.pictures:,} pictures"
    return PictureDrop(f"{number}, without having been let in", why, _LOOK)
