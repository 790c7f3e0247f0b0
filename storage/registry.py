"""The registry's version, and what changed since one: how a crawl keeps up with registrations.

See ``RegistryRow``: an image is recorded only at the version that it was matched against, and a
registration takes the version alone before it searches, so the two always meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from domain.signal import HEX_DIGITS, MIN_PDQ_QUALITY, Signal, SignalType, View
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
    """What to add and remove to come from an older version to ``version``."""

    version: int
    added: list[tuple[int, Signal]]
    withdrawn: list[int]


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
    the latest. Two registries that went different ways from one backup differ in it.
    """

    active: int
    ids: int
    latest: str | None


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

    To be called first in a transaction that registers or withdraws.
    """
    return session.execute(
        update(RegistryRow)
        .where(RegistryRow.registry_id == _ONLY_ROW)
        .values(version=RegistryRow.version + 1)
        .returning(RegistryRow.version)
    ).scalar_one()


def changes_since(session: Session, version: int) -> RegistryChanges:
    """Return what was registered and withdrawn after ``version``; everything for version 0."""
    now_at = current_version(session)
    # The few registrations first: asked for both at once, a database may go through every signal.
    new = session.scalars(
        select(RegistrationRow.registration_id)
        .where(RegistrationRow.withdrawn_at.is_(None), RegistrationRow.added_version > version)
        .order_by(RegistrationRow.registration_id)
    ).all()
    added: list[tuple[int, Signal]] = []
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
        added += [
            (registration_id, Signal(SignalType(kind), value, View(view), quality, at_ms))
            for registration_id, kind, value, view, quality, at_ms in rows
        ]
    withdrawn = session.scalars(
        select(RegistrationRow.registration_id)
        .where(RegistrationRow.withdrawn_version > version)
        .order_by(RegistrationRow.registration_id)
    ).all()
    return RegistryChanges(now_at, added, list(withdrawn))


def current_version(session: Session) -> int:
    """Return the version as this transaction sees it."""
    return session.scalars(select(RegistryRow.version)).one()


def signal_count(session: Session) -> int:
    """Return how many signals are registered."""
    return session.scalars(select(func.count()).select_from(SignalRow)).one()


def last_withdrawal(session: Session) -> int:
    """Return the version at which something was last withdrawn, 0 for never."""
    return session.scalars(select(func.max(RegistrationRow.withdrawn_version))).one() or 0


def standing(session: Session, version: int) -> Standing:
    """Return what the registry held at a version."""
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
    return Standing(int(active), int(ids), latest)


def signal_chunks(
    session: Session, signal_type: SignalType, *, rows: int = 50_000
) -> Iterator[SignalChunk]:
    """Yield every registered signal of a type that may match, some at a time.

    ``signal_type`` is one of those that are compared by bits.
    """
    # The bytes are wanted as they are: turning each into digits and back would cost the most.
    value = type_coerce(SignalRow.value, LargeBinary)
    wanted = select(SignalRow.registration_id, value, SignalRow.view).where(
        SignalRow.type == signal_type.value
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
