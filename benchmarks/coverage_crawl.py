"""Crawling one site with Vigil, and asking its database what became of each photograph."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks import process_tree
from benchmarks.gallery_software import Served
from benchmarks.peers import PROJECT
from benchmarks.published_photos import Published, largest_published, nearest_photo
from casework import registering
from config import load_config
from domain.errors import OutsideDown
from domain.site import MAX_RATE, Site
from signals.pictures import hash_image, hash_picture
from storage import cases, crawls, sites
from storage.crawls import CrawlSummary
from storage.database import Database, open_database
from storage.tables import EvidenceRow, ImageRow, RegistrationRow, SightingRow

_SITE: Final = "gallery"
_LOG_SHOWN: Final = 3_000


@dataclass(frozen=True, slots=True)
class Sought:
    """One planted photograph: the largest picture published of it, and what the crawl saw of it."""

    photo: Path
    largest: Published
    sizes_seen: tuple[tuple[int, int], ...]
    flagged: bool

    @property
    def found(self) -> bool:
        """Say whether a picture as large as the largest was seen."""
        return any(width * height >= self.largest.pixels for width, height in self.sizes_seen)


@dataclass(frozen=True, slots=True)
class Covered:
    """What a crawl of one site came to."""

    software: str
    photos: Sequence[Sought] = field(repr=False)
    asked: Sequence[str] = field(repr=False)
    crawl: CrawlSummary
    seconds: float

    @property
    def found(self) -> int:
        """Count the photographs seen at the largest size published."""
        return sum(photo.found for photo in self.photos)

    @property
    def seen(self) -> int:
        """Count the photographs seen at any size."""
        return sum(bool(photo.sizes_seen) for photo in self.photos)

    @property
    def flagged(self) -> int:
        """Count the photographs flagged at any size."""
        return sum(photo.flagged for photo in self.photos)


def cover(software: str, served: Served, photos: Sequence[Path], folder: Path) -> Covered:
    """Register every photograph in one case, crawl the site, and see what was found.

    Only the rate differs from what `vigil site add` gives a site: waiting is not measured here.

    Raises:
        OutsideDown: no crawl was begun, or the site publishes a photograph nowhere.
    """
    largest = largest_published(served.published, photos)
    data = folder / "vigil"
    config = load_config({"VIGIL_DATA": str(data), "VIGIL_PRACTICE_HOSTS": served.host})
    database = open_database(config)
    try:
        with database.writing() as session:
            site = Site(name=_SITE, start_urls=(served.start,), rate=MAX_RATE)
            sites.add(session, site, now=datetime.now(UTC))
        registered = _register(database, photos, match_distance=config.match_distance)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")}
        environment["VIGIL_DATA"] = str(config.data)
        environment["VIGIL_PRACTICE_HOSTS"] = served.host
        log = folder / "crawl.log"
        command = [sys.executable, "-m", "crawler", _SITE]
        used = process_tree.measure(command, environment=environment, folder=PROJECT, log=log)
        with database.reading() as session:
            crawl = crawls.latest(session, _SITE)
            if crawl is None or used.status != 0:
                said = log.read_text(errors="replace")[-_LOG_SHOWN:]
                msg = f"The crawl of {software} ended with status {used.status}. It said:\n{said}"
                if crawl is None:
                    raise OutsideDown(msg)
                print(msg, file=sys.stderr)  # what it found before that counts, and no more
            sought = _look_up(session, largest, registered)
    finally:
        database.close()
    return Covered(software, sought, tuple(served.asked()), crawl, used.wall)


def _register(
    database: Database, photos: Sequence[Path], *, match_distance: int
) -> dict[Path, str]:
    """Register each photograph; return the number of its registration."""
    now = datetime.now(UTC)
    with database.writing() as session:
        case = cases.open_case(session, now=now).number
    return {
        photo: registering.register(
            database,
            case,
            hash_picture(photo.read_bytes()),
            source="file",
            actor="a benchmark",
            now=now,
            match_distance=match_distance,
        ).number
        for photo in photos
    }


def _look_up(
    session: Session, largest: Mapping[Path, Published], registered: Mapping[Path, str]
) -> list[Sought]:
    photos = list(largest)
    known = [hash_image(photo.read_bytes()).pdq for photo in photos]
    sizes: dict[Path, set[tuple[int, int]]] = {photo: set() for photo in photos}
    images = select(ImageRow.pdq, ImageRow.width, ImageRow.height).where(
        ImageRow.image_id.in_(select(SightingRow.image_id))
    )
    for pdq, width, height in session.execute(images):
        nearest = nearest_photo(pdq, known)
        if nearest is not None:
            sizes[photos[nearest]].add((width, height))
    flagged = set(
        session.scalars(
            select(RegistrationRow.number).join(
                EvidenceRow, EvidenceRow.registration_id == RegistrationRow.registration_id
            )
        )
    )
    return [
        Sought(photo, largest[photo], tuple(sorted(sizes[photo])), registered[photo] in flagged)
        for photo in photos
    ]
