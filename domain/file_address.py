"""What the end of an address's path says: an image, a video, an archive, a file within one."""

import hashlib
import re
from typing import Final
from urllib.parse import quote, urlsplit

from domain.address import MAX_LENGTH, data_uri

IMAGE_EXTENSIONS: Final = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif",
        ".tiff", ".jp2", ".heic", ".heif", ".jxl",
    }
)  # fmt: skip

VIDEO_EXTENSIONS: Final = frozenset(
    {
        ".mp4", ".m4v", ".webm", ".mov", ".mkv", ".avi", ".mpg", ".mpeg", ".m2ts", ".wmv", ".flv",
        ".ogv", ".3gp", ".3g2", ".m3u8",
    }
)  # fmt: skip

ARCHIVE_EXTENSIONS: Final = frozenset(
    {
        ".zip", ".cbz", ".7z", ".cb7", ".rar", ".cbr", ".tar", ".cbt", ".tgz", ".tbz2", ".txz",
        ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
    }
)  # fmt: skip

_PACKED: Final = frozenset({"gz", "xz", "bz2", "zst"})
_LARGE_EXTENSIONS: Final = VIDEO_EXTENSIONS | ARCHIVE_EXTENSIONS
# What changes whenever a file does, so that no old copy is shown: photo.jpg?1699000000, ?v=3.
_EDITION: Final = re.compile(
    r"\d{4,20}|(?:v|ver|version|rev)=[\w.-]{1,40}"
    r"|(?:t|ts|time|timestamp|mtime|_|cb|cachebuster|nocache)=\d{4,20}",
    re.IGNORECASE,
)
_MEMBER_SAFE: Final = "/!$&'()*+,;=:@-._~"


def is_image_path(url: str) -> bool:
    """Say whether an address's path ends like an image file; its query says nothing."""
    return _extension(url) in IMAGE_EXTENSIONS


def is_media_path(url: str) -> bool:
    """Say whether a path ends like a file that holds pictures: an image, a video, an archive."""
    extension = _extension(url)
    return extension in IMAGE_EXTENSIONS or extension in _LARGE_EXTENSIONS


def is_large_path(url: str) -> bool:
    """Say whether a path ends like a video's or an archive's, which may be larger than images."""
    return _extension(url) in _LARGE_EXTENSIONS


def is_archive_path(url: str) -> bool:
    """Say whether a path ends like an archive's."""
    return _extension(url) in ARCHIVE_EXTENSIONS


def without_edition(url: str) -> str | None:
    """Return an image file's address without what only keeps old copies from being shown.

    None if there is nothing of that sort: other parts of a query may say which picture is meant.
    """
    path, mark, query = url.partition("?")
    if not mark or _EDITION.fullmatch(query) is None or not is_media_path(path):
        return None
    return path


def member_address(archive: str, name: str) -> str:
    """Return the address of one file within an archive: the archive's, ``#`` and the file's name.

    Args:
        archive: its address, canonical, so that it holds no ``#`` itself.
        name: the file's name, with the folders that it lies in. One that would make too long an
            address is cut, and a digest of all of it stands at the end.
    """
    written = f"{archive}#{quote(name, safe=_MEMBER_SAFE, errors='replace')}"
    if len(written) <= MAX_LENGTH:
        return written
    whole = hashlib.sha256(name.encode(errors="replace")).hexdigest()
    return f"{written[: MAX_LENGTH - 66]}~{whole}"


def is_member(address: str) -> bool:
    """Say whether a storable address is that of a file within an archive."""
    return "#" in address and not address.startswith("data:")


def _extension(url: str) -> str:
    """Return how an address's path ends, in small letters: ``.jpg``, ``.tar.gz``."""
    if data_uri(url) is not None:  # urlsplit would keep the picture in its cache
        return ""
    try:
        name = urlsplit(url.strip()).path.rpartition("/")[2].lower()
    except ValueError:
        return ""
    stem, dot, extension = name.rpartition(".")
    if extension in _PACKED and stem.endswith(".tar"):
        return f".tar.{extension}"
    return f"{dot}{extension}"
