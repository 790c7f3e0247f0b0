"""The registry's version, and what changed since one: how a crawl keeps up with registrations.

A registration that is suspended is none, as long as that lasts: it counts as taken out.

See ``RegistryRow``: an image is recorded only at the version that it was matched against, and a
registration takes the version alone before it searches, so the two always meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from domain.signal import HEX_DIGITS, MIN_PDQ_QUALITY, Signal, SignalType, View
from storage.case_tables import ErasedRegistrationRow
from storage.constellation_chunk import ConstellationChunk
from storage.sealed_constellations import Place, keys_of, opened, signal_of
from storage.tables import RegistrationRow, RegistryRow, SignalRow

_ONLY_ROW: Final = 1
_PARAMETERS_AT_ONCE: Final = 500

_VERSION_SHARED: Final = (
    select(RegistryRow.version)
    .where(RegistryRow.registry_id == _ONLY_ROW)
    .with_for_update(read=True)
)


@dataclass(frozen=True, slots=True)
class RegistryChanges:
    """What to remove, and then to add, to come from an older version to ``version``.

    ``withdrawn`` are all that are to be removed: also those that were suspended since, those whose
    case was erased, and those that were resumed, which stand in ``added`` as well.
    ``unreadable`` is how many constellations were left out, for want of the key they were
    encrypted with or since they are damaged.
    """

    version: int
    added: list[tuple[int, Signal]]
    withdrawn: list[int]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class SignalChunk:
    """Some registered signals of one type: packed bits (n, bytes), registrations (n,), views (n,).

    ``views`` are places in the order of `domain.signal.View`. PDQ signals too plain to match are
    left out.
    """

    codes: NDArray[np.uint8]
    registrations: NDArray[np.int64]
    views: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a registry held at one version, short enough to compare.

    How many registrations were active, the sum of their ids, and the number, drawn at random, of
    the latest; and of those that were suspended, how many, and the sum of their ids. Two registries
    that went different ways from one backup differ in it.
    """

    active: int
    ids: int
    latest: str | None
    suspended: int = 0
    suspended_ids: int = 0


def version_shared(session: Session) -> int:
    """Return the version and keep it from moving until the transaction ends."""
    return session.connection().execute(_VERSION_SHARED).scalar_one()


def hold(session: Session) -> None:
    """Take the registry alone until the transaction ends, without moving its version."""
    session.scalars(
        select(RegistryRow.version).where(RegistryRow.registry_id == _ONLY_ROW).with_for_update()
    ).one()


def bump(session: Session) -> int:
    """Take the registry alone, move its version on, and return the new one.

    To be called first in a transaction that registers or withdraws, suspends or resumes.
    """
    version = session.execute(
        update(RegistryRow)
        .where(RegistryRow.registry_id == _ONLY_ROW)
        .values(version=RegistryRow.version + 1)
        .returning(RegistryRow.version)
    ).scalar_one()
    session.execute(
        update(RegistrationRow)
        .where(_suspended_lately())
        .values(suspension_version=version)
        .execution_options(synchronize_session=False)
    )
    return version


def bump_if_free(session: Session) -> int | None:
    """Move the version on as `bump` does, if nobody else holds the registry; None if not.

    For whoever records, and so holds it shared: two of these that waited for each other to take it
    alone would wait for ever.
    """
    free = session.scalars(
        select(RegistryRow.version)
        .where(RegistryRow.registry_id == _ONLY_ROW)
        .with_for_update(skip_locked=True)
    ).first()
    return None if free is None else bump(session)


def _suspended_lately() -> ColumnElement[bool]:
    """Those that were suspended by whoever recorded, and could not move the version on."""
    return and_(
        RegistrationRow.suspended_at.is_not(None), RegistrationRow.suspension_version.is_(None)
    )


def changes_since(session: Session, version: int) -> RegistryChanges:
    """Return what was registered and taken out after ``version``; everything for version 0."""
    now_at = current_version(session)
    # The few registrations first: asked for both at once, a database may go through every signal.
    new = session.scalars(
        select(RegistrationRow.registration_id)
        .where(RegistrationRow.withdrawn_at.is_(None), RegistrationRow.suspended_at.is_(None))
        .where(
            or_(
                RegistrationRow.added_version > version,
                RegistrationRow.suspension_version > version,
            )
        )
        .order_by(RegistrationRow.registration_id)
    ).all()
    added: list[tuple[int, Signal]] = []
    keys, unreadable = keys_of(session), 0
    for start in range(0, len(new), _PARAMETERS_AT_ONCE):
        rows = session.execute(
            select(
                SignalRow.registration_id,
                SignalRow.type,
                SignalRow.value,
                SignalRow.view,
                SignalRow.quality,
                SignalRow.at_ms,
            )
            .where(SignalRow.registration_id.in_(new[start : start + _PARAMETERS_AT_ONCE]))
            .order_by(SignalRow.registration_id, SignalRow.signal_id)
        )
        for row in rows:
            signal = signal_of(keys, *row)
            if signal is None:
                unreadable += 1
            else:
                added.append((row.registration_id, signal))
    withdrawn = session.scalars(
        select(RegistrationRow.registration_id)
        .where(
            or_(
                RegistrationRow.withdrawn_version > version,
                RegistrationRow.suspension_version > version,
            )
        )
        .order_by(RegistrationRow.registration_id)
    ).all()
    # On SQLite a registration may have the id of one that was erased. It is not lost by that:
    # whoever follows removes first, and then adds.
    erased = session.scalars(
        select(ErasedRegistrationRow.registration_id)
        .where(ErasedRegistrationRow.withdrawn_version > version)
        .order_by(ErasedRegistrationRow.sequence)
    ).all()
    return RegistryChanges(now_at, added, [*erased, *withdrawn], unreadable)


