"""A whole review without a mouse: every decision by its key, and undone by one."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.review import Verdict
from storage import claims
from storage.matches import get_match, match_row
from tests.waiting_matches import HOUR, Waiting, near

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

PDQ = "a5" * 32


@pytest.fixture
def matches(database):
    """Five matches, the most urgent first; the last two are nearly the same."""
    waiting = Waiting(database)
    case, now = waiting.case(), datetime.now(UTC)
    return [waiting.match(case, at=now - n * HOUR) for n in range(3)] + [
        waiting.match(case, pdq=near(PDQ, n), at=now - n * HOUR) for n in (10, 11)
    ]


def decisions(database, number):
    with database.reading() as session:
        return [
            (each.verdict, each.kind, each.undone_at is not None)
            for each in get_match(session, number).decisions
        ]


def holder(database, number):
    with database.reading() as session:
        claim = claims.claim_of(session, match_row(session, number).match_id)
        return None if claim is None else claim.actor


def test_a_review_is_done_by_keys_alone(database, matches, browse):
    one, two, three, four, five = matches
    page = browse("caseworker", name="kim")

    def press(key, then):
        with page.expect_navigation(url=f"**{then}*"):
            page.keyboard.press(key)

    page.goto("/queue")
    press("n", one)
    assert page.locator(".evidence").count() == 1
    assert holder(database, one) == "kim"
    press("c", two)
    assert page.locator(".said").inner_text().startswith(f"{one} is confirmed")
    press("u", one)
    assert decisions(database, one) == [("confirmed", None, True)]
    page.keyboard.press("r")
    press("2", two)
    assert decisions(database, one)[-1] == ("rejected", "same_scene", False)
    press("s", three)
    assert decisions(database, two) == [("unsure", None, False)]
    press("p", two)
    assert "You were unsure" in page.locator(".decide").inner_text()
    press("u", two)
    press("n", three)
    page.keyboard.press("m")
    press("y", two)
    assert decisions(database, three) == [(Verdict.MAY_BE_UNDER_18.value, None, False)]
    press("c", four)
    press("g", f"{four}/alike")
    press("c", "/queue")
    assert decisions(database, five) == [("confirmed", None, False)]
    assert "Nothing waits" in page.locator("main").inner_text()


def test_keys_are_listed_and_do_nothing_while_somebody_writes(database, matches, browse):
    page = browse("caseworker", name="kim")
    page.goto(f"/matches/{matches[0]}")
    page.keyboard.press("?")
    listed = page.locator("#keys").inner_text()
    assert "Confirm" in listed
    assert "May be under 18" in listed
    page.keyboard.press("Escape")
    page.get_by_text("Add a note").click()
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").press_sequentially("cc")
    assert decisions(database, matches[0]) == []
    page.get_by_role("button", name="Yes, confirm").click()
    page.wait_for_url(f"**{matches[1]}*")
    with database.reading() as session:
        (decision,) = get_match(session, matches[0]).decisions
        assert decision.reason.endswith(" cc")


def test_a_key_of_a_step_does_nothing_before_the_step_is_open(database, matches, browse):
    page = browse("caseworker", name="kim")
    page.goto(f"/matches/{matches[0]}")
    for key in "1", "5", "y":  # what is wrong with it, and that somebody may be under 18
        page.keyboard.press(key)
    page.keyboard.press("?")
    listed = page.locator("#keys dt").all_inner_texts()
    assert "r" in listed
    assert not {"1", "5", "y"} & set(listed)
    page.keyboard.press("Escape")
    assert page.url.endswith(matches[0])
    page.keyboard.press("r")
    with page.expect_navigation(url=f"**{matches[1]}*"):
        page.keyboard.press("1")
    assert decisions(database, matches[0]) == [("rejected", "look_alike", False)]


def test_what_was_done_is_where_the_focus_is_and_its_undo_is_next(matches, browse):
    page = browse("caseworker", name="kim")
    page.goto(f"/matches/{matches[0]}")
    with page.expect_navigation(url=f"**{matches[1]}*"):
        page.keyboard.press("c")
    assert page.evaluate("document.activeElement.classList.contains('said')")
    page.keyboard.press("Tab")
    with page.expect_navigation(url=f"**{matches[0]}*"):
        page.keyboard.press("Enter")
    assert "Taken back" in page.locator(".said").inner_text()


def test_a_match_is_held_while_its_page_is_open_and_given_back_when_it_is_left(
    database, matches, browse
):
    page = browse("caseworker", name="kim")
    with page.expect_response("**/hold"):
        page.goto(f"/matches/{matches[2]}")
    page.get_by_text("Yours while you are on it").wait_for()
    assert holder(database, matches[2]) == "kim"
    other = browse("caseworker", name="lee")
    other.goto(f"/matches/{matches[2]}")
    assert "kim has it open" in other.locator(".decide").inner_text()
    page.keyboard.press("b")
    page.wait_for_url("**/queue")
    until = datetime.now(UTC) + timedelta(seconds=5)
    while holder(database, matches[2]) == "kim" and datetime.now(UTC) < until:
        page.wait_for_timeout(50)
    assert holder(database, matches[2]) is None


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(matches, browse, width):
    page = browse("caseworker", name="kim", width=width)
    for address in ("/queue", f"/matches/{matches[3]}", f"/matches/{matches[3]}/alike"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
