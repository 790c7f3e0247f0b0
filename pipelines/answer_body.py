"""The body of an answer, read as far as its limits allow and no byte further."""

import io
from typing import Final

from aiohttp import ClientError, ClientResponse
from scrapy.downloadermiddlewares.httpcompression import ACCEPTED_ENCODINGS
from scrapy.exceptions import DownloadCancelledError

from domain.image import Part
from pipelines.body_limits import BodyLimit, Content
from pipelines.reasons import UselessPart
from signals.video import LOOKED_AT
from signals.video_part import can_be_read_in_part

PACKINGS: Final = frozenset({*(name.decode() for name in ACCEPTED_ENCODINGS), "x-gzip"})
"""What an answer may be packed by. Of what else sites write here, none says that it is."""


async def read_body(
    answer: ClientResponse, limit: int, beyond: BodyLimit | None
) -> tuple[bytes, bool]:
    """Read a body; say whether it is only the beginning of one that is larger than its limit.

    Args:
        answer: of which the head has come.
        limit: bytes that are read of an image.
        beyond: says how many of what is larger, if it may be anything else.

    Raises:
        DownloadCancelledError: it is larger than its limit, and its beginning is not wanted.
        UselessPart: nor would be of any use.
        ClientError: the transfer broke.
    """
    # An error holds on to whatever it passed by, for as long as somebody looks at it. So what was
    # read is given back here, and not when the error is forgotten.
    with io.BytesIO() as body:
        try:
            return await _read(answer, limit, beyond, body)
        except ClientError:
            # Of what is too large in any case, that is what is to be said, and once. But of a
            # video, the beginning may come the next time.
            most, in_part = limit, False
            if beyond is not None:
                most, in_part = _judge(answer, body, limit, beyond)
                in_part = in_part or _may_be_wanted(answer, body, beyond)
            if (answer.content_length or 0) > most and not in_part:
                raise _too_large(most) from None
            raise


async def _read(
    answer: ClientResponse, limit: int, beyond: BodyLimit | None, body: io.BytesIO
) -> tuple[bytes, bool]:
    announced, size = answer.content_length or 0, 0
    in_part, useful = False, True
    if announced <= limit or beyond is not None:
        async for chunk in answer.content.iter_any():
            size += body.write(chunk)
            # What comes first may be a few bytes, which say nothing of what they are.
            if max(announced, size) <= limit or size < LOOKED_AT:
                continue
            if beyond is not None:
                limit, in_part = _judge(answer, body, limit, beyond)
                beyond = None
                if max(announced, size) <= limit:
                    continue
            if in_part:
                useful = _is_useful(body, limit)
            if size >= limit or not in_part or not useful:
                break
        else:
            announced = size  # whatever it said: this is all of it
            if size > limit and beyond is not None:
                limit, in_part = _judge(answer, body, limit, beyond)
    if max(announced, size) <= limit:
        return body.getvalue(), False
    answer.close()
    if not in_part:
        raise _too_large(limit)
    if not useful:
        read = Part(limit, announced or None)
        msg = (
            f"It is a video whose index does not lie within {read}, which is what is read of it "
            f"(VIGIL_MAX_VIDEO_MB), so that nothing of it can be shown."
        )
        raise UselessPart(msg)
    body.truncate(limit)
    return body.getvalue(), True


def _too_large(limit: int) -> DownloadCancelledError:
    return DownloadCancelledError(f"more than {limit} bytes")


def _judge(
    answer: ClientResponse, body: io.BytesIO, limit: int, beyond: BodyLimit
) -> tuple[int, bool]:
    """Return the limit of what comes, and whether its beginning is wanted if it is larger still."""
    with body.getbuffer() as read:
        start = bytes(read[:LOOKED_AT])
    limit = beyond.beyond(answer.content_type, start, limit)
    return limit, _is_plain(answer) and beyond.takes_part(start)


def _may_be_wanted(answer: ClientResponse, body: io.BytesIO, beyond: BodyLimit) -> bool:
    """Say whether the beginning may be wanted of what broke before its first bytes could tell."""
    unknown = body.tell() < LOOKED_AT and beyond.content is not Content.ARCHIVE
    return unknown and beyond.video > 0 and _is_plain(answer)


def _is_plain(answer: ClientResponse) -> bool:
    packed = ",".join(answer.headers.getall("Content-Encoding", ())).lower().split(",")
    return PACKINGS.isdisjoint(name.strip() for name in packed)


def _is_useful(body: io.BytesIO, most: int) -> bool:
    with body.getbuffer() as read:
        return can_be_read_in_part(read, most)
