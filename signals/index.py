"""Which registrations is a found image near? The registry's signals of every type, searched."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.signal import (
    COMPARED_BY_BITS,
    MIN_PDQ_QUALITY,
    PHASH_AGREEMENT,
    Agreement,
    ImageSignals,
    PartSignal,
    Signal,
    SignalType,
    View,
)
from signals.distance import PDQ_BITS, is_usable_pdq
from signals.hamming_index import HammingIndex
from signals.part_agreement import laid_in
from signals.snapshot_file import load_snapshot, save_snapshot
from signals.video_agreement import usable_frames

VIEWS: Final = tuple(View)
"""Views by the number that stands for each in arrays."""

_SHAPES: Final = {
    SignalType.SHA256: (256, 0),
    SignalType.MD5: (128, 0),
    SignalType.PDQ: (256, None),
    SignalType.PHASH: (64, None),
}
"""Bits of each type, and the distance usually asked for where it is not that of the size."""


@dataclass(frozen=True, slots=True)
class SignalRows:
    """Many signals of one type as arrays.

    ``codes``: packed bits, shape (n, bytes); ``registrations``: shape (n,); ``views``: places in
    VIEWS, shape (n,). A PDQ signal too plain to match is not among them.
    """

    type: SignalType
    codes: NDArray[np.uint8]
    registrations: NDArray[np.int64]
    views: NDArray[np.uint8]


class SignalIndex:
    """The registered signals in memory: exact, never approximate, however many there are.

    A registration is near an image by the same SHA-256, the same MD5, or PDQ within a distance
    with both qualities at MIN_PDQ_QUALITY or more (an unknown registered quality counts as good),
    of the image or of a part of it.
    pHash makes no registration near; where one is near, its agreement is reported as well.
    Signals of other types than COMPARED_BY_BITS are not held: they are searched elsewhere.

    ``len`` counts the signals held; a PDQ signal too plain to match is not. Not for several
    threads at once.
    """

    def __init__(self) -> None:
        self._by_type = {
            signal_type: HammingIndex(bits, usual) for signal_type, (bits, usual) in _SHAPES.items()
        }

    @classmethod
    def build(cls, rows: Iterable[SignalRows]) -> "SignalIndex":
        """Index many signals at once, all of a type in one piece."""
        index = cls()
        for of_type in rows:
            _, usual = _SHAPES[of_type.type]
            index._by_type[of_type.type] = HammingIndex.build(
                of_type.codes, of_type.registrations, of_type.views, usual=usual
            )
        return index

    def __len__(self) -> int:
        return sum(len(held) for held in self._by_type.values())

    @property
    def recent(self) -> int:
        """How many signals were added since the index was built, and are scanned."""
        return sum(held.recent for held in self._by_type.values())

    @property
    def nbytes(self) -> int:
        """Bytes of memory of everything that is held, shared or not."""
        return sum(held.nbytes for held in self._by_type.values())

    def add(self, registration_id: int, signal: Signal) -> None:
        """Hold a signal of a registration, if it is one that is compared by bits."""
        if signal.type not in COMPARED_BY_BITS:
            return
        if signal.type is SignalType.PDQ and not is_usable_pdq(signal):
            return
        held = self._by_type[signal.type]
        held.add(bytes.fromhex(signal.value), registration_id, VIEWS.index(signal.view))

    def remove(self, registration_id: int) -> None:
        """Forget every signal of a registration; one that is not held changes nothing."""
        for held in self._by_type.values():
            held.remove(registration_id)

    def search(self, image: ImageSignals, *, pdq_distance: int) -> tuple[Agreement, ...]:
        """Find the agreements of every registration near an image, or near any of its frames.

        Args:
            image: the found image's signals.
            pdq_distance: bits up to which, inclusive, two PDQ signals are near, 0 to 256.

        Returns:
            At most one agreement for each registration and type, that of the nearest view (the
            first in View's order where several are as near) in the nearest frame (the earliest
            where several are as near), ordered by distance, registration and type. What agrees
            with a frame says when that is shown, and what agrees with a part of a still image says
            how it lies in that; a part counts where it is nearer than the whole.

        Raises:
            ValueError: ``pdq_distance`` is not from 0 to 256.
        """
        if not 0 <= pdq_distance <= PDQ_BITS:
            msg = f"a PDQ distance lies between 0 and {PDQ_BITS} bits; this one is {pdq_distance}"
            raise ValueError(msg)
        found = list(self._near(SignalType.SHA256, image.sha256, 0))
        found += self._near(SignalType.MD5, image.md5, 0)
        if image.frames:
            usable = usable_frames(image.frames)
            found += self._near_frames(
                SignalType.PDQ, [(f.at_ms, f.pdq) for f in usable], pdq_distance
            )
        else:
            found += self._near_still(image, pdq_distance)
        if found:
            near = {agreement.registration_id for agreement in found}
            phashes = (
                self._near_frames(
                    SignalType.PHASH, [(f.at_ms, f.phash) for f in image.frames], PHASH_AGREEMENT
                )
                if image.frames
                else self._near(SignalType.PHASH, image.phash, PHASH_AGREEMENT)
            )
            found += [agreement for agreement in phashes if agreement.registration_id in near]
        return tuple(sorted(found, key=lambda a: (a.distance, a.registration_id, a.type.value)))

    def warm_up(self, *, pdq_distance: int) -> None:
        """Load whatever code searching needs, for a moment when nobody waits for an answer."""
        for signal_type, distance in (
            (SignalType.SHA256, 0),
            (SignalType.MD5, 0),
            (SignalType.PDQ, pdq_distance),
            (SignalType.PHASH, PHASH_AGREEMENT),
        ):
            held = self._by_type[signal_type]
            held.search(bytes(held.bits // 8), distance)

    def save(self, path: Path, facts: Mapping[str, Any]) -> None:
        """Write everything to a file, in the place of the one before, with a few facts about it.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        arrays = {
            f"{signal_type.value}.{name}": array
            for signal_type, held in self._by_type.items()
            for name, array in held.to_arrays().items()
        }
        save_snapshot(path, arrays, facts)

    @classmethod
    def load(cls, path: Path) -> tuple["SignalIndex", Mapping[str, Any]]:
        """Map a file into memory shared with every process that does so; return its facts too.

        Raises:
            FileNotFoundError: there is none.
            DamagedSnapshotError: it cannot be relied on.
        """
        snapshot = load_snapshot(path)
        index = cls()
        for signal_type, (bits, usual) in _SHAPES.items():
            prefix = f"{signal_type.value}."
            arrays = {
                name.removeprefix(prefix): array
                for name, array in snapshot.arrays.items()
                if name.startswith(prefix)
            }
            index._by_type[signal_type] = HammingIndex.from_arrays(arrays, bits=bits, usual=usual)
        return index, snapshot.facts

    def _near(self, signal_type: SignalType, value: str, distance: int) -> Iterator[Agreement]:
        """Yield the nearest signal of each registration: the first hit, since the nearest lead."""
        seen: set[int] = set()
        for hit in self._by_type[signal_type].search(bytes.fromhex(value), distance):
            if hit.owner not in seen:
                seen.add(hit.owner)
                yield Agreement(hit.owner, signal_type, VIEWS[hit.tag], hit.distance)

    def _near_still(self, image: ImageSignals, distance: int) -> Iterator[Agreement]:
        """Yield the nearest PDQ signal of each registration to a still image or a part of it."""
        best: dict[int, Agreement] = {}
        if image.pdq_quality >= MIN_PDQ_QUALITY:
            whole = self._near(SignalType.PDQ, image.pdq, distance)
            best = {agreement.registration_id: agreement for agreement in whole}
        for part in image.parts:
            for agreement in self._near_part(part, distance):
                before = best.get(agreement.registration_id)
                if before is None or agreement.distance < before.distance:
                    best[agreement.registration_id] = agreement
        yield from best.values()

    def _near_part(self, part: PartSignal, distance: int) -> Iterator[Agreement]:
        if part.quality < MIN_PDQ_QUALITY:
            return
        for near in self._near(SignalType.PDQ, part.pdq, distance):
            yield replace(near, laid=laid_in(part.box, near.view, near.distance))

    def _near_frames(
        self, signal_type: SignalType, frames: Sequence[tuple[int, str]], distance: int
    ) -> Iterator[Agreement]:
        """Yield the nearest signal of each registration in any frame, given with their times."""
        if not frames:
            return
        codes = np.frombuffer(bytes.fromhex("".join(value for _, value in frames)), np.uint8)
        hits = self._by_type[signal_type].search_batch(codes.reshape(len(frames), -1), distance)
        seen: set[int] = set()
        for place in np.lexsort((hits.tag, hits.query, hits.owner, hits.distance)).tolist():
            owner = int(hits.owner[place])
            if owner not in seen:
                seen.add(owner)
                at_ms, _ = frames[int(hits.query[place])]
                yield Agreement(
                    owner, signal_type, VIEWS[hits.tag[place]], int(hits.distance[place]), at_ms
                )
