"""Images and where they were sighted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from domain.address import digest, host_of
from domain.image import ImageReference
from domain.signal import ImageSignals
from storage import match_urgency
from storage.pages import page_id_of
from storage.tables import FrameRow, ImageRow, ImageUrlRow, PageRow, SightingRow


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What an image address gave last time: ``image_id`` is None if it was no usable picture.

    ``byte_size`` is how many bytes were read of it then, if it was one.
    """

    etag: str | None
    last_modified: str | None
    image_id: int | None
    byte_size: int | None = None


@dataclass(frozen=True, slots=True)
class SightedImage:
    """An image that is at some address, and of how many bytes which digest was made."""

    image_id: int
    sha256: str
    byte_size: int


_ADDRESSES_AT_ONCE: Final = 10_000

# Made once, with places for what differs: making one costs as much as running it, and these run for
# every image of every crawl.
_ADDRESS: Final = select(ImageUrlRow.image_url_id).where(
    ImageUrlRow.url_digest == bindparam("digest")
)
_KNOWN: Final = (
    select(ImageUrlRow.etag, ImageUrlRow.last_modified, ImageUrlRow.image_id, ImageRow.byte_size)
    .outerjoin(ImageRow, ImageRow.image_id == ImageUrlRow.image_id)
    .where(ImageUrlRow.url_digest == bindparam("digest"))
)
_NEW_ADDRESS: Final = insert(ImageUrlRow).returning(ImageUrlRow.image_url_id)
_KNOWN_ADDRESS: Final = (
    update(ImageUrlRow)
    .where(ImageUrlRow.image_url_id == bindparam("known"))
    .values(
        image_id=bindparam("shown"),
        etag=bindparam("new_etag"),
        last_modified=bindparam("new_last_modified"),
        checked_at=bindparam("now"),
    )
)
_IMAGE: Final = select(ImageRow.image_id).where(ImageRow.sha256 == bindparam("digest"))
_SIGHTED_AT: Final = (
    select(ImageRow.image_id, ImageRow.sha256, ImageRow.byte_size)
    .join(SightingRow, SightingRow.image_id == ImageRow.image_id)
    .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
    .where(ImageUrlRow.url_digest == bindparam("digest"), SightingRow.gone_at.is_(None))
    .distinct()
)
_NEW_IMAGE: Final = insert(ImageRow).returning(ImageRow.image_id)
_OF_IMAGE: Final = tuple(name for name in ImageSignals.__slots__ if name not in {"frames", "parts"})
_NEW_FRAMES: Final = insert(FrameRow)
_MISSING: Final = (
    update(ImageRow)
    .where(ImageRow.image_id == bindparam("known"), ImageRow.constellation.is_(None))
    .values(constellation=bindparam("found"))
)
_NEWER_EMBEDDING: Final = (
    update(ImageRow)
    .where(ImageRow.image_id == bindparam("known"))
    .values(embedding=bindparam("found"))
)
_MISSING_OF_FRAME: Final = (
    update(FrameRow)
    .where(FrameRow.image_id == bindparam("known"), FrameRow.place == bindparam("at"))
    .where(FrameRow.at_ms == bindparam("moment"), FrameRow.constellation.is_(None))
    .values(constellation=bindparam("found"))
)
_OTHERS_GONE: Final = (
    update(SightingRow)
    .where(SightingRow.image_url_id == bindparam("at"))
    .where(SightingRow.image_id != bindparam("shown"), SightingRow.gone_at.is_(None))
    .values(gone_at=bindparam("now"))
)
_SIGHTED: Final = select(SightingRow.sighting_id, SightingRow.last_seen).where(
    SightingRow.page_id == bindparam("page"),
    SightingRow.image_url_id == bindparam("at"),
    SightingRow.image_id == bindparam("shown"),
)
_SIGHTED_AGAIN: Final = (
    update(SightingRow)
    .where(SightingRow.sighting_id == bindparam("known"))
    .values(last_seen=bindparam("seen"), links_to=bindparam("leads"), gone_at=None)
)
_NEW_SIGHTING: Final = insert(SightingRow)


def known_address(session: Session, address: str) -> KnownAddress | None:
    """Return what is known of an image address."""
    row = session.connection().execute(_KNOWN, {"digest": digest(address)}).first()
    return None if row is None else KnownAddress(*row)


def image_with(session: Session, sha256: str) -> int | None:
    """Return the id of the image with exactly these bytes."""
    return session.connection().execute(_IMAGE, {"digest": sha256}).scalar()


def image_exists(session: Session, image_id: int) -> bool:
    """Say whether an image's row is still there: a withdrawal may have erased it."""
    return session.get(ImageRow, image_id) is not None


def sighted_at(session: Session, address: str) -> list[SightedImage]:
    """Return the images of an address that are not known to be gone."""
    rows = session.connection().execute(_SIGHTED_AT, {"digest": digest(address)})
    return [SightedImage(*row) for row in rows]


