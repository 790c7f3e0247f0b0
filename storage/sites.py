"""Sites: adding, changing, pausing and removing what is watched."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import NotFound, Refused
from domain.site import Site
from storage.tables import SiteRow


@dataclass(frozen=True, slots=True)
class StoredSite:
    """A site as it is kept; ``changed_at`` moves with every change, pausing included."""

    site: Site
    site_id: int
    added_at: datetime
    changed_at: datetime
    paused_at: datetime | None


def add(session: Session, site: Site, *, now: datetime) -> StoredSite:
    """Watch a site from now on. One that was removed comes back with what was sighted on it.

    Raises:
        Refused: a site of that name is watched already.
    """
    row = _row(session, site.name)
    if row is None:
        row = SiteRow(name=site.name, added_at=now, changed_at=now, **_columns(site))
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # someone else added it since the look
            raise _exists(site.name) from None
        return _stored(row)
    if row.removed_at is None:
        raise _exists(site.name)
    _fill(row, site)
    row.added_at = row.changed_at = now
    row.paused_at = row.removed_at = None
    session.flush()
    return _stored(row)


def get(session: Session, name: str) -> StoredSite:
    """Return a watched site.

    Raises:
        NotFound: there is none of that name.
    """
    return _stored(_watched(session, name))


def all_sites(session: Session) -> list[StoredSite]:
    """Return every watched site, paused ones too, by name."""
    rows = session.scalars(
        select(SiteRow).where(SiteRow.removed_at.is_(None)).order_by(SiteRow.name)
    )
    return [_stored(row) for row in rows]


def replace(session: Session, site: Site, *, now: datetime) -> StoredSite:
    """Give a watched site another policy.

    Raises:
        NotFound: there is none of that name.
    """
    row = _watched(session, site.name)
    _fill(row, site)
    row.changed_at = now
    session.flush()
    return _stored(row)


def pause(session: Session, name: str, *, now: datetime) -> StoredSite:
    """Plan no crawls of a site until it is resumed; a paused one stays paused since then.

    Raises:
        NotFound: there is none of that name.
    """
    row = _watched(session, name)
    if row.paused_at is None:
        row.paused_at = row.changed_at = now
        session.flush()
    return _stored(row)


def resume(session: Session, name: str, *, now: datetime) -> StoredSite:
    """Plan crawls of a paused site again.

    Raises:
        NotFound: there is none of that name.
    """
    row = _watched(session, name)
    if row.paused_at is not None:
        row.paused_at = None
        row.changed_at = now
        session.flush()
    return _stored(row)


def remove(session: Session, name: str, *, now: datetime) -> None:
    """Stop watching a site; what was sighted on it stays. Its headers and cookies are erased.

    Raises:
        NotFound: there is none of that name.
    """
    row = _watched(session, name)
    row.removed_at = row.changed_at = now
    row.headers = {}
    row.cookies = {}
    session.flush()


def _row(session: Session, name: str) -> SiteRow | None:
    return session.scalars(
        select(SiteRow).where(SiteRow.name == name).execution_options(populate_existing=True)
    ).first()


def _watched(session: Session, name: str) -> SiteRow:
    row = _row(session, name)
    if row is not None and row.removed_at is None:
        return row
    names = session.scalars(select(SiteRow.name).where(SiteRow.removed_at.is_(None))).all()
    near = get_close_matches(name, names, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    msg = f"No site is called {name!r}.{hint} `vigil site list` shows them all."
    raise NotFound(msg)


def _exists(name: str) -> Refused:
    return Refused(
        f"A site called {name} is watched already. To change it: vigil site edit {name}. "
        "To watch another one, choose another name."
    )


def _columns(site: Site) -> dict[str, Any]:
    return {
        "start_urls": list(site.start_urls),
        "hosts": list(site.hosts),
        "interval_seconds": int(site.every.total_seconds()),
        "rate": site.rate,
        "max_pages": site.max_pages,
        "max_depth": site.max_depth,
        "obey_robots": site.obey_robots,
        "robots_reason": site.robots_reason,
        "headers": dict(site.headers),
        "cookies": dict(site.cookies),
        "follow": list(site.follow) or None,
        "leave": list(site.leave) or None,
        "quiet_hours": list(site.quiet_hours) or None,
        "certificates_reason": site.certificates_reason,
        "proxy": site.proxy,
    }


def _fill(row: SiteRow, site: Site) -> None:
    for name, value in _columns(site).items():
        setattr(row, name, value)


def _stored(row: SiteRow) -> StoredSite:
    return StoredSite(
        site=Site(
            name=row.name,
            start_urls=tuple(row.start_urls),
            hosts=tuple(row.hosts),
            every=timedelta(seconds=row.interval_seconds),
            rate=row.rate,
            max_pages=row.max_pages,
            max_depth=row.max_depth,
            obey_robots=row.obey_robots,
            robots_reason=row.robots_reason,
            headers=row.headers,
            cookies=row.cookies,
            follow=tuple(row.follow or ()),
            leave=tuple(row.leave or ()),
            quiet_hours=tuple(row.quiet_hours or ()),
            certificates_reason=row.certificates_reason,
            proxy=row.proxy,
        ),
        site_id=row.site_id,
        added_at=row.added_at,
        changed_at=row.changed_at,
        paused_at=row.paused_at,
    )
