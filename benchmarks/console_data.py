"""A large installation's database, made up in bulk: what the console is measured on.

Sites with a year of crawls, pages with sightings, cases with registrations, matches that wait and
matches that are decided. No picture stands behind any of it: signals are random bits.
"""

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from benchmarks.bulk_loading import Row, count_on, load, unchecked
from domain.case import new_number
from domain.urgency import urgency
from storage.database import Database
from storage.schema import METADATA

SIGHTINGS_A_PAGE: Final = 5
SPREAD: Final = 26
"""One image is seen at the ``SPREAD``-th part of all places, all others at two or so."""
_DECIDED: Final = (3, 8)
"""Of so many matches, so many are decided."""
MATCHES_A_CASE: Final = 40
SPAN: Final = timedelta(days=365)


def fill(
    database: Database, *, sightings: int, matches: int, crawls: int, sites: int, now: datetime
) -> None:
    """Fill an empty database at the newest schema.

    Args:
        database: the database; nothing may be in it.
        sightings: how many there are to be.
        matches: how many wait for a decision; there are more that are decided.
        crawls: how many there were in the last year.
        sites: how many are watched.
        now: when the last things happen.
    """
    made = _Made(sightings=sightings, matches=matches, crawls=crawls, sites=sites, now=now)
    with database.engine.connect() as connection, unchecked(connection), connection.begin():
        for name, columns, rows in made.tables():
            load(connection, METADATA.tables[name], columns, rows)
        for statement in _AFTERWARDS[database.dialect]:
            connection.execute(text(statement))
    if database.dialect == "postgresql":
        count_on(database)


