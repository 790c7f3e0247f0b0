"""Embeddings that are stored, of what is registered and of what was sighted, by their models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    delete,
    distinct,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.signal import MIN_PDQ_QUALITY, MODEL_BYTES, Signal, SignalType
from storage.images import settled_through
from storage.registrations import in_parts
from storage.tables import ImageRow, ImageUrlRow, RegistrationRow, SignalRow

_OF_TYPE: Final = SignalRow.type == SignalType.EMBEDDING.value


@dataclass(frozen=True, slots=True)
class EmbeddingChunk:
    """Some embeddings: of whom, and as `signals.embedding_rows` packs them."""

    ids: tuple[int, ...]
    packed: tuple[bytes, ...] = field(repr=False)


def registered_chunks(session: Session, *, rows: int = 10_000) -> Iterator[EmbeddingChunk]:
    """Yield the embedding of each registration that may flag, some at a time."""
    suspended = select(RegistrationRow.registration_id).where(
        RegistrationRow.suspended_at.is_not(None)
    )
    yield from _chunks(
        session,
        select(SignalRow.registration_id, type_coerce(SignalRow.value, LargeBinary))
        .where(_OF_TYPE, SignalRow.registration_id.not_in(suspended))
        .order_by(SignalRow.registration_id),
        rows,
    )


def sighted_chunks(
    session: Session, model: str, *, after: int, rows: int = 10_000
) -> Iterator[EmbeddingChunk]:
    """Yield the embeddings that a model made of images with ids beyond ``after``, in order."""
    last = settled_through(session)
    for first in range(after, last, rows):
        yield from _chunks(
            session,
            _sighted(model)
            .where(ImageRow.image_id > first, ImageRow.image_id <= min(first + rows, last))
            .order_by(ImageRow.image_id),
            rows,
        )


def fetched_since(
    session: Session, model: str, *, since: datetime, through: int
) -> Iterator[EmbeddingChunk]:
    """Yield those of images, with ids up to ``through``, that were fetched since a moment.

    They may have had none before.
    """
    again = session.scalars(
        select(ImageUrlRow.image_id)
        .where(ImageUrlRow.checked_at >= since, ImageUrlRow.image_id <= through)
        .distinct()
    ).all()
    for part in in_parts(sorted(each for each in again if each is not None)):
        yield from _chunks(
            session, _sighted(model).where(ImageRow.image_id.in_(part)), max(1, len(part))
        )


def registrations_by_model(session: Session) -> dict[str, int]:
    """Count registrations that are not withdrawn by the model that made their embedding."""
    return _by_model(session, SignalRow.value, _OF_TYPE)


def images_by_model(session: Session) -> dict[str, int]:
    """Count the images ever sighted by the model that made their embedding."""
    return _by_model(session, ImageRow.embedding, ImageRow.embedding.is_not(None))


def stills_without(session: Session) -> int:
    """Count registered pictures, not videos, that have a PDQ signal and no embedding."""
    held = select(SignalRow.registration_id).where(_OF_TYPE)
    pictures = (
        select(func.count(distinct(SignalRow.registration_id)))
        .join(RegistrationRow, RegistrationRow.registration_id == SignalRow.registration_id)
        .where(RegistrationRow.withdrawn_at.is_(None))
        .where(SignalRow.type == SignalType.PDQ.value, SignalRow.at_ms.is_(None))
        .where(SignalRow.quality >= MIN_PDQ_QUALITY)
        .where(SignalRow.registration_id.not_in(held))
    )
    return session.scalars(pictures).one()


def forget_older(session: Session, registration_id: int, signals: Sequence[Signal]) -> None:
    """Erase the embedding of a registration if another is among signals that it is given."""
    if any(signal.type is SignalType.EMBEDDING for signal in signals):
        session.execute(
            delete(SignalRow).where(SignalRow.registration_id == registration_id, _OF_TYPE)
        )


def _sighted(model: str) -> "Select[int, bytes]":
    held = type_coerce(ImageRow.embedding, LargeBinary)
    made_by = type_coerce(func.substr(held, 1, MODEL_BYTES), LargeBinary)
    return select(ImageRow.image_id, held).where(
        ImageRow.embedding.is_not(None), made_by == bytes.fromhex(model)
    )


def _by_model(
    session: Session,
    value: "InstrumentedAttribute[str] | InstrumentedAttribute[str | None]",
    which: ColumnElement[bool],
) -> dict[str, int]:
    made_by = func.substr(type_coerce(value, LargeBinary), 1, MODEL_BYTES)
    rows = session.execute(
        select(type_coerce(made_by, LargeBinary), func.count()).where(which).group_by(made_by)
    )
    return {bytes(model).hex(): number for model, number in rows}


def _chunks(session: Session, wanted: "Select[int, bytes]", rows: int) -> Iterator[EmbeddingChunk]:
    for part in session.execute(wanted.execution_options(yield_per=rows)).partitions():
        yield EmbeddingChunk(tuple(row[0] for row in part), tuple(bytes(row[1]) for row in part))
