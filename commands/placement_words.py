"""In words, how a registered picture lies in a found image, and how strongly that speaks for it."""

import math
from collections.abc import Sequence
from typing import Final

from domain.evidence import MOST_UNCERTAIN, grade_of
from domain.laid import Laid
from signals.quadrilateral import Box, area, box_of, quarters_turned, within

_MOST_SAID: Final = 15
"""Powers of ten beyond which none is written out: nobody has counted so many pictures."""

_WHOLE: Final = 0.85
_EDGE: Final = 0.1
_SMALL_PART: Final = 0.15
"""Share of a registered picture below which what is seen of it may be one thing that it shows."""

_FRACTIONS: Final = (
    (3 / 4, "three quarters"),
    (2 / 3, "two thirds"),
    (1 / 2, "half"),
    (1 / 3, "a third"),
    (1 / 4, "a quarter"),
    (1 / 6, "a sixth"),
    (1 / 10, "a tenth"),
    (1 / 20, "a twentieth"),
)
_SIDES: Final = {1 / 2: "half", 1 / 3: "third", 1 / 4: "quarter"}
_LEGEND: Final = (
    "Red: the outline of the registered picture, dashed where it lies beyond the found image. "
    "Shaded: what is seen of it. Arrows: where its top and its right side are."
)
_TURNS: Final = {
    1: "turned by a quarter to the right",
    2: "upside down",
    3: "turned by a quarter to the left",
}


def grade(strength: float) -> str:
    """Call the strength of a constellation by a word: ``strong`` from a million to one on."""
    return grade_of(min(strength, MOST_UNCERTAIN)).value


def strength_in_words(strength: float) -> str:
    """Say how strong evidence is, as ``strong: 10^9 times likelier of this picture than …``."""
    if strength <= 0:
        return "weak: no likelier of this picture than of another"
    power = math.floor(strength)
    times = f"more than 10^{_MOST_SAID}" if power > _MOST_SAID else f"10^{power}"
    if power < 3:  # noqa: PLR2004 - a number of up to three digits is quicker read
        times = f"{10**strength:,.0f}"
    return f"{grade(strength)}: {times} times likelier of this picture than of another"


def laid_in_words(laid: Laid) -> str:
    """Say what is seen of a registered picture and where, as clauses with semicolons between."""
    said = []
    if laid.in_view:  # or else PDQ of a part agreed, which knows of no places
        said.append(f"{laid.seen:,} of its {laid.in_view:,} places that should be visible are seen")
    turned = turn_of(laid)
    if laid.mirrored or turned:
        said.append(" and ".join(filter(None, ("mirrored" if laid.mirrored else "", turned))))
    left, top, right, bottom = laid.part
    of_picture = (right - left) * (bottom - top)
    if of_picture < _WHOLE:
        said.append(f"seen is {part_in_words(laid.part, of_picture, 'the registered picture')}")
    shape = within(laid.corners)
    if shape and area(shape):
        said.append(f"it fills {part_in_words(box_of(shape), area(shape), 'the found image')}")
    if of_picture < _SMALL_PART:
        said.append("so little may be one thing that both pictures show: look closely")
    return "; ".join(said)


def part_in_words(box: Box, share: float, whole: str) -> str:
    """Name a part of a picture: ``the left half of …``, ``a sixth of …, at its upper left corner``.

    Args:
        box: around the part, as fractions of the whole.
        share: of the whole's area.
        whole: what it is a part of.
    """
    left, top, right, bottom = box
    across, down = right - left, bottom - top
    if across >= _WHOLE and down >= _WHOLE and share >= _WHOLE * _WHOLE:
        return f"all of {whole}"
    beside = _side(left, right, ("left", "right"))
    above = _side(top, bottom, ("upper", "lower"))
    part = _SIDES.get(_nearest(share)[0])
    if part is not None and across >= _WHOLE and above:
        return f"the {above} {part} of {whole}"
    if part is not None and down >= _WHOLE and beside:
        return f"the {beside} {part} of {whole}"
    sides = [side for side in (above, beside) if side]
    where = f"at its {' '.join(sides)} {('edge', 'corner')[len(sides) - 1]}" if sides else ""
    return f"{_nearest(share)[1]} of {whole}, {where or 'in its middle'}"


def turn_of(laid: Laid) -> str:
    """Say by how many quarters a registered picture is turned; nothing if by none."""
    quarters = quarters_turned(laid.corners)
    return "turned aslant" if quarters is None else _TURNS.get(quarters, "")


def drawing_lines(title: str, laid: Laid) -> list[str]:
    """Give what is written below a drawing of how a picture lies."""
    return [
        title,
        f"The evidence is {strength_in_words(laid.strength)}.",
        f"{laid_in_words(laid).capitalize()}.",
        _LEGEND,
    ]


def _side(begin: float, end: float, names: Sequence[str]) -> str:
    """Name the side at which something lies; nothing if it lies in the middle or at both."""
    at_begin, at_end = begin < _EDGE, end > 1 - _EDGE
    if at_begin == at_end:
        return ""
    return names[0] if at_begin else names[1]


def _nearest(share: float) -> tuple[float, str]:
    return min(_FRACTIONS, key=lambda fraction: abs(math.log(fraction[0] / max(share, 1e-3))))
