"""Matches that wait for a decision, made as a crawl makes them and without any picture."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from domain.case import new_number
from domain.image import ImageReference
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from domain.site import Site
from storage import cases, flagging, registrations, registry, sightings, sites
from storage.database import Database
from storage.tables import CaseRow, MatchRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def near(pdq, bits):
    """Return a PDQ signal that differs in so many bits."""
    return f"{int(pdq, 16) ^ ((1 << bits) - 1):064x}"


@dataclass
class Waiting:
    """Makes cases, sees images on sites and flags them; keeps the ids of what it made."""

    database: Database
    registration_of: dict[str, int] = field(default_factory=dict)
    images: dict[str, tuple[int, ImageSignals]] = field(default_factory=dict)
    seen: int = 0

    def case(self):
        """Open a case with one registered picture, and return its number."""
        with self.database.writing() as session:
            number = new_number("C")  # without a PIN: hashing one is slow on purpose
            session.add(CaseRow(number=number, pin_hash="none", opened_at=NOW))
            session.flush()
            row = registrations.add(
                session,
                cases.case_row(session, number).case_id,
                PictureSignals((Signal(SignalType.SHA256, os.urandom(32).hex()),)),
                source="file",
                version=registry.bump(session),
                now=NOW,
            )
            self.registration_of[number] = row.registration_id
        return number

    def image(self, *, pdq=None, site="forum", at=NOW):
        """See a new image on a site, and return its id."""
        signals = ImageSignals(
            os.urandom(32).hex(),
            os.urandom(16).hex(),
            pdq or os.urandom(32).hex(),
            90,
            os.urandom(8).hex(),
            "JPEG",
            9,
            9,
            9,
        )
        with self.database.writing() as session:
            image_id = sightings.image_id_of(session, signals, now=at)
            self._see(session, image_id, site, at)
        return image_id

    def see(self, image_id, *, site="forum", at=NOW):
        """See an image at one more place."""
        with self.database.writing() as session:
            self._see(session, image_id, site, at)

    def flag(self, case, image_id, *, distance=4, at=NOW):
        """Flag an image for a case, and return the match's number if there is one."""
        agreement = Agreement(self.registration_of[case], SignalType.PDQ, View.UPRIGHT, distance)
        with self.database.writing() as session:
            flagging.flag(session, image_id=image_id, agreements=[agreement], now=at)
            case_id = cases.case_row(session, case).case_id
            return session.scalars(
                select(MatchRow.number).where(
                    MatchRow.case_id == case_id, MatchRow.image_id == image_id
                )
            ).first()

    def match(self, case=None, *, pdq=None, site="forum", distance=4, at=NOW):
        """See and flag a new image, for a case of its own if none is named."""
        image_id = self.image(pdq=pdq, site=site, at=at)
        return self.flag(case or self.case(), image_id, distance=distance, at=at)

    def _see(self, session, image_id, site, at):
        known = {stored.site.name: stored.site_id for stored in sites.all_sites(session)}
        start = f"https://{site}.example/"
        if site not in known:
            known[site] = sites.add(session, Site(site, (start,)), now=NOW).site_id
        self.seen += 1
        address = f"{start}{self.seen}.jpg"
        sightings.sight(
            session,
            known[site],
            ImageReference(f"{start}page/{self.seen}", address, address, "img@src"),
            image_id,
            etag=None,
            last_modified=None,
            now=at,
        )
