"""How much is read of an answer that is larger than an image may be: that depends on what comes.

Names and headers say little, so what an answer begins with has the first word. Only one body that
is larger than an image is in memory at one time; see `pipelines.fetch`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from scrapy.http import Response

from domain.image import Part, may_be_a_part
from signals.archives import is_archive
from signals.video import looks_like_video

BODY_LIMIT: Final = "vigil_body_limit"
"""Key in a request's meta: the BodyLimit of its answer, if it may be more than an image."""

READ_IN_PART: Final = "vigil_read_in_part"
"""Flag of an answer of which only the beginning was read."""

_LONGEST_NUMBER: Final = 18

_ARCHIVE_TYPES: Final = frozenset(
    {
        "application/zip", "application/x-zip-compressed", "application/x-zip",
        "application/vnd.rar", "application/x-rar-compressed", "application/x-rar",
        "application/x-7z-compressed", "application/x-tar", "application/gzip",
        "application/x-gzip", "application/x-bzip2", "application/x-xz", "application/zstd",
        "application/vnd.comicbook+zip", "application/x-cbz", "application/x-cbr",
    }
)  # fmt: skip


class Content(StrEnum):
    """What may be larger than an image."""

    VIDEO = "video"
    ARCHIVE = "archive"


@dataclass(slots=True)
class BodyLimit:
    """The limits of one request, in bytes, and what its answer turned out to be.

    With limits of zero nothing larger than an image is read, and ``content`` says whether it would
    be worth asking again for. Of a video that is larger than its limit, the beginning is read.
    """

    video: int = 0
    archive: int = 0
    content: Content | None = None

    def beyond(self, content_type: str, start: bytes, ordinary: int) -> int:
        """Return how many bytes may be read of an answer that has more than ``ordinary`` ones."""
        self.content = content_of(content_type, start)
        larger = {Content.VIDEO: self.video, Content.ARCHIVE: self.archive, None: 0}[self.content]
        return max(ordinary, larger)

    def takes_part(self, start: bytes) -> bool:
        """Say whether the beginning is wanted of a body that is larger than may be read of it."""
        return self.video > 0 and looks_like_video(start)


def part_of(response: Response) -> Part | None:
    """Say how much was read of an answer that was too large to be read whole; None if it was."""
    if READ_IN_PART not in response.flags:
        return None
    announced = response.headers.get("Content-Length") or b""
    size = int(announced) if announced.isdigit() and len(announced) <= _LONGEST_NUMBER else 0
    return Part(len(response.body), size if size > len(response.body) else None)


def may_be_read_further(byte_size: int | None, most: int) -> bool:
    """Say whether what is known by so many bytes may be a part that is read further today.

    A file that happens to be as long as a part is asked for in vain.

    Args:
        byte_size: how many bytes were read of it, None if it gave no picture.
        most: how many would be read of a video today.
    """
    return byte_size is not None and byte_size < most and may_be_a_part(byte_size)


def content_of(content_type: str, start: bytes) -> Content | None:
    """Say whether an answer is a video or an archive, by its first bytes and by its type."""
    if looks_like_video(start):
        return Content.VIDEO
    if is_archive(start):
        return Content.ARCHIVE
    said = content_type.partition(";")[0].strip().lower()
    if said.startswith("video/"):
        return Content.VIDEO
    return Content.ARCHIVE if said in _ARCHIVE_TYPES else None
