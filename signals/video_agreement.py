"""How much of a found video is in a registered one, and the other way round, by PDQ of frames.

The rule is vPDQ's: two frames are the same if their PDQ signals are within a distance (31 bits)
and both are good enough to match; two videos are judged by the share of frames that have one like
them in the other.

Source: ThreatExchange, "vPDQ: a video matching algorithm" (2022).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.signal import MIN_PDQ_QUALITY, FrameSignals
from signals.distance import PDQ_BYTES, pack_pdq, word_distances


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Which frames of two videos have one like them in the other.

    ``found`` and ``registered`` hold one truth for each frame that was compared, in the order in
    which they were given: does it agree with any frame of the other video?
    """

    found: NDArray[np.bool_]
    registered: NDArray[np.bool_]

    @property
    def frames_found(self) -> int:
        """How many frames of the found video are like a registered one."""
        return int(np.count_nonzero(self.found))

    @property
    def frames_registered(self) -> int:
        """How many frames of the registered video are like a found one."""
        return int(np.count_nonzero(self.registered))

    @property
    def of_found(self) -> float:
        """The share of the found video's frames that are like a registered one, 0 to 1."""
        return self.frames_found / len(self.found) if len(self.found) else 0.0

    @property
    def of_registered(self) -> float:
        """The share of the registered video's frames that are like a found one, 0 to 1."""
        return self.frames_registered / len(self.registered) if len(self.registered) else 0.0


def shares(
    found: NDArray[np.uint8],
    registered: NDArray[np.uint8],
    distance: int,
    *,
    frame_of: NDArray[np.int64] | None = None,
) -> Shares:
    """Compare every frame of a found video with every one of a registered video.

    Args:
        found: packed PDQ of the found frames that are good enough to match, shape (n, 32).
        registered: the same of the registered frames, shape (m, 32).
        distance: bits up to which, inclusive, two frames are the same.
        frame_of: where ``registered`` has several rows for a frame, as of its eight views: a
            number for each row, equal for rows of one frame, shape (m,). A frame agrees if any of
            its rows does, and counts once; frames are then in the order of their numbers.

    Raises:
        ValueError: the arrays are not of those shapes.
    """
    if found.shape[1:] != (PDQ_BYTES,) or registered.shape[1:] != (PDQ_BYTES,):
        msg = f"PDQ signals have shape (n, {PDQ_BYTES}); these {found.shape}, {registered.shape}"
        raise ValueError(msg)
    if frame_of is not None and frame_of.shape != (len(registered),):
        msg = f"{len(registered)} signals have {frame_of.shape} numbers of frames"
        raise ValueError(msg)
    rows = np.ascontiguousarray(registered).view(np.uint64)
    near = np.zeros((len(found), len(registered)), np.bool_)
    for place, query in enumerate(np.ascontiguousarray(found).view(np.uint64)):
        near[place] = word_distances(query, rows) <= distance
    of_rows: NDArray[np.bool_] = np.any(near, axis=0)
    if frame_of is not None:
        _, frame = np.unique(frame_of, return_inverse=True)
        of_rows = np.bincount(frame.reshape(-1), weights=of_rows) > 0
    of_found: NDArray[np.bool_] = np.any(near, axis=1)
    return Shares(found=of_found, registered=of_rows)


def usable_frames(frames: Iterable[FrameSignals]) -> tuple[FrameSignals, ...]:
    """Give the frames whose PDQ is good enough to match, in their order."""
    return tuple(frame for frame in frames if frame.pdq_quality >= MIN_PDQ_QUALITY)


def packed_frames(frames: Iterable[FrameSignals]) -> NDArray[np.uint8]:
    """Give the PDQ of the frames that are good enough to match, packed, shape (n, 32)."""
    return pack_pdq([frame.pdq for frame in usable_frames(frames)])
