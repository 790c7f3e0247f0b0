"""A crawl beside the earlier ones of its site: did it find suspiciously little?"""

from collections import Counter
from typing import Final

from sqlalchemy.orm import Session

from domain.crawl import CrawlState
from domain.crawl_drop import CrawlFigures, PictureDrop, picture_drop
from storage import crawls
from storage.crawls import CrawlSummary

_LOOKED_AT: Final = 30
_ERRORS_LOOKED_AT: Final = 2_000


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
    if picture_drop(newest, earlier, trouble=None) is None:
        return None
    reasons = Counter(
        error.reason
        for error in crawls.errors(session, crawl.crawl_id, _ERRORS_LOOKED_AT)
        if error.outcome != "left"
    )
    commonest = reasons.most_common(1)
    return picture_drop(newest, earlier, trouble=commonest[0][0] if commonest else None)


def _figures(crawl: CrawlSummary) -> CrawlFigures:
    return CrawlFigures(
        pages=crawl.pages_fetched + crawl.pages_unchanged,
        references=crawl.references,
        pictures=crawl.hashed + crawl.duplicate + crawl.unchanged,
    )
