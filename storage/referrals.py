"""Referrals: images that may show somebody under 18, and what must not be done with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from domain.review import NEARLY_THE_SAME_BITS
from domain.signal import MIN_PDQ_QUALITY
from storage import audit
from storage.review_tables import ReferralRow
from storage.tables import FrameRow, ImageRow, MatchRow

_MOST_COMPARED: Final = 128
"""Frames of one video that are compared with what was referred: more than crawls keep of one."""


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
    back. Of what moves, one frame that is nearly the same is enough.
    """
    referred = select(ReferralRow.image_id).where(ReferralRow.image_id == image_id).limit(1)
    if session.scalars(referred).first() is not None:
        return True
    own = list(session.scalars(_usable(ImageRow.image_id == image_id)))
    of_frames = session.scalars(
        _usable_of_frames(FrameRow.image_id == image_id)
        .order_by(FrameRow.place)
        .limit(_MOST_COMPARED)
    )
    return _resembles_referred(session, list(dict.fromkeys([*own, *of_frames])))


def resembles_referred(session: Session, pdq: str) -> bool:
    """Say whether a picture is nearly one that nobody may look at any more, by its PDQ.

    What an address shows now may be another picture than the one of which that is known, or one of
    the frames of a video of which it is.
    """
    return _resembles_referred(session, [pdq])


def _resembles_referred(session: Session, shown: Sequence[str]) -> bool:
    if not shown:
        return False
    locked = select(ReferralRow.image_id)
    referred = session.scalars(
        _usable(ImageRow.image_id.in_(locked)).union_all(
            _usable_of_frames(FrameRow.image_id.in_(locked))
        )
    ).all()
    packed = _packed(referred)
    return any(
        bool((np.bitwise_count(packed ^ row).sum(axis=1) <= NEARLY_THE_SAME_BITS).any())
        for row in _packed(shown)
    )


def _usable(*of: ColumnElement[bool]) -> Select[str]:
    return select(ImageRow.pdq).where(*of, ImageRow.pdq_quality >= MIN_PDQ_QUALITY)


def _usable_of_frames(*of: ColumnElement[bool]) -> Select[str]:
    return select(FrameRow.pdq).where(*of, FrameRow.pdq_quality >= MIN_PDQ_QUALITY)


def _packed(signals: Sequence[str]) -> NDArray[np.uint64]:
    return np.frombuffer(bytes.fromhex("".join(signals)), np.uint64).reshape(-1, 4)
