"""A drawing of where a registered picture lies in a found image: lines and words, no pixel of it.

Vigil keeps no image. What it knows is how the one lies in the other, and that can be drawn: the
outline of the found image, the outline of the registered picture on it, and what of it is seen.
"""

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape

from domain.laid import Laid
from signals.quadrilateral import Box, Point, area, box_of, point_at, seen_part, within

_LONGER: Final = 420.0
"""Pixels of the longer side of the found image in the drawing."""

_BEYOND: Final = 0.45
"""How far the drawing goes on beyond the found image, as a share of that."""

_EDGE: Final = 34.0
_LEAST_WIDTH: Final = 560.0
_LETTER: Final = 7.4
_LINE: Final = 21.0

_STYLE: Final = """
text { font: 14px sans-serif; fill: #1f2328 }
.on { paint-order: stroke; stroke: #fff; stroke-width: 4px }
.found { fill: #eef1f4; stroke: #57606a; stroke-width: 2 }
.seen { fill: #0969da; fill-opacity: 0.3 }
.laid { fill: none; stroke: #b3261e; stroke-width: 2.5 }
.beyond { stroke-dasharray: 6 6; stroke-opacity: 0.7 }
.way { stroke: #1f2328; stroke-width: 2.5; fill: none; marker-end: url(#head) }
"""


@dataclass(frozen=True, slots=True)
class Way:
    """An arrow to where a side of the registered picture lies, and where its name is written."""

    side: Literal["top", "right"]
    path: str
    x: float
    y: float
    anchor: Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of a drawing, in pixels from the found image's top left.

    ``across`` and ``down`` are the found image's size, ``room`` is the box that is drawn; ``seen``
    and ``laid`` are paths as SVG writes them: of what is seen, and of the whole picture.
    """

    across: float
    down: float
    room: Box
    seen: str
    laid: str
    ways: tuple[Way, ...]


def shapes(
    laid: Laid, *, width: int, height: int, longer: float = _LONGER, edge: float = _EDGE
) -> Shapes:
    """Lay out how a registered picture lies in a found image.

    Args:
        laid: how it lies there.
        width: of the found image, in pixels.
        height: of the found image, in pixels.
        longer: pixels of its longer side in the drawing.
        edge: pixels around everything.
    """
    scale = longer / max(width, height)
    across, down = width * scale, height * scale
    corners = [(x * across, y * down) for x, y in laid.corners]
    return Shapes(
        across=across,
        down=down,
        room=_room(corners, across, down, longer * _BEYOND, edge),
        seen=_path(_scaled(laid, across, down)),
        laid=_path(corners),
        ways=tuple(_ways(laid, across, down)),
    )


def outline(laid: Laid, *, width: int, height: int, lines: Sequence[str]) -> str:
    """Draw how a registered picture lies in a found image, as the text of an SVG file.

    Args:
        laid: how it lies there.
        width: of the found image, in pixels.
        height: of the found image, in pixels.
        lines: what is written below the drawing.
    """
    drawn = shapes(laid, width=width, height=height)
    across, down = drawn.across, drawn.down
    left, top, right, bottom = drawn.room
    wide = max(right - left, _LEAST_WIDTH)
    written = [part for line in lines for part in textwrap.wrap(line, int(wide / _LETTER))]
    low = bottom + _LINE * (len(written) + 0.5)
    parts = [
        _head(lines, left, top, wide, low - top),
        _definitions((0, 0, across, down), (left, top, left + wide, bottom)),
        f'<rect x="{left:.1f}" y="{top:.1f}" width="100%" height="100%" fill="#fff"/>',
        f'<rect class="found" width="{across:.1f}" height="{down:.1f}"/>',
        f'<path class="seen" clip-path="url(#image)" d="{drawn.seen}"/>',
        f'<path class="laid beyond" clip-path="url(#room)" d="{drawn.laid}"/>',
        f'<path class="laid" clip-path="url(#image)" d="{drawn.laid}"/>',
    ]
    for way in drawn.ways:
        parts.append(f'<path class="way" d="{way.path}"/>')
        parts.append(
            f'<text class="on" text-anchor="{way.anchor}" x="{way.x:.1f}" y="{way.y:.1f}">'
            f"its {way.side}</text>"
        )
    parts.append(
        f'<text class="on" x="0" y="-9">The found image, {width:,} × {height:,} pixels</text>'
    )
    for number, line in enumerate(written, start=1):
        y = bottom + _LINE * (number - 0.5)
        parts.append(f'<text x="{left + 12:.1f}" y="{y:.1f}">{escape(line)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _head(lines: Sequence[str], left: float, top: float, wide: float, high: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="{left:.1f} {top:.1f} {wide:.1f} {high:.1f}" role="img">\n'
        f"<title>{escape(lines[0] if lines else '')}</title>\n<style>{_STYLE}</style>"
    )


def _definitions(image: Box, room: Box) -> str:
    """Define what is cut off at the edges of the image and of the drawing, and heads of arrows."""
    cuts = "".join(
        f'<clipPath id="{name}"><rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
        f'height="{bottom - top:.1f}"/></clipPath>'
        for name, (left, top, right, bottom) in (("image", image), ("room", room))
    )
    return (
        f'<defs>{cuts}<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" '
        'markerHeight="5" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
    )


def _room(corners: Sequence[Point], across: float, down: float, most: float, edge: float) -> Box:
    """Give the box that is drawn: the image, and of the picture's outline what lies near it."""
    left, top, right, bottom = box_of(corners)
    return (
        max(min(left, 0), -most) - edge,
        max(min(top, 0), -most) - edge,
        min(max(right, across), across + most) + edge,
        min(max(bottom, down), down + most) + edge,
    )


def _scaled(laid: Laid, across: float, down: float) -> list[Point]:
    return [(x * across, y * down) for x, y in seen_part(laid)]


def _ways(laid: Laid, across: float, down: float) -> Iterator[Way]:
    """Draw which way the picture's top and its right side lie, from the middle of what is in view.

    Both, since the top alone does not tell whether it is mirrored.
    """
    visible = within(laid.corners)
    if not area(visible):
        return
    left, top, right, bottom = box_of(visible)
    middle = ((left + right) / 2 * across, (top + bottom) / 2 * down)
    length = 0.3 * min((right - left) * across, (bottom - top) * down)
    centre = point_at(laid.corners, 0.5, 0.5)
    ends: tuple[tuple[Literal["top", "right"], Point], ...] = (
        ("top", (0.5, 0.0)),
        ("right", (1.0, 0.5)),
    )
    for side, end in ends:
        edge = point_at(laid.corners, *end)
        step = ((edge[0] - centre[0]) * across, (edge[1] - centre[1]) * down)
        long = math.hypot(*step) or 1.0
        x, y = step[0] / long, step[1] / long
        to = (middle[0] + x * length, middle[1] + y * length)
        yield Way(
            side=side,
            path=_path([middle, to], closed=False),
            x=to[0] + 8 * x,
            y=to[1] + 14 * y + 5,
            anchor="start" if x > 0.5 else "end" if x < -0.5 else "middle",  # noqa: PLR2004 - of a circle
        )


def _path(shape: Sequence[Point], *, closed: bool = True) -> str:
    points = " ".join(f"{x:.1f} {y:.1f}" for x, y in shape)
    return f"M{points}{'z' if closed else ''}"
