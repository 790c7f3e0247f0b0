"""Opening: what came may hold several pictures (an archive) or only say where they lie (a stream).

An image passes through as it is. A streamed video becomes one video. An archive ends here, once
each picture within it has gone down the line.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from scrapy import Request
from scrapy.http import Response

from domain.file_address import is_archive_path
from domain.image import FetchedImage, Outcome
from domain.playlist import is_playlist
from pipelines.archive_members import ArchiveMembers
from pipelines.body_limits import BODY_LIMIT, BodyLimit
from pipelines.image_requests import ImageRequests
from pipelines.reasons import CrawlStopped, FailedRequest, UselessPart, reason_of
from pipelines.streams import UnreadableStreamError, join_stream
from pipelines.visit import Visit
from signals.archives import is_archive
from storage import sightings


class EndsHereError(Exception):
    """A reference that does not go further down the line, with how it ends and why."""

    def __init__(self, outcome: Outcome, reason: str | None) -> None:
        super().__init__(reason or outcome.value)
        self.outcome = outcome
        self.reason = reason


class Opening:
    """Opens what was fetched in one crawl."""

    def __init__(
        self,
        visit: Visit,
        archives: ArchiveMembers,
        ask: Callable[[Request], Awaitable[Response]],
    ) -> None:
        self._visit = visit
        self._archives = archives
        self._ask = ask
        self._requests = ImageRequests(visit)

    @staticmethod
    def holds_more(body: bytes) -> bool:
        """Say whether bytes are an archive or the playlist of a streamed video."""
        return is_archive(body) or is_playlist(body)

    async def open(self, image: FetchedImage, url: str, *, large: bool) -> FetchedImage:
        """Return an image or a video.

        Args:
            image: what was fetched.
            url: where it was in the end, behind every redirect.
            large: it has the place in memory for what is larger than an image.

        Raises:
            EndsHereError: it was an archive, or nothing can be made of it.
        """
        if is_playlist(image.body):
            return await self._joined(image, url)
        if not is_archive(image.body):
            return image
        if large:
            raise await self._unpacked(image)
        async with self._visit.one_large:
            raise await self._unpacked(image)

    async def _unpacked(self, image: FetchedImage) -> EndsHereError:
        item = image.reference
        unpacked = await self._archives.unpack(item, image.body)
        # Of one that is not named like an archive, nobody would know next time that it is one. And
        # of one that was not read to its end, what is missing would never be looked at.
        again = unpacked.whole and is_archive_path(item.address)
        await self._visit.write(
            lambda s: sightings.remember_address(
                s,
                item.address,
                None,
                etag=image.etag if again else None,
                last_modified=image.last_modified if again else None,
                now=self._visit.now(),
            )
        )
        return EndsHereError(unpacked.outcome, unpacked.reason)

    async def _joined(self, image: FetchedImage, url: str) -> FetchedImage:
        page_url = image.reference.page_url
        most = self._requests.most_of_a_video

        async def get(piece: str, limit: int, in_part: bool) -> Response:
            request = self._requests.piece(piece, page_url, limit)
            if in_part:
                request.meta[BODY_LIMIT] = BodyLimit(video=limit)
            return await self._ask(request)

        def note(piece: str, reason: str) -> None:
            self._visit.note("image", Outcome.FAILED.value, piece, reason)

        try:
            joined = await join_stream(get, url, image.body, most, note)
        except (UnreadableStreamError, UselessPart) as error:
            raise EndsHereError(Outcome.UNDECODABLE, str(error)) from error
        except FailedRequest as error:
            raise EndsHereError(Outcome.FAILED, str(error)) from error
        except Exception as error:  # whatever a hostile server provokes costs one video
            raise EndsHereError(Outcome.FAILED, reason_of(error)) from error
        image = replace(image, body=joined.video, part=joined.part, whole=joined.whole)
        if not joined.again:
            return image
        if self._visit.stopping:
            raise EndsHereError(Outcome.FAILED, reason_of(CrawlStopped()))
        # What is missing may come next time, so that the playlist is to be sent again then.
        self._visit.look_again(image.reference)
        return replace(image, etag=None, last_modified=None)
