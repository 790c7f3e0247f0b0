"""Files made to break a decoder, through real workers: each ends as signals or as a reason."""

import asyncio
import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from domain.errors import Undecodable
from domain.signal import ImageSignals
from signals.child import DEFAULT_MEMORY_LIMIT
from signals.decoding_cost import MAX_BYTES
from signals.pictures import hash_image
from signals.pool import HashingPool
from tests.signals.hostile.bombs import time_bombs
from tests.signals.hostile.builders import sound
from tests.signals.hostile_files import FAMILIES

WORKERS = 2

# A family in which nothing can be seen, so that signals would be of something made up.
SHOWING_NOTHING = {"announced bombs", "no pictures"}

# A family in which every picture is whole, whatever stands beside it.
WHOLE = {"metadata"}

# What a worker takes without a picture, and with twice the largest file here, beside MAX_BYTES.
RESIDENT = MAX_BYTES + 230 * 2**20

NO_VIDEO = b"\x1a\x45\xdf\xa3"

LOST = re.compile(r"hashing worker|hashing took longer|could not be hashed")

# Paths, addresses in memory, Python's way of writing bytes: what a decoder's own text would bring.
FOREIGN = re.compile(
    r"(^|[\s'\"(<])/\w|[A-Za-z]:\\|\.py\b|\\x|\bb['\"]|0x[0-9a-f]|<[a-z_]+[. ]|[{}|]"
)

# An unknown format is named by its first four bytes, in hexadecimal digits.
FIRST_BYTES = re.compile(r"the bytes [0-9a-f ]{2,11} \(")


class Running:
    """A pool for all tests here, and the loop that it belongs to."""

    def __init__(self, runner: asyncio.Runner, pool: HashingPool) -> None:
        self._runner = runner
        self.pool = pool

    def hash_all(self, files: Iterator[tuple[str, bytes]]) -> dict[str, ImageSignals | Undecodable]:
        """Hash as many files at once as there are workers."""
        outcomes: dict[str, ImageSignals | Undecodable] = {}

        async def take_turns() -> None:
            for name, body in files:
                assert name not in outcomes, f"two files are called {name!r}"
                try:
                    outcomes[name] = await self.pool.signals_of(body)
                except Undecodable as reason:
                    check_reason(name, str(reason), body)
                    outcomes[name] = reason

        async def at_once() -> None:
            await asyncio.gather(*(take_turns() for _ in range(WORKERS)))

        self._runner.run(at_once())
        return outcomes


def check_reason(name: str, reason: str, body: bytes) -> None:
    shown = f"{name!r} ends as: {reason}"
    assert re.fullmatch(r"[\x20-\x7e]{10,400}", reason), shown
    assert not FOREIGN.search(FIRST_BYTES.sub("(", reason)), shown
    beginning = body[:100_000]
    quoted = [reason[i : i + 9] for i in range(len(reason) - 8)]
    assert not any(part.encode() in beginning for part in quoted), shown


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with asyncio.Runner() as runner:
        # Default limits; only that no worker is replaced for having done enough.
        pool = HashingPool(WORKERS, pictures_per_worker=10**6)
        with contextlib.suppress(Undecodable):
            runner.run(pool.signals_of(NO_VIDEO))  # a worker for videos is there from the beginning
        yield Running(runner, pool)
        runner.run(pool.close())


@pytest.fixture(scope="module")
def impatient() -> Iterator[Running]:
    with asyncio.Runner() as runner:
        pool = HashingPool(WORKERS, time_limit=2, pictures_per_worker=10**6)
        yield Running(runner, pool)
        runner.run(pool.close())


def workers() -> set[int]:
    return {
        child.pid
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "signals.worker" in child.cmdline()
    }


def most_memory(pid: int, kind: str) -> int:
    """The most bytes that a process ever had: of address space (VmPeak) or resident (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(rf"{kind}:\s+(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) * 1024


def good(photo: bytes) -> Iterator[tuple[str, bytes]]:
    return iter([(f"good photo {number}", photo) for number in range(WORKERS)])


def test_every_undamaged_picture_is_hashed(running):
    outcomes = running.hash_all(iter(sound().items()))

    lost = {name: str(found) for name, found in outcomes.items() if isinstance(found, Undecodable)}
    assert lost == {}
    assert {(found.width, found.height) for found in outcomes.values()} == {(160, 120)}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_file_costs_itself_and_no_worker(family, running, photo):
    running.hash_all(good(photo))
    before = workers()

    outcomes = running.hash_all(FAMILIES[family]())

    reasons = {n: str(found) for n, found in outcomes.items() if isinstance(found, Undecodable)}
    lost = {name: reason for name, reason in reasons.items() if LOST.search(reason)}
    assert lost == {}
    assert workers() == before
    if family in SHOWING_NOTHING:
        assert [name for name in outcomes if name not in reasons] == []
    if family in WHOLE:
        assert reasons == {}
    assert set(running.hash_all(good(photo)).values()) == {hash_image(photo)}
    if sys.platform == "linux":  # macOS has no limit on memory
        assert [pid for pid in before if most_memory(pid, "VmPeak") > DEFAULT_MEMORY_LIMIT] == []
        assert [pid for pid in before if most_memory(pid, "VmHWM") > RESIDENT] == []


def test_gigapixels_are_refused_from_the_header(running):
    outcomes = running.hash_all(FAMILIES["announced bombs"]())

    otherwise = {name for name, found in outcomes.items() if "header announces" not in str(found)}
    assert otherwise <= {"avif of 65535 x 65535"}  # libavif refuses that one before Pillow asks


def test_a_file_that_would_take_minutes_is_refused_at_once(impatient, photo):
    impatient.hash_all(good(photo))
    before = workers()

    outcomes = impatient.hash_all(time_bombs())

    reasons = {name: str(found) for name, found in outcomes.items()}
    assert {name for name, reason in reasons.items() if "at most" not in reason} == set()
    assert "a JPEG of 20,001 scans" in reasons["progressive jpeg of 20000 scans"]
    assert workers() == before


def test_most_files_without_their_last_byte_are_pictures(running):
    shown = {
        name: body[:-1]
        for name, body in sound().items()
        if not name.startswith(("tiff", "j", "ico")) or name.startswith("jpeg")
    }

    outcomes = running.hash_all(iter(shown.items()))

    lost = {name: str(found) for name, found in outcomes.items() if isinstance(found, Undecodable)}
    assert lost == {}


def test_the_corpus_is_large_and_the_same_every_time():
    names = [(family, name) for family, files in FAMILIES.items() for name, _ in files()]
    assert len(names) == len(set(names)) >= 1_000
    for family in ("bits flipped", "random behind magic", "palettes and profiles"):
        assert list(FAMILIES[family]()) == list(FAMILIES[family]())
