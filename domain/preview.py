"""What a person may see of a picture, and whether an address still shows the one matched."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.permission import PERMISSIONS, Permission, Role
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY


class PreviewLevel(StrEnum):
    """How much of a picture is delivered: nothing, a heavy blur, or a lighter one while held."""

    OFF = "off"
    HEAVY = "heavy"
    LIGHTER = "lighter"


DEFAULT_LEVEL: Final = PreviewLevel.LIGHTER
"""What a role may see until a supervisor has said otherwise."""

PREVIEWING: Final = tuple(role for role in Role if Permission.MATCH_PREVIEW in PERMISSIONS[role])
"""The roles that a policy of previews is about."""

_ORDER: Final = tuple(PreviewLevel)


def level_of(
    roles: Iterable[Role], policy: Mapping[Role, PreviewLevel], *, heavy_only: bool
) -> PreviewLevel:
    """Say how much a person may see: the most that a role of hers may, or less if she wants less.

    Args:
        roles: what she works as.
        policy: what supervisors have said; a role that is not in it has DEFAULT_LEVEL.
        heavy_only: she has chosen never to be sent the lighter blur.
    """
    levels = [policy.get(role, DEFAULT_LEVEL) for role in roles if role in PREVIEWING]
    most = max(levels, key=_ORDER.index, default=PreviewLevel.OFF)
    return PreviewLevel.HEAVY if heavy_only and most is PreviewLevel.LIGHTER else most


class Sameness(StrEnum):
    """How what an address shows now compares with what was matched."""

    SAME = "same"
    SAVED_ANEW = "saved anew"
    """Other bytes, and the same picture."""
    ANOTHER = "another"
    UNSURE = "unsure"
    """Other bytes, and too plain a picture to be compared."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a matched image: its digest, and PDQ signals with their quality."""

    sha256: str
    pdq: Collection[tuple[str, int]]


def compare(known: Known, sha256: str, pdq: str, quality: int) -> Sameness:
    """Say whether a picture that was fetched anew is the image that was matched."""
    if sha256 == known.sha256:
        return Sameness.SAME
    usable = [value for value, its in known.pdq if its >= MIN_PDQ_QUALITY]
    if quality < MIN_PDQ_QUALITY or not usable:
        return Sameness.UNSURE
    seen = int(pdq, 16)
    nearest = min((int(value, 16) ^ seen).bit_count() for value in usable)
    return Sameness.SAVED_ANEW if nearest <= MATCH_DISTANCE else Sameness.ANOTHER
