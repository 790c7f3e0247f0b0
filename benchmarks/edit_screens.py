"""Screenshots: a picture as it stands in a phone's viewer, in an app's feed and on a web page.

The surroundings are drawn here and belong to no real product. What stands where, in which colours
and under which names is drawn from ``rng``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from benchmarks.edit_chance import BLACK, WHITE, Colour, happens, hue, words
from benchmarks.edit_drawing import font

Box = tuple[float, float, float, float]

_FINE: Final = 2  # drawn at twice its size and shrunk: Pillow draws circles with hard edges
_NAMES: Final = ("Ana Lind", "Jo Berg", "Kim Sato", "Noor Haddad", "Lee Okoro", "Max Roth")
_PLACES: Final = ("network", "friendly", "circles", "feed", "squares", "nearby")
_PAGES: Final = ("Timeline", "Messages", "Watch", "Shop", "Pages", "Groups", "Saved", "Events")
_PHONE: Final = (450, 900)
_APP: Final = (414, 736)
_WEB: Final = (900, 552)


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one screen."""

    ground: Colour
    card: Colour
    ink: Colour
    faint: Colour
    accent: Colour


def _theme(rng: Random) -> Theme:
    accent = hue(rng.random(), rng.uniform(0.45, 0.85), rng.uniform(0.35, 0.85))
    if happens(rng, 0.6):
        return Theme((246, 246, 249), WHITE, (22, 32, 40), (132, 136, 144), accent)
    return Theme((16, 18, 22), (34, 36, 42), (232, 234, 238), (140, 144, 152), accent)


class _Screen:
    """A screen that is drawn on in its own pixels, whatever it is drawn at."""

    def __init__(self, size: tuple[int, int], ground: Colour) -> None:
        self._size = size
        self._image = Image.new("RGB", (size[0] * _FINE, size[1] * _FINE), ground)
        self._draw = ImageDraw.Draw(self._image)

    def box(self, box: Box, ink: Colour, radius: float = 0) -> None:
        """Fill a box, whose corners may be round."""
        fine = tuple(round(value * _FINE) for value in box)
        self._draw.rounded_rectangle((fine[0], fine[1], fine[2], fine[3]), radius * _FINE, ink)

    def disc(self, x: float, y: float, radius: float, ink: Colour) -> None:
        """Fill a circle."""
        self.box((x - radius, y - radius, x + radius, y + radius), ink, radius)

    def ring(self, x: float, y: float, radius: float, ink: Colour, ground: Colour) -> None:
        """Draw a circle's line."""
        self.disc(x, y, radius, ink)
        self.disc(x, y, radius - 2, ground)

    def text(
        self, x: float, y: float, text: str, ink: Colour, size: float, anchor: str = "lm"
    ) -> None:
        """Write a line at a place that is its left middle if not said otherwise."""
        letters = font(round(size * _FINE))
        self._draw.text((x * _FINE, y * _FINE), text, ink, letters, anchor)

    def face(self, x: float, y: float, radius: float, rng: Random) -> None:
        """Draw somebody's picture as those have it who show no face."""
        turn = rng.random()
        self.disc(x, y, radius, hue(turn, 0.35, 0.9))
        shade = hue(turn + 0.5, 0.5, 0.5)
        self.disc(x, y - radius * 0.2, radius * 0.36, shade)
        self.box(
            (x - radius * 0.55, y + radius * 0.22, x + radius * 0.55, y + radius * 0.75),
            shade,
            radius * 0.26,
        )

    def finished(self) -> Image.Image:
        """Give the screen at its own size."""
        return self._image.resize(self._size, Image.Resampling.BOX)


