"""A real crawl of two thousand pictures, beside Scrapy's ImagesPipeline and img2dataset.

All of them gather one gallery from one server on loopback, in turn, each started as its users
start it and timed from its start to its end, with the CPU of every process that it started. Ours
compares each picture with a registry of a million signals; the peers compare with nothing.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Better, Figure, print_figures
from benchmarks.gathering import Gather, ImagesPipelineCrawls, Img2datasetRuns, OurCrawls
from benchmarks.peers import add_options, peer, start_again_beside_peers
from benchmarks.served_gallery import Gallery, pictures_a_second, serve_gallery
from benchmarks.timing import ratio
from domain.errors import OutsideDown, VigilError

OURS, PIPELINE, IMG2DATASET = "Vigil", "ImagesPipeline", "img2dataset"

_TIMES_QUICKER: Final = 8.0
_TIMES_CHEAPER: Final = 3.5
_SERVER_ENOUGH: Final = 1_500.0  # images a second: many times what any contestant reaches


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took, from its start to its end."""

    images: int
    wall: float
    cpu: float


@dataclass(slots=True)
class Runs:
    """Every run of one contestant, each with one that gathered next to nothing just before."""

    few: list[Run] = field(default_factory=list)
    full: list[Run] = field(default_factory=list)

    @property
    def wall_each(self) -> list[float]:
        """Seconds an image, of each run."""
        return [run.wall / run.images for run in self.full]

    @property
    def cpu_each(self) -> list[float]:
        """CPU seconds an image, of each run."""
        return [run.cpu / run.images for run in self.full]

    @property
    def wall_each_more(self) -> list[float]:
        """Seconds that each image took beyond the start, of each run."""
        pairs = zip(self.full, self.few, strict=True)
        return [(run.wall - few.wall) / (run.images - few.images) for run, few in pairs]

    @property
    def cpu_each_more(self) -> list[float]:
        """CPU seconds that each image took beyond the start, of each run."""
        pairs = zip(self.full, self.few, strict=True)
        return [(run.cpu - few.cpu) / (run.images - few.images) for run, few in pairs]


