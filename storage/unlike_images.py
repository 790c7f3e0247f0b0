"""Images that look unlike each other: what else they have in common is not one person's picture."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from domain.signal import SignalType
from storage.tables import EvidenceRow, ImageRow, MatchRow

UNLIKE_BITS: Final = 80
"""Bits of PDQ beyond which two images do not look alike. No two of 710 photos are within 72."""

_BY_PLACES: Final = (SignalType.CONSTELLATION.value, SignalType.EMBEDDING.value)
"""Types that may agree in images which do not look alike as a whole."""

_MOST_READ: Final = 5_000
_MOST_COUNTED: Final = 500


def unlike_matches(session: Session, registration_id: int, *, since: datetime) -> int:
    """Count images flagged since then for a registration, by places only, that look unlike."""
    shown = session.scalars(
        select(ImageRow.pdq)
        .join(MatchRow, MatchRow.image_id == ImageRow.image_id)
        .join(EvidenceRow, EvidenceRow.match_id == MatchRow.match_id)
        .where(EvidenceRow.registration_id == registration_id)
        .where(MatchRow.flagged_at > since, by_places_only())
        .order_by(MatchRow.match_id.desc())
        .limit(_MOST_READ)
    )
    return how_many_unlike(shown, enough=_MOST_COUNTED)


def by_places_only() -> ColumnElement[bool]:
    """Ask whether a match has no evidence but of constellations and embeddings."""
    other = aliased(EvidenceRow)
    return ~(
        select(other.evidence_id)
        .where(other.match_id == MatchRow.match_id)
        .where(other.type.not_in(_BY_PLACES))
        .correlate(MatchRow)
        .exists()
    )


def how_many_unlike(pdq: Iterable[str], *, enough: int) -> int:
    """Count images, by their PDQ signals, none of which looks like another one that is counted.

    Edits and copies of one picture count a few times at most. It is counted up to ``enough``.
    """
    unlike: list[int] = []
    for value in pdq:
        shown = int(value, 16)
        if all((shown ^ other).bit_count() > UNLIKE_BITS for other in unlike):
            unlike.append(shown)
            if len(unlike) == enough:
                break
    return len(unlike)