def _paste_whole(screen: Image.Image, picture: Image.Image, box: Box, ground: Colour) -> None:
    """Show all of a picture in the middle of a box, on a ground where it leaves some free."""
    left, top, right, bottom = (round(value) for value in box)
    screen.paste(ground, (left, top, right, bottom))
    shown = ImageOps.contain(picture, (right - left, bottom - top), Image.Resampling.LANCZOS)
    place = (left + (right - left - shown.width) // 2, top + (bottom - top - shown.height) // 2)
    screen.paste(shown, place)


# --- a phone --------------------------------------------------------------------------------


def on_phone(picture: Image.Image, rng: Random) -> Image.Image:
    """Show a picture at a phone's full width, 450 by 900 pixels, black or white around it."""
    width, height = _PHONE
    dark = happens(rng, 0.5)
    ground, ink = (BLACK, WHITE) if dark else (WHITE, BLACK)
    screen = _Screen(_PHONE, ground)
    screen.text(26, 20, f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}", ink, 16)
    screen.text(width - 26, 20, f"{rng.choice('45')}G  {rng.randint(5, 99)}%", ink, 16, "rm")
    screen.face(35, 68, 20, rng)
    name = f"user_{rng.randint(1_000, 99_999)}" if happens(rng, 0.7) else rng.choice(_NAMES)
    screen.text(65, 68, name, ink, 17)
    for number in range(3):
        screen.disc(width - 26 - 8 * number, 68, 2.2, ink)
    top = 100
    # In the phone's own proportion a picture would cover what is written below it.
    tall = min(round(picture.height * width / picture.width), 676)
    below = top + tall + 28
    for number in range(3):
        screen.ring(34 + 50 * number, below, 15, ink, ground)
    if happens(rng, 0.5):
        screen.ring(width - 34, below, 15, ink, ground)
    if below + 66 < height:
        screen.text(19, below + 35, f"{rng.randint(20, 9_999)} likes", ink, 17)
        screen.text(19, below + 60, words(rng), ink, 17)
    if below + 150 < height and happens(rng, 0.6):
        faint = (130, 130, 130)
        screen.text(19, below + 88, f"See all {rng.randint(3, 400)} comments", faint, 15)
        screen.text(19, below + 112, f"{rng.randint(2, 23)} hours ago", faint, 13)
    screen.box((156, height - 14, 294, height - 8), ink, 3)
    result = screen.finished()
    _paste_whole(result, picture, (0, top, width, top + tall), ground)
    return result


# --- an app ---------------------------------------------------------------------------------


def in_app(picture: Image.Image, rng: Random) -> Image.Image:
    """Show a picture in the feed of a phone's app, 414 by 736 pixels."""
    width, height = _APP
    theme = _theme(rng)
    screen = _Screen(_APP, theme.ground)
    screen.box((0, 0, width, 52), theme.card)
    screen.text(24, 28, rng.choice(_PLACES), theme.ink, 23)
    screen.ring(width - 38, 27, 10, theme.accent, theme.card)
    cards: list[Callable[[_Screen, Theme, float, Random], float]] = [_composer, _stories]
    rng.shuffle(cards)
    top = 66.0
    for draw_card in cards[: rng.choice((1, 2, 2))]:
        top = draw_card(screen, theme, top, rng) + 14
    screen.box((11, top, width - 11, height), theme.card, 6)
    screen.face(50, top + 40, 22, rng)
    screen.text(86, top + 30, rng.choice(_NAMES), theme.ink, 14)
    screen.text(86, top + 48, f"{rng.randint(2, 59)} minutes ago", theme.faint, 10)
    frame = (26, top + 78, width - 26, height - 50)
    screen.box((0, height - 48, width, height), theme.card)
    here = rng.randrange(6)
    for number in range(6):
        ink = theme.accent if number == here else theme.faint
        _icon(screen, (42 + 66 * number, height - 24), number, ink, theme.card)
    result = screen.finished()
    _paste_whole(result, picture, frame, rng.choice((BLACK, BLACK, theme.card)))
    return result


def _composer(screen: _Screen, theme: Theme, top: float, rng: Random) -> float:
    screen.box((11, top, 403, top + 126), theme.card, 6)
    screen.face(50, top + 40, 22, rng)
    screen.text(85, top + 40, "What is on your mind?", theme.faint, 14)
    screen.box((11, top + 94, 403, top + 95), theme.ground)
    for number, what in enumerate(("Photo", "Friends", "Place")):
        screen.box((40 + 122 * number, top + 102, 58 + 122 * number, top + 118), theme.accent, 4)
        screen.text(66 + 122 * number, top + 110, what, theme.faint, 11)
    return top + 126


def _stories(screen: _Screen, theme: Theme, top: float, rng: Random) -> float:
    screen.box((11, top, 403, top + 104), theme.card, 6)
    screen.text(28, top + 20, "Stories", theme.ink, 14)
    screen.disc(51, top + 66, 23, theme.accent)
    screen.text(51, top + 65, "+", WHITE, 20, "mm")
    for number in range(5):
        x = 121 + 58 * number
        screen.disc(x, top + 66, 23, theme.accent)
        screen.disc(x, top + 66, 21, theme.card)
        screen.face(x, top + 66, 19, rng)
    return top + 104


# --- a web page -----------------------------------------------------------------------------


def on_web_page(picture: Image.Image, rng: Random) -> Image.Image:
    """Show a picture in the middle column of a web page, 900 by 552 pixels."""
    width, height = _WEB
    theme = _theme(rng)
    screen = _Screen(_WEB, theme.ground)
    _side_column(screen, theme, rng)
    screen.box((0, 0, width, 39), theme.card)
    screen.disc(23, 19, 14, theme.accent)
    screen.box((47, 7, 311, 31), theme.ground, 5)
    screen.text(69, 19, "Search", theme.faint, 11)
    screen.face(700, 19, 9, rng)
    screen.text(717, 19, rng.choice(_NAMES), theme.ink, 11)
    for number in range(3):
        _icon(screen, (814 + 32 * number, 19), number, theme.accent, theme.card)
    top = 50.0
    if happens(rng, 0.6):
        top = _row_of_stories(screen, theme, top, rng) + 16
    if happens(rng, 0.6):
        screen.box((180, top, 599, top + 92), theme.card, 6)
        screen.face(209, top + 32, 17, rng)
        screen.text(236, top + 32, "What is on your mind?", theme.faint, 12)
        screen.box((180, top + 68, 599, top + 69), theme.ground)
        screen.text(228, top + 80, "Photo       Friends       Place", theme.faint, 9)
        top += 108
    screen.box((180, top, 599, height), theme.card, 6)
    screen.face(209, top + 30, 17, rng)
    screen.text(236, top + 22, rng.choice(_NAMES), theme.ink, 11)
    screen.text(236, top + 36, f"{rng.randint(2, 59)} minutes ago", theme.faint, 8)
    _advertisement(screen, theme, rng)
    result = screen.finished()
    # Sites show every picture in a frame of one height; the whole of it is seen there.
    tall = min(rng.randint(214, 300), height - 20 - top - 60)
    frame = (191, top + 60, 588, top + 60 + tall)
    _paste_whole(result, picture, frame, rng.choice((BLACK, BLACK, theme.ground)))
    return result


def _side_column(screen: _Screen, theme: Theme, rng: Random) -> None:
    screen.box((0, 39, 149, _WEB[1]), theme.card)
    here = rng.randrange(4)
    pages = rng.sample(_PAGES, rng.randint(6, 8))
    for number, page in enumerate(pages):
        y = 72 + number * 36
        ink = theme.accent if number == here else theme.faint
        _icon(screen, (23, y), number, ink, theme.card)
        screen.text(43, y, page, theme.ink if number == here else theme.faint, 12)
    screen.box((0, 54 + here * 36, 3, 90 + here * 36), theme.accent)


def _row_of_stories(screen: _Screen, theme: Theme, top: float, rng: Random) -> float:
    screen.box((180, top, 599, top + 78), theme.card, 6)
    screen.text(192, top + 14, "Stories", theme.ink, 11)
    for number in range(rng.randint(5, 9)):
        x = 209 + 44 * number
        screen.disc(x, top + 49, 17, theme.accent)
        screen.face(x, top + 49, 15, rng)
    return top + 78


def _advertisement(screen: _Screen, theme: Theme, rng: Random) -> None:
    screen.box((635, 50, 854, 238), theme.card, 6)
    screen.text(647, 64, "Sponsored", theme.ink, 11)
    turn = rng.random()
    for row in range(120):
        sky = hue(turn + row / 700, 0.5, 0.95 - row / 400)
        screen.box((647, 83 + row, 834, 84 + row), sky)
    screen.disc(rng.uniform(680, 800), rng.uniform(105, 160), rng.uniform(10, 26), WHITE)
    screen.text(651, 216, words(rng), theme.ink, 11)
    screen.text(651, 228, "shop.example", theme.faint, 8)
    screen.box((635, 257, 854, 540), theme.card, 6)
    screen.text(647, 272, "Groups", theme.ink, 11)
    for number in range(rng.randint(1, 6)):
        screen.face(664, 304 + 40 * number, 13, rng)
        screen.text(686, 304 + 40 * number, rng.choice(_NAMES), theme.faint, 10)


def _icon(
    screen: _Screen, middle: tuple[float, float], number: int, ink: Colour, ground: Colour
) -> None:
    """Draw one of three small signs, by its number."""
    x, y = middle
    kind = number % 3
    if kind == 0:
        screen.ring(x, y, 9, ink, ground)
        screen.box((x - 1, y - 5, x + 1, y + 1), ink)
    elif kind == 1:
        screen.box((x - 9, y - 7, x + 9, y + 7), ink, 3)
        screen.box((x - 7, y - 5, x + 7, y + 5), ground, 2)
    else:
        for line in (-6, 0, 6):
            screen.box((x - 8, y + line - 1, x + 8, y + line + 1), ink)
