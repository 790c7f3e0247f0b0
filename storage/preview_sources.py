"""Where the image of a match may be fetched from anew, and what is known of it to compare with."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.preview import Known
from domain.signal import SignalType
from domain.site import Site
from domain.site_record import site_from
from storage.matches import match_row
from storage.tables import (
    EvidenceRow,
    FrameRow,
    ImageRow,
    ImageUrlRow,
    PageRow,
    SightingRow,
    SiteRow,
)

_LOOKED_THROUGH: Final = 50
"""Sightings among which different addresses are looked for: one may stand on many pages."""


@dataclass(frozen=True, slots=True)
class Source:
    """One place that the image was seen at, with the policy of its site.

    ``url`` may name a file within an archive, or stand for an image that lay in its page.
    """

    url: str = field(repr=False)
    page_url: str = field(repr=False)
    site: Site


@dataclass(frozen=True, slots=True)
class Previewed:
    """A matched image as its preview needs it.

    What moves has a length, and ``at_ms``, the moment at which it matches best; a still picture has
    neither.
    """

    match_id: int
    image_id: int
    known: Known
    duration_ms: int | None
    at_ms: int | None
    sources: tuple[Source, ...]


def image_of(session: Session, number: str) -> int:
    """Return the id of a match's image.

    Raises:
        NotFound: there is no such match.
    """
    return match_row(session, number).image_id


def was_sighted(session: Session, image_id: int) -> bool:
    """Say whether there is any place that an image may be fetched from."""
    wanted = select(SightingRow.sighting_id).where(SightingRow.image_id == image_id).limit(1)
    return session.scalars(wanted).first() is not None


def previewed(session: Session, number: str, *, most: int) -> Previewed:
    """Return what the preview of a match needs.

    Raises:
        NotFound: there is no such match.
    """
    match = match_row(session, number)
    image = session.get_one(ImageRow, match.image_id)
    frames = session.execute(
        select(FrameRow.pdq, FrameRow.pdq_quality).where(FrameRow.image_id == image.image_id)
    ).all()
    pdq = [(image.pdq, image.pdq_quality), *((value, quality) for value, quality in frames)]
    return Previewed(
        match_id=match.match_id,
        image_id=image.image_id,
        known=Known(image.sha256, tuple(dict.fromkeys(pdq))),
        duration_ms=image.duration_ms,
        at_ms=(None if image.duration_ms is None else _moment(session, match.match_id)),
        sources=tuple(_sources(session, image.image_id, most)),
    )


def _moment(session: Session, match_id: int) -> int:
    """Return the moment at which a match is nearest, by what tells most of it."""
    moments = session.execute(
        select(EvidenceRow.type, EvidenceRow.at_ms)
        .where(EvidenceRow.match_id == match_id, EvidenceRow.at_ms.is_not(None))
        .order_by(EvidenceRow.distance, EvidenceRow.evidence_id)
    ).all()
    of_pdq = [at for kind, at in moments if kind == SignalType.PDQ.value]
    return next((at for at in (*of_pdq, *(at for _, at in moments)) if at is not None), 0)


def _sources(session: Session, image_id: int, most: int) -> list[Source]:
    """Return where an image is and then where it was, what was seen last first."""
    # Chosen before anything is joined to them: an image may have been sighted 40,000 times.
    order = (
        SightingRow.gone_at.is_not(None),
        SightingRow.last_seen.desc(),
        SightingRow.sighting_id.desc(),
    )
    chosen = (
        select(SightingRow.sighting_id)
        .where(SightingRow.image_id == image_id)
        .order_by(*order)
        .limit(_LOOKED_THROUGH)
        .subquery()
    )
    rows = session.execute(
        select(ImageUrlRow.url, PageRow.url, SiteRow)
        .select_from(SightingRow)
        .join(chosen, chosen.c.sighting_id == SightingRow.sighting_id)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .join(SiteRow, SiteRow.site_id == PageRow.site_id)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
        .order_by(*order)
    )
    found: dict[str, Source] = {}
    for url, page_url, row in rows:
        if url not in found and len(found) < most:
            record = {name: getattr(row, name) for name in row.__mapper__.columns.keys()}  # noqa: SIM118
            found[url] = Source(url, page_url, site_from(row.name, record))
    return list(found.values())
