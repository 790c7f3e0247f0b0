"""Charts as PNG, drawn with Pillow: axes, lines, bands and bars on white, and the words to them.

A chart is drawn at twice its size and shrunk at the end, which makes its lines smooth.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 1400
HEIGHT: Final = 900

INK: Final = "#1f2933"
FAINT: Final = "#5f6c7b"
GRID: Final = "#e4e8ed"
BLUE: Final = "#1f5fa8"
ORANGE: Final = "#c2570c"
GREEN: Final = "#2b7a4b"
PALE_BLUE: Final = "#d3e3f5"
PALE_ORANGE: Final = "#fbe3d0"

TEXT: Final = 20
TITLE: Final = 32

_TWICE: Final = 2
_COLOURS: Final = 128
_DASH: Final = 11.0
_GAP: Final = 8.0
_MARK: Final = 40.0

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Mark(Enum):
    """What stands before the words of a legend."""

    LINE = auto()
    DASHED = auto()
    BAND = auto()
    DOT = auto()
    TICK = auto()


@dataclass(frozen=True, slots=True)
class Axis:
    """What runs from ``low`` to ``high``, with a tick and a word at each of ``ticks``.

    A word with ``^`` in it, as 10^-6, has what follows raised.
    """

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """Say how far along the axis a value lies: 0 at its low end, 1 at its high end."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


class Canvas:
    """A white picture, drawn on in the pixels of its final size."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.width = width
        self.height = height
        self._image = Image.new("RGB", (width * _TWICE, height * _TWICE), "white")
        self._draw = ImageDraw.Draw(self._image)

    def png(self) -> bytes:
        """Give the finished file."""
        file = io.BytesIO()
        size = (self.width, self.height)
        smooth = self._image.resize(size, Image.Resampling.BOX)
        # A third of the size, and no colour looks another one: charts have few.
        few = smooth.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)
        return file.getvalue()

    def line(
        self,
        points: Sequence[Point],
        colour: str,
        width: float = 3,
        *,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points."""
        for stretch in _dashes(points) if dashed else [list(points)]:
            flat = [(x * _TWICE, y * _TWICE) for x, y in stretch]
            self._draw.line(flat, fill=colour, width=round(width * _TWICE), joint="curve")

    def area(self, points: Sequence[Point], colour: str) -> None:
        """Fill what points enclose."""
        self._draw.polygon([(x * _TWICE, y * _TWICE) for x, y in points], fill=colour)

    def box(self, box: Box, colour: str) -> None:
        """Fill a rectangle: left, top, right, bottom."""
        left, top, right, bottom = (side * _TWICE for side in box)
        if right > left and bottom > top:
            self._draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def dot(self, at: Point, colour: str, radius: float = 6) -> None:
        """Draw a dot with a white rim."""
        for size, fill in ((radius + 2, "white"), (radius, colour)):
            x, y, r = at[0] * _TWICE, at[1] * _TWICE, size * _TWICE
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def text(
        self, at: Point, words: str, *, size: float = TEXT, colour: str = INK, anchor: str = "lm"
    ) -> None:
        """Write one line; ``anchor`` as Pillow has it: l, m or r, then t, m or b or s."""
        base, raised, exponent = words.partition("^")
        left = self.text_width(base, size) + self.text_width(exponent, size * 0.7)
        x, y = at[0] - {"l": 0.0, "m": left / 2, "r": left}[anchor[0]], at[1]
        place = (x * _TWICE, y * _TWICE)
        self._draw.text(place, base, fill=colour, font=_font(size), anchor=f"l{anchor[1]}")
        if raised:
            place = ((x + self.text_width(base, size)) * _TWICE, (y - 0.4 * size) * _TWICE)
            font = _font(size * 0.7)
            self._draw.text(place, exponent, fill=colour, font=font, anchor=f"l{anchor[1]}")

    def upright_text(self, at: Point, words: str, *, size: float = TEXT, colour: str = INK) -> None:
        """Write one line from below upwards, with its middle at a point."""
        width, height = round(self.text_width(words, size) * _TWICE) + 8, round(size * 1.6 * _TWICE)
        strip = Image.new("L", (width, height))
        place = (width / 2, height / 2)
        ImageDraw.Draw(strip).text(place, words, fill=255, font=_font(size), anchor="mm")
        turned = strip.transpose(Image.Transpose.ROTATE_90)
        left = round(at[0] * _TWICE - turned.width / 2), round(at[1] * _TWICE - turned.height / 2)
        self._image.paste(colour, left, turned)

    def legend(self, entries: Sequence[tuple[str, str, Mark]]) -> None:
        """Write at the bottom what means what: words, colour and kind of mark."""
        wide = sum(_MARK + 10 + self.text_width(words) for words, _, _ in entries)
        apart = min(44.0, (self.width - 80 - wide) / max(len(entries) - 1, 1))
        x, y = 40.0, self.height - 36.0
        for words, colour, mark in entries:
            middle = x + _MARK / 2
            if mark is Mark.BAND:
                self.box((x, y - 9, x + _MARK, y + 9), colour)
            elif mark is Mark.DOT:
                self.dot((middle, y), colour, 5)
            elif mark is Mark.TICK:
                self.line([(middle, y - 11), (middle, y + 11)], colour)
            else:
                self.line([(x, y), (x + _MARK, y)], colour, 3.5, dashed=mark is Mark.DASHED)
            self.text((x + _MARK + 10, y), words)
            x += _MARK + 10 + self.text_width(words) + apart

    def text_width(self, words: str, size: float = TEXT) -> float:
        """Say how wide a line would be."""
        return float(_font(size).getlength(words)) / _TWICE if words else 0.0


