"""Real photos, and ways to write a picture as bytes."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

PHOTOS = Path(__file__).resolve().parents[2] / "practice" / "photos"


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    found = sorted(PHOTOS.glob("*.jpg"))
    assert len(found) >= 20, f"the practice photos are missing from {PHOTOS}"
    return found


@pytest.fixture(scope="session")
def photo(photos: list[Path]) -> bytes:
    """A landscape of 1024 x 768 with plenty in it."""
    for path in photos:
        with Image.open(path) as picture:
            if picture.size == (1024, 768):
                return path.read_bytes()
    pytest.fail("no practice photo has 1024 x 768 pixels")


@pytest.fixture(scope="session")
def colours(photo: bytes) -> Image.Image:
    with Image.open(io.BytesIO(photo)) as picture:
        return picture.convert("RGB")


@pytest.fixture(scope="session")
def written() -> Callable[..., bytes]:
    def write(picture: Image.Image, image_format: str = "PNG", **options: object) -> bytes:
        target = io.BytesIO()
        picture.save(target, image_format, **options)
        return target.getvalue()

    return write


@pytest.fixture(scope="session")
def black_png() -> Callable[..., bytes]:
    """A black PNG of any size in colour: nearly no bytes, and three in memory for each pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    def make(width: int, height: int, *, rows: int | None = None) -> bytes:
        squeezer = zlib.compressobj(1)
        row = bytes(1 + 3 * width)
        pixels = b"".join(squeezer.compress(row) for _ in range(height if rows is None else rows))
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", pixels + squeezer.flush())
            + chunk(b"IEND", b"")
        )

    return make