def image_id_of(session: Session, signals: ImageSignals, *, now: datetime) -> int:
    """Return the id of an image, making its row and those of its frames if its bytes are new.

    One that is known from before constellations were kept is given those that it lacks, and one
    for which there is an embedding now that one.
    """
    known = image_with(session, signals.sha256)
    if known is not None:
        _complete(session, known, signals)
        return known
    connection = session.connection()
    new = {name: getattr(signals, name) for name in _OF_IMAGE}
    image_id: int = connection.execute(_NEW_IMAGE, {**new, "first_seen": now}).scalar_one()
    if signals.frames:
        connection.execute(
            _NEW_FRAMES,
            [
                {
                    "image_id": image_id,
                    "place": place,
                    "at_ms": frame.at_ms,
                    "pdq": frame.pdq,
                    "pdq_quality": frame.pdq_quality,
                    "phash": frame.phash,
                    "constellation": frame.constellation,
                }
                for place, frame in enumerate(signals.frames)
            ],
        )
    return image_id


def _complete(session: Session, image_id: int, signals: ImageSignals) -> None:
    connection = session.connection()
    if signals.constellation is not None:
        connection.execute(_MISSING, {"known": image_id, "found": signals.constellation})
    if signals.embedding is not None:
        connection.execute(_NEWER_EMBEDDING, {"known": image_id, "found": signals.embedding})
    for place, frame in enumerate(signals.frames):
        if frame.constellation is not None:
            at = {"known": image_id, "at": place, "moment": frame.at_ms}
            connection.execute(_MISSING_OF_FRAME, {**at, "found": frame.constellation})


def sight(
    session: Session,
    site_id: int,
    reference: ImageReference,
    image_id: int,
    *,
    etag: str | None,
    last_modified: str | None,
    now: datetime,
    certain: bool = True,
    parts: Collection[int] = (),
) -> None:
    """Record that ``image_id`` is at this address on this page now.

    Sighted again, a sighting lives on, and what it links to is as it is now. Another image that
    this address showed before is gone if it is ``certain`` that this one is all that is there, and
    if it is none of ``parts``, which are the beginning of this one.
    """
    page_id = page_id_of(session, site_id, reference.page_url, now=now)
    url_id, new = _remember(
        session, reference.address, image_id, etag=etag, last_modified=last_modified, now=now
    )
    connection = session.connection()
    where = {"page": page_id, "at": url_id, "shown": image_id}
    sighted = None
    if not new:
        if certain:
            others = _OTHERS_GONE
            if parts:
                others = others.where(SightingRow.image_id.not_in(parts))
            connection.execute(others, {"at": url_id, "shown": image_id, "now": now})
        sighted = connection.execute(_SIGHTED, where).first()
    if sighted is not None:
        seen = max(now, sighted.last_seen)
        again = {"known": sighted.sighting_id, "seen": seen, "leads": reference.links_to}
        connection.execute(_SIGHTED_AGAIN, again)
        return
    connection.execute(
        _NEW_SIGHTING,
        {
            "page_id": page_id,
            "image_url_id": url_id,
            "image_id": image_id,
            "found_in": reference.found_in[:64],
            "links_to": reference.links_to,
            "first_seen": now,
            "last_seen": now,
        },
    )
    match_urgency.seen_at_a_new_place(session, image_id, site_id, now=now)


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
    url_id, _ = _remember(
        session, address, image_id, etag=etag, last_modified=last_modified, now=now
    )
    return url_id


def _remember(
    session: Session,
    address: str,
    image_id: int | None,
    *,
    etag: str | None,
    last_modified: str | None,
    now: datetime,
) -> tuple[int, bool]:
    """Return the id of an address and whether it is new."""
    connection = session.connection()
    url_digest = digest(address)
    row = connection.execute(_ADDRESS, {"digest": url_digest}).first()
    if row is None:
        new = {
            "url": address,
            "url_digest": url_digest,
            "image_id": image_id,
            "etag": etag,
            "last_modified": last_modified,
            "checked_at": now,
        }
        return connection.execute(_NEW_ADDRESS, new).scalar_one(), True
    known = {
        "known": row.image_url_id,
        "shown": image_id,
        "new_etag": etag,
        "new_last_modified": last_modified,
        "now": now,
    }
    connection.execute(_KNOWN_ADDRESS, known)
    return row.image_url_id, False


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


def hosts_of_images(session: Session, site_id: int) -> frozenset[str]:
    """Return the hosts of all images that were ever sighted on a site's pages."""
    sighted = (
        select(SightingRow.image_url_id)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .where(PageRow.site_id == site_id)
    )
    addresses = session.scalars(
        select(ImageUrlRow.url)
        .where(ImageUrlRow.image_url_id.in_(sighted))
        .where(ImageUrlRow.url.not_like("data:%"))  # within a page, and so at no host
        .execution_options(yield_per=_ADDRESSES_AT_ONCE)
    )
    return frozenset(map(host_of, addresses))
