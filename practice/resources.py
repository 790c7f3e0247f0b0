"""What a practice site has at one path, and how it misbehaves there."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from practice.picture import EXTENSIONS

HTML: Final = "text/html; charset=utf-8"
_OK: Final = 200
_TYPES: Final = {
    **{extension: content_type for content_type, extension in EXTENSIONS.items()},
    ".jpeg": "image/jpeg",
    ".html": HTML,
    "": HTML,
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
}


class Fault(StrEnum):
    """How an answer goes wrong below HTTP."""

    NONE = "none"
    HANG = "hang"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Resource:
    """One answer. ``make`` gives the body when asked, so that large sites need not be in memory."""

    make: Callable[[], bytes] = field(repr=False)
    content_type: str
    status: int = _OK
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: datetime | None = None
    wait: float = 0.0
    fault: Fault = Fault.NONE

    def validators(self) -> dict[str, str]:
        """Give the headers by which a client may ask later whether this has changed."""
        found = {}
        if self.etag is not None:
            found["ETag"] = self.etag
        if self.last_modified is not None:
            found["Last-Modified"] = format_datetime(self.last_modified, usegmt=True)
        return found

    def is_unchanged(self, if_none_match: str | None, if_modified_since: str | None) -> bool:
        """Say whether a conditional request is to be answered 304.

        An ``If-None-Match`` that is given decides alone, as RFC 9110 (13.1.3) says.
        """
        if self.status != _OK or self.fault is not Fault.NONE:
            return False
        if if_none_match is not None:
            tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
            return self.etag is not None and ("*" in tags or self.etag in tags)
        if if_modified_since is None or self.last_modified is None:
            return False
        try:
            return self.last_modified <= parsedate_to_datetime(if_modified_since)
        except (TypeError, ValueError):  # no date, or one without a zone: ask as if not given
            return False


def etag_of(body: bytes) -> str:
    """Give the strong ETag of a body."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def content_type_of(path: str) -> str:
    """Guess from its ending what a path serves; one without an ending is a page."""
    suffix = PurePosixPath(path.partition("?")[0]).suffix.lower()
    return _TYPES.get(suffix, "application/octet-stream")
