"""Sites: adding, changing, pausing and removing what is watched."""

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import NotFound, Refused
from domain.sentence import sentence
from domain.site import Site
from domain.site_record import site_from, site_record
from storage.tables import PageRow, SiteRow

_READ_BY: Final = frozenset(
    {
        "hosts", "headers", "cookies", "certificates_reason", "render", "age_gate", "login",
        "image",
    }
)  # fmt: skip
"""The parts of a policy that decide what is found on a page."""


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

    Its pages are then read in full: what they were read with before is not known any more.

    Raises:
        Refused: a site of that name is watched already.
    """
    row = _row(session, site.name)
    if row is None:
        row = SiteRow(name=site.name, added_at=now, changed_at=now, **site_record(site))
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # someone else added it since the look
            raise _exists(site.name) from None
        return _stored(row)
    if row.removed_at is None:
        raise _exists(site.name)
    _fill(row, site)
    _read_anew(session, row)
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


def id_of(session: Session, name: str) -> int:
    """Return the id of a site, watched or not any more.

    Raises:
        NotFound: there never was one of that name.
    """
    row = _row(session, name)
    return _watched(session, name).site_id if row is None else row.site_id


def all_sites(session: Session) -> list[StoredSite]:
    """Return every watched site, paused ones too, by name."""
    rows = session.scalars(
        select(SiteRow).where(SiteRow.removed_at.is_(None)).order_by(SiteRow.name)
    )
    return [_stored(row) for row in rows]


def replace(session: Session, site: Site, *, now: datetime) -> StoredSite:
    """Give a watched site another policy.

    Where more or less may be found on its pages under it, they are read in full next time: one that
    has not changed would keep what was found on it under the old policy.

    Raises:
        NotFound: there is none of that name.
    """
    row = _watched(session, site.name)
    if any(getattr(row, name) != site_record(site)[name] for name in _READ_BY):
        _read_anew(session, row)
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
    """Stop watching a site; what was sighted on it stays, its headers, cookies and log-in do not.

    Raises:
        NotFound: there is none of that name.
    """
    row = _watched(session, name)
    row.removed_at = row.changed_at = now
    row.headers = {}
    row.cookies = {}
    row.login = None
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
    hint = sentence(" Did you mean %(names)s?", names=" or ".join(near)) if near else ""
    msg = sentence(
        "No site is called %(name)r.%(hint)s",
        name=name,
        hint=hint,
    ).with_command(" `vigil site list` shows them all.")
    raise NotFound(msg)


def _exists(name: str) -> Refused:
    return Refused(
        f"A site called {name} is watched already. To change it: vigil site edit {name}. "
        "To watch another one, choose another name."
    )


def _read_anew(session: Session, row: SiteRow) -> None:
    session.execute(
        update(PageRow).where(PageRow.site_id == row.site_id).values(etag=None, last_modified=None)
    )


def _fill(row: SiteRow, site: Site) -> None:
    for name, value in site_record(site).items():
        setattr(row, name, value)


def _stored(row: SiteRow) -> StoredSite:
    record = {column.key: getattr(row, column.key) for column in SiteRow.__table__.columns}
    return StoredSite(
        site=site_from(row.name, record),
        site_id=row.site_id,
        added_at=row.added_at,
        changed_at=row.changed_at,
        paused_at=row.paused_at,
    )
