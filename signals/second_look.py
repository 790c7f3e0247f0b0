"""A second look at a found image: what is to be seen where registered places should be.

The first look knows only what stands out in the image, of which an edit leaves little. Once a way
to lay a registered picture down is proposed, every one of its places can be looked for, whether it
stands out or not: seen where it should be, one says yes, and where it is in view and is not
there, no.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.places import Alignment, SecondLook
from signals.alignment import laid
from signals.constellation import Constellation, mirrored_bits
from signals.drawn_over import drawn_over
from signals.place_bits import BITS, Planes, bits_of
from signals.scale_space import ScaleSpace
from signals.surroundings import surroundings

_STEPS: Final = np.array(
    [(0, 0), *((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0))], np.float32
)
"""Where a place is looked for, in blurs from where it should be: at the first, and around it."""

_LIKELY: Final = 40
_SURE: Final = 36
_LEAST_FITTED: Final = 5
_FIT_ROUNDS: Final = 4
_REACH_BLURS: Final = 1.5
_LEAST_REACH: Final = 3.0
_MOST_STRETCHED: Final = 2.0


def glance(space: ScaleSpace, registered: Constellation, alignment: Alignment, held: Planes) -> int:
    """Look for every place only where it should be; the higher the number, the more is seen.

    A tenth of the work of `look_again`, to choose what that is worth for.
    """
    look, _ = _look(
        space, registered, alignment.map, held, mirrored=alignment.mirrored, steps=_STEPS[:1]
    )
    return _likeness(look)


def look_again(
    space: ScaleSpace, registered: Constellation, alignment: Alignment, held: Planes
) -> SecondLook:
    """Look for every place of a registered picture where an alignment says that it is.

    Where enough is seen, the picture is laid down anew by that, stretched and tilted if need be,
    and looked for once more; the better of both looks counts.
    """
    mirrored = alignment.mirrored
    look, seen_at = _look(space, registered, alignment.map, held, mirrored=mirrored)
    better = _refitted(registered, look, seen_at)
    if better is not None:
        second, _ = _look(space, registered, better, held, mirrored=mirrored)
        if _likeness(second) > _likeness(look):
            look = second
    places = _laid_in_image(space, registered, look.map, mirrored=mirrored)
    return replace(look, drawn=drawn_over(space, places))


def _look(
    space: ScaleSpace,
    registered: Constellation,
    way: NDArray[np.float64],
    held: Planes,
    *,
    mirrored: bool,
    steps: NDArray[np.float32] = _STEPS,
) -> tuple[SecondLook, NDArray[np.float64]]:
    """Look once; also give where each place was seen likest, shape (n, 2), in the map's pixels.

    What is drawn over is not looked for: a glance does not need it.
    """
    count = len(registered)
    places = _laid_in_image(space, registered, way, mirrored=mirrored)
    around = np.repeat(places, len(steps), axis=0)
    blurs = np.exp2(around[:, 2:3])
    around[:, :2] += np.tile(steps, (count, 1)) * blurs
    described, seen = surroundings(space, around)
    bits = mirrored_bits(described, held) if mirrored else bits_of(described, held)
    differ = bits ^ np.repeat(registered.bits, len(steps), axis=0)
    distances = np.bitwise_count(differ).sum(axis=1, dtype=np.uint8)
    distances[~seen] = BITS
    table = distances.reshape(count, len(steps))
    likest = table.argmin(axis=1)
    rows = np.arange(count)
    at = around.reshape(count, len(steps), -1)[rows, likest, :2].astype(np.float64)
    if mirrored:
        at[:, 0] = space.width - 1 - at[:, 0]
    in_view = seen.reshape(count, len(steps))[:, 0]
    unknown = np.zeros(count, np.bool_)
    return SecondLook(table[rows, likest], in_view, unknown, way, mirrored), at


def _laid_in_image(
    space: ScaleSpace, registered: Constellation, way: NDArray[np.float64], *, mirrored: bool
) -> NDArray[np.float32]:
    """Say where places should be in the image itself, also if the map is of its mirror image."""
    places = laid(registered.places, way)
    if mirrored:
        places[:, 0] = space.width - 1 - places[:, 0]
        places[:, 3] = (180 - places[:, 3]) % 360
    return places


def _likeness(look: SecondLook) -> int:
    return int((50 - look.distances[look.in_view].astype(np.int64)).clip(0).sum())


def _refitted(
    registered: Constellation, look: SecondLook, at: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Lay the picture on the places that were seen; None if they are too few or fit badly."""
    from_points = np.column_stack([registered.places[:, :2], np.ones(len(registered))])
    blurs = np.exp2(laid(registered.places, look.map)[:, 2])
    reach = np.maximum(_LEAST_REACH, _REACH_BLURS * blurs)
    for most in (_LIKELY, _SURE):
        alike = look.in_view & (look.distances <= most)
        chosen = alike
        for _ in range(_FIT_ROUNDS):
            if chosen.sum() < _LEAST_FITTED:
                return None
            way, *_ = np.linalg.lstsq(from_points[chosen], at[chosen], rcond=None)
            off = np.hypot(*(from_points @ way - at).T)
            chosen = alike & (off < reach)
    turned: NDArray[np.float64] = way.T
    stretched = np.linalg.svd(turned[:, :2], compute_uv=False)
    if np.linalg.det(turned[:, :2]) <= 0 or stretched[0] > _MOST_STRETCHED * stretched[1]:
        return None
    return turned if math.isfinite(float(turned.sum())) else None
