"""Images and where they were sighted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.address import digest
from domain.image import ImageReference
from domain.signal import ImageSignals
from storage.pages import page_id_of
from storage.tables import ImageRow, ImageUrlRow, SightingRow


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What an image address gave last time: ``image_id`` is None if it was no usable picture."""

    etag: str | None
    last_modified: str | None
    image_id: int | None


def known_address(session: Session, address: str) -> KnownAddress | None:
    """Return what is known of an image address."""
    row = session.scalars(
        select(ImageUrlRow).where(ImageUrlRow.url_digest == digest(address))
    ).first()
    return None if row is None else KnownAddress(row.etag, row.last_modified, row.image_id)


def image_with(session: Session, sha256: str) -> int | None:
    """Return the id of the image with exactly these bytes."""
    return session.scalars(select(ImageRow.image_id).where(ImageRow.sha256 == sha256)).first()


def image_exists(session: Session, image_id: int) -> bool:
    """Say whether an image's row is still there: a withdrawal may have erased it."""
    return session.get(ImageRow, image_id) is not None


def image_id_of(session: Session, signals: ImageSignals, *, now: datetime) -> int:
    """Return the id of an image, making its row if its bytes are new."""
    image_id = image_with(session, signals.sha256)
    if image_id is None:
        row = ImageRow(
            sha256=signals.sha256,
            md5=signals.md5,
            pdq=signals.pdq,
            pdq_quality=signals.pdq_quality,
            phash=signals.phash,
            format=signals.format,
            width=signals.width,
            height=signals.height,
            byte_size=signals.byte_size,
            first_seen=now,
        )
        session.add(row)
        session.flush()
        image_id = row.image_id
    return image_id


def sight(
    session: Session,
    site_id: int,
    reference: ImageReference,
    image_id: int,
    *,
    etag: str | None,
    last_modified: str | None,
    now: datetime,
) -> None:
    """Record that ``image_id`` is at this address on this page now.

    Sighted again, a sighting lives on. Another image that this address showed before is gone.
    """
    page_id = page_id_of(session, site_id, reference.page_url, now=now)
    url_id = remember_address(
        session, reference.address, image_id, etag=etag, last_modified=last_modified, now=now
    )
    session.execute(
        update(SightingRow)
        .where(SightingRow.image_url_id == url_id, SightingRow.image_id != image_id)
        .where(SightingRow.gone_at.is_(None))
        .values(gone_at=now)
    )
    sighting = session.scalars(
        select(SightingRow).where(
            SightingRow.page_id == page_id,
            SightingRow.image_url_id == url_id,
            SightingRow.image_id == image_id,
        )
    ).first()
    if sighting is None:
        session.add(
            SightingRow(
                page_id=page_id,
                image_url_id=url_id,
                image_id=image_id,
                found_in=reference.found_in[:64],
                first_seen=now,
                last_seen=now,
            )
        )
    else:
        sighting.last_seen = max(now, sighting.last_seen)
        sighting.gone_at = None


def remember_address(
    session: Session,
    address: str,
    image_id: int | None,
    *,
    etag: str | None,
    last_modified: str | None,
    now: datetime,
) -> int:
    """Note what an image address gave, so that it can be asked for conditionally; return its id."""
    row = session.scalars(
        select(ImageUrlRow).where(ImageUrlRow.url_digest == digest(address))
    ).first()
    if row is None:
        row = ImageUrlRow(url=address, url_digest=digest(address), checked_at=now)
        session.add(row)
    row.image_id = image_id
    row.etag = etag
    row.last_modified = last_modified
    row.checked_at = now
    session.flush()
    return row.image_url_id


def mark_address_gone(session: Session, address: str, *, now: datetime) -> None:
    """Record that an image address answered 404 or 410: its sightings are gone everywhere."""
    row = session.scalars(
        select(ImageUrlRow).where(ImageUrlRow.url_digest == digest(address))
    ).first()
    if row is None:
        return
    row.etag = row.last_modified = None
    row.checked_at = now
    session.execute(
        update(SightingRow)
        .where(SightingRow.image_url_id == row.image_url_id, SightingRow.gone_at.is_(None))
        .values(gone_at=now)
    )
