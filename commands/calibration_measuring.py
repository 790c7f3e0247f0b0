"""What Vigil sees in reposts and impostors: every one looked for among what is registered.

It goes the way that a crawl goes: the registered signals, the places of what was found, what they
propose, the second look, and how strong its evidence is. Pictures are held one at a time.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from commands.calibration_looking import CrawlsEye
from commands.calibration_progress import told
from commands.calibration_sources import Repost
from domain.errors import InvalidInput, Undecodable
from domain.signal import MIN_PDQ_QUALITY, PictureSignals, SignalType
from signals.constellation import REGISTERED_SIDE, Constellation, unpack
from signals.pictures import hash_picture
from signals.place_bits import BITS

_PDQ_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in one image.

    ``own`` is the number of the registered photo that it was made of. ``strengths`` are those of
    the registered photos that a second look spoke for, 0 at least; ``near`` are those within the
    match distance by PDQ. ``edit`` is empty for an impostor. In what is not ``alone``, other
    photos are really to be seen: it counts for recall only.
    """

    name: str
    edit: str
    own: int
    alone: bool
    strengths: Mapping[int, float]
    near: frozenset[int]


@dataclass(slots=True)
class Measured:
    """Everything that was registered and looked at, by name; never a picture.

    ``without`` are the numbers of registered photos without a constellation; ``unreadable`` are
    paths with reasons; ``without_original`` counts reposts of an original that is not there.
    """

    registered: list[str] = field(default_factory=list)
    originals: int = 0
    without: list[int] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    without_original: int = 0


class _Registry:
    """The signals of what is registered, by number."""

    def __init__(self) -> None:
        self.constellations: list[Constellation] = []
        self.pdq: list[NDArray[np.uint8]] = []

    def add(self, signals: PictureSignals) -> bool:
        """Take a picture's signals, and say whether a constellation is among them."""
        constellation = _NONE
        pdq = []
        for signal in signals.signals:
            value = bytes.fromhex(signal.value)
            if signal.type is SignalType.CONSTELLATION and not len(constellation):
                constellation = unpack(value)
            elif signal.type is SignalType.PDQ:
                pdq.append(np.frombuffer(value, np.uint8))
        self.constellations.append(constellation)
        self.pdq.append(np.array(pdq, np.uint8).reshape(-1, _PDQ_BYTES))
        return len(constellation) > 0


_NONE: Final = Constellation(
    np.empty((0, 4), np.float32), np.empty((0, BITS // 64), np.uint64), REGISTERED_SIDE,
    REGISTERED_SIDE,
)  # fmt: skip


def measure(
    originals: Mapping[str, Path],
    reposts: Sequence[Repost],
    impostors: Sequence[Path],
    *,
    match_distance: int,
) -> Measured:
    """Register all originals and impostors, then look for all of them in reposts and impostors.

    An impostor with the bytes of an original is that original, and is not registered twice.

    Raises:
        InvalidInput: no original, or no repost of one, can be read.
    """
    measured = Measured()
    registry = _Registry()
    by_digest: dict[bytes, int] = {}
    by_original: dict[str, int] = {}
    photos = [*originals.items(), *((None, path) for path in impostors)]
    paths: list[Path] = []
    for original, path in told("Registering", photos):
        try:
            body = path.read_bytes()
            digest = hashlib.sha256(body).digest()
            number = by_digest.get(digest)
            if number is None:
                signals = hash_picture(body)
                number = by_digest[digest] = len(paths)
                paths.append(path)
                measured.registered.append(original or path.name)
                if not registry.add(signals):
                    measured.without.append(number)
        except (Undecodable, OSError, MemoryError) as error:
            if (found := (str(path), _reason(error))) not in measured.unreadable:
                measured.unreadable.append(found)
            continue
        if original is not None:
            by_original[original] = number
    measured.originals = len(set(by_original.values()))
    if not measured.originals:
        msg = f"No original can be read. The first: {_first(measured.unreadable)}."
        raise InvalidInput(msg)
    known = [repost for repost in reposts if repost.original in by_original]
    measured.without_original = len(reposts) - len(known)
    wanted = [(repost.path, repost.edit, by_original[repost.original]) for repost in known]
    wanted += [(path, "", number) for number, path in enumerate(paths)]
    alone = [not repost.shows_others for repost in known] + [True] * len(paths)
    looking = _Looking(registry, match_distance)
    for (path, edit, own), single in told("Looking for", list(zip(wanted, alone, strict=True))):
        name = f"{edit}/{path.name}" if edit else measured.registered[own]
        try:
            strengths, near = looking.at(path.read_bytes())
        except (Undecodable, OSError, MemoryError) as error:
            measured.unreadable.append((str(path), _reason(error)))
            continue
        measured.looked.append(Looked(name, edit, own, single, strengths, near))
    if not any(each.edit for each in measured.looked):
        msg = f"No repost can be read. The first: {_first(measured.unreadable)}."
        raise InvalidInput(msg)
    return measured


class _Looking:
    def __init__(self, registry: _Registry, match_distance: int) -> None:
        self._eye = CrawlsEye(registry.constellations)
        self._pdq = np.concatenate(registry.pdq)
        self._photo = np.repeat(np.arange(len(registry.pdq)), [len(p) for p in registry.pdq])
        self._match_distance = match_distance

    def at(self, body: bytes) -> tuple[dict[int, float], frozenset[int]]:
        """Look at one image: the strengths, and what is near by PDQ."""
        image = self._eye.hashed(body)
        strengths = self._eye.strengths(image, self._eye.proposed(image))
        near = frozenset[int]()
        if image.signals.pdq_quality >= MIN_PDQ_QUALITY:
            pdq = np.frombuffer(bytes.fromhex(image.signals.pdq), np.uint8)
            distances = np.bitwise_count(self._pdq ^ pdq).sum(axis=1)
            near = frozenset(self._photo[distances <= self._match_distance].tolist())
        return strengths, near


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) or "it needs more memory than there is"


def _first(unreadable: Sequence[tuple[str, str]]) -> str:
    return f"{unreadable[0][0]}: {unreadable[0][1]}" if unreadable else "none is listed"
