"""What chance decides for an edit: whether, which words, which colour."""

import colorsys
from random import Random
from typing import Final

Colour = tuple[int, int, int]

BLACK: Final = (0, 0, 0)
WHITE: Final = (255, 255, 255)

_WORDS: Final = (
    "reposted",
    "follow for more",
    "premium",
    "do not share",
    "exclusive set",
    "@someaccount",
    "link in bio",
    "new every day",
    "full album inside",
    "reposted.example",
    "found this today",
    "only here",
)


def happens(rng: Random, share: float) -> bool:
    """Say yes in that share of all cases."""
    return rng.random() < share


def words(rng: Random) -> str:
    """Make up what a reposter writes; half of the time with a number that hardly comes twice."""
    text = rng.choice(_WORDS)
    return f"{text} {rng.randint(2, 99)}" if happens(rng, 0.5) else text


def vivid(rng: Random) -> Colour:
    """Draw a colour that stands out."""
    return hue(rng.random(), rng.uniform(0.6, 1), rng.uniform(0.75, 1))


def hue(turn: float, saturation: float, value: float) -> Colour:
    """Give the colour at a turn around the colour wheel, all three from 0 to 1."""
    red, green, blue = colorsys.hsv_to_rgb(turn % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
