"""What the trials of `benchmarks.matching` come to, as figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.figures import Figure
from benchmarks.search_check import Checked
from benchmarks.search_contestants import FLAT, OURS, PDQ_INDEX
from benchmarks.timing import Times, ratio

MILLION: Final = 1_000_000
RANDOM, LIKE_PHOTOS = "random", "like photos"

_FLAT_AT_A_MILLION: Final = 30.0
_PDQ_INDEX_AT_A_MILLION: Final = 45.0
_FLAT_AT_TEN_MILLION: Final = 50.0
_ADDING: Final = 10_000.0
_BYTES_EACH: Final = 150.0
How = Literal["first", "single", "batch", "adding"]
_MICRO: Final = 1e3  # microseconds in a millisecond


@dataclass(frozen=True, slots=True)
class Trial:
    """What one registry showed; times are of one query.

    ``first`` ones come after every other contestant has read its own gigabytes, ``single`` ones
    one by one behind them, ``batch`` ones all at once.
    """

    first: Mapping[str, Times]
    single: Mapping[str, Times]
    batch: Mapping[str, Times]
    adding: Mapping[str, Times]
    bytes_each: Mapping[str, float]
    checked: Checked

    def times(self, how: How) -> Mapping[str, Times]:
        """Give everyone's times of one kind."""
        return {
            "first": self.first,
            "single": self.single,
            "batch": self.batch,
            "adding": self.adding,
        }[how]


def report(trials: Mapping[tuple[int, str], Trial]) -> list[Figure]:
    """Turn trials, by size and kind of registry, into figures."""
    figures: list[Figure] = []
    for kind in (RANDOM, LIKE_PHOTOS):
        trial = trials.get((MILLION, kind))
        name = _name(MILLION, kind)
        figures += [
            _quicker(f"{name}, batch", trial, "batch", FLAT, _FLAT_AT_A_MILLION),
            _quicker(f"{name}, single", trial, "single", FLAT, None),
            _quicker(f"{name}, single", trial, "single", PDQ_INDEX, _PDQ_INDEX_AT_A_MILLION),
        ]
    for kind in (RANDOM, LIKE_PHOTOS):
        trial = trials.get((10 * MILLION, kind))
        name = _name(10 * MILLION, kind)
        figures += [
            _quicker(f"{name}, batch", trial, "batch", FLAT, _FLAT_AT_TEN_MILLION),
            _quicker(f"{name}, single", trial, "single", FLAT, None),
            _quicker(f"{name}, first after others", trial, "first", FLAT, None),
        ]
    figures += _right([trial.checked for trial in trials.values()])
    trial = trials.get((MILLION, RANDOM))
    figures.append(_quicker("add one to 1 M", trial, "adding", PDQ_INDEX, _ADDING))
    for (size, kind), done in trials.items():
        fresh = size >= MILLION and kind == RANDOM
        figures += _told(_name(size, kind), done, fresh_memory=fresh)
        target = _BYTES_EACH if size == MILLION else None
        figures.append(_bytes(_name(size, kind), done.bytes_each[OURS], target))
    if (MILLION, RANDOM) not in trials:
        figures.append(_bytes(_name(MILLION, RANDOM), None, _BYTES_EACH))
    return figures


def _right(checks: list[Checked]) -> list[Figure]:
    planted = sum(checked.planted for checked in checks)
    found = sum(checked.planted_found for checked in checks)
    scanned = sum(checked.scanned for checked in checks)
    hits = sum(checked.hits for checked in checks)
    return [
        Figure("share of planted copies found", found / planted, "", 1.0, "higher"),
        Figure("false hits", sum(c.false for c in checks), f"of {hits:,}", 0.0, "lower"),
        Figure(
            "hits missed, by a scan of the whole registry",
            sum(checked.missed for checked in checks),
            f"in {scanned:,} queries",
            0.0,
            "lower",
        ),
    ]


def _quicker(name: str, trial: Trial | None, how: How, peer: str, target: float | None) -> Figure:
    times = {} if trial is None else trial.times(how)
    if peer not in times:
        return Figure(f"{name}: times {peer}", None, "×", target, "higher")
    value = ratio(times[peer].cpu, times[OURS].cpu)
    return Figure(
        f"{name}: times {peer}",
        round(value, 1),
        "×",
        target,
        "higher",
        ours=f"{_MICRO * times[OURS].cpu_ms:,.1f} µs",
        peer=f"{_MICRO * times[peer].cpu_ms:,.0f} µs",
    )


def _told(name: str, trial: Trial, *, fresh_memory: bool) -> Iterator[Figure]:
    """List what one query took each contestant, without a target."""
    kinds: tuple[How, ...] = ("first", "single", "batch", "adding")
    for how in kinds:
        for who, taken in trial.times(how).items():
            wall = f"{_MICRO * taken.wall_ms:,.1f} µs wall"
            value = round(_MICRO * taken.cpu_ms, 2)
            yield Figure(
                f"{name}, {how}: {who}, CPU",
                value,
                "µs",
                None,
                "lower",
                ours=wall if who == OURS else "",
                peer="" if who == OURS else wall,
            )
    # What peers hold is known from how the process grew, and it grows little once it was larger.
    for who, each in trial.bytes_each.items():
        if who != OURS and fresh_memory:
            yield Figure(f"{name}: {who}, bytes a hash", round(each), "bytes", None, "lower")


def _bytes(name: str, value: float | None, target: float | None) -> Figure:
    rounded = None if value is None else round(value, 1)
    return Figure(f"{name}: ours, bytes a hash", rounded, "bytes", target, "lower")


def _name(size: int, kind: str) -> str:
    written = f"{size // MILLION} M" if size >= MILLION else f"{size // 1000} k"
    return f"{written} {kind}"
