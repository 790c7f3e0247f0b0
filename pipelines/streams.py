"""Streamed video: a playlist's pieces are fetched and joined into the one video that they are."""

from collections.abc import Awaitable, Callable
from typing import Final

from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from domain.playlist import chosen_variant, is_playlist, read_playlist, spread
from pipelines.reasons import FailedRequest, reason_of

_OK: Final = 200
_PLAYLIST_BYTES: Final = 2 * 1024 * 1024
_MOST_FAILURES: Final = 3
"""Pieces that may fail one after the other before the rest is given up."""

Get = Callable[[str, int], Awaitable[Response]]
"""Fetches an address under a limit in bytes."""


class UnreadableStreamError(Exception):
    """A playlist of which no video can be made, with the sentence that says why."""


async def join_stream(
    get: Get, url: str, body: bytes, most: int, note: Callable[[str, str], None]
) -> bytes:
    """Return the video that a playlist lists, or as much of it as there is room for.

    Args:
        get: fetches a further playlist or a piece.
        url: where the playlist stands.
        body: the playlist.
        most: bytes that may be read of all pieces together.
        note: told the address of a piece that cannot be had, and why.

    Raises:
        UnreadableStreamError: it lists nothing that can be read.
        FailedRequest: none of it could be fetched.
    """
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
    return await _joined(get, spread(playlist), most, note)


async def _joined(
    get: Get, pieces: tuple[str, ...], most: int, note: Callable[[str, str], None]
) -> bytes:
    video = bytearray()
    failures, reason = 0, ""
    for piece in pieces:
        try:
            response = await get(piece, most - len(video))
        except DownloadCancelledError:
            break  # there is no more room; what has come is a video, only a shorter one
        except Exception as error:  # noqa: BLE001 - one piece's trouble costs that piece
            reason = reason_of(error)
        else:
            reason = "" if response.status == _OK else f"The site answers {response.status}."
            video += response.body
        if reason:
            note(piece, f"A piece of a streamed video: {reason}")
        failures = failures + 1 if reason else 0
        if failures >= _MOST_FAILURES or len(video) >= most:
            break
    if not video:
        raise FailedRequest(reason or "No piece of the streamed video fits the limit of size.")
    return bytes(video)


def _text(body: bytes) -> str:
    return body.decode("utf-8-sig", "replace")
