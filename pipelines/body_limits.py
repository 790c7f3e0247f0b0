"""How much is read of an answer that is larger than an image may be: that depends on what comes.

Names and headers say little, so what an answer begins with has the first word. Only one body that
is larger than an image is in memory at one time; see `pipelines.fetch`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signals.archives import is_archive
from signals.video import looks_like_video

BODY_LIMIT: Final = "vigil_body_limit"
"""Key in a request's meta: the BodyLimit of its answer, if it may be more than an image."""

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
    be worth asking again for.
    """

    video: int = 0
    archive: int = 0
    content: Content | None = None

    def beyond(self, content_type: str, start: bytes, ordinary: int) -> int:
        """Return how many bytes may be read of an answer that has more than ``ordinary`` ones."""
        self.content = content_of(content_type, start)
        larger = {Content.VIDEO: self.video, Content.ARCHIVE: self.archive, None: 0}[self.content]
        return max(ordinary, larger)


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
