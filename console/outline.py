"""Where a registered picture lies in a found image, drawn in lines for the page of a match."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from console.evidence_placement import placement
from domain.laid import Laid
from signals.outline import Shapes, shapes
from storage.match_evidence import MatchedImage
from storage.matches import MatchSignal

_MOST: Final = 300.0
"""Pixels that the drawing has at most, across and down, without its edges."""

_EDGE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A drawing, its name in the page, and what it shows in sentences."""

    name: str
    shapes: Shapes
    title: str
    says: tuple[str, ...]


def outline_of(
    signals: Sequence[MatchSignal], image: MatchedImage, which: int, *, name: str
) -> Outline | None:
    """Draw the strongest evidence that tells where a registered picture lies; None without any.

    Args:
        signals: what agrees with one registered picture.
        image: in which it lies.
        which: the registered picture is the so manieth of its case.
        name: of the drawing, like no other in the page.
    """
    laid = max((each.laid for each in signals if each.laid), key=_strength, default=None)
    if laid is None:
        return None
    return Outline(
        name=name,
        shapes=_fitted(laid, image),
        title=_("Where picture %(which)d lies in the found image", which=which),
        says=placement(laid),
    )


def _strength(laid: Laid) -> float:
    return laid.strength


def _fitted(laid: Laid, image: MatchedImage) -> Shapes:
    """Lay it out as large as there is room: how much lies beyond the image differs."""
    size = {"width": image.width, "height": image.height}
    left, top, right, bottom = shapes(laid, **size, longer=_MOST, edge=0).room
    longer = _MOST * _MOST / max(right - left, bottom - top)
    return shapes(laid, **size, longer=longer, edge=_EDGE)
