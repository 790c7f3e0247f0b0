"""Streamed video: a playlist's pieces are fetched and joined into the one video that they are."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from domain.playlist import Playlist, chosen_variant, is_playlist, read_playlist, spread
from pipelines.reasons import CrawlStopped, FailedRequest, reason_of

_OK: Final = 200
_PLAYLIST_BYTES: Final = 2 * 1024 * 1024
_MOST_FAILURES: Final = 3
"""Pieces that may fail one after the other before the rest is given up."""

STREAM_SECONDS: Final = 120.0
"""How long one stream may take: no other video and no archive is fetched meanwhile."""
_TOO_LONG: Final = (
    f"The pieces of the streamed video did not all come within {STREAM_SECONDS:g} seconds."
)

Get = Callable[[str, int], Awaitable[Response]]
"""Fetches an address under a limit in bytes."""


class UnreadableStreamError(Exception):
    """A playlist of which no video can be made, with the sentence that says why."""


@dataclass(frozen=True, slots=True)
class JoinedStream:
    """The video that a playlist lists; ``whole``: no piece was missing that may come next time."""

    video: bytes = field(repr=False)
    whole: bool


async def join_stream(
    get: Get,
    url: str,
    body: bytes,
    most: int,
    note: Callable[[str, str], None],
    *,
    seconds: float = STREAM_SECONDS,
) -> JoinedStream:
    """Return the video that a playlist lists, or as much of it as there is room and time for.

    Args:
        get: fetches a further playlist or a piece.
        url: where the playlist stands.
        body: the playlist.
        most: bytes that may be read of all pieces together.
        note: told the address of a piece that cannot be had, and why.
        seconds: how long all of it may take.

    Raises:
        UnreadableStreamError: it lists nothing that can be read.
        FailedRequest: none of it could be fetched.
        CrawlStopped: the crawl was stopped before all of it was.
    """
    pieces = _Pieces(note)
    try:
        async with asyncio.timeout(seconds) as time:
            playlist = await _playlist(get, url, body)
            await pieces.fetch(get, playlist, most)
    except TimeoutError as error:
        if not time.expired():
            raise
        pieces.whole = False
        note(url, _TOO_LONG)
        if not pieces.came:
            raise FailedRequest(_TOO_LONG) from error
    return JoinedStream(bytes(pieces.video), pieces.whole)


async def _playlist(get: Get, url: str, body: bytes) -> Playlist:
    playlist = read_playlist(_text(body), url)
    if playlist.variants:
        url = chosen_variant(playlist.variants).url
        response = await get(url, _PLAYLIST_BYTES)
        if response.status != _OK or not is_playlist(response.body):
            msg = f"The playlist that its playlist names cannot be had ({response.status})."
            raise FailedRequest(msg)
        playlist = read_playlist(_text(response.body), response.url)
    if playlist.encrypted:
        msg = "It is a streamed video that is encrypted, so it cannot be read."
        raise UnreadableStreamError(msg)
    if not playlist.pieces:
        msg = "It is a playlist of streamed video that lists no pieces."
        raise UnreadableStreamError(msg)
    return playlist


class _Pieces:
    """The pieces of one video as they come."""

    def __init__(self, note: Callable[[str, str], None]) -> None:
        self._note = note
        self.video = bytearray()
        self.came = 0
        """Pieces that show something: the one that the others need is none of them."""
        self.whole = True

    async def fetch(self, get: Get, playlist: Playlist, most: int) -> None:
        """Fetch as many as there is room for.

        Raises:
            FailedRequest: nothing that shows something has come.
            CrawlStopped: the crawl was stopped before all of them had come.
        """
        failures, reason = 0, ""
        for place, piece in enumerate(spread(playlist)):
            starts = playlist.has_start and place == 0
            try:
                response = await get(piece, most - len(self.video))
            except CrawlStopped:
                raise
            except DownloadCancelledError:
                break  # there is no more room; what has come is a video, only a shorter one
            except Exception as error:  # noqa: BLE001 - one piece's trouble costs that piece
                reason = reason_of(error)
            else:
                reason = "" if response.status == _OK else f"The site answers {response.status}."
            if reason:
                failures, self.whole = failures + 1, False
                self._note(piece, f"A piece of a streamed video: {reason}")
            else:
                failures = 0
                self.video += response.body
                self.came += bool(response.body) and not starts
            no_start = starts and bool(reason)  # without it the others cannot be read
            if no_start or failures >= _MOST_FAILURES or len(self.video) >= most:
                break
        if not self.came:
            raise FailedRequest(reason or "No piece of the streamed video fits the limit of size.")


def _text(body: bytes) -> str:
    return body.decode("utf-8-sig", "replace")
