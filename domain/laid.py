"""How a registered picture lies in a found image, as it is kept and shown. Knows no arrays."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Laid:
    """How a registered picture lies in a found image, and how sure that is.

    ``corners``: those of the registered picture from its top left one clockwise, as fractions of
    the found image's width and height; they may lie outside of it. ``part``: left, top, right and
    bottom of what is seen of the registered picture, as fractions of its own size. ``seen`` of the
    ``in_view`` places that lie in the found image are seen there; both are 0 where PDQ of a part
    agreed, for which no place was looked for.
    """

    strength: float
    mirrored: bool
    corners: tuple[tuple[float, float], ...]
    part: tuple[float, float, float, float]
    seen: int
    in_view: int
