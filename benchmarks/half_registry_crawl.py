"""Every second photo registered, all of them crawled, and what was flagged of which."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.peers import PROJECT
from casework import registering
from config import Config, load_config
from domain.errors import OutsideDown
from domain.evidence import figure_of
from domain.signal import PictureSignals, SignalType
from domain.site import MAX_RATE, Site
from pipelines.strength_wanted import StrengthWanted
from practice.sites import PracticeSite
from signals.pictures import hash_picture
from storage import cases, crawls, sites
from storage.database import Database, open_database
from storage.matches import MatchSignal
from storage.tables import EvidenceRow, ImageRow, MatchRow, RegistrationRow, SightingRow

PER_PAGE: Final = 50

_SITE: Final = "gallery"
_KEPT: Final = ("VIGIL_CALIBRATION", "VIGIL_FALSE_FLAGS_PER_MILLION", "VIGIL_MATCH_DISTANCE")
"""Settings of whoever measures that say how strict matching is."""

_LOG_SHOWN: Final = 3_000


@dataclass(frozen=True, slots=True)
class Flag:
    """A photo that was found and flagged, and the registered one that it was flagged as.

    ``evidence`` is what agrees, the strongest first.
    """

    found: Path
    registered: Path
    evidence: tuple[MatchSignal, ...]

    @property
    def strength(self) -> float | None:
        """Give the strength of the arrangement of its places; None where PDQ agrees alone."""
        of_places = [
            each.strength or 0.0
            for each in self.evidence
            if each.signal == SignalType.CONSTELLATION.value
        ]
        return max(of_places, default=None)

    @property
    def by(self) -> str:
        """Name the types of signals that flag it. pHash supports others, and flags nothing."""
        kinds = {
            f"{each.signal} of a part" if _of_part(each) else each.signal
            for each in self.evidence
            if each.signal != SignalType.PHASH.value
        }
        return " and ".join(sorted(kinds))


@dataclass(frozen=True, slots=True)
class Crawled:
    """What came of it. ``with_places`` are the registered photos that have a constellation.

    ``own`` are the registered photos that were flagged as what they are, ``false`` the flags of a
    photo as another one. ``suspended`` registrations flooded and stopped flagging.
    """

    photos: Sequence[Path] = field(repr=False)
    registered: Sequence[Path] = field(repr=False)
    with_places: int
    threshold: float
    images: int
    own: Sequence[Path] = field(repr=False)
    false: Sequence[Flag] = field(repr=False)
    suspended: int


def distinct(photos: Sequence[Path]) -> dict[str, Path]:
    """Give the photos by their SHA-256; of files with the same bytes, the first alone."""
    by_digest: dict[str, Path] = {}
    for photo in photos:
        by_digest.setdefault(hashlib.sha256(photo.read_bytes()).hexdigest(), photo)
    return by_digest


def crawl_with(photos: Mapping[str, Path], registered: Sequence[Path], folder: Path) -> Crawled:
    """Register some photos, each in a case of its own; serve all, crawl them and see what came.

    Raises:
        OutsideDown: the crawl did not go to its end.
    """
    settings = {name: os.environ[name] for name in _KEPT if name in os.environ}
    settings["VIGIL_DATA"] = str(folder / "vigil")
    with PracticeSite(remember=False) as gallery:
        lay_out(gallery, list(photos.values()))
        settings["VIGIL_PRACTICE_HOSTS"] = gallery.host
        config = load_config(settings)
        database = open_database(config)
        try:
            with database.writing() as session:
                site = Site(name=_SITE, start_urls=(gallery.url(),), rate=MAX_RATE)
                sites.add(session, site, now=datetime.now(UTC))
            numbers, with_places = _register(database, registered, config)
            _crawl(settings, folder / "crawl.log")
            with database.reading() as session:
                done = crawls.latest(session, _SITE)
                if done is None or done.state != "finished":
                    raise OutsideDown(_said(folder / "crawl.log"))
                flags = list(_flags(session, photos, numbers))
                return Crawled(
                    photos=list(photos.values()),
                    registered=registered,
                    with_places=with_places,
                    threshold=StrengthWanted(
                        config.false_flags_per_million, config.calibration_file
                    )(with_places),
                    images=_images(session),
                    own=sorted({flag.found for flag in flags if flag.found == flag.registered}),
                    false=[flag for flag in flags if flag.found != flag.registered],
                    suspended=_suspended(session),
                )
        finally:
            database.close()


def lay_out(gallery: PracticeSite, photos: Sequence[Path]) -> None:
    """Put photos on pages of a site, with a front page that links to all of those."""
    starts = range(0, len(photos), PER_PAGE)
    links = "".join(f'<a href="/page-{start}.html">{start}</a>\n' for start in starts)
    gallery.write("/", _page(links))
    for start in starts:
        shown = range(start, min(start + PER_PAGE, len(photos)))
        images = "".join(f'<img src="/picture-{number}.jpg" alt="">\n' for number in shown)
        gallery.write(f"/page-{start}.html", _page(images))
        for number in shown:
            gallery.write_lazy(f"/picture-{number}.jpg", photos[number].read_bytes)


def _of_part(evidence: MatchSignal) -> bool:
    return evidence.signal == SignalType.PDQ.value and evidence.laid is not None


def _page(body: str) -> bytes:
    return f"<!doctype html><title>Photographs</title>\n{body}".encode()


def _register(
    database: Database, photos: Sequence[Path], config: Config
) -> tuple[dict[str, Path], int]:
    """Register photos; return them by the numbers of their registrations, and constellations."""
    numbers: dict[str, Path] = {}
    with_places = 0
    for number, photo in enumerate(photos):
        if sys.stderr.isatty():
            print(f"\rRegistering {number + 1} of {len(photos)}", end="", file=sys.stderr)
        signals = hash_picture(photo.read_bytes())
        with_places += _has_places(signals)
        now = datetime.now(UTC)
        with database.writing() as session:
            case = cases.open_case(session, now=now).number
        done = registering.register(
            database,
            case,
            signals,
            source="file",
            actor="a benchmark",
            now=now,
            match_distance=config.match_distance,
        )
        numbers[done.number] = photo
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return numbers, with_places


def _has_places(signals: PictureSignals) -> bool:
    return any(signal.type is SignalType.CONSTELLATION for signal in signals.signals)


def _crawl(settings: Mapping[str, str], log: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    with log.open("wb") as stream:
        status = subprocess.call(
            [sys.executable, "-m", "crawler", _SITE],
            env={**kept, **settings},
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    if status != 0:
        raise OutsideDown(_said(log))


def _said(log: Path) -> str:
    said = log.read_text(errors="replace")[-_LOG_SHOWN:]
    return f"The crawl did not go to its end, so nothing is told of it. It said:\n{said}"


def _flags(
    session: Session, photos: Mapping[str, Path], numbers: Mapping[str, Path]
) -> Iterator[Flag]:
    """List every image and registration that agree, in a settled order."""
    rows = session.execute(
        select(ImageRow.sha256, RegistrationRow.number, EvidenceRow)
        .join(MatchRow, MatchRow.image_id == ImageRow.image_id)
        .join(EvidenceRow, EvidenceRow.match_id == MatchRow.match_id)
        .join(RegistrationRow, RegistrationRow.registration_id == EvidenceRow.registration_id)
        .order_by(ImageRow.sha256, RegistrationRow.number, EvidenceRow.evidence_id)
    )
    for (digest, number), agreeing in groupby(rows, key=lambda row: (row[0], row[1])):
        evidence = [
            MatchSignal(
                row.type, row.view, row.distance, number, strength=row.strength, laid=row.laid
            )
            for _, _, row in agreeing
        ]
        strongest_first = sorted(evidence, key=figure_of, reverse=True)
        yield Flag(photos[digest], numbers[number], tuple(strongest_first))


def _images(session: Session) -> int:
    count = func.count(func.distinct(SightingRow.image_id))
    return session.scalars(select(count)).one()


def _suspended(session: Session) -> int:
    suspended = select(func.count()).where(RegistrationRow.suspended_at.is_not(None))
    return session.scalars(suspended.select_from(RegistrationRow)).one()
