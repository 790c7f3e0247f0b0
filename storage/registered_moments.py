"""At which moment of a registered video a matched image is nearest to it.

That is kept nowhere, since it can be told from what is held: the signal of the image, or of its
nearest frame, and those of the registered frames in the view that agreed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.signal import SignalType
from storage.registrations import in_parts
from storage.tables import EvidenceRow, FrameRow, ImageRow, SignalRow

_OF_FRAMES: Final = (SignalType.PDQ.value, SignalType.PHASH.value)

_View = tuple[int, str, str]
"""A registration, a type of signal, and a view."""


def registered_moments(
    session: Session, evidence: Sequence[EvidenceRow], images: Mapping[int, int]
) -> dict[int, int]:
    """Return where in registered videos evidence is nearest, in milliseconds from the beginning.

    Args:
        session: sees everything that is asked for here at one moment.
        evidence: of some matches.
        images: the id of each match's image.

    Returns:
        Moments by the evidence's id, the earliest where several frames are as near. Evidence of a
        registered picture is left out, and so is what no frame fits that is held now.
    """
    registered = _registered(session, [row for row in evidence if row.type in _OF_FRAMES])
    of_videos = [row for row in evidence if _view(row) in registered]
    if not of_videos:
        return {}
    found = _found(session, {images[row.match_id] for row in of_videos})
    moments: dict[int, int] = {}
    for row in of_videos:
        seen = found.get((images[row.match_id], row.type, row.at_ms), ())
        at = [
            at_ms
            for value, at_ms in registered[_view(row)]
            if any((value ^ each).bit_count() == row.distance for each in seen)
        ]
        if at:
            moments[row.evidence_id] = min(at)
    return moments


def _view(row: EvidenceRow) -> _View:
    return row.registration_id, row.type, row.view


def _registered(
    session: Session, evidence: Collection[EvidenceRow]
) -> Mapping[_View, list[tuple[int, int]]]:
    """Return the signals of registered frames, as numbers, with their moments."""
    held: defaultdict[_View, list[tuple[int, int]]] = defaultdict(list)
    views = {row.view for row in evidence}
    for part in in_parts(sorted({row.registration_id for row in evidence})):
        rows = session.execute(
            select(
                SignalRow.registration_id,
                SignalRow.type,
                SignalRow.view,
                SignalRow.value,
                SignalRow.at_ms,
            ).where(
                SignalRow.registration_id.in_(part),
                SignalRow.at_ms.is_not(None),  # pictures have none
                SignalRow.type.in_(_OF_FRAMES),
                SignalRow.view.in_(views),
            )
        )
        for registration_id, kind, view, value, at_ms in rows:
            if at_ms is not None:
                held[registration_id, kind, view].append((int(value, 16), at_ms))
    return held


def _found(
    session: Session, image_ids: Collection[int]
) -> Mapping[tuple[int, str, int | None], list[int]]:
    """Return the signals of images, and of their frames at each moment, as numbers."""
    held: defaultdict[tuple[int, str, int | None], list[int]] = defaultdict(list)
    for part in in_parts(sorted(image_ids)):
        stills = select(ImageRow.image_id, ImageRow.pdq, ImageRow.phash).where(
            ImageRow.image_id.in_(part)
        )
        frames = select(FrameRow.image_id, FrameRow.pdq, FrameRow.phash, FrameRow.at_ms).where(
            FrameRow.image_id.in_(part)
        )
        rows = [(*row, None) for row in session.execute(stills)]
        for image_id, pdq, phash, at_ms in [*rows, *session.execute(frames)]:
            held[image_id, SignalType.PDQ.value, at_ms].append(int(pdq, 16))
            held[image_id, SignalType.PHASH.value, at_ms].append(int(phash, 16))
    return held
