"""Every repost and impostor, looked for among what is registered, in each of the ways compared."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from benchmarks.robustness_registry import Registered
from benchmarks.robustness_sources import Repost
from commands.calibration_looking import CrawlsEye
from domain.places import FoundPlaces, FramePlaces
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY
from signals.calibration_file import calibration_in_use
from signals.constellation import Constellation
from signals.place_index import PlaceIndex
from signals.recognition import propose

STRONG: Final = calibration_in_use(None)[0].strictest
"""Strength from which a picture counts as found: that of the packaged calibration."""

_SAMPLES: Final = 60
_CHANGED: Final = 0.15
"""Share of bits turned over, to make other photos' places of those that are registered."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one image: whether its own photo, and which others, by method.

    ``strengths`` are those of the photos that a second look spoke for, by number.
    """

    own: dict[str, bool]
    false: dict[str, tuple[int, ...]]
    strengths: dict[int, float]
    cpu_ms: float


@dataclass(slots=True)
class Searched:
    """What was found of every repost and impostor; ``samples`` are places of some of them."""

    reposts: list[Found] = field(default_factory=list)
    impostors: list[Found] = field(default_factory=list)
    samples: list[tuple[FoundPlaces, FoundPlaces]] = field(default_factory=list)
    pairs: int = 0


def search_all(registered: Registered, reposts: Sequence[Repost]) -> Searched:
    """Look for every repost, and for every registered photo among the others."""
    search = _Search(registered)
    searched = Searched()
    every = max(1, len(reposts) // _SAMPLES)
    total = len(reposts) + len(registered.names)
    for number, repost in enumerate(reposts):
        _tell(number, total)
        own = registered.names.index(repost.original)
        found, places = search.found(repost.path.read_bytes(), own, alone=not repost.shows_others)
        searched.reposts.append(found)
        searched.pairs += 0 if repost.shows_others else len(registered.names) - 1
        if number % every == 0:
            searched.samples += [(frame.upright, frame.mirrored) for frame in places[:1]]
    for number, path in enumerate(registered.paths):
        _tell(len(reposts) + number, total)
        found, _ = search.found(path.read_bytes(), number, alone=True)
        searched.impostors.append(found)
        searched.pairs += len(registered.names) - 1
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return searched


def seconds_among(
    many: int, registered: Registered, samples: Sequence[tuple[FoundPlaces, FoundPlaces]]
) -> list[float]:
    """Measure what it takes to propose pictures among so many, of each sample, in CPU seconds.

    The registry is filled up with photos whose places are those of registered ones, each bit turned
    over with a chance of 15 %: they are as frequent as real ones, and none is a copy.
    """
    chance = np.random.default_rng(0)
    constellations = list(registered.constellations)
    models = [each for each in registered.constellations if len(each)]
    while len(constellations) < many:
        model = models[len(constellations) % len(models)]
        turned = np.packbits(chance.random((len(model), 128)) < _CHANGED, axis=1).view("<u8")
        bits = model.bits ^ turned
        constellations.append(Constellation(model.places, bits, model.width, model.height))
    index = PlaceIndex(constellations)
    propose(index, constellations, samples[0])
    took = []
    for sample in samples:
        began = time.process_time()
        propose(index, constellations, sample)
        took.append(time.process_time() - began)
    return took


class _Search:
    def __init__(self, registered: Registered) -> None:
        self._registered = registered
        self._eye = CrawlsEye(registered.constellations)

    def found(self, body: bytes, own: int, *, alone: bool) -> tuple[Found, tuple[FramePlaces, ...]]:
        """Look for one image; ``alone``: whatever is found besides its own photo is false.

        Its places are given as well, of each of its frames.
        """
        began = time.process_time()
        image = self._eye.hashed(body)
        first = time.process_time() - began
        proposed = self._eye.proposed(image)
        began = time.process_time()
        strengths = self._eye.strengths(image, proposed)
        cpu_ms = 1e3 * (first + time.process_time() - began)
        signals = image.signals
        pdq = np.frombuffer(bytes.fromhex(signals.pdq), np.uint8)
        distances = np.bitwise_count(self._registered.pdq ^ pdq).sum(axis=2)
        near = distances <= MATCH_DISTANCE
        near &= self._registered.usable[:, np.newaxis]
        near &= signals.pdq_quality >= MIN_PDQ_QUALITY
        hits = {
            "pdq": set(np.flatnonzero(near[:, 0]).tolist()),
            "pdq of 8 views": set(np.flatnonzero(near.any(axis=1)).tolist()),
        }
        strong = {picture for picture, strength in strengths.items() if strength >= STRONG}
        hits["ours"] = strong | hits["pdq of 8 views"]
        of_own = {method: own in pictures for method, pictures in hits.items()}
        false = {
            method: tuple(sorted(pictures - {own})) if alone else ()
            for method, pictures in hits.items()
        }
        return Found(of_own, false, strengths, cpu_ms), image.found


def _tell(number: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rLooking for {number + 1} of {total}", end="", file=sys.stderr)
