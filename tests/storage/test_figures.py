"""Figures are what can be counted by hand, and stay so when decisions are taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from casework import reviewing
from storage import figures, figures_counting, figures_overview, leases
from storage.figures import Weeks
from storage.figures_overview import Span
from storage.tables import EvidenceRow, MatchRow, ReviewDecisionRow
from tests.made_figures import BOARD, FORUM, LAST_WEEK, NOW, THIS_WEEK, make_figures

BOTH_WEEKS = Weeks(LAST_WEEK, THIS_WEEK)


@pytest.fixture
def made(database):
    with database.writing() as session:
        return make_figures(session)


def count(database):
    assert figures_counting.count(database, now=NOW, holder="a test")


def told(rows):
    return [(row.week, row.site, dict(row.counts)) for row in rows]


@pytest.mark.usefixtures("made")
def test_matches_are_counted_by_week_and_the_site_where_they_were_seen_first(database):
    count(database)
    with database.reading() as session:
        assert sorted(told(figures.matches(session, BOTH_WEEKS)), key=lambda row: row[:2]) == [
            (LAST_WEEK, "", {"flagged": 1}),
            (LAST_WEEK, FORUM, {"confirmed": 1, "rejected": 1}),
            (THIS_WEEK, BOARD, {"flagged": 1}),
            (THIS_WEEK, FORUM, {"flagged": 3}),
        ]
        only = Weeks(THIS_WEEK, THIS_WEEK, FORUM)
        assert told(figures.matches(session, only)) == [(THIS_WEEK, FORUM, {"flagged": 3})]
        assert told(figures.matches(session, BOTH_WEEKS, signal="constellation")) == [
            (LAST_WEEK, FORUM, {"confirmed": 1})
        ]
        same_file = figures.matches(session, BOTH_WEEKS, signal="sha256", state="flagged")
        assert told(same_file) == [(THIS_WEEK, BOARD, {"flagged": 1})]


@pytest.mark.usefixtures("made")
def test_decisions_in_force_and_crawls_are_counted(database):
    count(database)
    with database.reading() as session:
        assert told(figures.decisions(session, BOTH_WEEKS)) == [
            (LAST_WEEK, FORUM, {"confirmed": 1, "rejected": 1})
        ]
        assert told(figures.decisions(session, BOTH_WEEKS, kind="look_alike")) == [
            (LAST_WEEK, FORUM, {"rejected": 1})
        ]
        this_week, *_ = figures.crawls(session, Weeks(THIS_WEEK, THIS_WEEK, FORUM))
        assert (this_week.counts["crawls"], this_week.counts["hashed"]) == (2, 12)
        assert this_week.counts["flagged"] == 3
        assert figures.crawls(session, BOTH_WEEKS, state="failed") == []


@pytest.mark.usefixtures("made")
def test_what_changes_is_counted_anew_and_what_is_erased_is_gone(database):
    count(database)
    with database.writing() as session:
        number = session.scalars(select(MatchRow.number).where(MatchRow.state == "confirmed")).one()
        reviewing.undo(session, number, actor="anna", reason="a mistake", now=NOW)
        never = session.scalars(
            select(MatchRow.match_id).order_by(MatchRow.match_id.desc())
        ).first()
        session.execute(delete(EvidenceRow).where(EvidenceRow.match_id == never))
        session.execute(delete(ReviewDecisionRow).where(ReviewDecisionRow.match_id == never))
        session.execute(delete(MatchRow).where(MatchRow.match_id == never))
    count(database)
    with database.reading() as session:
        assert told(figures.matches(session, Weeks(LAST_WEEK, LAST_WEEK))) == [
            (LAST_WEEK, FORUM, {"flagged": 1, "rejected": 1})
        ]
        assert told(figures.decisions(session, BOTH_WEEKS)) == [(LAST_WEEK, FORUM, {"rejected": 1})]
        counted = figures_counting.counted(session)
        assert counted is not None
        assert counted.at == NOW


@pytest.mark.usefixtures("made")
def test_two_do_not_count_at_once(database):
    with database.writing() as session:
        assert leases.acquire(session, "figures", "other", now=NOW, ttl=timedelta(minutes=1))
    assert not figures_counting.count(database, now=NOW, holder="a test")
    with database.reading() as session:
        assert figures_counting.counted(session) is None


@pytest.mark.usefixtures("made")
def test_a_week_at_a_glance(database):
    with database.reading() as session:
        last = figures_overview.figures_of(session, Span(LAST_WEEK, date(2026, 3, 1)))
        this = figures_overview.figures_of(session, Span(THIS_WEEK, NOW.date()))
        waiting = figures_overview.waiting(session)
    assert (last.new_images, last.flagged, last.confirmed, last.rejected) == (40, 3, 1, 1)
    # Two decisions, after two hours and after ten: the lower is told. One was taken back.
    assert last.median is not None
    assert last.median.total_seconds() == pytest.approx(2 * 3600, abs=1)
    assert (this.new_images, this.flagged, this.confirmed, this.median) == (112, 4, 0, None)
    assert (waiting.matches, waiting.since) == (5, datetime(2026, 3, 1, 23, 50, tzinfo=UTC))


def test_nothing_is_counted_of_nothing(database):
    count(database)
    with database.reading() as session:
        assert figures.matches(session, BOTH_WEEKS) == []
        empty = figures_overview.figures_of(session, Span(THIS_WEEK, NOW.date()))
        assert (empty.new_images, empty.flagged, empty.median) == (0, 0, None)
        assert figures_overview.waiting(session).since is None
