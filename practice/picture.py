"""A picture as a site would serve it: bytes and their type, in memory."""

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

EXTENSIONS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
}
"""The image types that practice sites serve."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of one image file and its content type."""

    body: bytes = field(repr=False)
    content_type: str

    @property
    def extension(self) -> str:
        """The ending that a file of this type has, with its dot."""
        return EXTENSIONS[self.content_type]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, as Vigil records it."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class ServedPicture:
    """A picture and the path at which one site serves it."""

    path: str
    picture: Picture


def encode(image: Image.Image, kind: str, **options: Any) -> Picture:
    """Write ``image`` as a file of ``kind`` (``jpeg``, ``png``, ``gif``, ``webp`` or ``avif``)."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Picture(file.getvalue(), f"image/{kind}")
