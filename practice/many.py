"""Many galleries with many distinct images, made as they are asked for: for endurance runs.

`python -m practice.many --sites 30 --images 10000` prints one line of JSON and serves until it
is told to stop.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Final

from PIL import Image, ImageOps

from practice.markup import in_parts, next_in_head, page, pager
from practice.photographs import open_photo, photo_names
from practice.picture import encode
from practice.sites import PracticeSite
from practice.until_stopped import wait_until_stopped

IMAGES_PER_PAGE: Final = 20
_SIZE: Final = (640, 480)
_ROOM: Final = (1000, 800)
"""Every photo is made to fill this, and an image is a part of it."""
_STEP: Final = 8
_COLUMNS: Final = (_ROOM[0] - _SIZE[0]) // _STEP
_ROWS: Final = (_ROOM[1] - _SIZE[1]) // _STEP
_PARTS: Final = _COLUMNS * _ROWS
_STRIDE: Final = 7919  # a prime that does not divide _PARTS: neighbouring images differ a lot
_QUALITY: Final = 75


@dataclass(frozen=True, slots=True)
class ManySites:
    """Sites not yet started, and how many images and pages stand on each, in the same order."""

    sites: tuple[PracticeSite, ...]
    images: tuple[int, ...]
    pages: tuple[int, ...]

    @property
    def start_urls(self) -> tuple[str, ...]:
        """The front page of each site."""
        return tuple(site.url("/") for site in self.sites)

    def describe(self) -> str:
        """Write where the sites are and what is on them as one line of JSON."""
        rows = [
            {"start": start, "images": images, "pages": pages}
            for start, images, pages in zip(self.start_urls, self.images, self.pages, strict=True)
        ]
        return json.dumps(
            {"sites": rows, "images": sum(self.images), "pages": sum(self.pages)},
            separators=(",", ":"),
        )


def most_images() -> int:
    """Say how many distinct images there can be."""
    return len(photo_names()) * _PARTS


def image_bytes(index: int) -> bytes:
    """Make image number ``index``, a JPEG of 640 x 480 pixels; every number has another image.

    Raises:
        ValueError: there are not so many.
    """
    if not 0 <= index < most_images():
        msg = f"there are images 0 to {most_images() - 1}; {index} is none of them"
        raise ValueError(msg)
    names = photo_names()
    part = index // len(names) * _STRIDE % _PARTS
    left, top = part % _COLUMNS * _STEP, part // _COLUMNS * _STEP
    crop = _roomy(names[index % len(names)]).crop((left, top, left + _SIZE[0], top + _SIZE[1]))
    return encode(crop, "jpeg", quality=_QUALITY).body


def many_sites(sites: int, images: int, *, delay: float = 0.0) -> ManySites:
    """Lay out ``images`` distinct images over ``sites`` galleries, as evenly as it goes.

    Args:
        sites: how many, each on a free port of its own.
        images: over all sites together.
        delay: seconds before each answer.

    Returns:
        The sites; start and stop each.

    Raises:
        ValueError: fewer than one site, fewer images than sites, or more than can be made.
    """
    if sites < 1 or not sites <= images <= most_images():
        msg = (
            f"{sites} sites with {images} images cannot be made: it takes at least one site, an "
            f"image for each, and at most {most_images()} images"
        )
        raise ValueError(msg)
    made = []
    pages = []
    starts = [number * images // sites for number in range(sites + 1)]
    for first, end in pairwise(starts):
        site = PracticeSite(delay=delay, remember=False)
        made.append(site)
        pages.append(_fill(site, range(first, end)))
    counts = tuple(end - first for first, end in pairwise(starts))
    return ManySites(tuple(made), counts, tuple(pages))


def _fill(site: PracticeSite, indexes: Sequence[int]) -> int:
    parts = in_parts(indexes, IMAGES_PER_PAGE)
    paths = ["/", *(f"/page/{number}" for number in range(2, len(parts) + 1))]
    for number, part in enumerate(parts):
        for index in part:
            site.write_lazy(_path(index), partial(image_bytes, index))
        shown = "".join(f'<li><img src="{_path(index)}" alt="Photo"></li>\n' for index in part)
        body = f'<ul class="grid">\n{shown}</ul>\n{pager(paths, number)}'
        head = next_in_head(paths, number)
        site.write(paths[number], page(f"Photos, page {number + 1}", body, head=head))
    return len(parts)


def _path(index: int) -> str:
    return f"/photos/{index:06}.jpg"


@cache  # bounded by the photos there are: 2.4 MB each, some 75 MB together
def _roomy(name: str) -> Image.Image:
    return ImageOps.fit(open_photo(name), _ROOM, Image.Resampling.LANCZOS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m practice.many", description=__doc__)
    parser.add_argument("--sites", type=int, default=30)
    parser.add_argument("--images", type=int, default=10_000, help="over all sites together")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    given = parser.parse_args(arguments)
    try:
        many = many_sites(given.sites, given.images, delay=given.delay)
    except ValueError as error:
        parser.error(str(error))
    with ExitStack() as running:
        for site in many.sites:
            running.enter_context(site)
        wait_until_stopped(many.describe())
    return 0


if __name__ == "__main__":
    sys.exit(main())
