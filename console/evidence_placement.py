"""In sentences, how a registered picture lies in a found image, and how much of it is seen."""

from typing import Final

from flask_babel import format_percent
from flask_babel import gettext as _

from domain.laid import Laid
from signals.quadrilateral import Box, area, box_of, quarters_turned, within

_WHOLE: Final = 0.85
_SMALL_PART: Final = 0.15
"""Share of a registered picture below which what is seen of it may be one thing that it shows."""

_EDGE: Final = 0.1


def placement(laid: Laid) -> tuple[str, ...]:
    """Say how a registered picture lies in an image, and how much of it is seen."""
    said = []
    lies = lies_by_corners(laid)
    if lies:
        said.append(_("The registered picture lies there %(lies)s.", lies=lies))
    left, top, right, bottom = laid.part
    seen = (right - left) * (bottom - top)
    if seen < _WHOLE:
        said.append(
            _(
                "Seen is about %(share)s of the registered picture, %(where)s of it.",
                share=_percent(seen),
                where=where(laid.part),
            )
        )
    else:
        said.append(_("All of the registered picture is seen, or nearly all."))
    shape = within(laid.corners)
    filled = area(shape) if shape else 0.0
    if filled >= _WHOLE:
        said.append(_("It fills the found image."))
    elif filled:
        said.append(
            _(
                "It fills about %(share)s of the found image, %(where)s of it.",
                share=_percent(filled),
                where=where(box_of(shape)),
            )
        )
    if seen < _SMALL_PART:
        said.append(
            _("So little may be one thing that both pictures show: have a close look at the page.")
        )
    return tuple(said)


def where(box: Box) -> str:
    """Say where in a picture a box lies, as ``at the upper left``."""
    left, top, right, bottom = box
    across = _side(left, right)
    down = _side(top, bottom)
    words = {
        (-1, -1): _("at the upper left"),
        (0, -1): _("at the top"),
        (1, -1): _("at the upper right"),
        (-1, 0): _("at the left"),
        (0, 0): _("in the middle"),
        (1, 0): _("at the right"),
        (-1, 1): _("at the lower left"),
        (0, 1): _("at the bottom"),
        (1, 1): _("at the lower right"),
    }
    return words[across, down]


def lies_by_corners(laid: Laid) -> str:
    """Say how a registered picture is turned in an image; nothing if it stands upright."""
    turned = quarters_turned(laid.corners)
    if laid.mirrored:
        words = {
            0: _("mirrored"),
            1: _("mirrored and turned by a quarter to the right"),
            2: _("mirrored and upside down"),
            3: _("mirrored and turned by a quarter to the left"),
            None: _("mirrored and turned aslant"),
        }
    else:
        words = {
            0: "",
            1: _("turned by a quarter to the right"),
            2: _("upside down"),
            3: _("turned by a quarter to the left"),
            None: _("turned aslant"),
        }
    return words[turned]


def _side(begin: float, end: float) -> int:
    """Say at which side something lies: -1 or 1; 0 in the middle, and at both."""
    at_begin, at_end = begin < _EDGE, end > 1 - _EDGE
    return 0 if at_begin == at_end else -1 if at_begin else 1


def _percent(share: float) -> str:
    return str(format_percent(max(0.01, round(share, 2))))
