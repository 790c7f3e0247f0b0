"""The table of sites: one line each, with what an operator looks for first."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from domain.errors import Refused
from domain.review import MatchState
from domain.site import Site
from domain.site_warning import SiteWarning, WarningKind
from storage import crawls, recipe_checks, site_warnings, sites
from storage.cases import open_case
from storage.review_tables import MatchSiteRow
from storage.tables import SCHEDULER_JOBS, CaseRow, ImageRow, MatchRow
from watching.overview import Watch, site_lines, site_page

HOUR = timedelta(hours=1)


@pytest.fixture
def line(database, now):
    def line(name="forum", at=now):
        with database.reading() as session:
            found = {each.stored.site.name: each for each in site_lines(session, now=at)}
            assert found[name] == site_page(session, name, now=at).line
        return found[name]

    return line


def plan(database, name, due):
    with database.writing() as session:
        job = {"id": f"site:{name}", "next_run_time": due.timestamp(), "job_state": b""}
        session.execute(insert(SCHEDULER_JOBS).values(job))


@pytest.mark.usefixtures("forum")
def test_a_site_that_was_never_visited_has_nothing_to_tell(line):
    only = line()

    assert (only.watch, only.newest, only.next_at) == (Watch.WATCHED, None, None)
    assert only.new_images == (0,) * 14
    assert (only.open_matches, only.warnings, only.calling) == (0, (), 0)


def test_the_last_two_weeks_are_told_day_by_day(crawled, line):
    crawled(15 * 24 * HOUR, hashed=99)
    crawled(13 * 24 * HOUR, hashed=4)
    crawled(25 * HOUR, hashed=5)
    newest = crawled(HOUR, hashed=6)

    told = line()

    assert told.new_images == (4, *[0] * 11, 5, 6)
    assert told.newest is not None
    assert told.newest.crawl_id == newest


@pytest.mark.usefixtures("forum")
def test_the_next_visit_waits_for_the_end_of_quiet_hours(database, line, now):
    with database.writing() as session:
        site = Site("night", ("https://night.example/",), quiet_hours=("13:00-15:00",))
        sites.add(session, site, now=now)
    plan(database, "night", now + 1.5 * HOUR)
    plan(database, "forum", now - HOUR)

    night = line("night")
    assert (night.next_at, night.rests) == (now + 3 * HOUR, True)
    assert (line().next_at, line().rests) == (now, False)
    with database.writing() as session:
        sites.pause(session, "forum", now=now)
    assert (line().watch, line().next_at) == (Watch.PAUSED, None)


def test_a_crawl_goes_on_as_long_as_it_gives_signs_of_life(database, forum, line, now):
    with database.writing() as session:
        crawls.start(session, forum, now=now)

    assert line().watch is Watch.CRAWLING
    assert line(at=now + crawls.STALE_AFTER).watch is Watch.WATCHED


def test_open_matches_are_those_flagged_there_and_acknowledged_warnings_do_not_call(
    database, forum, line, now
):
    other = {"md5": "00", "pdq": "00", "pdq_quality": 90, "phash": "00", "format": "JPEG",
             "width": 9, "height": 9, "byte_size": 9, "first_seen": now}  # fmt: skip
    with database.writing() as session:
        number = open_case(session, now=now).number
        case = session.query(CaseRow).filter_by(number=number).one()
        for place, state in enumerate(
            (MatchState.FLAGGED, MatchState.FLAGGED, MatchState.REJECTED)
        ):
            image = ImageRow(sha256=f"{place:02}", **other)
            session.add(image)
            session.flush()
            match = MatchRow(
                number=f"M{place}", case_id=case.case_id, image_id=image.image_id,
                state=state.value, flagged_at=now, strength=1.0, places=1, urgency=1.0, unsure=0,
            )  # fmt: skip
            session.add(match)
            session.flush()
            session.add(MatchSiteRow(site_id=forum, match_id=match.match_id))
        kinds = (WarningKind.DOWN, WarningKind.CRASHED)
        found = [SiteWarning(kind, "", "", "") for kind in kinds]
        site_warnings.put(session, forum, found, since=now, now=now)
        known = site_warnings.open_ones(session, limit=1)[0].site_warning_id
        site_warnings.acknowledge(session, known, by="olga", now=now, until=now + HOUR)

    told = line()
    assert (told.open_matches, len(told.warnings), told.calling) == (2, 2, 1)
    assert line(at=now + HOUR).calling == 2


def test_of_checks_of_a_recipe_one_goes_on_and_a_few_are_kept(database, forum, now):
    def begin(at):
        with database.writing() as session:
            return recipe_checks.start(session, forum, actor="olga", now=at)

    first = begin(now)
    with pytest.raises(Refused, match="being checked already"):
        begin(now + timedelta(seconds=5))
    died = now + recipe_checks.SILENT_AFTER + timedelta(seconds=1)
    second = begin(died)
    with database.reading() as session:
        dead = recipe_checks.get(session, first)
        assert dead is not None
        assert dead.trouble == recipe_checks._DIED
        page = site_page(session, "forum", now=died)
        assert page.check is not None
        assert page.check.recipe_check_id == second
        assert page.check_is_under_way
        silent = site_page(session, "forum", now=died + recipe_checks.SILENT_AFTER)
        assert not silent.check_is_under_way
    for hours in range(1, 9):
        begin(now + hours * HOUR)
    with database.reading() as session:
        assert recipe_checks.get(session, second) is None
