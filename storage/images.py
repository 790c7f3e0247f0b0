"""Images ever sighted: what a new registration is compared with."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    LargeBinary,
    cast,
    func,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from domain.signal import MIN_PDQ_QUALITY, FrameSignals, ImageSignals
from storage.constellation_chunk import ConstellationChunk
from storage.tables import ForgottenImageRow, FrameRow, ImageRow, PageRow, SightingRow

_PARAMETERS_AT_ONCE = 500

_SIGNALS: Final = (
    (ImageRow.image_id, ImageRow.pdq, ImageRow.pdq_quality),
    (FrameRow.image_id, FrameRow.pdq, FrameRow.pdq_quality),
)
"""Where the PDQ signals of images stand: their own, and those of their frames."""


@dataclass(frozen=True, slots=True)
class PdqChunk:
    """PDQ signals that are good enough to match, of some images: ids (n,), packed bits (n, 32).

    What moves has a row for each of its frames besides, all of one id.
    """

    ids: NDArray[np.int64]
    pdq: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Places:
    """Where images stand: places still there and gone, and on how many sites those still are."""

    still_there: int
    gone: int
    sites: int


def pdq_chunks(
    session: Session, *, after: int, through: int | None = None, rows: int = 50_000
) -> Iterator[PdqChunk]:
    """Yield the usable PDQ signals of images with ids beyond ``after``, in order, in parts.

    A part has at most so many rows, and may end between two frames of one image.
    """
    last = settled_through(session) if through is None else through
    # So many ids at a time: asked for all of both tables in one order, PostgreSQL would sort them,
    # and write the signals of millions to its disk for it.
    for first in range(after, last, rows):
        wanted = _usable(beyond=first, through=min(first + rows, last))
        for part in session.execute(wanted.execution_options(yield_per=rows)).partitions():
            packed = b"".join(bytes(row[1]) for row in part)
            yield PdqChunk(
                ids=np.fromiter((row[0] for row in part), np.int64, len(part)),
                pdq=np.frombuffer(packed, np.uint8).reshape(-1, 32),
            )


def _usable(*, beyond: int, through: int) -> CompoundSelect[int, bytes]:
    # The bytes are wanted as they are: turning each into digits and back would cost the most.
    return union_all(
        *(
            select(image_id, type_coerce(pdq, LargeBinary).label("pdq")).where(
                image_id > beyond, image_id <= through, quality >= MIN_PDQ_QUALITY
            )
            for image_id, pdq, quality in _SIGNALS
        )
    ).order_by("image_id")


def constellation_chunks(
    session: Session, *, after: int, through: int | None = None, rows: int = 10_000
) -> Iterator[ConstellationChunk]:
    """Yield the constellations of images with ids beyond ``after``, in order, in parts.

    A part has those of as many images as ``rows`` says, or a little more of what moves.
    """
    last = settled_through(session) if through is None else through
    for first in range(after, last, rows):
        held = session.execute(_constellations(beyond=first, through=min(first + rows, last))).all()
        if held:
            yield ConstellationChunk(
                ids=np.fromiter((row[0] for row in held), np.int64, len(held)),
                at_ms=tuple(row[1] for row in held),
                packed=tuple(bytes(row[2]) for row in held),
            )


def _constellations(*, beyond: int, through: int) -> CompoundSelect[int, int | None, bytes]:
    return union_all(
        *(
            select(
                image_id.label("image_id"),
                at_ms.label("at_ms"),
                type_coerce(packed, LargeBinary).label("packed"),
            ).where(image_id > beyond, image_id <= through, packed.is_not(None))
            for image_id, at_ms, packed in (
                (ImageRow.image_id, cast(null(), BigInteger), ImageRow.constellation),
                (FrameRow.image_id, FrameRow.at_ms, FrameRow.constellation),
            )
        )
    ).order_by("image_id", "at_ms")


def settled_through(session: Session) -> int:
    """Return the highest id of an image, 0 for none, with no lower one still to appear.

    Whoever records an image holds the registry shared. To be called in a transaction that holds it
    alone, and so with nobody recording.
    """
    return session.scalars(select(func.max(ImageRow.image_id))).one() or 0


def frames_after(session: Session, image_id: int) -> int:
    """Return how many frames there are of images with ids beyond one."""
    return session.scalars(
        select(func.count()).select_from(FrameRow).where(FrameRow.image_id > image_id)
    ).one()


def has_pdq(session: Session, image_id: int, pdq: bytes) -> bool:
    """Say whether there is such an image, and this is its packed PDQ signal or a frame's."""
    held = union_all(
        *(
            select(type_coerce(value, LargeBinary).label("pdq")).where(owner == image_id)
            for owner, value, _ in _SIGNALS
        )
    )
    return any(bytes(value) == pdq for value in session.scalars(held))