class Chart:
    """A frame with two axes, and what is drawn in it."""

    def __init__(self, title: str, subtitle: str, x: Axis, y: Axis, *, right: float = 60) -> None:
        self.canvas = Canvas()
        self.x = x
        self.y = y
        self.frame: Box = (125, 135, self.canvas.width - right, self.canvas.height - 150)
        self.canvas.text((40, 46), title, size=TITLE)
        self.canvas.text((40, 90), subtitle, colour=FAINT)

    def at(self, x: float, y: float) -> Point:
        """Say where a point of the axes lies in the picture."""
        left, top, right, bottom = self.frame
        return (left + self.x.share(x) * (right - left), bottom - self.y.share(y) * (bottom - top))

    def draw_axes(self) -> None:
        """Draw the grid, the ticks and what they mean; bands go below, lines above it."""
        left, top, right, bottom = self.frame
        for value, word in self.x.ticks:
            across, _ = self.at(value, self.y.low)
            self.canvas.line([(across, top), (across, bottom)], GRID, 1)
            self.canvas.text((across, bottom + 22), word, anchor="mm")
        for value, word in self.y.ticks:
            _, down = self.at(self.x.low, value)
            self.canvas.line([(left, down), (right, down)], GRID, 1)
            self.canvas.text((left - 12, down), word, anchor="rm")
        self.canvas.line([(left, top), (left, bottom), (right, bottom)], INK, 1.5)
        self.canvas.text(((left + right) / 2, bottom + 60), self.x.label, anchor="mm")
        self.canvas.upright_text((40, (top + bottom) / 2), self.y.label)

    def draw_right_axis(self, axis: Axis) -> None:
        """Draw a second meaning of height on the right."""
        _, top, right, bottom = self.frame
        for value, word in axis.ticks:
            down = bottom - axis.share(value) * (bottom - top)
            self.canvas.line([(right, down), (right + 7, down)], INK, 1.5)
            self.canvas.text((right + 14, down), word)
        self.canvas.line([(right, top), (right, bottom)], INK, 1.5)
        self.canvas.upright_text((self.canvas.width - 32, (top + bottom) / 2), axis.label)

    def line(
        self, points: Sequence[Point], colour: str, width: float = 3.5, *, dashed: bool = False
    ) -> None:
        """Draw a line through points of the axes."""
        if len(points) > 1:
            self.canvas.line([self.at(*point) for point in points], colour, width, dashed=dashed)

    def band(self, lower: Sequence[Point], upper: Sequence[Point], colour: str) -> None:
        """Fill what lies between two lines."""
        if len(lower) > 1 and len(upper) > 1:
            outline = [*lower, *reversed(upper)]
            self.canvas.area([self.at(*point) for point in outline], colour)

    def vertical(self, x: float, words: Sequence[str], colour: str, *, below: float = 0) -> None:
        """Draw a line upright, with lines of words beside it on the side that has more room."""
        left, top, right, bottom = self.frame
        across, _ = self.at(x, self.y.low)
        self.canvas.line([(across, top), (across, bottom)], colour, 2.5, dashed=True)
        to_the_right = across < (left + right) / 2
        beside = across + 12 if to_the_right else across - 12
        for number, line in enumerate(words):
            place = (beside, top + below + 18 + 27 * number)
            self._on_white(place, line, colour, "lm" if to_the_right else "rm")

    def horizontal(self, y: float, words: str, colour: str) -> None:
        """Draw a level line, with words above its right end."""
        left, _, right, _ = self.frame
        _, down = self.at(self.x.low, y)
        self.canvas.line([(left, down), (right, down)], colour, 2, dashed=True)
        self.canvas.text((right - 12, down - 17), words, colour=colour, anchor="rm")

    def dots(self, points: Sequence[Point], colour: str, radius: float = 4) -> None:
        """Draw a dot at each point of the axes."""
        for point in points:
            self.canvas.dot(self.at(*point), colour, radius)

    def _on_white(self, at: Point, words: str, colour: str, anchor: str) -> None:
        width = self.canvas.text_width(words)
        left = at[0] if anchor[0] == "l" else at[0] - width
        self.canvas.box((left - 4, at[1] - 13, left + width + 4, at[1] + 13), "white")
        self.canvas.text(at, words, colour=colour, anchor=anchor)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _TWICE)


def _dashes(points: Sequence[Point]) -> list[list[Point]]:
    """Cut a way through points into dashes."""
    dashes: list[list[Point]] = []
    dash: list[Point] = []
    left, drawn = _DASH, True
    for (x, y), (to_x, to_y) in pairwise(points):
        length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        gone = 0.0
        if drawn and not dash:
            dash = [(x, y)]
        while length - gone > left:
            gone += left
            share = gone / length
            here = (x + share * (to_x - x), y + share * (to_y - y))
            if drawn:
                dashes.append([*dash, here])
            drawn = not drawn
            dash = [here] if drawn else []
            left = _DASH if drawn else _GAP
        left -= length - gone
        if drawn:
            dash.append((to_x, to_y))
    if drawn and len(dash) > 1:
        dashes.append(dash)
    return dashes
