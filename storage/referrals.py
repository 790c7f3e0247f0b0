"""Referrals: images that may show somebody under 18, and what must not be done with them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from domain.review import NEARLY_THE_SAME_BITS
from domain.signal import MIN_PDQ_QUALITY
from storage import audit
from storage.review_tables import ReferralRow
from storage.tables import ImageRow, MatchRow


@dataclass(frozen=True, slots=True)
class Referral:
    """One image that was referred, to whom and by whom; ``match`` is None once that is erased."""

    match: str | None
    hotline: str
    actor: str
    referred_at: datetime
    undone_at: datetime | None


def add(session: Session, match: MatchRow, *, hotline: str, actor: str, now: datetime) -> None:
    """Keep that the image of a match was referred. From then on its preview is locked for good."""
    session.add(
        ReferralRow(
            image_id=match.image_id,
            match_id=match.match_id,
            hotline=audit.storable(hotline),
            actor=audit.storable(actor),
            referred_at=now,
        )
    )
    session.flush()


def take_back(session: Session, match_id: int, *, now: datetime) -> None:
    """Note that the referral of a match was a mistake. The preview stays locked."""
    session.execute(
        update(ReferralRow)
        .where(ReferralRow.match_id == match_id, ReferralRow.undone_at.is_(None))
        .values(undone_at=now)
    )


def standing(session: Session, image_id: int) -> Referral | None:
    """Return the referral of an image that stands, whichever case it was made in."""
    row = session.execute(
        select(ReferralRow, MatchRow.number)
        .outerjoin(MatchRow, MatchRow.match_id == ReferralRow.match_id)
        .where(ReferralRow.image_id == image_id, ReferralRow.undone_at.is_(None))
        .order_by(ReferralRow.referral_id)
        .limit(1)
    ).first()
    if row is None:
        return None
    referral, number = row
    return Referral(
        number, referral.hotline, referral.actor, referral.referred_at, referral.undone_at
    )


def stops_a_match() -> ColumnElement[bool]:
    """Ask whether the image of a match was referred, in whatever case, and that stands."""
    return (
        select(ReferralRow.referral_id)
        .where(ReferralRow.image_id == MatchRow.image_id, ReferralRow.undone_at.is_(None))
        .correlate(MatchRow)
        .exists()
    )


def preview_locked(session: Session, image_id: int) -> bool:
    """Say whether nobody may look at an image: it, or one nearly the same, was ever referred.

    That holds in every case, for what is found later as well, and also after the referral was taken
    back.
    """
    referred = select(ReferralRow.image_id).where(ReferralRow.image_id == image_id).limit(1)
    if session.scalars(referred).first() is not None:
        return True
    pdq = _usable(session, [image_id])
    if not pdq:
        return False
    shown = int(pdq[0], 16)
    return any(
        (shown ^ int(other, 16)).bit_count() <= NEARLY_THE_SAME_BITS
        for other in _usable(session, None)
    )


def _usable(session: Session, image_ids: Collection[int] | None) -> list[str]:
    """Return the PDQ signals that may be compared, of some images or of all that were referred."""
    wanted = select(ImageRow.pdq).where(
        ImageRow.pdq_quality >= MIN_PDQ_QUALITY, ImageRow.duration_ms.is_(None)
    )
    if image_ids is None:
        wanted = wanted.where(ImageRow.image_id.in_(select(ReferralRow.image_id)))
    else:
        wanted = wanted.where(ImageRow.image_id.in_(image_ids))
    return list(session.scalars(wanted))
