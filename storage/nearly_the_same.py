"""Images of one case that are nearly the same as one of its matches, to be decided together."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.review import NEARLY_THE_SAME_BITS, MatchState
from domain.signal import MIN_PDQ_QUALITY
from storage.matches import match_row
from storage.tables import ImageRow, MatchRow

LOOKED_THROUGH: Final = 2_000
"""The most urgent matches of a case that are compared; a picture with more copies floods."""

AT_ONCE: Final = 200
"""The most that are decided together."""


@dataclass(frozen=True, slots=True)
class NearlyTheSame:
    """A flagged match whose image differs in so many bits of PDQ."""

    match_id: int
    image_id: int
    number: str
    bits: int


def nearly_the_same(session: Session, number: str) -> list[NearlyTheSame]:
    """Return flagged matches of the same case whose images are nearly the same, nearest first.

    None of those that move, or are too plain to be compared. The match itself is left out.

    Raises:
        NotFound: there is no such match.
    """
    match = match_row(session, number)
    image = session.get_one(ImageRow, match.image_id)
    if image.duration_ms is not None or image.pdq_quality < MIN_PDQ_QUALITY:
        return []
    shown = int(image.pdq, 16)
    rows = session.execute(
        select(
            MatchRow.match_id,
            MatchRow.image_id,
            MatchRow.number,
            ImageRow.pdq,
            ImageRow.pdq_quality,
            ImageRow.duration_ms,
        )
        .join(ImageRow, ImageRow.image_id == MatchRow.image_id)
        .where(MatchRow.case_id == match.case_id, MatchRow.state == MatchState.FLAGGED.value)
        .where(MatchRow.match_id != match.match_id)
        .order_by(MatchRow.urgency.desc(), MatchRow.match_id.desc())
        .limit(LOOKED_THROUGH)
    )
    found = [
        NearlyTheSame(match_id, image_id, other, (shown ^ int(pdq, 16)).bit_count())
        for match_id, image_id, other, pdq, quality, duration_ms in rows
        if duration_ms is None and quality >= MIN_PDQ_QUALITY
    ]
    near = sorted(
        (each for each in found if each.bits <= NEARLY_THE_SAME_BITS), key=lambda each: each.bits
    )
    return near[: AT_ONCE - 1]