def main() -> int:
    """Measure, print, and say by the exit status whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl", description=__doc__)
    add_options(parser)
    parser.add_argument("--images", type=int, default=2_000)
    parser.add_argument("--signals", type=int, default=1_000_000, help="size of the registry")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each")
    parser.add_argument(
        "--hosts", type=int, default=4, help="addresses that pictures stand on (Linux: up to 254)"
    )
    options = parser.parse_args()
    start_again_beside_peers("benchmarks.crawl", options)
    if options.quick:
        options.images, options.signals, options.rounds = 60, 2_000, 1
    try:
        with serve_gallery(options) as gallery, tempfile.TemporaryDirectory() as folder:
            capacity = asyncio.run(pictures_a_second(gallery))
            runs = race(options, gallery, Path(folder))
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    figures = report(options, runs)
    enough = None if options.quick else _SERVER_ENOUGH
    figures += [
        Figure("the server alone", round(capacity), "images/s", enough, "higher"),
        Figure("pictures gathered", options.images, "images", None, "higher"),
        Figure("weight of a picture", round(gallery.bytes_each / 1e3), "kB", None, "higher"),
        Figure("signals in our registry", options.signals, "signals", None, "higher"),
    ]
    return print_figures("crawl", figures, as_json=options.json)


def race(options: argparse.Namespace, gallery: Gallery, folder: Path) -> dict[str, Runs]:
    """Let everyone gather the gallery, in turn."""
    everyone: dict[str, Gather] = {OURS: OurCrawls(gallery, folder, signals=options.signals)}
    if peer("pdqhash", "pdqhash", options) and peer("imagehash", "imagehash", options):
        everyone[PIPELINE] = ImagesPipelineCrawls(gallery, folder)
    if peer("img2dataset", "img2dataset", options):
        everyone[IMG2DATASET] = Img2datasetRuns(gallery, folder)
    runs = {name: Runs() for name in everyone}
    for _ in range(options.rounds):
        for name, gather in everyone.items():
            runs[name].few.append(counted(name, gather, gallery, small=True))
            runs[name].full.append(counted(name, gather, gallery, small=False))
    return runs


def counted(name: str, gather: Gather, gallery: Gallery, *, small: bool) -> Run:
    """Run one contestant once.

    Raises:
        OutsideDown: it did not ask for every picture, so that its time says nothing.
    """
    gallery.asked()
    used = gather(small=small)
    asked = gallery.asked()
    wanted = len(gallery.few if small else gallery.pictures)
    if used.status != 0 or asked != wanted:
        msg = (
            f"{name} ended with status {used.status} and asked for {asked:,} of {wanted:,} "
            "pictures, so its time says nothing. What it said stands above."
        )
        raise OutsideDown(msg)
    return Run(wanted, used.wall, used.cpu)


def report(options: argparse.Namespace, runs: dict[str, Runs]) -> list[Figure]:
    """Turn runs into figures; a small run has no targets, since starting is most of it."""
    quicker, cheaper = (None, None) if options.quick else (_TIMES_QUICKER, _TIMES_CHEAPER)
    walls = {name: done.wall_each for name, done in runs.items()}
    cpus = {name: done.cpu_each for name, done in runs.items()}
    more_walls = {name: done.wall_each_more for name, done in runs.items()}
    more_cpus = {name: done.cpu_each_more for name, done in runs.items()}
    figures = [
        _quicker("images a second", walls, quicker),
        _cheaper("CPU an image", cpus, cheaper),
        _quicker("images a second beyond the start", more_walls, None),
        _cheaper("CPU an image beyond the start", more_cpus, None),
    ]
    for name, done in runs.items():
        start_wall = median(few.wall for few in done.few)
        start_cpu = median(few.cpu for few in done.few)
        told: dict[str, tuple[float, str, Better]] = {
            "images a second": (1 / median(done.wall_each), "images/s", "higher"),
            "CPU an image": (1e3 * median(done.cpu_each), "ms", "lower"),
            "time an image beyond the start": (1e3 * median(done.wall_each_more), "ms", "lower"),
            "CPU an image beyond the start": (1e3 * median(done.cpu_each_more), "ms", "lower"),
            f"time to start and gather {done.few[0].images}": (start_wall, "s", "lower"),
            f"CPU to start and gather {done.few[0].images}": (start_cpu, "s", "lower"),
        }
        figures += [
            Figure(f"{name}: {what}", round(value, 3), unit, None, better)
            for what, (value, unit, better) in told.items()
        ]
    return figures


def _quicker(name: str, each: dict[str, list[float]], target: float | None) -> Figure:
    shown = {who: f"{1 / median(taken):,.3g} images/s" for who, taken in each.items()}
    return _compared(f"{name}, times {PIPELINE}", PIPELINE, each, shown, target)


def _cheaper(name: str, each: dict[str, list[float]], target: float | None) -> Figure:
    shown = {who: f"{1e3 * median(taken):,.3g} ms" for who, taken in each.items()}
    return _compared(f"{name}, times less than {IMG2DATASET}", IMG2DATASET, each, shown, target)


def _compared(
    name: str,
    peers_name: str,
    each: dict[str, list[float]],
    shown: dict[str, str],
    target: float | None,
) -> Figure:
    # Beyond the start of a small run there may be nothing but noise, which has no ratio.
    if peers_name not in each or min(each[OURS]) <= 0:
        return Figure(name, None, "×", target, "higher", ours=shown[OURS])
    value = round(ratio(each[peers_name], each[OURS]), 2)
    return Figure(name, value, "×", target, "higher", ours=shown[OURS], peer=shown[peers_name])


if __name__ == "__main__":
    sys.exit(main())
