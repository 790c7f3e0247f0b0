"""Streamed video: a playlist's pieces are fetched and joined into the one video that they are."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from domain.image import Part
from domain.playlist import Playlist, chosen_variant, is_playlist, read_playlist, spread
from pipelines.body_limits import part_of
from pipelines.reasons import CrawlStopped, FailedRequest, UselessPart, reason_of

_OK: Final = 200
_GONE: Final = (404, 410)
_PLAYLIST_BYTES: Final = 2 * 1024 * 1024
_MOST_FAILURES: Final = 3
"""Pieces that may fail one after the other before the rest is given up. One that is gone is none:
the site has answered, and the next one may be there."""

_MOST_IN_VAIN: Final = 6
"""Pieces that may be asked for before the first has come."""

_LARGEST_JOINED: Final = 160 * 1024 * 1024
"""Bytes of the largest piece that is joined to others: while it is, it is in memory twice."""

STREAM_SECONDS: Final = 120.0
"""How long one stream may take: no other video and no archive is fetched meanwhile."""
_TOO_LONG: Final = (
    f"The pieces of the streamed video did not all come within {STREAM_SECONDS:g} seconds."
)
_NO_ROOM: Final = "The pieces of the streamed video do not all fit its limit (VIGIL_MAX_VIDEO_MB)."
_NONE_FITS: Final = "No piece of the streamed video fits the limit of size (VIGIL_MAX_VIDEO_MB)."
_ALL_EMPTY: Final = "The pieces of the streamed video are empty."

Get = Callable[[str, int, bool], Awaitable[Response]]
"""Fetches an address under a limit in bytes, and of what is larger its beginning, if so asked."""


class UnreadableStreamError(Exception):
    """A playlist of which no video can be made, with the sentence that says why."""


@dataclass(frozen=True, slots=True)
class JoinedStream:
    """The video that a playlist lists; ``whole``: no piece of it that is wanted is missing.

    ``again``: what is missing may come next time, and is worth being asked for. ``part`` says how
    much was read of it where it is one file that is too large.
    """

    video: bytes = field(repr=False)
    whole: bool
    again: bool
    part: Part | None = None


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
        UselessPart: it is one file that is too large, and its beginning says nothing.
        CrawlStopped: the crawl was stopped before all of it was.
    """
    with _Pieces(note) as pieces:
        return await _join(pieces, get, url, body, most, note, seconds)


async def _join(
    pieces: "_Pieces",
    get: Get,
    url: str,
    body: bytes,
    most: int,
    note: Callable[[str, str], None],
    seconds: float,
) -> JoinedStream:
    try:
        async with asyncio.timeout(seconds) as time:
            playlist = await _playlist(get, url, body)
            await pieces.fetch(get, playlist, most)
    except TimeoutError as error:
        if not time.expired():
            raise
        if not pieces.shown:
            raise FailedRequest(_TOO_LONG) from error
        pieces.whole, pieces.again = False, True
        note(url, f"{_TOO_LONG} {pieces.so_many}")
    if pieces.no_room:
        note(url, f"{_NO_ROOM} {pieces.so_many}")
    return JoinedStream(pieces.joined(), pieces.whole, pieces.again, pieces.part)


async def _playlist(get: Get, url: str, body: bytes) -> Playlist:
    playlist = read_playlist(_text(body), url)
    if playlist.variants:
        url = chosen_variant(playlist.variants).url
        response = await get(url, _PLAYLIST_BYTES, False)
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
    """The pieces of one video as they come, in whatever order."""

    def __init__(self, note: Callable[[str, str], None]) -> None:
        self._note = note
        self._came: dict[int, bytes] = {}
        self._size = 0
        self._wanted = 0
        self._gone = 0
        self.shown = 0
        """Pieces that show something: the one that the others need is none of them."""
        self.whole = True
        self.again = False
        self.no_room = False
        self.part: Part | None = None

    @property
    def so_many(self) -> str:
        """Say how many have come."""
        return f"{len(self._came)} of {self._wanted} came."

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what has come: the error that ended it may be held for long, and this by it."""
        self._came.clear()

    def joined(self) -> bytes:
        """Join what has come in order of time, and let go of it."""
        if len(self._came) == 1:
            return self._came.popitem()[1]  # which may be all that there is room for
        video = io.BytesIO()  # which gives away what it holds without a second copy
        for place in sorted(self._came):
            video.write(self._came.pop(place))
        return video.getvalue()

    async def fetch(self, get: Get, playlist: Playlist, most: int) -> None:
        """Fetch as many as there is room for, those first that tell most of what is not known.

        Raises:
            FailedRequest: nothing that shows something has come.
            UselessPart: the only one is too large, and its beginning says nothing.
            CrawlStopped: the crawl was stopped before all of them had come.
        """
        pieces = spread(playlist)
        self._wanted = len(pieces)
        starts = int(playlist.has_start)
        alone = len(pieces) - starts == 1  # what is joined to a piece that is cut makes no sense
        largest = most if self._wanted == 1 else _LARGEST_JOINED
        asked, failures, reason = 0, 0, ""
        for place in (*range(starts), *(starts + n for n in coarse_to_fine(len(pieces) - starts))):
            if self._size >= most:
                self.no_room = True
                break
            asked, gone = asked + 1, False
            try:
                response = await get(pieces[place], min(most - self._size, largest), alone)
            except (CrawlStopped, UselessPart):
                raise
            except DownloadCancelledError:
                self.no_room = True  # what has come is a video, only with less in it
                break
            except Exception as error:  # noqa: BLE001 - one piece's trouble costs that piece
                reason = reason_of(error)
            else:
                reason = "" if response.status == _OK else f"The site answers {response.status}."
                gone = response.status in _GONE
            if not reason:
                failures = 0
                self._take(place, response, shows=place >= starts)
                del response  # or an error about the next one would hold on to it
                continue
            self._note(pieces[place], f"A piece of a streamed video: {reason}")
            self._gone += gone
            failures += not gone
            # What has been taken away and what does not come now look alike from here: either may
            # have shown what the rest does not, and only one is worth waiting for.
            self.whole, self.again = False, self.again or not gone
            no_start = place < starts  # without it the others cannot be read
            in_vain = asked >= _MOST_IN_VAIN and not self.shown
            if no_start or in_vain or failures >= _MOST_FAILURES:
                break
        if not self.shown:
            raise FailedRequest(reason or (_NONE_FITS if self.no_room else _ALL_EMPTY))
        # Pieces that are gone are not waited for, or all the others would be sent again each time.
        # But of a site that lacks most of them for a moment, nearly nothing would ever be seen. And
        # there may be room for more the next time.
        half_is_gone = 2 * self._gone >= self._wanted
        self.whole = self.whole and not self.no_room
        self.again = self.again or half_is_gone or self.no_room

    def _take(self, place: int, response: Response, *, shows: bool) -> None:
        self._came[place] = response.body
        self._size += len(response.body)
        self.shown += bool(response.body) and shows
        self.whole = self.whole and bool(response.body)
        self.part = part_of(response)


def coarse_to_fine(count: int) -> Iterator[int]:
    """Go through so many places so that those of any beginning are spread over all of them."""
    step = 1 << max(count - 1, 0).bit_length()
    yield from range(min(count, 1))
    while step > 1:
        yield from range(step // 2, count, step)
        step //= 2


def _text(body: bytes) -> str:
    return body.decode("utf-8-sig", "replace")
