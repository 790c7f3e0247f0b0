"""One piece of a streamed video: the one that shows a moment, with what a decoder needs first."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from domain.playlist import Playlist, chosen_variant, is_playlist, read_playlist
from fetching.one_image import Answer, NotFetched, Unreached, Wanted

_PLAYLIST_BYTES: Final = 2 * 2**20

Fetch = Callable[[Wanted, float], Answer]
"""Fetches something within so many seconds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a video that can be decoded by itself, and when in it the moment is.

    ``status`` is what the site answered for it or for what leads to it; the body is empty unless
    that is 200.
    """

    status: int
    at_ms: int = 0
    body: bytes = field(default=b"", repr=False)


def fetch_piece(
    fetch: Fetch, wanted: Wanted, answer: Answer, *, at_ms: int, duration_ms: int, seconds: float
) -> Piece:
    """Fetch the piece of a streamed video that shows a moment, as far as equal pieces would.

    Args:
        fetch: fetches an address under every guard.
        wanted: the playlist, with the limits that hold for the piece as well.
        answer: the playlist as it came.
        at_ms: the moment, from the beginning of the video.
        duration_ms: how long the video lasts.
        seconds: how long all of it may take.

    Raises:
        NotFetched: it could not be, or the playlist lists nothing that can be read.
    """
    ends = time.monotonic() + seconds

    def ask(url: str, most: int) -> Answer:
        left = ends - time.monotonic()
        if left <= 0:
            raise NotFetched(Unreached.TOO_SLOW)
        return fetch(replace(wanted, url=url, most=most, in_part=False), left)

    playlist = _read(answer)
    if playlist.variants:
        answer = ask(chosen_variant(playlist.variants).url, _PLAYLIST_BYTES)
        if answer.status != HTTPStatus.OK:
            return Piece(answer.status)
        if not is_playlist(answer.body):
            raise NotFetched(Unreached.STREAM)
        playlist = _read(answer)
    starts = int(playlist.has_start)
    count = len(playlist.pieces) - starts
    if playlist.encrypted or count < 1:
        raise NotFetched(Unreached.STREAM)
    place = min(count - 1, count * at_ms // max(1, duration_ms))
    body = b""
    for url in (*playlist.pieces[:starts], playlist.pieces[starts + place]):
        answer = ask(url, wanted.most - len(body))
        if answer.status != HTTPStatus.OK:
            return Piece(answer.status)
        body += answer.body
    return Piece(HTTPStatus.OK, max(0, at_ms - place * duration_ms // count), body)


def _read(answer: Answer) -> Playlist:
    return read_playlist(answer.body.decode("utf-8-sig", "replace"), answer.url)
