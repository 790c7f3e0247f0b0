"""How each contestant of `benchmarks.crawl` gathers a gallery: as its users start it."""

import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from benchmarks import process_tree
from benchmarks.full_registry import fill_registry
from benchmarks.peers import PROJECT
from benchmarks.process_tree import Usage
from benchmarks.served_gallery import Gallery
from config import load_config
from domain.errors import OutsideDown
from domain.site import MAX_RATE, Site
from storage import crawls, sites
from storage.database import open_database

_WARM_UP: Final = "warm-up"
_FEW: Final = "few"
_GALLERY: Final = "gallery"
_LOG_SHOWN: Final = 3_000


class Gather(Protocol):
    """Gathers the whole gallery, or only its page of a few pictures, and says what that took."""

    def __call__(self, *, small: bool) -> Usage:
        """Gather it once, as if for the first time."""
        ...


class OurCrawls:
    """Crawls as operators run them, each with a copy of one database that holds the registry."""

    def __init__(self, gallery: Gallery, folder: Path, *, signals: int) -> None:
        """Make the database, and crawl once: what that leaves for later crawls is there then."""
        self._gallery = gallery
        self._filled = folder / "filled"
        self._data = folder / "vigil"
        self._log = folder / "vigil.log"
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")}
        self._environment["VIGIL_PRACTICE_HOSTS"] = ",".join(gallery.hosts)
        now = datetime.now(UTC)
        database = open_database(load_config({"VIGIL_DATA": str(self._filled)}))
        try:
            fill_registry(database, signals, now=now)
            with database.writing() as session:
                for name, page in ((_GALLERY, ""), (_FEW, _FEW), (_WARM_UP, _WARM_UP)):
                    start = (gallery.start + page,)
                    sites.add(session, Site(name=name, start_urls=start, rate=MAX_RATE), now=now)
        finally:
            database.close()
        self._run(self._filled, _WARM_UP)

    def __call__(self, *, small: bool) -> Usage:
        """Crawl with a database that holds none of these pictures.

        Raises:
            OutsideDown: the crawl did not hash every picture, so that its time says nothing.
        """
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.copytree(self._filled, self._data)
        if small:
            return self._run(self._data, _FEW)
        used = self._run(self._data, _GALLERY)
        database = open_database(load_config({"VIGIL_DATA": str(self._data)}))
        with database.reading() as session:
            done = crawls.latest(session, _GALLERY)
        database.close()
        if done is None or done.hashed != len(self._gallery.pictures):
            _show(self._log)
            msg = f"Our crawl hashed {done.hashed if done else 0:,} pictures, not all of them."
            raise OutsideDown(msg)
        return used

    def _run(self, data: Path, site: str) -> Usage:
        return process_tree.measure(
            [sys.executable, "-m", "crawler", site],
            environment={**self._environment, "VIGIL_DATA": str(data)},
            folder=PROJECT,
            log=self._log,
        )


class ImagesPipelineCrawls:
    """Scrapy's own pipeline with PDQ and pHash: see `benchmarks.scrapy_images_spider`."""

    def __init__(self, gallery: Gallery, folder: Path) -> None:
        self._gallery = gallery
        self._folder = folder

    def __call__(self, *, small: bool) -> Usage:
        """Crawl, and delete what was stored."""
        start = self._gallery.start + (_FEW if small else "")
        stored = str(self._folder / "peer")
        return _peer(self._folder, ["-m", "benchmarks.scrapy_images_spider", start, stored])


class Img2datasetRuns:
    """img2dataset on every core, with its usual 256 pixels and the quickest of its digests."""

    def __init__(self, gallery: Gallery, folder: Path) -> None:
        self._gallery = gallery
        self._folder = folder

    def __call__(self, *, small: bool) -> Usage:
        """Download, and delete what was stored."""
        urls = self._gallery.few if small else self._gallery.pictures
        listed = self._folder / "urls.txt"
        listed.write_text("\n".join(urls))
        cores = os.cpu_count() or 1
        options = {
            "url_list": listed,
            "output_folder": self._folder / "peer",
            "image_size": 256,
            "compute_hash": "md5",
            "processes_count": cores,
            "thread_count": 32,
            "number_sample_per_shard": -(-len(urls) // cores),
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return _peer(self._folder, ["-m", "img2dataset.main", *arguments])


def _peer(folder: Path, arguments: list[str]) -> Usage:
    log = folder / "peer.log"
    used = process_tree.measure(
        [sys.executable, *arguments], environment=os.environ, folder=PROJECT, log=log
    )
    shutil.rmtree(folder / "peer", ignore_errors=True)  # copies of harmless landscapes
    if used.status != 0:
        _show(log)
    return used


def _show(log: Path) -> None:
    print(log.read_text(errors="replace")[-_LOG_SHOWN:], file=sys.stderr)
