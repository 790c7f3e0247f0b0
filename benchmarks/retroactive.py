"""A new registration against every image ever sighted: how long does it take to answer?

There is no peer to run beside: nothing else answers for pictures that were seen before. The images
are random signals in a fresh SQLite database, kept beside it in files as crawls leave them; then
pictures of eight views each are registered, as `vigil register` does it, and videos of sixty frames
while another connection records all the time, as a crawl does.
"""

import argparse
import os
import secrets
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.figures import Figure, print_figures
from casework import registering
from config import load_config
from domain.signal import MATCH_DISTANCE, PictureSignals, Signal, SignalType, View
from matching.sighted_images import SightedImages
from storage import cases, registry
from storage.database import Database, open_database

_TARGET_SECONDS: Final = 2.0
_AT_ONCE: Final = 100_000
_FRAMES: Final = 60
_COLUMNS: Final = (
    "sha256, md5, pdq, phash, pdq_quality, format, width, height, byte_size, first_seen"
)


def main() -> int:
    """Fill a database, register, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retroactive", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000_000, help="five minutes to fill in")
    parser.add_argument("--pictures", type=int, default=5, help="registered one after the other")
    parser.add_argument("--quick", action="store_true", help="20,000 images, to see that it works")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    if options.quick:
        options.images = 20_000
    with tempfile.TemporaryDirectory() as folder:
        config = load_config({"VIGIL_DATA": folder})
        database, other = open_database(config), open_database(config)
        try:
            planted = fill(Path(folder) / "vigil.db", options.images)
            began = time.perf_counter()
            kept = SightedImages(database.snapshots).keep_up(database)
            keeping = time.perf_counter() - began
            _forget_cached_files()
            seconds, found = register(database, planted, options.pictures)
            with recording(other) as waits:
                of_videos = [register_video(database) for _ in range(options.pictures)]
        finally:
            other.close()
            database.close()
    target = None if options.quick else _TARGET_SECONDS
    figures = [
        Figure("images sighted", options.images, "images", None, "higher"),
        Figure("images kept in files", kept, "images", None, "higher"),
        Figure("writing those files, once", round(keeping, 2), "s", None, "lower"),
        Figure("first registration", round(seconds[0], 3), "s", target, "lower"),
        Figure("later registrations", round(median(seconds[1:]), 3), "s", target, "lower"),
        Figure("a video of 60 frames", round(median(of_videos), 3), "s", None, "lower"),
        Figure("longest that a crawl waits for it", round(max(waits), 3), "s", None, "lower"),
        Figure("planted copies found", found, "images", len(planted), "higher"),
    ]
    return print_figures("retroactive", figures, as_json=options.json)


def fill(path: Path, images: int) -> list[bytes]:
    """Write so many images; return the PDQ of eight, one of each eighth of them."""
    rng = np.random.default_rng(1)
    planted: list[bytes] = []
    places = {images * part // 8 for part in range(8)}
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    for first in range(0, images, _AT_ONCE):
        number = min(_AT_ONCE, images - first)
        digits = rng.integers(0, 256, (number, 32 + 16 + 32 + 8), dtype=np.uint8)
        rows = [(r[:32], r[32:48], r[48:80], r[80:]) for r in map(bytes, digits)]
        planted += [rows[place - first][2] for place in places if first <= place < first + number]
        connection.executemany(
            f"INSERT INTO image ({_COLUMNS}) VALUES (?, ?, ?, ?, 100, 'JPEG', 800, 600, 100000, "  # noqa: S608 - our own words
            "'2026-01-01 00:00:00.000000')",
            rows,
        )
        connection.commit()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{first + number:,} of {images:,} images written")
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    connection.close()
    return planted


def register(database: Database, planted: list[bytes], pictures: int) -> tuple[list[float], int]:
    """Register the planted signals as one picture, then others; return the seconds of each."""
    case = _open_case(database)
    seconds: list[float] = []
    found = 0
    for number in range(pictures + 1):
        values = planted if number == 0 else [secrets.token_bytes(32) for _ in View]
        picture = PictureSignals(
            tuple(
                Signal(SignalType.PDQ, value.hex(), view, 100)
                for value, view in zip(values, View, strict=True)
            )
        )
        took, images = _register(database, case, picture)
        seconds.append(took)
        found += images
    return seconds, found


def register_video(database: Database) -> float:
    """Register a video of random frames in a case of its own; return the seconds."""
    signals = tuple(
        Signal(SignalType.PDQ, secrets.token_hex(32), view, 100, 1000 * second)
        for second in range(_FRAMES)
        for view in View
    )
    seconds, _ = _register(database, _open_case(database), PictureSignals(signals))
    return seconds


@contextmanager
def recording(database: Database) -> Iterator[list[float]]:
    """Hold the registry as recording an image does, again and again; note each wait in seconds."""
    waits = [0.0]
    ended = threading.Event()

    def record() -> None:
        while not ended.wait(0.002):
            began = time.perf_counter()
            with database.writing() as session:
                registry.version_shared(session)
            waits.append(time.perf_counter() - began)

    crawl = threading.Thread(target=record)
    crawl.start()
    try:
        yield waits
    finally:
        ended.set()
        crawl.join()


def _open_case(database: Database) -> str:
    with database.writing() as session:
        return cases.open_case(session, now=datetime.now(UTC)).number


def _register(database: Database, case: str, picture: PictureSignals) -> tuple[float, int]:
    began = time.perf_counter()
    done = registering.register(
        database,
        case,
        picture,
        source="signals",
        actor="a benchmark",
        now=datetime.now(UTC),
        match_distance=MATCH_DISTANCE,
    )
    return time.perf_counter() - began, done.images


def _forget_cached_files() -> None:
    """Have the first registration read from the disk, where this machine lets us ask for that."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("1", encoding="ascii")
    except OSError:  # not root, or not Linux: it reads from memory then
        return


if __name__ == "__main__":
    sys.exit(main())
