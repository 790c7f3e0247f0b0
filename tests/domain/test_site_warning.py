"""What is said to be amiss with a site, and what is not."""

from datetime import date, timedelta

import pytest

from domain.crawl import ASKED_TOO_MUCH, CrawlState
from domain.site_entry import Login
from domain.site_warning import (
    EndedCrawl,
    WarningKind,
    end_warning,
    log_in_warning,
    quiet_warning,
)

FIRST = date(2026, 3, 1)


def ended(*states, **more):
    """Crawls by how they ended, the newest first."""
    return [
        EndedCrawl(number, CrawlState(state), **more)
        for number, state in zip(range(len(states), 0, -1), states, strict=True)
    ]


@pytest.mark.parametrize(
    ("crawls", "troubles", "kind"),
    [
        (ended("finished", "failed"), (), None),
        (ended("failed", "finished"), ["The site did not answer in time."], WarningKind.DOWN),
        (ended("failed"), ["The site answers 403."], WarningKind.BLOCKED),
        (ended("failed"), ["The site answers 403.", "The site answers 500."], WarningKind.DOWN),
        (
            ended("failed", reason="No page could be read. The site's robots.txt forbids it."),
            (),
            WarningKind.BLOCKED,
        ),
        (
            ended("stopped", reason=f"{ASKED_TOO_MUCH} To ask it more slowly: …"),
            (),
            WarningKind.BLOCKED,
        ),
        (ended("crashed", "finished"), (), WarningKind.CRASHED),
        (ended("stopped", "stopped", "finished", reason="Its time limit."), (), None),
        (ended("stopped", "stopped", "stopped", reason="Its limit."), (), WarningKind.CUT_SHORT),
        (ended("stopped", "stopped", "stopped", reason="By hand.", by_hand=True), (), None),
        ([], (), None),
    ],
)
def test_how_crawls_ended_tells_what_is_amiss(crawls, troubles, kind):
    warning = end_warning("forum", crawls, troubles)

    assert (warning and warning.kind) == kind


def test_how_often_it_went_wrong_and_the_site_are_named():
    warning = end_warning("forum", ended("failed", "failed", "finished", reason="No."), ())

    assert warning is not None
    assert warning.found == "The last 2 crawls could not read a single page"
    assert warning.crawl_id == 3


def days_with_new(*places, until):
    """New pictures on these days after the first, and crawls on all up to ``until``."""
    return {
        FIRST + timedelta(days=place): 5 if place in places else 0 for place in range(until + 1)
    }


def test_a_site_is_quiet_by_its_own_habits_and_not_by_ours():
    busy = days_with_new(0, 1, 2, 3, 4, 5, until=13)
    rare = days_with_new(0, 6, 12, 18, 24, until=37)

    quiet = quiet_warning(busy, FIRST + timedelta(days=13))
    assert quiet is not None
    assert quiet.found == "No new picture for 8 days, since 06 March 2026"
    assert quiet_warning(busy, FIRST + timedelta(days=12)) is None
    assert quiet_warning(rare, FIRST + timedelta(days=37)) is None
    # On the first day everything is new: it says nothing of habits.
    began = days_with_new(0, 30, 31, 32, 33, 34, until=42)
    assert quiet_warning(began, FIRST + timedelta(days=42)) is not None
    assert quiet_warning(rare, FIRST + timedelta(days=43)) is not None


def test_of_a_site_that_was_not_crawled_since_or_hardly_known_nothing_is_said():
    long_after = FIRST + timedelta(days=90)

    assert quiet_warning(days_with_new(0, 1, 2, 3, 4, until=4), long_after) is None
    assert quiet_warning(days_with_new(0, 1, 2, until=80), long_after) is None


def test_missing_variables_of_a_log_in_are_named_and_never_their_values():
    login = Login("https://club.example/in", "LOGIN_USER", "LOGIN_PASSWORD")

    warning = log_in_warning(login, {"LOGIN_USER": "anna-7"})

    assert warning is not None
    assert warning.found == "LOGIN_PASSWORD is not set"
    assert "anna-7" not in str(warning)
    assert log_in_warning(login, {"LOGIN_USER": "a", "LOGIN_PASSWORD": "b"}) is None
    assert log_in_warning(None, {}) is None
