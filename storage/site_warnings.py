"""What is amiss with sites: opened when a rule finds it, closed when it finds it no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.sentence import sentence
from domain.site_warning import SiteWarning, WarningKind
from storage.tables import SiteRow
from storage.watching_tables import SiteWarningRow


@dataclass(frozen=True, slots=True)
class StandingWarning:
    """A warning with its site, since when it stands, and who knows of it."""

    site_warning_id: int
    site: str
    warning: SiteWarning
    began_at: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_until: datetime | None

    def stands_back(self, now: datetime) -> bool:
        """Say whether somebody knows of it and it is not to call for attention now."""
        return self.acknowledged_at is not None and (
            self.acknowledged_until is None or now < self.acknowledged_until
        )


def put(
    session: Session,
    site_id: int,
    found: Sequence[SiteWarning],
    *,
    since: datetime,
    now: datetime,
) -> None:
    """Make a site's open warnings those that were found; others are over.

    New ones begin at ``since`` if a crawl shows them, and now otherwise.
    """
    rows = session.scalars(
        select(SiteWarningRow).where(
            SiteWarningRow.site_id == site_id, SiteWarningRow.ended_at.is_(None)
        )
    )
    there = {row.kind: row for row in rows}
    for warning in found:
        row = there.pop(warning.kind.value, None)
        if row is None:
            row = SiteWarningRow(site_id=site_id, kind=warning.kind.value)
            row.began_at = now if warning.crawl_id is None else since
            session.add(row)
        row.found, row.cause, row.advice = warning.found, warning.cause, warning.advice
        row.crawl_id = warning.crawl_id
    for row in there.values():
        row.ended_at = now
    session.flush()


def end_all(session: Session, site_id: int, *, now: datetime) -> None:
    """Close every warning of a site, which is watched no more."""
    put(session, site_id, (), since=now, now=now)


def open_ones(session: Session, *, limit: int) -> list[StandingWarning]:
    """Return the warnings that stand, of watched sites, the oldest first."""
    return _read(session, SiteWarningRow.ended_at.is_(None), limit=limit)


def open_of(session: Session, site: str) -> list[StandingWarning]:
    """Return the warnings of one site that stand, the oldest first."""
    here = (SiteWarningRow.ended_at.is_(None), SiteRow.name == site)
    return _read(session, *here, limit=len(WarningKind))


def over_since(session: Session, since: datetime, *, limit: int) -> list[StandingWarning]:
    """Return warnings that are over since a moment, the newest first."""
    return _read(session, SiteWarningRow.ended_at >= since, limit=limit, newest_first=True)


def get(session: Session, site_warning_id: int) -> StandingWarning:
    """Return one warning.

    Raises:
        NotFound: there is none of that number.
    """
    found = _read(session, SiteWarningRow.site_warning_id == site_warning_id, limit=1)
    if not found:
        msg = sentence("There is no warning %(site_warning_id)s.", site_warning_id=site_warning_id)
        raise NotFound(msg)
    return found[0]


def acknowledge(
    session: Session, site_warning_id: int, *, by: str, now: datetime, until: datetime | None
) -> None:
    """Note that somebody knows of a warning; ``until`` None is until it is over."""
    row = session.get_one(SiteWarningRow, site_warning_id)
    row.acknowledged_at, row.acknowledged_by, row.acknowledged_until = now, by, until
    session.flush()


def call_again(session: Session, site_warning_id: int) -> None:
    """Forget that somebody knows of a warning."""
    row = session.get_one(SiteWarningRow, site_warning_id)
    row.acknowledged_at = row.acknowledged_by = row.acknowledged_until = None
    session.flush()


def _read(
    session: Session, *which: ColumnElement[bool], limit: int, newest_first: bool = False
) -> list[StandingWarning]:
    order = (
        (SiteWarningRow.ended_at.desc(), SiteWarningRow.site_warning_id.desc())
        if newest_first
        else (SiteWarningRow.began_at, SiteWarningRow.site_warning_id)
    )
    rows = session.execute(
        select(SiteWarningRow, SiteRow.name)
        .join(SiteRow, SiteRow.site_id == SiteWarningRow.site_id)
        .where(SiteRow.removed_at.is_(None), *which)
        .order_by(*order)
        .limit(limit)
    )
    return [_standing(row, name) for row, name in rows]


def _standing(row: SiteWarningRow, site: str) -> StandingWarning:
    warning = SiteWarning(WarningKind(row.kind), row.found, row.cause, row.advice, row.crawl_id)
    return StandingWarning(
        row.site_warning_id,
        site,
        warning,
        row.began_at,
        row.ended_at,
        row.acknowledged_at,
        row.acknowledged_by,
        row.acknowledged_until,
    )
