"""The requests for images, videos and archives: what each asks for, and how much of it."""

from typing import Final

from scrapy import Request

from domain.image import ImageReference
from pipelines.body_limits import BODY_LIMIT, BodyLimit, may_be_read_further
from pipelines.visit import Visit
from storage.sightings import KnownAddress

_LARGE_SECONDS: Final = 4
"""How many times as long as for other answers what is larger than an image may take to arrive."""
_LARGE_RETRIES: Final = 1


class ImageRequests:
    """Makes the requests of one crawl."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @property
    def most_of_a_video(self) -> int:
        """How many bytes are read of a video."""
        return max(self._visit.config.max_image_bytes, self._visit.config.max_video_bytes)

    def may_be_read_further(self, known: KnownAddress | None) -> bool:
        """Say whether only a part may be known of a file, of which more would be read today."""
        return known is not None and may_be_read_further(known.byte_size, self.most_of_a_video)

    def first(
        self, item: ImageReference, known: KnownAddress | None, *, large: bool, once: bool = False
    ) -> Request:
        """Ask for what is at an image's address, unless it is as it was known.

        Args:
            item: the image.
            known: what is known of it; None has it sent in any case.
            large: there is a place in memory for a video or an archive, should it be one.
            once: it is not to be tried again if it fails: there is something else to be tried.
        """
        config = self._visit.config
        limit = (
            BodyLimit(config.max_video_bytes, config.max_archive_bytes) if large else BodyLimit()
        )
        request = self._request(item.url, item.page_url, config.max_image_bytes)
        request.meta[BODY_LIMIT] = limit
        if known is not None and known.etag:
            request.headers["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified
        if large:
            self._patiently(request)
        if once:
            request.meta["max_retry_times"] = 0
        return request

    def piece(self, url: str, page_url: str, limit: int) -> Request:
        """Ask for one piece of a streamed video, of at most ``limit`` bytes."""
        request = self._request(url, page_url, limit)
        self._patiently(request)
        return request

    def _request(self, url: str, page_url: str, limit: int) -> Request:
        return Request(
            url,
            headers={
                "Accept": "image/avif,image/webp,image/*;q=0.9,*/*;q=0.5",
                "Accept-Encoding": "identity",  # pictures are packed already
            },
            cookies=self._visit.cookies_for(url),
            meta={"referrer": page_url, "download_maxsize": limit, "download_warnsize": 0},
            dont_filter=True,
        )

    def _patiently(self, request: Request) -> None:
        request.meta["download_timeout"] = _LARGE_SECONDS * self._visit.config.answer_seconds
        request.meta["max_retry_times"] = _LARGE_RETRIES
