"""How people cut, turn, bend, frame and join pictures.

Every function is given pictures in RGB and gives a new one; places and angles are drawn from
``rng``. A share is one of the area if not said otherwise.
"""

import math
from collections.abc import Sequence
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from benchmarks.edit_chance import BLACK, WHITE, Colour, happens, vivid

Point = tuple[float, float]

_LANCZOS: Final = Image.Resampling.LANCZOS
_BICUBIC: Final = Image.Resampling.BICUBIC


def shrunk(picture: Image.Image, side: int) -> Image.Image:
    """Shrink so that neither side is longer than ``side`` pixels; never enlarge."""
    if max(picture.size) <= side:
        return picture
    return ImageOps.contain(picture, (side, side), _LANCZOS)


def cropped(picture: Image.Image, rng: Random, share: float, *, inwards: float = 0) -> Image.Image:
    """Keep a share of the area, from a place off the middle and of a somewhat other shape.

    ``inwards`` keeps that far from the edges, as a share of the way to the opposite one: a small
    part of a picture's corner may show nothing of what it is about.
    """
    # Both sides together always make the share; neither ever grows beyond the picture.
    part = rng.uniform(0.4, 0.6)
    width = round(picture.width * share**part)
    height = round(picture.height * share ** (1 - part))
    left = round((picture.width - width) * _off_middle(rng, inwards))
    top = round((picture.height - height) * _off_middle(rng, inwards))
    return picture.crop((left, top, left + width, top + height))


def _off_middle(rng: Random, inwards: float) -> float:
    place = rng.uniform(inwards, max(0.35, inwards + 0.2))
    return place if happens(rng, 0.5) else 1 - place


def turned_inside(picture: Image.Image, angle: float) -> Image.Image:
    """Turn by so many degrees and keep the largest upright part that has no empty corner."""
    width, height = _largest_inside(picture.width, picture.height, math.radians(angle))
    turned = picture.rotate(angle, _BICUBIC, expand=True)
    left, top = (turned.width - width) // 2, (turned.height - height) // 2
    return turned.crop((left, top, left + width, top + height))


def _largest_inside(width: int, height: int, angle: float) -> tuple[int, int]:
    """Give the sides of the largest upright rectangle inside one that is turned by radians."""
    sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
    longer, shorter = max(width, height), min(width, height)
    if shorter <= 2 * sine * cosine * longer:
        # So long a strip that two corners of the rectangle lie on its middle line.
        half = shorter / 2
        sides = (half / sine, half / cosine)
        across, down = sides if width >= height else (sides[1], sides[0])
    else:
        doubled = cosine * cosine - sine * sine
        across = (width * cosine - height * sine) / doubled
        down = (height * cosine - width * sine) / doubled
    return math.floor(across), math.floor(down)


def turned_whole(picture: Image.Image, angle: float, ground: Colour) -> Image.Image:
    """Turn by so many degrees at the same size: corners get lost, and empty ones a colour."""
    return picture.rotate(angle, _BICUBIC, fillcolor=ground)


def in_perspective(
    picture: Image.Image, rng: Random, strength: float, ground: Colour = BLACK
) -> Image.Image:
    """Move each corner by up to ``strength`` of the longer side; what is empty gets a colour."""
    width, height = picture.size
    reach = strength * max(width, height)
    corners: list[Point] = [(0, 0), (width, 0), (width, height), (0, height)]
    moved = [(x + rng.uniform(-reach, reach), y + rng.uniform(-reach, reach)) for x, y in corners]
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        _coefficients(moved, corners),
        _BICUBIC,
        fillcolor=ground,
    )


def _coefficients(seen: Sequence[Point], source: Sequence[Point]) -> list[float]:
    """Find the eight numbers by which Pillow takes each of four points seen from its source."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    wanted = [value for point in source for value in point]
    solved: NDArray[np.float64] = np.linalg.solve(np.array(rows), np.array(wanted))
    # Rounded, so that processors which differ in a last digit still make the same picture.
    return [round(float(value), 12) for value in solved]


def stretched(picture: Image.Image, rng: Random, by: float) -> Image.Image:
    """Make a picture wider or higher, but not both."""
    width, height = picture.size
    size = (round(width * by), height) if happens(rng, 0.5) else (width, round(height * by))
    return picture.resize(size, _LANCZOS)


def bordered(picture: Image.Image, rng: Random, share: float) -> Image.Image:
    """Put a border around a picture: on each side so much of that side's length."""
    return _set_in(picture, (share, share), _ground(rng))


def barred(picture: Image.Image, rng: Random, share: float) -> Image.Image:
    """Put bars left and right, or above and below: each so much of that side's length."""
    shares = (share, 0.0) if happens(rng, 0.6) else (0.0, share)
    return _set_in(picture, shares, _ground(rng))


def _set_in(picture: Image.Image, shares: tuple[float, float], ground: Colour) -> Image.Image:
    x, y = round(picture.width * shares[0]), round(picture.height * shares[1])
    result = Image.new("RGB", (picture.width + 2 * x, picture.height + 2 * y), ground)
    result.paste(picture, (x, y))
    return result


def _ground(rng: Random) -> Colour:
    return rng.choice((BLACK, BLACK, WHITE, vivid(rng)))


# --- several pictures in one ----------------------------------------------------------------


def in_collage(
    picture: Image.Image, rng: Random, others: Sequence[Image.Image], *, across: int, side: int
) -> Image.Image:
    """Put a picture whole among others in a grid of ``across`` by ``across``.

    The grid has the picture's own shape and a longer side of ``side`` pixels; the others are cut
    to that shape.
    """
    whole = ImageOps.contain(picture, (side, side), _LANCZOS)
    gap = rng.choice((0, 0, 4, 8))
    width, height = (round((length - gap * (across - 1)) / across) for length in whole.size)
    result = Image.new("RGB", whole.size, rng.choice((WHITE, BLACK)))
    ours = rng.randrange(across * across)
    for number, other in enumerate([*others[:ours], picture, *others[ours:]]):
        cell = ImageOps.fit(other, (width, height), _LANCZOS)
        row, column = divmod(number, across)
        result.paste(cell, (column * (width + gap), row * (height + gap)))
    return result


def side_by_side(
    picture: Image.Image, rng: Random, others: Sequence[Image.Image], *, height: int
) -> Image.Image:
    """Put a picture beside another, both whole and of one height."""
    pair = [picture, others[0]]
    if happens(rng, 0.5):
        pair.reverse()
    scaled = [
        one.resize((max(1, round(one.width * height / one.height)), height), _LANCZOS)
        for one in pair
    ]
    gap = rng.choice((0, 0, 6))
    result = Image.new("RGB", (scaled[0].width + gap + scaled[1].width, height), WHITE)
    result.paste(scaled[0], (0, 0))
    result.paste(scaled[1], (scaled[0].width + gap, 0))
    return result


def in_picture(
    picture: Image.Image,
    rng: Random,
    others: Sequence[Image.Image],
    *,
    share: float,
    side: int,
) -> Image.Image:
    """Paste a picture over another, which is cut to a square; ``share`` is one of its width."""
    result = ImageOps.fit(others[0], (side, side), _LANCZOS)
    # A very high picture is pasted narrower, so that it stays whole.
    small = ImageOps.contain(picture, (round(side * share), round(side * 0.97)), _LANCZOS)
    place = (rng.randint(0, side - small.width), rng.randint(0, side - small.height))
    result.paste(small, place)
    return result
