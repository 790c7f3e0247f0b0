"""How urgent matches are, written when they change, so that the queue is only read in order.

Whoever decides about a match holds its row. A crawl does not wait for her: it leaves the figures of
that one as they are, for a match that is being decided needs no place in a queue.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.evidence import combined
from domain.laid import Laid
from domain.urgency import urgency
from storage.review_tables import MatchSiteRow
from storage.tables import EvidenceRow, MatchRow, PageRow, RegistrationRow, SightingRow

# Made once: the first runs for every new sighting of every crawl, and mostly finds nothing.
_OF_IMAGE: Final = (
    select(MatchRow.match_id)
    .where(MatchRow.image_id == bindparam("shown"))
    .order_by(MatchRow.match_id)
)
_FIGURES: Final = (
    select(MatchRow.match_id, MatchRow.strength, MatchRow.places, MatchRow.urgency)
    .where(MatchRow.image_id == bindparam("shown"))
    .with_for_update(skip_locked=True, key_share=True)
)
_NEW_FIGURES: Final = (
    update(MatchRow)
    .where(MatchRow.match_id == bindparam("of"))
    .values(
        strength=bindparam("new_strength"),
        places=bindparam("new_places"),
        urgency=bindparam("new_urgency"),
    )
)


@dataclass(frozen=True, slots=True)
class _Agreeing:
    """One row of evidence as `domain.evidence` takes it."""

    signal: str
    view: str
    distance: int
    registration: str
    strength: float | None
    laid: Laid | None


def seen_at_a_new_place(session: Session, image_id: int, site_id: int, *, now: datetime) -> None:
    """Move the matches of an image up: it was just sighted where it was not sighted before."""
    connection = session.connection()
    known = connection.execute(_OF_IMAGE, {"shown": image_id}).scalars().all()
    if not known:
        return
    _note_sites(connection, [(site_id, match_id) for match_id in known])
    for row in connection.execute(_FIGURES, {"shown": image_id}).all():
        places = row.places + 1
        now_urgent = urgency(newest_place=now, places=places, strength=row.strength)
        _write(connection, row.match_id, row.strength, places, max(row.urgency, now_urgent))


def place(session: Session, match_id: int) -> None:
    """Note where the image of a new match was sighted so far."""
    connection = session.connection()
    found = connection.execute(
        select(PageRow.site_id)
        .join(SightingRow, SightingRow.page_id == PageRow.page_id)
        .join(MatchRow, MatchRow.image_id == SightingRow.image_id)
        .where(MatchRow.match_id == match_id)
        .distinct()
    ).scalars()
    _note_sites(connection, [(site_id, match_id) for site_id in found])


def weigh(session: Session, match_id: int) -> None:
    """Work out anew how strong the evidence of a match is, and with it how urgent the match is."""
    connection = session.connection()
    row = connection.execute(
        select(MatchRow.image_id, MatchRow.flagged_at)
        .where(MatchRow.match_id == match_id)
        .with_for_update(skip_locked=True, key_share=True)
    ).first()
    if row is None:
        return
    places, newest = connection.execute(
        select(
            func.count(), func.max(SightingRow.first_seen, type_=SightingRow.first_seen.type)
        ).where(SightingRow.image_id == row.image_id)
    ).one()
    together = combined(
        _Agreeing(*each)
        for each in connection.execute(
            select(
                EvidenceRow.type,
                EvidenceRow.view,
                EvidenceRow.distance,
                RegistrationRow.number,
                EvidenceRow.strength,
                EvidenceRow.laid,
            )
            .join(RegistrationRow, RegistrationRow.registration_id == EvidenceRow.registration_id)
            .where(EvidenceRow.match_id == match_id)
        )
    )
    strength = 0.0 if together is None else together.figure
    urgent = urgency(newest_place=newest or row.flagged_at, places=places, strength=strength)
    _write(connection, match_id, strength, places, urgent)


def _note_sites(connection: Connection, pairs: list[tuple[int, int]]) -> None:
    if not pairs:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        make(MatchSiteRow).on_conflict_do_nothing(),
        [{"site_id": site_id, "match_id": match_id} for site_id, match_id in pairs],
    )


def _write(
    connection: Connection, match_id: int, strength: float, places: int, urgent: float
) -> None:
    connection.execute(
        _NEW_FIGURES,
        {
            "of": match_id,
            "new_strength": strength,
            "new_places": places,
            "new_urgency": urgent,
        },
    )
