"""Referring: what may show somebody under 18 goes to a hotline, and nobody here looks again."""

from datetime import datetime

from sqlalchemy.orm import Session

from storage import audit, referrals
from storage.tables import MatchRow


def refer(session: Session, match: MatchRow, *, hotline: str, actor: str, now: datetime) -> None:
    """Lock the preview of an image for good, in every case, and keep whom it is reported to."""
    referrals.add(session, match, hotline=hotline, actor=actor, now=now)
    audit.append(
        session,
        now=now,
        actor=actor,
        action="image referred",
        subject=match.number,
        reason="Its preview is locked for good, in every case.",
        details={"hotline": hotline},
    )


def take_back(session: Session, match: MatchRow, *, actor: str, now: datetime) -> None:
    """Let a match be decided again after all. The preview of its image stays locked."""
    referrals.take_back(session, match.match_id, now=now)
    audit.append(
        session,
        now=now,
        actor=actor,
        action="referral taken back",
        subject=match.number,
        reason="The preview stays locked.",
    )
