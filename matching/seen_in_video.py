"""What of the registered is to be seen in a found video or animation, and at which moments.

A search says which registrations one frame at least is near to. Here every frame is looked at: a
registered picture is to be seen at each moment whose frame is near it, and a registered video is
one match only if enough frames are shared (`domain.video`). A still picture needs none of this.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.signal import Agreement, FrameSignals, ImageSignals, Signal, SignalType, View
from domain.video import SharedFrames, is_copy
from signals.distance import is_usable_pdq, pack_pdq, word_distances
from signals.video_agreement import packed_frames, shares, usable_frames
from storage import registrations
from storage.database import Database

_EXACT = (SignalType.SHA256, SignalType.MD5)


def seen_in(
    found: ImageSignals,
    near: Sequence[Agreement],
    registered: Mapping[int, Sequence[Signal]],
    *,
    pdq_distance: int,
    video_share: int,
) -> tuple[Agreement, ...]:
    """Say what of the registrations that a search found near a moving image is to be seen in it.

    Args:
        found: the image's signals, with its frames.
        near: what the search gave, one agreement for each registration and type.
        registered: the PDQ signals of those registrations; one that is missing has none left.
        pdq_distance: bits up to which, inclusive, two PDQ signals are near.
        video_share: percent of the frames of either video that must be in the other.

    Returns:
        The agreements of ``near``, with one of PDQ for each moment, in its nearest view, instead of
        one in all; ordered by distance, registration, type and moment. A registration that too
        little is seen of is left out, unless the file is the very same.
    """
    usable, codes = usable_frames(found.frames), packed_frames(found.frames)
    exact = {agreement.registration_id for agreement in near if agreement.type in _EXACT}
    seen: list[Agreement] = []
    shown = set(exact)
    for agreement in near:
        if agreement.type is not SignalType.PDQ:
            continue
        registration_id = agreement.registration_id
        by_view = _by_view(registered.get(registration_id, ()))
        if registration_id in exact or _is_copy(codes, by_view, pdq_distance, video_share):
            seen += _moments(registration_id, usable, codes, by_view, pdq_distance)
            shown.add(registration_id)
    seen += [
        agreement
        for agreement in near
        if agreement.type is not SignalType.PDQ and agreement.registration_id in shown
    ]
    return tuple(
        sorted(seen, key=lambda a: (a.distance, a.registration_id, a.type.value, a.at_ms or 0))
    )


def seen_in_any(
    database: Database,
    found: ImageSignals,
    near: Sequence[Agreement],
    *,
    pdq_distance: int,
    video_share: int,
) -> tuple[Agreement, ...]:
    """Do as `seen_in`, with the registrations as the database holds them now."""
    with database.reading() as session:
        registered = registrations.pdq_signals(
            session, {agreement.registration_id for agreement in near}
        )
    return seen_in(found, near, registered, pdq_distance=pdq_distance, video_share=video_share)


def frames_of_videos(database: Database, registration_ids: Collection[int]) -> dict[int, int]:
    """Count the frames of registered videos that have enough in them to be hashed, by their ids."""
    with database.reading() as session:
        held = registrations.pdq_signals(session, registration_ids)
    return {
        registration_id: len({signal.at_ms for signal in signals if is_usable_pdq(signal)})
        for registration_id, signals in held.items()
    }


def _by_view(signals: Sequence[Signal]) -> dict[View, NDArray[np.uint8]]:
    """Pack the usable PDQ signals of each view: one for each registered frame, shape (n, 32)."""
    values: dict[View, list[str]] = {}
    for signal in signals:
        if is_usable_pdq(signal):
            values.setdefault(signal.view, []).append(signal.value)
    return {view: pack_pdq(values[view]) for view in View if view in values}


def _is_copy(
    codes: NDArray[np.uint8],
    by_view: Mapping[View, NDArray[np.uint8]],
    pdq_distance: int,
    video_share: int,
) -> bool:
    """Say whether enough is shared in one view: a video is turned as a whole."""
    for held in by_view.values():
        in_both = shares(codes, held, pdq_distance)
        shared = SharedFrames(
            found=in_both.frames_found,
            of_found=len(codes),
            registered=in_both.frames_registered,
            of_registered=len(held),
        )
        if is_copy(shared, share=video_share):
            return True
    return False


def _moments(
    registration_id: int,
    frames: Sequence[FrameSignals],
    codes: NDArray[np.uint8],
    by_view: Mapping[View, NDArray[np.uint8]],
    pdq_distance: int,
) -> list[Agreement]:
    """Give an agreement for each frame that is near, in its nearest view, the first if several."""
    views = [view for view, held in by_view.items() for _ in range(len(held))]
    if not views:
        return []
    words = np.concatenate(list(by_view.values())).view(np.uint64)
    seen = []
    for frame, code in zip(frames, np.ascontiguousarray(codes).view(np.uint64), strict=True):
        distances = word_distances(code, words)
        nearest = int(np.argmin(distances))
        if distances[nearest] <= pdq_distance:
            seen.append(
                Agreement(
                    registration_id,
                    SignalType.PDQ,
                    views[nearest],
                    int(distances[nearest]),
                    frame.at_ms,
                )
            )
    return seen
