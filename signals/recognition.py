"""Which registered pictures are in a found image, and where: first widely, then narrowly.

Widely: whatever has a few places in one arrangement is proposed. Narrowly: a second look at the
image says how strong the evidence is for each. Between them, nothing but where to look is needed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.places import Alignment, FoundPlaces, SecondLook
from signals.alignment import align
from signals.constellation import Constellation
from signals.looking import looks
from signals.place_bits import Planes
from signals.place_index import MOST_DISTANCE, MOST_OF_ONE, PlaceIndex
from signals.scale_space import ScaleSpace
from signals.strength import strength

MOST_PROPOSALS: Final = 40
"""Proposals of one image that are glanced at."""

LEAST_VOTES: Final = 3
"""Places that have to agree, unless two weigh as much as `_TWO_WEIGH` together."""

_TWO_WEIGH: Final = 32.0

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
    """Propose pictures that may be in an image, the likeliest first; MOST_OF_ONE of each owner.

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
            if alignment is None:
                continue
            if alignment.votes >= LEAST_VOTES or alignment.weight >= _TWO_WEIGH:
                proposals.append(Proposal(alike.picture, alignment))
    proposals.sort(key=lambda proposal: -proposal.alignment.weight)
    of_one = Counter[int]()
    few = []
    for each in proposals:
        owner = index.shown(each.picture).registration_id
        of_one[owner] += 1
        if of_one[owner] <= MOST_OF_ONE:
            few.append(each)
    return few[:MOST_PROPOSALS]


def recognise(
    space: ScaleSpace,
    registered: Sequence[Constellation],
    proposals: Sequence[Proposal],
    held: Planes,
) -> list[Recognised]:
    """Look a second time for what was proposed; the strongest evidence first, one of a picture."""
    wanted = [(registered[proposal.picture], proposal.alignment) for proposal in proposals]
    best: dict[int, Recognised] = {}
    for proposal, look in zip(proposals, looks(space, wanted, held), strict=True):
        if look is None:
            continue
        strong = strength(look, registered[proposal.picture])
        recognised = Recognised(proposal.picture, strong, look)
        before = best.get(proposal.picture)
        if before is None or recognised.strength > before.strength:
            best[proposal.picture] = recognised
    return sorted(best.values(), key=lambda each: (-each.strength, each.picture))
