"""A few matches, decisions and crawls whose figures can be counted by hand."""

from datetime import UTC, date, datetime, timedelta

from domain.case import new_number
from domain.site import Site
from storage import cases, sites
from storage.tables import (
    CrawlRow,
    EvidenceRow,
    ImageRow,
    ImageUrlRow,
    MatchRow,
    PageRow,
    RegistrationRow,
    ReviewDecisionRow,
    SightingRow,
)
from storage.watching_tables import SiteDayRow

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
"""A Wednesday."""

THIS_WEEK, LAST_WEEK = date(2026, 3, 2), date(2026, 2, 23)
FORUM, BOARD = "forum", "board"


class Made:
    """Puts rows into a database, one fact at a time."""

    def __init__(self, session):
        self._session = session
        self._images = 0
        self.sites = {}
        for name in (FORUM, BOARD):
            site = Site(name, (f"https://{name}.example/",))
            self.sites[name] = sites.add(session, site, now=NOW).site_id
        number = cases.open_case(session, now=NOW).number
        self._case = cases.case_row(session, number).case_id
        self._registration = self.add(
            RegistrationRow(
                number=new_number("R"),
                case_id=self._case,
                picture="ab" * 32,
                source="file",
                registered_at=NOW,
                added_version=1,
            )
        ).registration_id
        self._pages = {
            name: self.add(
                PageRow(
                    site_id=site_id,
                    url=f"https://{name}.example/album",
                    url_digest=f"{site_id:064x}",
                    links=[],
                    image_references=[],
                    first_seen=NOW,
                    last_seen=NOW,
                )
            ).page_id
            for name, site_id in self.sites.items()
        }

    def add(self, row):
        self._session.add(row)
        self._session.flush()
        return row

    def match(self, *names, flagged, state="flagged", signals=("pdq",)):
        """A match whose image was sighted on some sites, in this order."""
        self._images += 1
        digest = f"{self._images:064x}"
        image = self.add(
            ImageRow(
                sha256=digest,
                md5=digest[:32],
                pdq=digest,
                pdq_quality=90,
                phash=digest[:16],
                format="JPEG",
                width=9,
                height=9,
                byte_size=9,
                first_seen=flagged,
            )
        )
        for place, name in enumerate(names):
            url = self.add(
                ImageUrlRow(
                    url=f"https://{name}.example/{self._images}.jpg",
                    url_digest=f"{self._images:060x}{place:04x}",
                    image_id=image.image_id,
                    checked_at=flagged,
                )
            )
            seen = flagged + timedelta(minutes=place)
            self.add(
                SightingRow(
                    page_id=self._pages[name],
                    image_url_id=url.image_url_id,
                    image_id=image.image_id,
                    found_in="img",
                    first_seen=seen,
                    last_seen=seen,
                )
            )
        match = self.add(
            MatchRow(
                number=new_number("M"),
                case_id=self._case,
                image_id=image.image_id,
                state=state,
                flagged_at=flagged,
            )
        )
        for signal in signals:
            self.add(
                EvidenceRow(
                    match_id=match.match_id,
                    registration_id=self._registration,
                    type=signal,
                    view="upright",
                    distance=0,
                )
            )
        return match

    def decision(self, match, verdict, *, after, kind=None, undone=False):
        at = match.flagged_at + after
        return self.add(
            ReviewDecisionRow(
                match_id=match.match_id,
                verdict=verdict,
                kind=kind,
                reason="made up",
                actor="anna",
                decided_at=at,
                undone_at=at if undone else None,
            )
        )

    def crawl(self, name, *, began, hashed=0, flagged=0, state="finished"):
        self.add(
            CrawlRow(
                site_id=self.sites[name],
                state=state,
                started_at=began,
                heartbeat_at=began,
                ended_at=began,
                pages_fetched=10,
                image_references=hashed,
                hashed=hashed,
                flagged=flagged,
            )
        )
        day = self._session.get(SiteDayRow, (self.sites[name], began.date()))
        if day is None:
            self.add(
                SiteDayRow(
                    site_id=self.sites[name],
                    day=began.date(),
                    crawls=1,
                    new_images=hashed,
                    flagged=flagged,
                )
            )
        else:
            day.crawls, day.new_images = day.crawls + 1, day.new_images + hashed


def make_figures(session):
    """Five matches on the forum, one on the board, one on neither; return what made them.

    This week: three wait on the forum, flagged on Monday, and one that was sighted on the board
    first. Last week, on the forum: one confirmed within two hours, one rejected after ten; and one
    that was never sighted. Besides, a decision that was taken back, and crawls.
    """
    made = Made(session)
    monday = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    for minutes in range(3):
        made.match(FORUM, flagged=monday + timedelta(minutes=minutes))
    made.match(BOARD, FORUM, flagged=monday, signals=("sha256", "pdq"))
    # Sunday, a few minutes before the week is over.
    sunday = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
    early = sunday - timedelta(days=4)
    confirmed = made.match(FORUM, flagged=early, state="confirmed", signals=("constellation",))
    rejected = made.match(FORUM, flagged=early, state="rejected")
    never = made.match(flagged=sunday)
    made.decision(confirmed, "confirmed", after=timedelta(hours=2))
    made.decision(rejected, "rejected", after=timedelta(hours=10), kind="look_alike")
    made.decision(never, "rejected", after=timedelta(minutes=1), kind="other", undone=True)
    made.crawl(FORUM, began=sunday, hashed=40, flagged=2)
    made.crawl(FORUM, began=monday, hashed=7, flagged=3)
    made.crawl(FORUM, began=monday + timedelta(hours=1), hashed=5)
    made.crawl(BOARD, began=monday, hashed=100, flagged=1)
    return made
