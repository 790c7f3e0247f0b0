"""Pictures as a crawl has seen them: how large they are, and what they look like."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from domain.picture_pairs import SeenPicture
from storage.tables import ImageRow, MatchRow

_HEX: Final = 16
_PICTURE: Final = select(
    ImageRow.pdq, ImageRow.pdq_quality, ImageRow.width, ImageRow.height, ImageRow.duration_ms
).where(ImageRow.image_id == bindparam("known"))


def seen_picture(session: Session, image_id: int) -> SeenPicture | None:
    """Return an image; None if it is not there any more: a withdrawal may have erased it."""
    row = session.execute(_PICTURE, {"known": image_id}).first()
    if row is None:
        return None
    return SeenPicture(
        image_id,
        int(row.pdq, _HEX),
        row.pdq_quality,
        row.width,
        row.height,
        moves=row.duration_ms is not None,
    )


def was_flagged_before(session: Session, image_id: int, moment: datetime) -> bool:
    """Say whether an image was near a registration as early as a moment."""
    return bool(
        session.scalar(
            select(exists().where(MatchRow.image_id == image_id, MatchRow.flagged_at < moment))
        )
    )
