"""The photographs that practice sites are made of; LICENSES.md beside them says whose they are."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image

PHOTOS: Final = Path(__file__).with_name("photos")

ORIGINALS: Final = (
    "deb-lomiri16_0dd7a19a99",  # autumn leaves
    "deb-lomiri16_6739221f28",  # two dogs on a stair
    "deb-lomiri16_856e8cfb32",  # a stream in a wood
    "deb-lomiri16_940d0fb18e",  # a path below peaks
    "deb-lomiri16_eaed8eca45",  # paint brushes
    "deb-lomiri16_ff5517614b",  # a fig in a red bowl
    "sklearn_3b5f7210c0",  # a dahlia
    "sklearn_5a4cd546b3",  # a pagoda
)
"""Those that play the registered pictures: in colour, rich in detail, nobody's portrait."""


def photo_path(name: str) -> Path:
    """Give the file of the photograph called ``name``."""
    return PHOTOS / f"{name}.jpg"


@lru_cache(maxsize=1)
def photo_names() -> tuple[str, ...]:
    """List every photograph, in alphabetical order."""
    return tuple(sorted(path.stem for path in PHOTOS.glob("*.jpg")))


def open_photo(name: str) -> Image.Image:
    """Decode one photograph, in RGB."""
    with Image.open(photo_path(name)) as photo:
        return photo.convert("RGB")
