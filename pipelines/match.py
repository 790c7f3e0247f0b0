"""Match: an image's signals are compared with every registration."""

from typing import Self

from scrapy.crawler import Crawler

from domain.image import HashedImage, KnownImage, MatchedImage
from pipelines.matcher import Matcher
from pipelines.visit import visit_of


class MatchPipeline:
    """Give each hashed image the registrations near it."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(visit_of(crawler).matcher)

    async def process_item(self, item: HashedImage | KnownImage) -> MatchedImage | KnownImage:
        """Match one image.

        A known one was matched when it was first seen, and by every registration since.
        """
        if isinstance(item, KnownImage):
            return item
        try:
            return await self._matcher.match(item)
        finally:  # others wait for the worker that holds it
            if item.held is not None:
                item.held.let_go()