class _Made:
    """All rows, made as they are needed, the same for the same numbers."""

    def __init__(
        self, *, sightings: int, matches: int, crawls: int, sites: int, now: datetime
    ) -> None:
        self._random = random.Random(7)  # noqa: S311 - made up, and the same each time
        self._sightings = sightings
        self._images = max(2, sightings // 2)
        self._pages = max(1, sightings // SIGHTINGS_A_PAGE)
        decided, of = _DECIDED
        self._matches = min(round(matches * of / (of - decided)), self._images // 2)
        self._cases = max(1, self._matches // MATCHES_A_CASE)
        self._crawls = crawls
        self._sites = sites
        self._now = now
        self._began = now - SPAN

    def tables(self) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
        """Yield tables with the names of their columns and their rows, in an order that holds."""
        yield "site", _SITE, self._of_sites()
        yield "page", _PAGE, self._of_pages()
        yield "image", _IMAGE, self._of_images()
        yield "image_url", _IMAGE_URL, self._of_image_urls()
        yield "sighting", _SIGHTING, self._of_sightings()
        yield "case_file", _CASE, self._of_cases()
        yield "registration", _REGISTRATION, self._of_registrations()
        yield "signal", _SIGNAL, self._of_signals()
        yield "match", _MATCH, self._of_matches()
        yield "match_site", ("site_id", "match_id"), self._of_match_sites()
        yield "evidence", _EVIDENCE, self._of_evidence()
        yield "review_decision", _DECISION, self._of_decisions()
        yield "crawl", _CRAWL, self._of_crawls()
        yield "crawl_error", _CRAWL_ERROR, self._of_crawl_errors()

    def _at(self, share: float) -> datetime:
        return self._began + share * SPAN

    def _site_of_page(self, page: int) -> int:
        return page % self._sites + 1

    def _page_of_sighting(self, sighting: int) -> int:
        return sighting // SIGHTINGS_A_PAGE % self._pages

    def _image_of_sighting(self, sighting: int) -> int:
        """Every other place shows a new image, the ones between an earlier one."""
        if sighting % 2 == 0:
            return sighting // 2
        if sighting % SPREAD == 1:
            return 0
        return sighting * 7919 % max(1, sighting // 2 - SIGHTINGS_A_PAGE)

    def _seen(self, sighting: int) -> datetime:
        return self._at(sighting / self._sightings)

    def _image_of_match(self, match: int) -> int:
        # Spread over all images, so that matches are as old as images are; the first one is that
        # which is seen everywhere.
        return match * self._images // self._matches

    def _flagged(self, match: int) -> datetime:
        return self._seen(2 * self._image_of_match(match)) + timedelta(seconds=match % 60)

    def _is_decided(self, match: int) -> bool:
        decided, of = _DECIDED
        return match * (decided + 2) % of < decided

    def _state(self, match: int) -> str:
        if not self._is_decided(match):
            return "flagged"
        return ("rejected", "confirmed", "rejected", "rejected", "referred")[match % 5]

    def _of_sites(self) -> Iterator[Row]:
        for site in range(self._sites):
            host = f"site-{site:03}.example"
            yield (
                site + 1, f"site-{site:03}", [f"https://{host}/"], [host], 1800, 1.0, 500, 8, True,
                {}, {}, self._began, self._began,
            )  # fmt: skip

    def _of_pages(self) -> Iterator[Row]:
        for page in range(self._pages):
            host = f"site-{self._site_of_page(page) - 1:03}.example"
            seen = self._at(page / self._pages)
            yield (
                page + 1, self._site_of_page(page), f"https://{host}/thread/{page}", _digest(page),
                [], [], seen, self._now,
            )  # fmt: skip

    def _of_images(self) -> Iterator[Row]:
        for image in range(self._images):
            yield (
                image + 1, _digest(image), _digest(image)[:16],
                self._random.getrandbits(256).to_bytes(32), 50 + image % 51,
                self._random.getrandbits(64).to_bytes(8), "JPEG", 800, 600, 90_000 + image % 9999,
                self._seen(2 * image),
            )  # fmt: skip

    def _of_image_urls(self) -> Iterator[Row]:
        for image in range(self._images):
            host = f"site-{image % self._sites:03}.example"
            yield (
                image + 1, f"https://{host}/pictures/{image}.jpg", _digest(image), image + 1,
                self._now,
            )  # fmt: skip

    def _of_sightings(self) -> Iterator[Row]:
        for sighting in range(self._sightings):
            image = self._image_of_sighting(sighting)
            seen = self._seen(sighting)
            gone = self._now if sighting % 11 == 0 else None
            # Where it is seen again, it has another address.
            url = sighting % self._images if sighting % 2 else image
            yield (
                sighting + 1, self._page_of_sighting(sighting) + 1, url + 1, image + 1, "img",
                seen, max(seen, self._now - timedelta(days=sighting % 3)), gone,
            )  # fmt: skip

    def _of_cases(self) -> Iterator[Row]:
        for case in range(self._cases):
            yield case + 1, new_number("C"), "$argon2id$made-up", self._at(case / self._cases)

    def _of_registrations(self) -> Iterator[Row]:
        for case in range(self._cases):
            yield (
                case + 1, new_number("R"), case + 1, _digest(case), "file",
                self._at(case / self._cases), case + 1,
            )  # fmt: skip

    def _of_signals(self) -> Iterator[Row]:
        for case in range(self._cases):
            value = self._random.getrandbits(256).to_bytes(32)
            yield case + 1, case + 1, "pdq", "upright", value, 90

    def _of_matches(self) -> Iterator[Row]:
        for match in range(self._matches):
            image = self._image_of_match(match)
            places = self._sightings // SPREAD if image == 0 else 2
            strength = 2.0 + match % 10
            flagged = self._flagged(match)
            yield (
                match + 1, new_number("M"), match % self._cases + 1, image + 1, self._state(match),
                flagged, strength, places,
                urgency(newest_place=flagged, places=places, strength=strength), 0,
            )  # fmt: skip

    def _of_match_sites(self) -> Iterator[Row]:
        for match in range(self._matches):
            page = self._page_of_sighting(2 * self._image_of_match(match))
            yield self._site_of_page(page), match + 1

    def _of_evidence(self) -> Iterator[Row]:
        numbers = itertools.count(1)
        for match in range(self._matches):
            registration = match % self._cases + 1
            yield next(numbers), match + 1, registration, "pdq", "upright", match % 31, None
            if match % 3 == 0:
                strength = 2.0 + match % 10
                yield (
                    next(numbers), match + 1, registration, "constellation", "mirrored",
                    match % 40, strength,
                )  # fmt: skip

    def _of_decisions(self) -> Iterator[Row]:
        numbers = itertools.count(1)
        verdicts = {"confirmed": "confirmed", "rejected": "rejected", "referred": "may_be_under_18"}
        kinds = ("look_alike", "same_scene", "consented", "not_intimate", "other")
        for match in range(self._matches):
            if not self._is_decided(match):
                continue
            state = self._state(match)
            hours = math.exp(self._random.gauss(1.5, 1.2))
            decided = min(self._now, self._flagged(match) + timedelta(hours=hours))
            kind = kinds[match % 5] if state == "rejected" else None
            yield (
                next(numbers), match + 1, verdicts[state], kind, "Made up.",
                f"caseworker-{match % 6}", decided,
            )  # fmt: skip

    def _of_crawls(self) -> Iterator[Row]:
        for crawl in range(self._crawls):
            began = self._at(crawl / max(1, self._crawls))
            state = ("finished",) * 8 + ("stopped", "failed")
            hashed, duplicate, unchanged = crawl % 40, crawl % 7, 200 + crawl % 50
            failed = crawl % 4
            yield (
                crawl + 1, crawl % self._sites + 1, state[crawl % 10], began,
                began + timedelta(minutes=6), began + timedelta(minutes=6), 30 + crawl % 20, 5,
                crawl % 2, 0, 0, hashed + duplicate + unchanged + failed, hashed, duplicate,
                unchanged, 0, 0, 0, failed, 1 if crawl % 9 == 0 else 0,
            )  # fmt: skip

    def _of_crawl_errors(self) -> Iterator[Row]:
        for crawl in range(self._crawls):
            began = self._at(crawl / max(1, self._crawls))
            host = f"site-{crawl % self._sites:03}.example"
            yield (
                crawl + 1, crawl + 1, "image", "failed", f"https://{host}/pictures/gone-{crawl}.jpg",
                "the site answered 503", began,
            )  # fmt: skip


_SITE: Final = (
    "site_id", "name", "start_urls", "hosts", "interval_seconds", "rate", "max_pages", "max_depth",
    "obey_robots", "headers", "cookies", "added_at", "changed_at",
)  # fmt: skip
_PAGE: Final = (
    "page_id", "site_id", "url", "url_digest", "links", "image_references", "first_seen",
    "last_seen",
)  # fmt: skip
_IMAGE: Final = (
    "image_id", "sha256", "md5", "pdq", "pdq_quality", "phash", "format", "width", "height",
    "byte_size", "first_seen",
)  # fmt: skip
_IMAGE_URL: Final = ("image_url_id", "url", "url_digest", "image_id", "checked_at")
_SIGHTING: Final = (
    "sighting_id", "page_id", "image_url_id", "image_id", "found_in", "first_seen", "last_seen",
    "gone_at",
)  # fmt: skip
_CASE: Final = ("case_id", "number", "pin_hash", "opened_at")
_REGISTRATION: Final = (
    "registration_id", "number", "case_id", "picture", "source", "registered_at", "added_version",
)  # fmt: skip
_SIGNAL: Final = ("signal_id", "registration_id", "type", "view", "value", "quality")
_MATCH: Final = (
    "match_id", "number", "case_id", "image_id", "state", "flagged_at", "strength", "places",
    "urgency", "unsure",
)  # fmt: skip
_EVIDENCE: Final = (
    "evidence_id", "match_id", "registration_id", "type", "view", "distance", "strength",
)  # fmt: skip
_DECISION: Final = (
    "decision_id", "match_id", "verdict", "kind", "reason", "actor", "decided_at",
)  # fmt: skip
_CRAWL: Final = (
    "crawl_id", "site_id", "state", "started_at", "heartbeat_at", "ended_at", "pages_fetched",
    "pages_unchanged", "pages_failed", "pages_refused", "pages_left", "image_references", "hashed",
    "duplicate", "unchanged", "too_small", "undecodable", "refused", "failed", "flagged",
)  # fmt: skip
_CRAWL_ERROR: Final = (
    "crawl_error_id", "crawl_id", "what", "outcome", "url", "reason", "happened_at",
)  # fmt: skip

_DAYS: Final = (
    "INSERT INTO site_day (site_id, day, crawls, new_images, flagged) "
    "SELECT site_id, {day}, count(*), sum(hashed), sum(flagged) FROM crawl GROUP BY site_id, {day}"
)
_VERSION: Final = "UPDATE registry SET version = (SELECT count(*) FROM registration)"
_AFTERWARDS: Final = {
    "sqlite": (_DAYS.format(day="date(ended_at)"), _VERSION),
    "postgresql": (
        _DAYS.format(day="(ended_at AT TIME ZONE 'UTC')::date"),
        _VERSION,
    ),
}


def _digest(number: int) -> bytes:
    return number.to_bytes(8).rjust(32, b"\x5a")
