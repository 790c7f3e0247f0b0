"""Muted places: what of a registered picture recurs in images of something else (`domain.muting`).

Remembered are a few images for each picture, none of which is a copy of another, or else a repost
that spreads would count many times. Each shows some of its places, and either was not flagged for
it, or was and is rejected by a person. What a person has confirmed, or has not decided yet, says
nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.errors import InvalidInput, Refused
from domain.muting import LEAST_IMAGES, Muted, SeenPlaces, muted
from domain.review import MatchState
from domain.sentence import sentence
from domain.signal import MATCH_DISTANCE
from storage import audit, registry
from storage.registrations import in_parts, registration_row
from storage.tables import ImageRow, MatchRow, RegistrationRow, SeenPlacesRow

MOST_REMEMBERED: Final = 16
"""Images for each picture: so many that were flagged for it, and so many that were not."""


@dataclass(frozen=True, slots=True)
class MutedPicture:
    """A registered picture with muted places; ``at_ms`` is its moment in a registered video."""

    at_ms: int | None
    muted: Muted


def remember(session: Session, image_id: int, seen: Iterable[SeenPlaces], *, now: datetime) -> None:
    """Remember what is seen in an image of registered pictures, as far as there is room for it.

    For a transaction that holds the registry. What is known already of the image is made new.
    """
    rows = {(each.registration_id, each.at_ms): each for each in seen}
    if not rows:
        return
    _forget_known(session, image_id, {registration_id for registration_id, _ in rows})
    pdq = session.scalars(select(ImageRow.pdq).where(ImageRow.image_id == image_id)).first()
    remembered = set(
        session.scalars(
            select(RegistrationRow.registration_id)
            .where(RegistrationRow.registration_id.in_({each for each, _ in rows}))
            .where(RegistrationRow.withdrawn_at.is_(None), RegistrationRow.unmuted_at.is_(None))
        )
    )
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for each in rows.values():
        if pdq is None or each.registration_id not in remembered:
            continue
        if not _has_room(session, each, pdq):
            continue
        # Another crawl may have remembered the same image at this moment.
        session.execute(
            make(SeenPlacesRow)
            .values(
                registration_id=each.registration_id,
                image_id=image_id,
                at_ms=each.at_ms,
                places=each.places,
                of_places=each.of,
                flagged=each.flagged,
                seen_at=now,
            )
            .on_conflict_do_nothing()
        )


def all_muted(session: Session) -> dict[tuple[int, int | None], Muted]:
    """Return what is muted of each registered picture, by registration and moment."""
    enough = (
        select(SeenPlacesRow.registration_id)
        .group_by(SeenPlacesRow.registration_id)
        .having(func.count() >= LEAST_IMAGES)
    )
    return _muted_where(session, SeenPlacesRow.registration_id.in_(enough))


def of_registration(session: Session, number: str) -> list[MutedPicture]:
    """Return the pictures of a registration of which places are muted, by their moments.

    Raises:
        NotFound: there is no such registration.
    """
    row = registration_row(session, number)
    found = _muted_where(session, SeenPlacesRow.registration_id == row.registration_id)
    pictures = [MutedPicture(at_ms, muted_now) for (_, at_ms), muted_now in found.items()]
    return sorted(pictures, key=lambda each: -1 if each.at_ms is None else each.at_ms)


def counted(session: Session, registration_ids: Collection[int]) -> dict[int, int]:
    """Return how many places of some registrations are muted; one without any is left out."""
    counts: dict[int, int] = {}
    for part in in_parts(registration_ids):
        found = _muted_where(session, SeenPlacesRow.registration_id.in_(part))
        for (registration_id, _), muted_now in found.items():
            counts[registration_id] = counts.get(registration_id, 0) + muted_now.count
    return counts


def unmute(session: Session, number: str, *, reason: str, actor: str, now: datetime) -> int:
    """Have every place of a registration count again, from the next crawls on and for good.

    Returns:
        How many were muted.

    Raises:
        NotFound: there is no such registration.
        InvalidInput: no reason is given.
        Refused: it is withdrawn, or none of its places is muted.
    """
    if not reason.strip():
        msg = sentence(
            "Unmuting places needs a reason; it is recorded.",
        ).with_command(" Give one with --reason.")
        raise InvalidInput(msg)
    registry.hold(session)  # or a crawl might remember something at this moment
    row = registration_row(session, number)
    pictures = of_registration(session, number)
    if row.withdrawn_at is not None or not pictures:
        msg = sentence(
            "No place of %(number)s is muted, so there is nothing to take back.",
            number=number,
        )
        raise Refused(msg)
    places = sum(each.muted.count for each in pictures)
    forget(session, registration_ids=[row.registration_id])
    row.unmuted_at = now
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action="places unmuted",
        subject=number,
        reason=reason.strip(),
        details={"places": places},
    )
    return places


def forget(
    session: Session,
    *,
    registration_ids: Collection[int] = (),
    image_ids: Collection[int] = (),
) -> None:
    """Erase what is remembered of registrations, and of images."""
    for part in in_parts(registration_ids):
        session.execute(delete(SeenPlacesRow).where(SeenPlacesRow.registration_id.in_(part)))
    for part in in_parts(image_ids):
        session.execute(delete(SeenPlacesRow).where(SeenPlacesRow.image_id.in_(part)))


def _muted_where(
    session: Session, wanted: ColumnElement[bool]
) -> dict[tuple[int, int | None], Muted]:
    rows = session.execute(
        select(
            SeenPlacesRow.registration_id,
            SeenPlacesRow.at_ms,
            SeenPlacesRow.places,
            SeenPlacesRow.of_places,
            MatchRow.state,
        )
        .join(RegistrationRow, RegistrationRow.registration_id == SeenPlacesRow.registration_id)
        .outerjoin(MatchRow, _of_their_case())
        .where(wanted)
        .where(
            or_(
                MatchRow.state == MatchState.REJECTED.value,
                and_(MatchRow.match_id.is_(None), SeenPlacesRow.flagged.is_(False)),
            )
        )
        .order_by(SeenPlacesRow.seen_places_id)
    )
    unrelated: defaultdict[tuple[int, int | None], list[int]] = defaultdict(list)
    rejected: defaultdict[tuple[int, int | None], list[int]] = defaultdict(list)
    counts: dict[tuple[int, int | None], int] = {}
    for registration_id, at_ms, places, count, state in rows:
        shown = registration_id, at_ms
        counts[shown] = count
        (unrelated if state is None else rejected)[shown].append(places)
    found = {
        shown: muted(unrelated[shown], rejected[shown], of=count) for shown, count in counts.items()
    }
    return {shown: each for shown, each in found.items() if each.places}


def _forget_known(session: Session, image_id: int, registration_ids: Collection[int]) -> None:
    session.execute(
        delete(SeenPlacesRow)
        .where(SeenPlacesRow.image_id == image_id)
        .where(SeenPlacesRow.registration_id.in_(registration_ids))
    )


def _has_room(session: Session, seen: SeenPlaces, pdq: str) -> bool:
    """Say whether an image may be remembered besides those that are; make room where there is none.

    What a person confirmed shows the picture and mutes nothing. It gives way to what may, or a
    picture that is posted often would have no room for what is rejected.
    """
    same_moment = (
        SeenPlacesRow.at_ms.is_(None) if seen.at_ms is None else SeenPlacesRow.at_ms == seen.at_ms
    )
    known = session.execute(
        select(SeenPlacesRow.seen_places_id, ImageRow.pdq, MatchRow.state)
        .join(ImageRow, SeenPlacesRow.image_id == ImageRow.image_id)
        .join(RegistrationRow, RegistrationRow.registration_id == SeenPlacesRow.registration_id)
        .outerjoin(MatchRow, _of_their_case())
        .where(SeenPlacesRow.registration_id == seen.registration_id, same_moment)
        .where(SeenPlacesRow.flagged.is_(seen.flagged))
        .order_by(SeenPlacesRow.seen_places_id)
    ).all()
    shown = int(pdq, 16)
    others = [each for each in known if each.state != MatchState.CONFIRMED.value]
    if any((shown ^ int(each.pdq, 16)).bit_count() <= MATCH_DISTANCE for each in others):
        return False
    if len(known) < MOST_REMEMBERED:
        return True
    confirmed = [each for each in known if each.state == MatchState.CONFIRMED.value]
    if not confirmed:
        return False
    oldest = confirmed[0].seen_places_id
    session.execute(delete(SeenPlacesRow).where(SeenPlacesRow.seen_places_id == oldest))
    return True


def _of_their_case() -> ColumnElement[bool]:
    return and_(
        MatchRow.image_id == SeenPlacesRow.image_id, MatchRow.case_id == RegistrationRow.case_id
    )
