"""Registrations: the signals of one picture, kept until they are withdrawn."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from domain.case import new_number
from domain.errors import NotFound
from domain.sentence import sentence
from domain.signal import COMPARED_BY_BITS, PictureSignals, Signal, SignalType, View
from domain.video import Showing, showing
from storage.sealed_constellations import keys_of, rows_of, signal_of
from storage.tables import (
    CaseRow,
    RegistrationRow,
    SignalRow,
)

Source = Literal["file", "signals"]
_PARAMETERS_AT_ONCE: Final = 500
_Key = TypeVar("_Key", int, str, tuple[int, int])


@dataclass(frozen=True, slots=True)
class RegistrationSummary:
    """One registration as listings show it; a withdrawn one has no signals.

    ``frames`` are those of what moves, 0 for a picture; ``duration_ms`` is how long it takes, if
    that is known. ``showing`` is None for one that is withdrawn. ``types`` are those of its
    signals, in the order of SignalType. Nothing of one that is suspended flags.
    """

    number: str
    source: str
    registered_at: datetime
    signals: int
    withdrawn_at: datetime | None
    frames: int
    showing: Showing | None
    duration_ms: int | None
    types: tuple[str, ...]
    suspended_at: datetime | None = None
    suspended_for: str | None = None


def registered(session: Session, case_id: int, picture: PictureSignals) -> RegistrationRow | None:
    """Return the registration of exactly this picture in a case."""
    return session.scalars(
        select(RegistrationRow).where(
            RegistrationRow.case_id == case_id, RegistrationRow.picture == _digest(picture)
        )
    ).first()


def add(
    session: Session,
    case_id: int,
    picture: PictureSignals,
    *,
    source: Source,
    version: int,
    now: datetime,
) -> RegistrationRow:
    """Keep a picture's signals; ``version`` is the registry's, as moved on for it."""
    row = RegistrationRow(
        number=new_number("R"),
        case_id=case_id,
        picture=_digest(picture),
        source=source,
        registered_at=now,
        format=picture.format,
        duration_ms=picture.duration_ms,
        added_version=version,
    )
    session.add(row)
    session.flush()
    session.execute(insert(SignalRow), rows_of(session, row.registration_id, picture.signals))
    return row


def picture_of(session: Session, registration_id: int) -> PictureSignals:
    """Return the signals that are held of a registration that is not withdrawn.

    Constellations that cannot be read are left out: see `storage.sealed_constellations`.
    """
    rows = session.scalars(
        select(SignalRow)
        .where(SignalRow.registration_id == registration_id)
        .order_by(SignalRow.signal_id)
    )
    of = session.get_one(RegistrationRow, registration_id)
    keys = keys_of(session)
    held = (
        signal_of(keys, registration_id, row.type, row.value, row.view, row.quality, row.at_ms)
        for row in rows
    )
    readable = tuple(signal for signal in held if signal is not None)
    return PictureSignals(readable, of.format, of.duration_ms)


def pdq_signals(session: Session, registration_ids: Collection[int]) -> dict[int, list[Signal]]:
    """Return the PDQ signals that are held of some registrations, by their id.

    One that is withdrawn is left out, and so is one without any.
    """
    held: dict[int, list[Signal]] = {}
    for part in in_parts(sorted(registration_ids)):
        wanted = select(SignalRow).where(
            SignalRow.registration_id.in_(part), SignalRow.type == SignalType.PDQ.value
        )
        for row in session.scalars(wanted.order_by(SignalRow.signal_id)):
            held.setdefault(row.registration_id, []).append(_signal(row))
    return held


def list_registrations(session: Session, case_number: str) -> list[RegistrationSummary]:
    """Return a case's registrations in the order in which they came."""
    held, frames = (
        select(number)
        .select_from(SignalRow)
        .where(SignalRow.registration_id == RegistrationRow.registration_id)
        .scalar_subquery()
        for number in (func.count(), func.count(SignalRow.at_ms.distinct()))
    )
    rows = session.execute(
        select(RegistrationRow, held, frames)
        .join(CaseRow, CaseRow.case_id == RegistrationRow.case_id)
        .where(CaseRow.number == case_number)
        .order_by(RegistrationRow.registration_id)
    )
    types = _types(session, case_number)
    return [
        RegistrationSummary(
            number=row.number,
            source=row.source,
            registered_at=row.registered_at,
            signals=signals,
            withdrawn_at=row.withdrawn_at,
            frames=of_video,
            showing=(
                None
                if row.withdrawn_at is not None
                else showing(frames=of_video, file_format=row.format)
            ),
            duration_ms=row.duration_ms,
            types=types.get(row.registration_id, ()),
            suspended_at=row.suspended_at,
            suspended_for=row.suspended_for,
        )
        for row, signals, of_video in rows
    ]


def _types(session: Session, case_number: str) -> dict[int, tuple[str, ...]]:
    """Return of which types the signals of a case's registrations are."""
    rows = session.execute(
        select(SignalRow.registration_id, SignalRow.type)
        .distinct()
        .join(RegistrationRow, RegistrationRow.registration_id == SignalRow.registration_id)
        .join(CaseRow, CaseRow.case_id == RegistrationRow.case_id)
        .where(CaseRow.number == case_number)
    )
    held: dict[int, set[str]] = {}
    for registration_id, signal_type in rows:
        held.setdefault(registration_id, set()).add(signal_type)
    return {
        registration_id: tuple(each.value for each in SignalType if each.value in found)
        for registration_id, found in held.items()
    }


def registration_row(session: Session, number: str) -> RegistrationRow:
    """Return the row of a registration, to be changed.

    Raises:
        NotFound: there is none of that number.
    """
    row = session.scalars(select(RegistrationRow).where(RegistrationRow.number == number)).first()
    if row is None:
        msg = sentence(
            "There is no registration %(number)s.",
            number=number,
        ).with_command(" `vigil case show CASE` lists a case's.")
        raise NotFound(msg)
    return row


def active_in(session: Session, case_id: int) -> list[RegistrationRow]:
    """Return a case's registrations that are not withdrawn."""
    return list(
        session.scalars(
            select(RegistrationRow)
            .where(RegistrationRow.case_id == case_id, RegistrationRow.withdrawn_at.is_(None))
            .order_by(RegistrationRow.registration_id)
        )
    )


def in_parts(ids: Iterable[_Key]) -> Iterator[list[_Key]]:
    """Yield ids, pairs of them, or digests, in parts that a statement takes as parameters."""
    # A case from a signals file may hold more pictures than SQLite takes parameters.
    left = list(ids)
    for start in range(0, len(left), _PARAMETERS_AT_ONCE):
        yield left[start : start + _PARAMETERS_AT_ONCE]


def _digest(picture: PictureSignals) -> str:
    # Of the signals that every version computes alike: pictures that were registered before there
    # were constellations stay known, and so they will when these are computed in another way.
    lines = sorted(
        f"{s.type.value} {s.view.value} {s.value}" + (f" {s.at_ms}" if s.at_ms is not None else "")
        for s in picture.signals
        if s.type in COMPARED_BY_BITS
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _signal(row: SignalRow) -> Signal:
    return Signal(SignalType(row.type), row.value, View(row.view), row.quality, row.at_ms)