def last_forgotten(session: Session) -> int:
    """Return the sequence of the image that was forgotten last, 0 for none."""
    return session.scalars(select(func.max(ForgottenImageRow.sequence))).one() or 0


def forgotten_since(session: Session, sequence: int) -> list[int]:
    """Return the ids of images that were forgotten after ``sequence``."""
    return list(
        session.scalars(
            select(ForgottenImageRow.image_id)
            .where(ForgottenImageRow.sequence > sequence)
            .order_by(ForgottenImageRow.sequence)
        )
    )


def with_same_bytes(
    session: Session, *, sha256: Collection[str], md5: Collection[str]
) -> list[int]:
    """Return the images whose bytes have one of these digests."""
    return list(
        session.scalars(
            select(ImageRow.image_id)
            .where(or_(ImageRow.sha256.in_(sha256), ImageRow.md5.in_(md5)))
            .order_by(ImageRow.image_id)
        )
    )


def still_known(session: Session, image_ids: Collection[int]) -> list[int]:
    """Return those of some ids whose image is there and was not forgotten, in order."""
    known: list[int] = []
    ordered = sorted(image_ids)
    for start in range(0, len(ordered), _PARAMETERS_AT_ONCE):
        part = ordered[start : start + _PARAMETERS_AT_ONCE]
        known += session.scalars(
            select(ImageRow.image_id).where(ImageRow.image_id.in_(part)).order_by(ImageRow.image_id)
        )
    return known


def signals_of(session: Session, image_ids: Collection[int]) -> Iterator[tuple[int, ImageSignals]]:
    """Yield the signals of some images, by their id."""
    ordered = sorted(image_ids)
    for start in range(0, len(ordered), _PARAMETERS_AT_ONCE):
        part = ordered[start : start + _PARAMETERS_AT_ONCE]
        frames = _frames_of(session, part)
        rows = session.scalars(
            select(ImageRow).where(ImageRow.image_id.in_(part)).order_by(ImageRow.image_id)
        )
        for row in rows:
            yield (
                row.image_id,
                ImageSignals(
                    sha256=row.sha256,
                    md5=row.md5,
                    pdq=row.pdq,
                    pdq_quality=row.pdq_quality,
                    phash=row.phash,
                    format=row.format,
                    width=row.width,
                    height=row.height,
                    byte_size=row.byte_size,
                    frames=tuple(frames.get(row.image_id, ())),
                    duration_ms=row.duration_ms,
                    constellation=row.constellation,
                ),
            )


def _frames_of(session: Session, image_ids: Collection[int]) -> dict[int, list[FrameSignals]]:
    rows = session.scalars(
        select(FrameRow)
        .where(FrameRow.image_id.in_(image_ids))
        .order_by(FrameRow.image_id, FrameRow.place)
    )
    frames: dict[int, list[FrameSignals]] = {}
    for row in rows:
        frame = FrameSignals(row.at_ms, row.pdq, row.pdq_quality, row.phash, row.constellation)
        frames.setdefault(row.image_id, []).append(frame)
    return frames


def places_of(session: Session, image_ids: Collection[int]) -> Places:
    """Count where some images stand, a place being one image address on one page."""
    still_there = gone = 0
    sites: set[int] = set()
    ordered = sorted(image_ids)
    for start in range(0, len(ordered), _PARAMETERS_AT_ONCE):
        part = SightingRow.image_id.in_(ordered[start : start + _PARAMETERS_AT_ONCE])
        for left, number in session.execute(
            select(SightingRow.gone_at.is_(None), func.count())
            .where(part)
            .group_by(SightingRow.gone_at.is_(None))
        ):
            still_there, gone = (
                (still_there + number, gone) if left else (still_there, gone + number)
            )
        sites.update(
            session.scalars(
                select(PageRow.site_id)
                .distinct()
                .join(SightingRow, SightingRow.page_id == PageRow.page_id)
                .where(part, SightingRow.gone_at.is_(None))
            )
        )
    return Places(still_there, gone, len(sites))
