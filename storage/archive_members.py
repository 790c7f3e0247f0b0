"""Pictures within archives: which are sighted on a page, and which are there no longer."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from domain.address import digest
from storage.tables import ImageUrlRow, PageRow, SightingRow


def members_on(session: Session, site_id: int, page_url: str, archive: str) -> list[str]:
    """Return the addresses of an archive's pictures that are sighted on a page."""
    rows = session.execute(_sighted(site_id, page_url, archive).order_by(SightingRow.sighting_id))
    return [url for _, url in rows]


def mark_members_gone(
    session: Session,
    site_id: int,
    page_url: str,
    archive: str,
    *,
    still: Collection[str],
    now: datetime,
) -> None:
    """Record that of an archive's pictures only those at the addresses ``still`` are there."""
    rows = session.execute(_sighted(site_id, page_url, archive))
    for sighting_id in [number for number, url in rows if url not in still]:
        session.execute(
            update(SightingRow).where(SightingRow.sighting_id == sighting_id).values(gone_at=now)
        )


def _sighted(site_id: int, page_url: str, archive: str) -> Select[int, str]:
    return (
        select(SightingRow.sighting_id, ImageUrlRow.url)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .where(PageRow.site_id == site_id, PageRow.url_digest == digest(page_url))
        .where(SightingRow.gone_at.is_(None))
        .where(ImageUrlRow.url.startswith(f"{archive}#", autoescape=True))
    )
