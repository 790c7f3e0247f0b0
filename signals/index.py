"""Exact range search: which registrations is a found image near?"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.signal import (
    MIN_PDQ_QUALITY,
    PHASH_AGREEMENT,
    Agreement,
    ImageSignals,
    Signal,
    SignalType,
    View,
)
from signals.distance import PDQ_BITS, is_usable_pdq, pack_pdq, phash_distance, word_distances

_VIEWS: Final = tuple(View)
_WORDS: Final = PDQ_BITS // 64


class SignalIndex:
    """The registered signals in memory, scanned in full for each image: exact, never approximate.

    A registration is near an image by the same SHA-256, the same MD5, or PDQ within a distance
    with both qualities at MIN_PDQ_QUALITY or more (an unknown registered quality counts as good).
    pHash makes no registration near; where one is near, its agreement is reported as well.

    ``len`` counts the signals held. Not for several threads at once.
    """

    def __init__(self) -> None:
        self._signals: defaultdict[int, set[Signal]] = defaultdict(set)
        self._by_digest: defaultdict[tuple[SignalType, str], set[int]] = defaultdict(set)
        self._pdq = _PdqTable()

    def __len__(self) -> int:
        return sum(len(signals) for signals in self._signals.values())

    def add(self, registration_id: int, signal: Signal) -> None:
        """Hold a signal of a registration; one that is held already changes nothing."""
        if signal in self._signals[registration_id]:
            return
        self._signals[registration_id].add(signal)
        if signal.type in {SignalType.SHA256, SignalType.MD5}:
            self._by_digest[signal.type, signal.value].add(registration_id)
        elif is_usable_pdq(signal):
            self._pdq.add(registration_id, signal)

    def remove(self, registration_id: int) -> None:
        """Forget every signal of a registration; one that is not held changes nothing."""
        for signal in self._signals.pop(registration_id, ()):
            holders = self._by_digest.get((signal.type, signal.value))
            if holders is not None:
                holders.discard(registration_id)
                if not holders:
                    del self._by_digest[signal.type, signal.value]
        self._pdq.remove(registration_id)

    def search(self, image: ImageSignals, *, pdq_distance: int) -> tuple[Agreement, ...]:
        """Find the agreements of every registration near an image.

        Args:
            image: the found image's signals.
            pdq_distance: bits up to which, inclusive, two PDQ signals are near, 0 to 256.

        Returns:
            At most one agreement for each registration and type, that of the nearest view (the
            first in View's order where several are as near), ordered by distance, registration
            and type.

        Raises:
            ValueError: ``pdq_distance`` is not from 0 to 256.
        """
        if not 0 <= pdq_distance <= PDQ_BITS:
            msg = f"a PDQ distance lies between 0 and {PDQ_BITS} bits; this one is {pdq_distance}"
            raise ValueError(msg)
        found = list(self._same_bytes(image))
        if image.pdq_quality >= MIN_PDQ_QUALITY:
            found += self._pdq.search(image.pdq, pdq_distance)
        near = {agreement.registration_id for agreement in found}
        found += self._phash_agreements(image, near)
        return tuple(sorted(found, key=lambda a: (a.distance, a.registration_id, a.type.value)))

    def _same_bytes(self, image: ImageSignals) -> Iterator[Agreement]:
        for signal_type, value in (
            (SignalType.SHA256, image.sha256),
            (SignalType.MD5, image.md5),
        ):
            for registration_id in self._by_digest.get((signal_type, value), ()):
                yield Agreement(registration_id, signal_type, View.UPRIGHT, 0)

    def _phash_agreements(self, image: ImageSignals, near: set[int]) -> Iterator[Agreement]:
        for registration_id in near:
            distances = [
                (phash_distance(image.phash, signal.value), _VIEWS.index(signal.view))
                for signal in self._signals[registration_id]
                if signal.type is SignalType.PHASH
            ]
            distance, view = min(distances, default=(PHASH_AGREEMENT + 1, 0))
            if distance <= PHASH_AGREEMENT:
                yield Agreement(registration_id, SignalType.PHASH, _VIEWS[view], distance)


class _PdqTable:
    """PDQ signals as rows of four 64-bit words, without gaps."""

    def __init__(self) -> None:
        self._count = 0
        self._words: NDArray[np.uint64] = np.empty((64, _WORDS), dtype=np.uint64)
        self._registrations: NDArray[np.int64] = np.empty(64, dtype=np.int64)
        self._views: NDArray[np.int8] = np.empty(64, dtype=np.int8)
        self._rows: defaultdict[int, set[int]] = defaultdict(set)

    def add(self, registration_id: int, signal: Signal) -> None:
        if self._count == len(self._words):
            self._double()
        row = self._count
        self._words[row] = _words(signal.value)
        self._registrations[row] = registration_id
        self._views[row] = _VIEWS.index(signal.view)
        self._rows[registration_id].add(row)
        self._count += 1

    def remove(self, registration_id: int) -> None:
        # From the highest row down, so that the last row, moved into a gap, is never one that
        # is to go as well.
        for row in sorted(self._rows.pop(registration_id, ()), reverse=True):
            last = self._count - 1
            if row != last:
                moved = self._rows[int(self._registrations[last])]
                moved.remove(last)
                moved.add(row)
                self._words[row] = self._words[last]
                self._registrations[row] = self._registrations[last]
                self._views[row] = self._views[last]
            self._words[last] = 0  # a withdrawn person's signal does not stay in memory
            self._count = last

    def search(self, pdq: str, pdq_distance: int) -> list[Agreement]:
        distances = word_distances(_words(pdq), self._words[: self._count])
        nearest: dict[int, tuple[int, int]] = {}
        for row in np.flatnonzero(distances <= pdq_distance):
            registration_id = int(self._registrations[row])
            this = (int(distances[row]), int(self._views[row]))
            nearest[registration_id] = min(this, nearest.get(registration_id, this))
        return [
            Agreement(registration_id, SignalType.PDQ, _VIEWS[view], distance)
            for registration_id, (distance, view) in nearest.items()
        ]

    def _double(self) -> None:
        self._words = np.concatenate([self._words, np.empty_like(self._words)])
        self._registrations = np.concatenate(
            [self._registrations, np.empty_like(self._registrations)]
        )
        self._views = np.concatenate([self._views, np.empty_like(self._views)])


def _words(pdq: str) -> NDArray[np.uint64]:
    words: NDArray[np.uint64] = pack_pdq([pdq])[0].view(np.uint64)
    return words
