"""Pages: what they pointed to, how to ask for them again cheaply, and when they were gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from domain.address import digest
from domain.file_address import is_member
from storage.registry import version_shared
from storage.tables import ImageUrlRow, PageRow, SightingRow

_PARAMETERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page whose every image reference ended well when it was last seen.

    ``references`` holds an image address each, where on the page it stood and, if it stood within
    a link, where that led. ``besides`` are addresses of images that stand there and are not asked
    for. ``certain`` is False where the page may well show more than the crawl was shown, and
    ``as_stored`` True where it is what an earlier crawl has written down.
    """

    url: str
    etag: str | None
    last_modified: str | None
    links: tuple[str, ...]
    references: tuple[tuple[str, str] | tuple[str, str, str], ...]
    besides: tuple[str, ...] = ()
    certain: bool = True
    as_stored: bool = field(default=False, compare=False)


def known_pages(session: Session, site_id: int, urls: Sequence[str]) -> dict[str, KnownPage]:
    """Return those of ``urls`` that can be asked for conditionally, by their address."""
    found: dict[str, KnownPage] = {}
    digests = [digest(url) for url in urls]
    for start in range(0, len(digests), _PARAMETERS_AT_ONCE):
        rows = session.scalars(
            select(PageRow)
            .where(PageRow.site_id == site_id)
            .where(PageRow.url_digest.in_(digests[start : start + _PARAMETERS_AT_ONCE]))
        )
        for row in rows:
            if row.etag or row.last_modified:
                found[row.url] = KnownPage(
                    url=row.url,
                    etag=row.etag,
                    last_modified=row.last_modified,
                    links=tuple(row.links),
                    references=tuple(map(_reference, row.image_references)),
                    as_stored=True,
                )
    return found


_SEEN_NOW: Final = timedelta(seconds=10)
"""A page that was seen so short a time ago is not written again for each of its images."""

_PAGE: Final = select(PageRow.page_id, PageRow.last_seen, PageRow.gone_at).where(
    PageRow.site_id == bindparam("site"), PageRow.url_digest == bindparam("digest")
)
_NEW_PAGE: Final = insert(PageRow).returning(PageRow.page_id)
_SEEN_AGAIN: Final = (
    update(PageRow)
    .where(PageRow.page_id == bindparam("known"))
    .values(last_seen=bindparam("now"), gone_at=None)
)


def page_id_of(session: Session, site_id: int, url: str, *, now: datetime) -> int:
    """Return the id of a page, making its row if it is new, and note that it is there."""
    connection = session.connection()
    url_digest = digest(url)
    row = connection.execute(_PAGE, {"site": site_id, "digest": url_digest}).first()
    if row is None:
        new = {
            "site_id": site_id,
            "url": url,
            "url_digest": url_digest,
            "links": [],
            "image_references": [],
            "first_seen": now,
            "last_seen": now,
        }
        return connection.execute(_NEW_PAGE, new).scalar_one()
    if row.gone_at is not None or now - row.last_seen >= _SEEN_NOW:
        connection.execute(_SEEN_AGAIN, {"known": row.page_id, "now": now})
    page_id: int = row.page_id
    return page_id


def complete(
    session: Session,
    site_id: int,
    page: KnownPage,
    *,
    settled: bool,
    now: datetime,
) -> None:
    """Close a page whose references have all ended.

    Sightings of images that the page no longer points to are gone, if it is certain that all of it
    was seen. Only then, and if ``settled``, that is if no reference is to be tried again, may the
    page be asked for conditionally next time.
    """
    # Held so that no withdrawal clears the page between this look and the commit.
    version_shared(session)
    page_id = page_id_of(session, site_id, page.url, now=now)
    row = session.get_one(PageRow, page_id, populate_existing=True)
    row.last_seen = now
    settled = settled and page.certain and _all_in_page_known(session, page)
    row.etag = page.etag if settled else None
    row.last_modified = page.last_modified if settled else None
    row.links = list(page.links)
    row.image_references = [list(reference) for reference in page.references]
    # Of a page that has not changed since, what stood there besides was not written down.
    if not page.certain or page.as_stored:
        return
    # A picture that the page has linked to as to a page is there for as long as the link is.
    still_there = {digest(reference[0]) for reference in page.references}
    still_there.update(map(digest, (*page.links, *page.besides)))
    current = session.execute(
        select(SightingRow.sighting_id, ImageUrlRow.url_digest, ImageUrlRow.url)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
        .where(SightingRow.page_id == page_id, SightingRow.gone_at.is_(None))
    ).all()
    missing = (
        sighting_id
        for sighting_id, url_digest, address in current
        if url_digest not in still_there
        # What lies in an archive is there for as long as the archive is.
        and not (is_member(address) and digest(address.partition("#")[0]) in still_there)
    )
    _mark_gone(session, missing, now)


def mark_gone(session: Session, site_id: int, url: str, *, now: datetime) -> None:
    """Record that a page answered 404 or 410: it and what was sighted on it are gone."""
    row = session.scalars(
        select(PageRow).where(PageRow.site_id == site_id, PageRow.url_digest == digest(url))
    ).first()
    if row is None:
        return
    row.gone_at = row.gone_at or now
    row.etag = row.last_modified = None
    session.execute(
        update(SightingRow)
        .where(SightingRow.page_id == row.page_id, SightingRow.gone_at.is_(None))
        .values(gone_at=now)
    )


def _reference(stored: Sequence[str]) -> tuple[str, str] | tuple[str, str, str]:
    address, place, *links_to = stored  # rows written before links were kept have two
    return (address, place, links_to[0]) if links_to else (address, place)


def _all_in_page_known(session: Session, page: KnownPage) -> bool:
    """Say whether no image within the page itself was forgotten since it was read.

    It comes up again only if the page is read in full: nobody can be asked for it.
    """
    within = (each[0] for each in page.references if each[0].startswith("data:"))
    wanted = {digest(address) for address in within}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _PARAMETERS_AT_ONCE):
        part = ordered[start : start + _PARAMETERS_AT_ONCE]
        wanted.difference_update(
            session.scalars(select(ImageUrlRow.url_digest).where(ImageUrlRow.url_digest.in_(part)))
        )
    return not wanted


def _mark_gone(session: Session, sighting_ids: Iterable[int], now: datetime) -> None:
    ids = sorted(sighting_ids)
    for start in range(0, len(ids), _PARAMETERS_AT_ONCE):
        session.execute(
            update(SightingRow)
            .where(SightingRow.sighting_id.in_(ids[start : start + _PARAMETERS_AT_ONCE]))
            .values(gone_at=now)
        )
