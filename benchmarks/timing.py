"""Timing contestants in turn, so that whatever else the machine does falls on all of them alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Times:
    """Seconds of each measurement, in the order they were taken."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def add(self, work: Callable[[], object], *, times: int = 1) -> None:
        """Run ``work`` some times and note what one of them took."""
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            work()
        self.cpu.append((time.process_time() - cpu) / times)
        self.wall.append((time.perf_counter() - wall) / times)

    @property
    def cpu_ms(self) -> float:
        """Median CPU time in milliseconds."""
        return 1e3 * median(self.cpu)

    @property
    def wall_ms(self) -> float:
        """Median time on the clock in milliseconds."""
        return 1e3 * median(self.wall)


def take_turns(
    contestants: Mapping[str, Callable[[], object]],
    times: Mapping[str, Times],
    *,
    rounds: int,
    at_least: float = 0.02,
) -> None:
    """Run every contestant once a round, one after the other, and add to its times.

    Args:
        contestants: what to run, by name.
        times: where measurements of each name go.
        rounds: measurements of each.
        at_least: seconds that one measurement should last; what is quicker is repeated in it.
    """
    repeats = {}
    for name, work in contestants.items():
        work()  # loads what is loaded late, and fills caches
        began = time.perf_counter()
        work()
        repeats[name] = max(1, round(at_least / max(time.perf_counter() - began, 1e-6)))
    for _ in range(rounds):
        for name, work in contestants.items():
            times[name].add(work, times=repeats[name])


def ratio(peer: Sequence[float], ours: Sequence[float]) -> float:
    """Median of how many times ours a peer took, each with the measurement beside it."""
    return median(theirs / own for theirs, own in zip(peer, ours, strict=True))
