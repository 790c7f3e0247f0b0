"""Which registered pictures are in a found image, and where: first widely, then narrowly.

Widely: whatever has a few places in one arrangement is proposed. Narrowly: a second look at the
image says how strong the evidence is for each. Between them, nothing but where to look is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.places import Alignment, FoundPlaces, SecondLook
from signals.alignment import align
from signals.constellation import Constellation
from signals.place_bits import Planes
from signals.place_index import MOST_DISTANCE, PlaceIndex
from signals.scale_space import ScaleSpace
from signals.second_look import glance, look_again
from signals.strength import strength

MOST_PROPOSALS: Final = 40
"""Proposals of one image that are glanced at."""

MOST_LOOKS: Final = 8
"""Of those, the ones of which most is seen at a glance and that are looked at in full."""

LEAST_VOTES: Final = 3

_BASE_WEIGHT: Final = 13.0
"""Bits that a pair at the greatest distance is worth: one in 8,000 pairs is as near by chance."""

_BITS_A_STEP: Final = 0.25


@dataclass(frozen=True, slots=True)
class Proposal:
    """A registered picture that may be in a found image, and how it would lie there."""

    picture: int
    alignment: Alignment


@dataclass(frozen=True, slots=True)
class Recognised:
    """A registered picture looked for in an image; ``strength`` as `signals.strength` has it."""

    picture: int
    strength: float
    look: SecondLook


def propose(
    index: PlaceIndex,
    registered: Sequence[Constellation],
    found: tuple[FoundPlaces, FoundPlaces],
) -> list[Proposal]:
    """Propose pictures that may be in an image, the likeliest first.

    Args:
        index: of the places of ``registered``.
        registered: what the index was built from, in its order.
        found: places of the image and of its mirror image.
    """
    proposals = []
    for mirrored, places in zip((False, True), found, strict=True):
        for alike in index.like(places):
            nearer = MOST_DISTANCE - alike.distances.astype(np.float32)
            alignment = align(
                registered[alike.picture].places,
                places.places,
                alike.pairs,
                _BASE_WEIGHT + _BITS_A_STEP * nearer,
                mirrored=mirrored,
            )
            if alignment is not None and alignment.votes >= LEAST_VOTES:
                proposals.append(Proposal(alike.picture, alignment))
    proposals.sort(key=lambda proposal: -proposal.alignment.weight)
    return proposals[:MOST_PROPOSALS]


def recognise(
    space: ScaleSpace,
    registered: Sequence[Constellation],
    proposals: Sequence[Proposal],
    held: Planes,
) -> list[Recognised]:
    """Look a second time for what was proposed; the strongest evidence first, one of a picture."""
    seen = [
        (glance(space, registered[proposal.picture], proposal.alignment, held), number)
        for number, proposal in enumerate(proposals)
    ]
    best: dict[int, Recognised] = {}
    for _, number in sorted(seen, key=lambda each: (-each[0], each[1]))[:MOST_LOOKS]:
        proposal = proposals[number]
        look = look_again(space, registered[proposal.picture], proposal.alignment, held)
        strong = strength(look, registered[proposal.picture])
        recognised = Recognised(proposal.picture, strong, look)
        before = best.get(proposal.picture)
        if before is None or recognised.strength > before.strength:
            best[proposal.picture] = recognised
    return sorted(best.values(), key=lambda each: (-each.strength, each.picture))
