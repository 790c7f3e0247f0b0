"""Images that hold the very signals of registrations which are to be withdrawn.

Most of them are matches. But nothing of a registration flags while it is suspended, nor does what a
look-alike spares: such images are known only by what they hold.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import BindParameter, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from domain.signal import MIN_PDQ_QUALITY, SignalType
from storage.registrations import in_parts
from storage.sealed_constellations import Place, is_sealed, keys_of, opened
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
        sha256, md5, phash, constellation, embedding = (
            _values(part, kind)
            for kind in (
                SignalType.SHA256,
                SignalType.MD5,
                SignalType.PHASH,
                SignalType.CONSTELLATION,
                SignalType.EMBEDDING,
            )
        )
        for wanted in (
            select(ImageRow.image_id).where(ImageRow.sha256.in_(sha256)),
            select(ImageRow.image_id).where(ImageRow.md5.in_(md5)),
            select(ImageRow.image_id).where(ImageRow.embedding.in_(embedding)),
        ):
            found.update(session.scalars(wanted.where(ImageRow.image_id > after)))
        for row in (ImageRow, FrameRow):
            enough = row.pdq_quality >= MIN_PDQ_QUALITY
            held = or_(row.constellation.in_(constellation), and_(enough, row.phash.in_(phash)))
            found.update(session.scalars(select(row.image_id).where(held, row.image_id > after)))
        found |= _showing(session, _encrypted(session, part), after)
    return found


def _showing(session: Session, constellations: Collection[str], after: int) -> set[int]:
    """Return the ids of images that hold one of these themselves."""
    found: set[int] = set()
    for values in in_parts(constellations):
        for row in (ImageRow, FrameRow):
            held = row.constellation.in_(values)
            found.update(session.scalars(select(row.image_id).where(held, row.image_id > after)))
    return found


def _encrypted(session: Session, registration_ids: Collection[int]) -> set[str]:
    """Return the constellations that are encrypted, as they are; not those that nobody can read."""
    keys = keys_of(session)
    found: set[str] = set()
    for ids in in_parts(registration_ids):
        rows = session.execute(
            select(SignalRow.registration_id, SignalRow.view, SignalRow.at_ms, SignalRow.value)
            .where(SignalRow.registration_id.in_(ids))
            .where(SignalRow.type == SignalType.CONSTELLATION.value)
        )
        for registration_id, view, at_ms, value in rows:
            stored = bytes.fromhex(value)
            plain = opened(keys, Place(registration_id, view, at_ms), stored)
            if is_sealed(stored) and plain is not None:
                found.add(plain.hex())
    return found


def _values(registration_ids: Collection[int], kind: SignalType) -> Select[str]:
    # The ids stand in the statement itself: SQLite takes fewer parameters.
    ids: BindParameter[int] = bindparam(
        "ids", registration_ids, expanding=True, literal_execute=True, unique=True
    )
    return select(SignalRow.value).where(
        SignalRow.registration_id.in_(ids), SignalRow.type == kind.value
    )
