"""Images ever sighted: what a new registration is compared with."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from domain.signal import MIN_PDQ_QUALITY, ImageSignals
from storage.tables import ForgottenImageRow, ImageRow, PageRow, SightingRow

_PARAMETERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PdqChunk:
    """PDQ signals of some images that are good enough to match: ids (n,), packed bits (n, 32)."""

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
    """Yield the usable PDQ signals of images with ids beyond ``after``, in order, in parts."""
    # The bytes are wanted as they are: turning each into digits and back would cost the most.
    pdq = type_coerce(ImageRow.pdq, LargeBinary)
    wanted = (
        select(ImageRow.image_id, pdq)
        .where(ImageRow.image_id > after, ImageRow.pdq_quality >= MIN_PDQ_QUALITY)
        .order_by(ImageRow.image_id)
    )
    if through is not None:
        wanted = wanted.where(ImageRow.image_id <= through)
    for part in session.execute(wanted.execution_options(yield_per=rows)).partitions():
        packed = b"".join(bytes(row[1]) for row in part)
        yield PdqChunk(
            ids=np.fromiter((row[0] for row in part), np.int64, len(part)),
            pdq=np.frombuffer(packed, np.uint8).reshape(-1, 32),
        )


def settled_through(session: Session) -> int:
    """Return the highest id of an image, 0 for none, with no lower one still to appear.

    Whoever records an image holds the registry shared. To be called in a transaction that holds it
    alone, and so with nobody recording.
    """
    return session.scalars(select(func.max(ImageRow.image_id))).one() or 0


def pdq_of(session: Session, image_id: int) -> bytes | None:
    """Return the packed PDQ signal of an image; None if there is no such image."""
    pdq = session.scalars(
        select(type_coerce(ImageRow.pdq, LargeBinary)).where(ImageRow.image_id == image_id)
    ).first()
    return None if pdq is None else bytes(pdq)


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


def signals_of(session: Session, image_ids: Collection[int]) -> Iterator[tuple[int, ImageSignals]]:
    """Yield the signals of some images, by their id."""
    ordered = sorted(image_ids)
    for start in range(0, len(ordered), _PARAMETERS_AT_ONCE):
        part = ordered[start : start + _PARAMETERS_AT_ONCE]
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
                ),
            )


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
