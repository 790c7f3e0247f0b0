"""What a calibration says: the operating point, what is found and missed at it, and how surely."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from commands.calibration_measuring import Looked, Measured
from domain.errors import InvalidInput
from signals.calibration import MILLION, Calibration, TailKind
from signals.constellation import VERSION
from signals.false_tail import RULE_OF_THREE, STEP, FalsePairs, measure_tail

WORST: Final = 20
"""Misses, false pairs and unreadable files that are named; all are counted."""

_SHOWN: Final = 10.05
"""Strengths up to which recall is told."""

_KEPT: Final = 0.999
"""Share of the reposts that are seen at all which even the strictest strength still finds."""


_THINNED: Final = 1.15


@dataclass(frozen=True, slots=True)
class Recall:
    """Percent of reposts found: by places alone, and by these or by PDQ, as a crawl has it."""

    edit: str
    reposts: int
    by_places: float
    found: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A repost that was not found; without a strength, nothing spoke for its original."""

    repost: str
    original: str
    strength: float | None


@dataclass(frozen=True, slots=True)
class FalsePair:
    """An image, and a registered photo that is not in it."""

    image: str
    registered: str
    strength: float


@dataclass(frozen=True, slots=True)
class FalseFlags:
    """False flags in a million images, among so many registered photos."""

    expected: float
    low: float
    high: float
    extrapolated: bool


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The strength from which to flag, and what it rests on.

    ``promised``: the false flags that were asked for are within reach. ``heaviest_tail`` is how
    many there would be if the tail were as heavy as what was counted allows; None where no curve
    was fitted. ``pairs_above`` were counted of all pairs; ``rule_of_three`` is the rate that
    counting alone could tell.
    """

    false_flags_per_million: float
    registry_photos: int
    strength: float
    promised: bool
    false_flags: FalseFlags
    heaviest_tail: float | None
    pairs: int
    pairs_above: int
    rule_of_three: float


@dataclass(frozen=True, slots=True)
class Counts:
    """What was registered and looked at, and what could not be."""

    originals: int
    impostors: int
    without_constellation: int
    reposts: int
    reposts_without_original: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `vigil calibrate` found."""

    calibration: Calibration = field(repr=False)
    counts: Counts
    point: OperatingPoint
    recall: Recall
    by_edit: tuple[Recall, ...]
    by_strength: tuple[tuple[float, float, float, float], ...] = field(repr=False)
    """Strength; percent found by places, by these or PDQ, and of the edit found worst."""
    counted: tuple[tuple[float, float], ...] = field(repr=False)
    """Strengths of pairs of different things, and the share of all pairs that is as strong."""
    pdq_false_pairs: int
    misses: tuple[Miss, ...]
    missed: int
    false_pairs: tuple[FalsePair, ...]
    unreadable: tuple[tuple[str, str], ...]


def make_report(
    measured: Measured, *, false_flags_per_million: float, registry_photos: int, measured_at: str
) -> Report:
    """Work out the operating point from what was measured.

    Raises:
        InvalidInput: there is no pair of different things.
    """
    reposts = [each for each in measured.looked if each.edit]
    others = [each for each in measured.looked if each.alone]
    false = _false_pairs(measured, others)
    if not false.count:
        msg = "There is no pair of different things: name impostors other than the originals."
        raise InvalidInput(msg)
    calibration = Calibration(
        VERSION, measured_at, len(measured.registered), len(measured.looked),
        _strictest(reposts), measure_tail(false),
    )  # fmt: skip
    point = _point(calibration, false, false_flags_per_million, registry_photos)
    missed = sorted(
        (each for each in reposts if not _found(each, point.strength)), key=_own_strength
    )
    edits = sorted({each.edit for each in reposts})
    by_edit = [
        _recall(edit, [r for r in reposts if r.edit == edit], point.strength) for edit in edits
    ]
    return Report(
        calibration=calibration,
        counts=Counts(
            measured.originals,
            len(measured.registered) - measured.originals,
            len(measured.without),
            len(reposts),
            measured.without_original,
            len(measured.unreadable),
        ),
        point=point,
        recall=_recall("all", reposts, point.strength),
        by_edit=tuple(sorted(by_edit, key=lambda recall: (recall.found, recall.by_places))),
        by_strength=tuple(_by_strength(reposts)),
        counted=tuple(_counted(false)),
        pdq_false_pairs=sum(len(each.near - {each.own}) for each in others),
        misses=tuple(
            Miss(each.name, measured.registered[each.own], each.strengths.get(each.own))
            for each in missed[:WORST]
        ),
        missed=len(missed),
        false_pairs=tuple(_worst_pairs(measured, others)),
        unreadable=tuple(measured.unreadable[:WORST]),
    )


