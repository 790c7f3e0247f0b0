"""How many registrations and images have which type of signal, and which still wait for one."""

from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from domain.refetching import LEAST_QUALITY, NO_PLACES
from domain.signal import MIN_PDQ_QUALITY, SignalType
from storage import embeddings
from storage.tables import (
    FrameRow,
    ImageRow,
    RegistrationRow,
    SightingRow,
    SignalRow,
)


@dataclass(frozen=True, slots=True)
class TypeStatus:
    """One signal type: how many registrations that are not withdrawn, and images, have it."""

    type: SignalType
    registrations: int
    registrations_without: int
    images: int
    images_without: int


@dataclass(frozen=True, slots=True)
class Constellations:
    """How many of the images ever sighted have a constellation, and why others have none.

    ``images`` have one, themselves or in one of their frames; ``too_plain`` were looked at and have
    too few places; ``waiting`` were sighted before there were constellations and stand somewhere
    still; ``out_of_reach`` as well, and stand nowhere that is known.
    """

    images: int
    too_plain: int
    waiting: int
    out_of_reach: int
    frames: int


@dataclass(frozen=True, slots=True)
class SignalStatus:
    """All signal types, and where the newest one stands."""

    registrations: int
    images: int
    frames: int
    types: tuple[TypeStatus, ...]
    constellations: Constellations


def signal_status(session: Session) -> SignalStatus:
    """Count registrations and images by their signals; goes through all of them."""
    active = RegistrationRow.withdrawn_at.is_(None)
    registrations = session.scalars(
        select(func.count()).select_from(RegistrationRow).where(active)
    ).one()
    by_type = dict(
        session.execute(
            select(SignalRow.type, func.count(SignalRow.registration_id.distinct())).group_by(
                SignalRow.type
            )
        ).all()
    )
    images, usable = session.execute(
        select(
            func.count(), func.count().filter(ImageRow.pdq_quality >= MIN_PDQ_QUALITY)
        ).select_from(ImageRow)
    ).one()
    constellations = _constellations(session, images)
    with_it = {
        SignalType.PDQ: usable,
        SignalType.CONSTELLATION: constellations.images,
        SignalType.EMBEDDING: sum(embeddings.images_by_model(session).values()),
    }
    return SignalStatus(
        registrations=registrations,
        images=images,
        frames=session.scalars(select(func.count()).select_from(FrameRow)).one(),
        types=tuple(
            TypeStatus(
                each,
                registrations=by_type.get(each.value, 0),
                registrations_without=registrations - by_type.get(each.value, 0),
                images=with_it.get(each, images),
                images_without=images - with_it.get(each, images),
            )
            for each in SignalType
        ),
        constellations=constellations,
    )


def _constellations(session: Session, images: int) -> Constellations:
    of_frame = exists().where(
        FrameRow.image_id == ImageRow.image_id, FrameRow.constellation.is_not(None)
    )
    own = and_(ImageRow.constellation.is_not(None), ImageRow.constellation != NO_PLACES)
    stands = exists().where(
        SightingRow.image_id == ImageRow.image_id, SightingRow.gone_at.is_(None)
    )
    never_looked_at = and_(
        ImageRow.constellation.is_(None), ImageRow.pdq_quality >= LEAST_QUALITY, ~of_frame
    )
    have = (
        session.scalars(select(func.count()).select_from(ImageRow).where(own)).one()
        + session.scalars(
            # Only what moves has frames: looking for those of every still would take the most time.
            select(func.count())
            .select_from(ImageRow)
            .where(ImageRow.duration_ms.is_not(None), of_frame, ~own)
        ).one()
    )
    waiting, earlier = (
        session.scalars(select(func.count()).select_from(ImageRow).where(*which)).one()
        for which in ((never_looked_at, stands), (never_looked_at,))
    )
    return Constellations(
        images=have,
        too_plain=images - have - earlier,
        waiting=waiting,
        out_of_reach=earlier - waiting,
        frames=session.scalars(select(func.count(FrameRow.constellation))).one(),
    )
