"""Images that hold the very signals of registrations which are to be withdrawn.

Most of them are matches. But nothing of a registration flags while it is suspended, nor does what a
look-alike spares: such images are known only by what they hold.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import BindParameter, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from domain.signal import MIN_PDQ_QUALITY, SignalType
from storage.tables import FrameRow, ImageRow, SignalRow

_REGISTRATIONS_AT_ONCE: Final = 2_000
"""Few, so that PostgreSQL keeps their signals in memory; each time, every image is gone through."""


def images_with(session: Session, registration_ids: Collection[int], *, after: int = 0) -> set[int]:
    """Return the ids of images that hold a signal itself of some registrations, whatever its type.

    All but those by PDQ, which `matching.sighted_images` finds at once. ``after`` leaves out those
    with ids up to it. pHash says nothing of a picture that is too plain: many have the same.
    """
    found: set[int] = set()
    ids = sorted(registration_ids)
    for start in range(0, len(ids), _REGISTRATIONS_AT_ONCE):
        part = ids[start : start + _REGISTRATIONS_AT_ONCE]
        sha256, md5, phash, constellation = (
            _values(part, kind)
            for kind in (
                SignalType.SHA256,
                SignalType.MD5,
                SignalType.PHASH,
                SignalType.CONSTELLATION,
            )
        )
        for wanted in (
            select(ImageRow.image_id).where(ImageRow.sha256.in_(sha256)),
            select(ImageRow.image_id).where(ImageRow.md5.in_(md5)),
        ):
            found.update(session.scalars(wanted.where(ImageRow.image_id > after)))
        for row in (ImageRow, FrameRow):
            enough = row.pdq_quality >= MIN_PDQ_QUALITY
            held = or_(row.constellation.in_(constellation), and_(enough, row.phash.in_(phash)))
            found.update(session.scalars(select(row.image_id).where(held, row.image_id > after)))
    return found


def _values(registration_ids: Collection[int], kind: SignalType) -> Select[str]:
    # The ids stand in the statement itself: SQLite takes fewer parameters.
    ids: BindParameter[int] = bindparam(
        "ids", registration_ids, expanding=True, literal_execute=True, unique=True
    )
    return select(SignalRow.value).where(
        SignalRow.registration_id.in_(ids), SignalRow.type == kind.value
    )
