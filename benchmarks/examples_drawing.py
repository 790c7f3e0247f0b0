"""A registered photo beside a repost of it, with what was seen of the one in the other."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.examples_search import Case
from domain.errors import OutsideDown
from signals.alignment import laid
from signals.constellation import REGISTERED_SIDE

Points = NDArray[np.float64]
Colour = tuple[int, int, int]

_GAP: Final = 8
_FINE: Final = 2
_WIDEST: Final = 1.5
_QUALITY: Final = 35
_EFFORT: Final = 6

SUFFIX: Final = ".webp"
"""Of the pictures: of the same size in bytes, a JPEG shows rings and lines less clearly."""

SEEN: Final[Colour] = (40, 200, 80)
NOT_SEEN: Final[Colour] = (190, 190, 190)
DARK: Final[Colour] = (30, 30, 30)
SHOWN: Final[Colour] = (90, 160, 255)
OUTLINE: Final[Colour] = (40, 200, 80)
DOUBTED: Final[Colour] = (240, 150, 40)


def write_example(path: Path, case: Case, *, height: int, found: bool) -> None:
    """Draw one case, both pictures of one height, as a small WebP.

    The outline shows where the registered photo lies in the repost: green, or orange where the
    evidence was not enough; a blue one, which part of the photo the repost shows. Places that were
    seen are green, those in view and not seen grey, those not in view small grey dots.

    Raises:
        OutsideDown: the disk does not take the file.
    """
    left, left_scale = _shown(case.photo.picture, height)
    right, right_scale = _shown(case.repost, height)
    _draw_registered(left, left_scale, case)
    _draw_found(right, right_scale, case, OUTLINE if found else DOUBTED)
    left, right = (_shrunk(each) for each in (left, right))
    both = Image.new("RGB", (left.width + _GAP + right.width, height), (255, 255, 255))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + _GAP, 0))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        both.save(path, "WEBP", quality=_QUALITY, method=_EFFORT)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}."
        raise OutsideDown(msg) from error


def corners_in(case: Case) -> Points:
    """Give the corners of the registered photo as shares of the repost's sides, shape (4, 2)."""
    if case.look is None or case.photo.constellation is None:
        return np.empty((0, 2))
    width, height = case.photo.constellation.width, case.photo.constellation.height
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    return _upright(corners @ case.look.map.T, case)


def _frame_on(case: Case) -> Points:
    """Give the corners of the repost in pixels of the registered photo, shape (4, 2)."""
    if case.look is None:
        return np.empty((0, 2))
    across, down = case.looked_in
    corners = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float64)
    linear, moved = case.look.map[:, :2], case.look.map[:, 2]
    points: Points = np.linalg.solve(linear, (corners - moved).T).T.astype(np.float64)
    return points


def _line(pen: ImageDraw.ImageDraw, corners: Points, colour: Colour) -> None:
    closed = [(float(x), float(y)) for x, y in [*corners, corners[0]]]
    pen.line(closed, fill=DARK, width=5 * _FINE, joint="curve")
    pen.line(closed, fill=colour, width=3 * _FINE, joint="curve")


def _upright(points: Points, case: Case) -> Points:
    """Turn points of what was looked in, or of its mirror image, into shares of the repost."""
    across, down = case.looked_in
    shares = (points + 0.5) / [across, down]
    if case.look is not None and case.look.mirrored:
        shares[:, 0] = 1 - shares[:, 0]
    return shares


def _shown(picture: Image.Image, height: int) -> tuple[Image.Image, Points]:
    """Scale a picture so that it is high enough, or wide enough; twice as fine as it will be."""
    scale = min(height / picture.height, _WIDEST * height / picture.width) * _FINE
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    canvas = Image.new("RGB", (size[0], height * _FINE), (255, 255, 255))
    canvas.paste(picture.resize(size, Image.Resampling.LANCZOS), (0, 0))
    return canvas, np.array(size, np.float64)


def _shrunk(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // _FINE, picture.height // _FINE), Image.Resampling.BOX)


def _draw_registered(canvas: Image.Image, size: Points, case: Case) -> None:
    held = case.photo.constellation
    if held is None:
        return
    pen = ImageDraw.Draw(canvas)
    shares = (held.places[:, :2].astype(np.float64) + 0.5) / [held.width, held.height]
    radii = np.exp2(held.places[:, 2]) / REGISTERED_SIDE * size.max()
    if case.look is not None:
        _line(pen, _frame_on(case) / [held.width, held.height] * size, SHOWN)
    for number in np.argsort(case.seen) if case.look is not None else range(len(held)):
        at = shares[number] * size
        if case.look is None or not case.look.in_view[number]:
            _ring(pen, at, 2.0 * _FINE, NOT_SEEN)
        else:
            _ring(pen, at, 2 * radii[number], SEEN if case.seen[number] else NOT_SEEN)


def _draw_found(canvas: Image.Image, size: Points, case: Case, colour: Colour) -> None:
    held = case.photo.constellation
    if case.look is None or held is None:
        return
    # Lines may lie outside of the repost, where its panel ends: what is drawn there is cut off.
    inside = Image.new("RGB", (int(size[0]), int(size[1])))
    inside.paste(canvas, (0, 0))
    pen = ImageDraw.Draw(inside)
    _line(pen, corners_in(case) * size, colour)
    places = laid(held.places, case.look.map)
    shares = _upright(places[:, :2].astype(np.float64), case)
    radii = np.exp2(places[:, 2]) / case.looked_in[0] * size[0]
    for number in np.argsort(case.seen):
        if case.look.in_view[number]:
            colour_of = SEEN if case.seen[number] else NOT_SEEN
            _ring(pen, shares[number] * size, 2 * radii[number], colour_of)
    canvas.paste(inside, (0, 0))


def _ring(pen: ImageDraw.ImageDraw, at: Points, radius: float, colour: Colour) -> None:
    """Draw a ring in a colour, with dark edges, so that it shows on anything."""
    radius = max(radius, 1.5 * _FINE)
    for away, width, ink in ((_FINE, 4 * _FINE, DARK), (0, 2 * _FINE, colour)):
        box = [at[0] - radius - away, at[1] - radius - away]
        box += [at[0] + radius + away, at[1] + radius + away]
        pen.ellipse(box, outline=ink, width=width)
