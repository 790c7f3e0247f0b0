"""A crawl beside the earlier ones of its site: did it find suspiciously little?"""

from collections import Counter
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from domain.crawl import CrawlState
from domain.crawl_drop import CrawlFigures, PictureDrop, not_let_in, picture_drop
from domain.image import Outcome
from domain.site_entry import AGE_GATE, LOG_IN, WAY_IN
from storage import crawls
from storage.crawls import CrawlSummary

_LOOKED_AT: Final = 30
_ERRORS_LOOKED_AT: Final = 2_000
_NO_TROUBLE: Final = ("left", Outcome.HASHED.value, Outcome.DUPLICATE.value)


def warning_of(session: Session, crawl: CrawlSummary) -> PictureDrop | None:
    """Compare a crawl that came to its end with those before it; None if it is like them."""
    if crawl.state != CrawlState.FINISHED.value:
        return None  # how it ended says enough
    earlier = [
        _figures(other)
        for other in crawls.list_crawls(
            session, site=crawl.site, before=crawl.crawl_id, limit=_LOOKED_AT
        )
        if other.state == CrawlState.FINISHED.value
    ]
    newest = _figures(crawl)
    errors = crawls.errors(session, crawl.crawl_id, _ERRORS_LOOKED_AT)
    shut = [error for error in errors if error.what in (LOG_IN, AGE_GATE, WAY_IN)]
    way_in = shut[0].reason if shut else None
    troubles = (error.reason for error in errors if is_trouble(error.what, error.outcome))
    commonest = Counter(troubles).most_common(1)
    drop = picture_drop(
        newest, earlier, trouble=commonest[0][0] if commonest else None, way_in=way_in
    )
    if drop is None and way_in is not None:
        drop = not_let_in(newest, way_in, surely=any(error.what != WAY_IN for error in shut))
    if drop is None:
        return None
    return replace(drop, advice=drop.advice.replace("NAME", crawl.site))


def is_trouble(what: str, outcome: str) -> bool:
    """Say whether a crawl's report tells something that went wrong: not all that it tells has.

    It tells of videos that were read in part, and of what was left as it should be. A note is one
    if it is about a page: that one may have been read without its scripts.
    """
    return outcome not in _NO_TROUBLE and (outcome != "note" or what == "page")


def _figures(crawl: CrawlSummary) -> CrawlFigures:
    return CrawlFigures(
        pages=crawl.pages_fetched + crawl.pages_unchanged,
        references=crawl.references,
        pictures=crawl.hashed + crawl.duplicate + crawl.unchanged,
    )
