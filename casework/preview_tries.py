"""The places that a picture was seen at, asked one after the other for what they show now."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Final

from config import Config
from domain.errors import HashingLost, OutsideDown, Undecodable
from domain.file_address import is_member
from domain.playlist import is_playlist
from domain.preview import Sameness, compare
from fetching.inline_picture import inline_picture
from fetching.one_image import Answer, NotFetched, Unreached, Wanted, fetch_one
from fetching.stream_piece import fetch_piece
from signals.preview import SmallPicture, small_picture
from signals.preview_picture import MemberGoneError
from storage.preview_sources import Previewed, Source

MOST_SECONDS: Final = 20.0
"""Everything together: a person waits for it."""

MOST_TRIES: Final = 3

_ONE_TRY_SECONDS: Final = 10.0
_PAGE_BYTES: Final = 16 * 2**20
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Outcome(StrEnum):
    """What one place that an image was seen at shows now."""

    SHOWN = "shown"
    ANOTHER = "another picture"
    UNSURE = "perhaps another picture"
    GONE = "gone"
    NOT_REACHED = "not reached"
    NO_PICTURE = "no picture"
    NOT_DECODED = "not decoded"
    """Nothing can be decoded on this machine: no process could be confined as it was demanded."""


@dataclass(frozen=True, slots=True)
class Try:
    """What came of one place.

    ``status`` is what the site answered where that is what is wrong, ``why`` what kept it from
    being asked or from answering. Of a ``stream``, one frame is all that was compared.
    """

    site: str
    outcome: Outcome
    status: int | None = None
    why: Unreached | None = None
    picture: SmallPicture | None = field(default=None, repr=False)
    sameness: Sameness | None = None
    stream: bool = False


def says_most(each: Try) -> int:
    """Order tries: the one that says most comes first, and gone is only said if all are."""
    order = (
        Outcome.SHOWN,
        Outcome.ANOTHER,
        Outcome.UNSURE,
        Outcome.NOT_REACHED,
        Outcome.NOT_DECODED,
        Outcome.NO_PICTURE,
        Outcome.GONE,
    )
    return order.index(each.outcome)


def tried(found: Previewed, config: Config, *, another: bool) -> Iterator[Try]:
    """Try one place after the other until one shows what was matched, or what is asked for."""
    ends = time.monotonic() + MOST_SECONDS
    for source in found.sources:
        left = ends - time.monotonic()
        if left <= 1:
            return
        came = _try(found, source, config, left)
        yield came
        if came.outcome is Outcome.SHOWN or (another and came.picture is not None):
            return


def _try(found: Previewed, source: Source, config: Config, left: float) -> Try:
    site = source.site.name
    try:
        return _reached(found, source, config, time.monotonic() + left)
    except NotFetched as error:
        return Try(site, Outcome.NOT_REACHED, why=error.why)
    except MemberGoneError:
        return Try(site, Outcome.GONE)
    except OutsideDown:
        return Try(site, Outcome.NOT_DECODED)
    except HashingLost:
        return Try(site, Outcome.NO_PICTURE, why=Unreached.TOO_SLOW)
    except Undecodable:
        return Try(site, Outcome.NO_PICTURE)


def _reached(found: Previewed, source: Source, config: Config, ends: float) -> Try:
    site = source.site.name
    wanted = _wanted(found, source, config)
    answer = _fetch(config, wanted, min(ends - time.monotonic(), _ONE_TRY_SECONDS))
    if answer.status in _GONE:
        return Try(site, Outcome.GONE, status=answer.status)
    body, at_ms, status = answer.body, found.at_ms, answer.status
    stream = is_playlist(body)
    if stream and found.duration_ms is not None:
        piece = fetch_piece(
            partial(_fetch, config),
            wanted,
            answer,
            at_ms=at_ms or 0,
            duration_ms=found.duration_ms,
            seconds=ends - time.monotonic(),
        )
        body, at_ms, status = piece.body, piece.at_ms, piece.status
    if status != HTTPStatus.OK:
        return Try(site, Outcome.NOT_REACHED, status=status)
    if source.url.startswith("data:"):
        body = _in_page(body, source.url, config)
    picture = small_picture(
        body,
        seconds=max(1.0, ends - time.monotonic()),
        at_ms=at_ms,
        member=found.known.sha256 if is_member(source.url) else None,
        demand_filter=config.demand_sandbox,
    )
    sameness = compare(found.known, picture.sha256, picture.pdq, picture.pdq_quality)
    if stream and sameness is Sameness.ANOTHER:  # one frame of it is not all of it
        sameness = Sameness.UNSURE
    outcome = {Sameness.ANOTHER: Outcome.ANOTHER, Sameness.UNSURE: Outcome.UNSURE}
    return Try(
        site,
        outcome.get(sameness, Outcome.SHOWN),
        picture=picture,
        sameness=sameness,
        stream=stream,
    )


def _wanted(found: Previewed, source: Source, config: Config) -> Wanted:
    """Say what an image's address names: itself, the archive it is in, or the page it lies in."""
    inline = source.url.startswith("data:")
    moves = found.duration_ms is not None
    most = max(config.max_image_bytes, config.max_video_bytes) if moves else config.max_image_bytes
    if is_member(source.url):
        most = max(most, config.max_archive_bytes)
    return Wanted(
        url=source.page_url if inline else source.url.partition("#")[0],
        page_url=source.page_url,
        site=source.site,
        most=_PAGE_BYTES if inline else most,
        in_part=moves and not inline,
    )


def _fetch(config: Config, wanted: Wanted, seconds: float) -> Answer:
    return fetch_one(
        wanted, seconds=seconds, practice_hosts=config.practice_hosts, contact=config.contact
    )


def _in_page(page: bytes, address: str, config: Config) -> bytes:
    body = inline_picture(page, address, max(config.max_image_bytes, config.max_video_bytes))
    # The page is there and does not show it: a script may, so that it is gone cannot be said.
    if body is None:
        raise NotFetched(Unreached.NOT_IN_PAGE)
    return body
