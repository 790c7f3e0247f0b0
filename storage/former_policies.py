"""The policy that a site had before its last change, kept for a few hours to be put back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain.site import Site
from domain.site_record import site_from, site_record
from storage.watching_tables import FormerPolicyRow

KEPT_FOR: Final = timedelta(hours=12)
"""How long a site's former policy is kept; no session of the console lasts longer."""


@dataclass(frozen=True, slots=True)
class FormerPolicy:
    """A site as it was, and who changed it when."""

    site: Site
    changed_at: datetime
    changed_by: str


def keep(session: Session, site_id: int, site: Site, *, actor: str, now: datetime) -> None:
    """Keep a site as it was before a change, in place of what was kept of it before."""
    row = FormerPolicyRow(
        site_id=site_id, policy=site_record(site), changed_at=now, changed_by=actor
    )
    session.merge(row)


def get(session: Session, site_id: int, name: str) -> FormerPolicy | None:
    """Return a site as it was before its last change, if that is still known."""
    row = session.get(FormerPolicyRow, site_id)
    if row is None:
        return None
    return FormerPolicy(site_from(name, row.policy), row.changed_at, row.changed_by)


def forget(session: Session, site_id: int) -> None:
    """Forget what a site was: it holds headers and cookies."""
    session.execute(delete(FormerPolicyRow).where(FormerPolicyRow.site_id == site_id))


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget what is kept no longer."""
    session.execute(delete(FormerPolicyRow).where(FormerPolicyRow.changed_at < now - KEPT_FOR))