def current_version(session: Session) -> int:
    """Return the version as this transaction sees it."""
    return session.scalars(select(RegistryRow.version)).one()


def signal_count(session: Session) -> int:
    """Return how many signals are registered."""
    return session.scalars(select(func.count()).select_from(SignalRow)).one()


def constellation_count(session: Session) -> int:
    """Return how many constellations are registered, those of suspended registrations included."""
    counted = select(func.count()).where(SignalRow.type == SignalType.CONSTELLATION.value)
    return session.scalars(counted).one()


def last_withdrawal(session: Session) -> int:
    """Return the version at which something was last withdrawn, 0 for never."""
    latest = (
        session.scalars(select(func.max(column))).one()
        for column in (RegistrationRow.withdrawn_version, ErasedRegistrationRow.withdrawn_version)
    )
    return max(version or 0 for version in latest)


def standing(session: Session, version: int) -> Standing:
    """Return what the registry held at a version.

    What was suspended or resumed since cannot be told; whoever asks is told of it as a change.
    """
    there = (
        RegistrationRow.added_version <= version,
        or_(
            RegistrationRow.withdrawn_version.is_(None),
            RegistrationRow.withdrawn_version > version,
        ),
    )
    active, ids = session.execute(
        select(func.count(), func.coalesce(func.sum(RegistrationRow.registration_id), 0)).where(
            *there
        )
    ).one()
    latest = session.scalars(
        select(RegistrationRow.number)
        .where(RegistrationRow.added_version <= version)
        .order_by(RegistrationRow.added_version.desc(), RegistrationRow.registration_id.desc())
        .limit(1)
    ).first()
    suspended, suspended_ids = session.execute(
        select(func.count(), func.coalesce(func.sum(RegistrationRow.registration_id), 0)).where(
            *there,
            RegistrationRow.suspended_at.is_not(None),
            RegistrationRow.suspension_version <= version,
        )
    ).one()
    return Standing(int(active), int(ids), latest, int(suspended), int(suspended_ids))


def signal_chunks(
    session: Session, signal_type: SignalType, *, rows: int = 50_000
) -> Iterator[SignalChunk]:
    """Yield every registered signal of a type that may match, some at a time.

    ``signal_type`` is one of those that are compared by bits.
    """
    # The bytes are wanted as they are: turning each into digits and back would cost the most.
    value = type_coerce(SignalRow.value, LargeBinary)
    wanted = select(SignalRow.registration_id, value, SignalRow.view).where(
        SignalRow.type == signal_type.value, SignalRow.registration_id.not_in(_suspended())
    )
    if signal_type is SignalType.PDQ:
        wanted = wanted.where(
            or_(SignalRow.quality.is_(None), SignalRow.quality >= MIN_PDQ_QUALITY)
        )
    places = {view.value: place for place, view in enumerate(View)}
    for part in session.execute(wanted.execution_options(yield_per=rows)).partitions():
        packed = b"".join(bytes(row[1]) for row in part)
        yield SignalChunk(
            codes=np.frombuffer(packed, np.uint8).reshape(-1, HEX_DIGITS[signal_type] // 2),
            registrations=np.fromiter((row[0] for row in part), np.int64, len(part)),
            views=np.fromiter((places[row[2]] for row in part), np.uint8, len(part)),
        )


def constellation_chunks(session: Session, *, rows: int = 10_000) -> Iterator[ConstellationChunk]:
    """Yield every registered constellation, by registration and moment, some at a time.

    Those that cannot be read are left out, and counted.
    """
    keys = keys_of(session)
    value = type_coerce(SignalRow.value, LargeBinary)
    wanted = (
        select(SignalRow.registration_id, SignalRow.view, SignalRow.at_ms, value)
        .where(SignalRow.type == SignalType.CONSTELLATION.value)
        .where(SignalRow.registration_id.not_in(_suspended()))
        .order_by(SignalRow.registration_id, SignalRow.at_ms)
    )
    for part in session.execute(wanted.execution_options(yield_per=rows)).partitions():
        places = [Place(*row[:3]) for row in part]
        packed = [
            opened(keys, place, bytes(row[3])) for place, row in zip(places, part, strict=True)
        ]
        read = [
            (place, each) for place, each in zip(places, packed, strict=True) if each is not None
        ]
        yield ConstellationChunk(
            ids=np.fromiter((place.registration_id for place, _ in read), np.int64, len(read)),
            at_ms=tuple(place.at_ms for place, _ in read),
            packed=tuple(each for _, each in read),
            unreadable=len(part) - len(read),
        )


def _suspended() -> Select[int]:
    return select(RegistrationRow.registration_id).where(RegistrationRow.suspended_at.is_not(None))