def _false_pairs(measured: Measured, others: Sequence[Looked]) -> FalsePairs:
    registered = np.ones(len(measured.registered), np.bool_)
    registered[list(measured.without)] = False
    images = np.bincount([each.own for each in others], minlength=len(registered))
    pairs = [
        (each.own, other, strength)
        for each in others
        for other, strength in each.strengths.items()
        if other != each.own and strength >= 0
    ]
    strengths = np.array([strength for _, _, strength in pairs], np.float64)
    photos = np.array([pair[:2] for pair in pairs], np.int64).reshape(-1, 2)
    return FalsePairs(strengths, photos, images, registered)


def _point(
    calibration: Calibration, false: FalsePairs, false_flags_per_million: float, photos: int
) -> OperatingPoint:
    strength = calibration.strength_for(false_flags_per_million, photos)
    at = calibration.at(strength)
    chances = MILLION * photos
    return OperatingPoint(
        false_flags_per_million,
        photos,
        strength,
        calibration.promises(false_flags_per_million, photos),
        FalseFlags(at.rate * chances, at.low * chances, at.high * chances, at.extrapolated),
        None
        if calibration.tail.kind is TailKind.ODDS
        else calibration.tail.heaviest_rate(strength) * chances,
        false.count,
        int((false.strengths >= strength).sum()),
        RULE_OF_THREE / false.count,
    )


def _strictest(reposts: Sequence[Looked]) -> float:
    """Give the strength beyond which more than a few of the reposts seen at all are missed."""
    seen = sorted(strength for each in reposts if (strength := _own_strength(each)) >= 0)
    if not seen:
        return 0.0
    return round(math.floor(seen[int((1 - _KEPT) * len(seen))] / STEP) * STEP, 1)


def _own_strength(repost: Looked) -> float:
    return repost.strengths.get(repost.own, -math.inf)


def _found(repost: Looked, strength: float) -> bool:
    return _own_strength(repost) >= strength or repost.own in repost.near


def _recall(edit: str, reposts: Sequence[Looked], strength: float) -> Recall:
    by_places = sum(_own_strength(each) >= strength for each in reposts)
    found = sum(_found(each, strength) for each in reposts)
    return Recall(edit, len(reposts), 100 * by_places / len(reposts), 100 * found / len(reposts))


def _by_strength(reposts: Sequence[Looked]) -> Iterator[tuple[float, float, float, float]]:
    by_edit: dict[str, list[Looked]] = {}
    for each in reposts:
        by_edit.setdefault(each.edit, []).append(each)
    for strength in np.round(np.arange(0, _SHOWN, STEP), 1).tolist():
        whole = _recall("all", reposts, strength)
        worst = min(_recall(edit, those, strength).found for edit, those in by_edit.items())
        yield strength, whole.by_places, whole.found, worst


def _counted(false: FalsePairs) -> Iterator[tuple[float, float]]:
    ordered = np.sort(false.strengths)[::-1].tolist()
    number = 1
    while number <= len(ordered):
        yield ordered[number - 1], number / false.count
        number = max(number + 1, int(number * _THINNED))  # the strongest each, others now and then


def _worst_pairs(measured: Measured, others: Sequence[Looked]) -> list[FalsePair]:
    pairs = [
        FalsePair(each.name, measured.registered[other], strength)
        for each in others
        for other, strength in each.strengths.items()
        if other != each.own and strength >= 0
    ]
    return sorted(pairs, key=lambda pair: (-pair.strength, pair.image))[:WORST]
