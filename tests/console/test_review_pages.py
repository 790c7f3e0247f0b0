"""The queue and decisions as a caseworker meets them, with a browser's requests and no browser."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from casework import reviewing
from domain.review import Verdict
from storage import claims, look_alikes
from storage.matches import get_match, match_row
from storage.tables import ReviewDecisionRow
from tests.waiting_matches import HOUR, Waiting, near

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

PDQ = "a5" * 32


@pytest.fixture
def waiting(database):
    return Waiting(database)


@pytest.fixture
def two(waiting):
    """Two matches of one case, the more urgent first."""
    case = waiting.case()
    now = datetime.now(UTC)
    return [waiting.match(case, at=now - n * HOUR) for n in (1, 2)]


@pytest.fixture
def kim(as_role):
    return as_role("caseworker", name="kim")


def state(database, number):
    with database.reading() as session:
        return get_match(session, number).summary.state


def decide(client, number, judgement, changes=0, **more):
    return client.post(
        f"/matches/{number}/decide",
        data={"judgement": judgement, "changes": str(changes), **more},
    )


def shown(client, answer):
    """Return the page that a redirect leads to."""
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def test_what_another_has_open_can_still_be_referred(two, kim, as_role):
    kim.post(f"/matches/{two[0]}/hold")
    lee = as_role("caseworker", name="lee")
    page = lee.get(f"/matches/{two[0]}").text
    assert 'value="may_be_under_18"' in page
    assert 'value="confirmed"' not in page
    assert decide(lee, two[0], "confirmed").status_code == 409
    assert "is referred" in shown(lee, decide(lee, two[0], "may_be_under_18"))


def test_a_supervisor_is_told_that_it_ends_with_her(two, kim, as_role):
    for client in (kim, as_role("caseworker", name="lee")):
        decide(client, two[0], "unsure", 0 if client is kim else 1)
    boss = as_role("supervisor", name="boss")
    assert "it ends with you" in boss.get(f"/matches/{two[0]}").text
    assert "it ends with you" not in boss.get(f"/matches/{two[1]}").text


def test_a_case_page_tells_of_what_was_referred_elsewhere(waiting, kim):
    image = waiting.image(at=datetime.now(UTC))
    one, case = waiting.case(), waiting.case()
    number = waiting.flag(one, image)
    waiting.flag(case, image)
    assert "1 match waits for a decision" in kim.get(f"/cases/{case}").text
    decide(kim, number, "may_be_under_18")
    page = kim.get(f"/cases/{case}").text
    assert "waits for a decision" not in page
    assert "Referred in another case" in page
    assert case not in kim.get("/cases?shown=waiting").text


def path(answer):
    return urlsplit(answer.location).path


def age(database, by):
    """Have everything been decided longer ago."""
    with database.writing() as session:
        session.execute(
            update(ReviewDecisionRow).values(decided_at=datetime.now(UTC) - timedelta(seconds=by))
        )


def test_deciding_goes_straight_on_to_the_next_and_in_the_end_says_that_nothing_waits(
    database, two, kim
):
    opened = kim.post("/queue/next")
    assert path(opened) == f"/matches/{two[0]}"
    assert "Very strong" in shown(kim, opened)
    following = decide(kim, two[0], "confirmed")
    assert path(following) == f"/matches/{two[1]}"
    page = shown(kim, following)
    assert f"{two[0]} is confirmed" in page
    assert f'action="/matches/{two[0]}/undo?changes=1"' in page
    assert f'href="/matches/{two[0]}"' in page, "the one before"
    last = decide(kim, two[1], "rejected:consented")
    assert path(last) == "/queue"
    assert "Nothing waits" in shown(kim, last)
    assert [state(database, each) for each in two] == ["confirmed", "rejected"]
    decided = kim.get("/queue/decided").text
    assert decided.index(two[1]) < decided.index(two[0])
    assert "Published with consent" in decided


def test_undo_works_for_a_minute_and_then_the_page_offers_to_decide_anew(database, two, kim):
    shown(kim, decide(kim, two[0], "rejected:look_alike"))
    age(database, 30)
    back = kim.post(f"/matches/{two[0]}/undo")
    assert "Taken back" in shown(kim, back)
    assert path(back) == f"/matches/{two[0]}"
    assert state(database, two[0]) == "flagged"

    shown(kim, decide(kim, two[0], "confirmed", changes=2))
    age(database, 120)
    page = shown(kim, kim.post(f"/matches/{two[0]}/undo"))

    assert "decide anew" in page
    assert "Decide anew…" in page
    assert f'action="/matches/{two[0]}/undo' not in page
    assert state(database, two[0]) == "confirmed"
    decide(kim, two[0], "rejected:other", changes=3)
    assert state(database, two[0]) == "rejected"


def test_undo_pressed_twice_takes_back_one_decision_and_says_what_holds_again(database, two, kim):
    shown(kim, decide(kim, two[0], "rejected:look_alike"))
    page = kim.get(f"/matches/{two[0]}").text
    assert 'value="rejected:look_alike"' not in page, "it is that already"
    assert 'value="rejected:consented"' in page
    shown(kim, decide(kim, two[0], "confirmed", changes=1))

    pressed = f"/matches/{two[0]}/undo?changes=2"
    assert "is rejected again" in shown(kim, kim.post(pressed))
    assert "decide anew" in shown(kim, kim.post(pressed))
    assert state(database, two[0]) == "rejected"


def test_whoever_was_slower_is_told_by_whom_and_keeps_what_she_wrote(database, two, kim):
    with database.writing() as session:
        reviewing.decide(
            session,
            two[0],
            Verdict.CONFIRMED,
            reason="so",
            actor="lee",
            now=datetime.now(UTC),
        )
    answer = decide(kim, two[0], "rejected:other", note="the lamp is another one")
    assert answer.status_code == 409
    assert "lee was quicker" in answer.text
    assert "the lamp is another one" in answer.text
    assert state(database, two[0]) == "confirmed"


def test_what_somebody_else_has_open_can_be_looked_at_and_not_decided(database, two, kim, as_role):
    assert path(as_role("caseworker", name="lee").post("/queue/next")) == f"/matches/{two[0]}"
    assert "lee" in kim.get("/queue").text
    page = kim.get(f"/matches/{two[0]}").text
    assert "lee has it open at the moment" in page
    assert 'value="confirmed"' not in page
    assert "lee has it open" in kim.post(f"/matches/{two[0]}/hold").text
    assert "lee has this match open" in decide(kim, two[0], "confirmed").text
    assert path(kim.post("/queue/next")) == f"/matches/{two[1]}"
    with database.writing() as session:
        row = match_row(session, two[0])
        claims.take(
            session,
            row.match_id,
            "lee",
            now=datetime.now(UTC) - 2 * HOUR,
            ttl=HOUR,
        )

    assert "has not come back" in kim.get(f"/matches/{two[0]}").text
    taken = shown(kim, kim.post(f"/matches/{two[0]}/take-over"))
    assert f"You have {two[0]} now" in taken
    assert 'value="confirmed"' in taken


def test_leaving_the_page_gives_the_match_back(two, kim, as_role):
    assert "Yours while you are on it" in kim.post(f"/matches/{two[0]}/hold").text
    lee = as_role("caseworker", name="lee")
    assert path(lee.post("/queue/next")) == f"/matches/{two[1]}"
    assert kim.post(f"/matches/{two[0]}/release", data={"left": "yes"}).status_code == 204
    assert path(lee.post("/queue/next", data={"after": two[1]})) == f"/matches/{two[0]}"


def test_an_unsure_one_goes_to_somebody_else_and_then_to_a_supervisor(two, kim, as_role):
    said = shown(kim, decide(kim, two[0], "unsure"))
    assert "second opinion" in said
    page = kim.get(f"/matches/{two[0]}").text
    assert "You were unsure" in page
    assert 'value="confirmed"' not in page
    assert 'value="may_be_under_18"' in page, "that can be said at any time"
    assert decide(kim, two[0], "confirmed", changes=1).status_code == 409
    lee = as_role("caseworker", name="lee")
    decide(lee, two[0], "unsure", changes=1)
    third = as_role("caseworker", name="pat").get(f"/matches/{two[0]}").text
    assert "a supervisor decides" in third
    assert 'value="confirmed"' not in third
    supervisor = as_role("supervisor")
    assert 'value="confirmed"' in supervisor.get(f"/matches/{two[0]}").text
    assert decide(supervisor, two[0], "confirmed", changes=2).status_code == 303


def test_a_referral_says_whom_to_report_to_and_leaves_nothing_to_decide(
    database, waiting, kim, as_role
):
    image = waiting.image()
    number, elsewhere = (waiting.flag(waiting.case(), image) for _ in range(2))
    said = shown(kim, decide(kim, number, "may_be_under_18"))
    assert "your national hotline (INHOPE member)" in said
    age(database, 600)
    for each in (number, elsewhere):
        page = kim.get(f"/matches/{each}").text
        assert "may be under 18" in page
        assert 'name="judgement"' not in page
        assert f'action="/matches/{each}/undo' not in page
        assert decide(kim, each, "confirmed", changes=1).status_code == 409
    supervisor = as_role("supervisor")
    assert "the picture stays locked" in supervisor.get(f"/matches/{number}").text
    assert supervisor.post(f"/matches/{number}/undo").status_code == 303
    assert state(database, number) == "flagged"
    with database.reading() as session:
        assert reviewing.preview_locked(session, image)


def test_what_is_nearly_the_same_is_decided_at_once_and_taken_back_at_once(database, waiting, kim):
    case = waiting.case()
    numbers = [waiting.match(case, pdq=near(PDQ, bits)) for bits in range(4)]
    assert (
        "3 more images nearly the same wait in this case" in kim.get(f"/matches/{numbers[0]}").text
    )
    page = kim.get(f"/matches/{numbers[0]}/alike").text
    assert all(f'value="{each}" checked' in page for each in numbers)
    done = kim.post(
        f"/matches/{numbers[0]}/alike",
        data={"judgement": "rejected:same_scene", "match": numbers[:3]},
    )
    said = shown(kim, done)
    assert "3 matches: rejected." in said
    assert [state(database, each) for each in numbers] == ["rejected"] * 3 + ["flagged"]
    undo = said.split('action="/decisions/', 1)[1].split('"', 1)[0].replace("&amp;", "&")

    assert "Taken back: 3 matches wait again." in shown(kim, kim.post(f"/decisions/{undo}"))

    assert {state(database, each) for each in numbers} == {"flagged"}
    with database.reading() as session:
        assert look_alikes.list_look_alikes(session, case) == []
    nothing = kim.post(f"/matches/{numbers[0]}/alike", data={"judgement": "confirmed"})
    assert "Nothing was chosen" in shown(kim, nothing)


def test_the_queue_keeps_to_what_was_chosen_from_one_match_to_the_next(waiting, kim):
    now = datetime.now(UTC)
    case = waiting.case()
    hers = [waiting.match(case, at=now - n * HOUR) for n in (5, 6)]
    other = waiting.match(at=now)
    page = kim.get(f"/queue?case={case.lower()}").text
    assert other not in page
    opened = kim.post("/queue/next", data={"case": case})
    assert path(opened) == f"/matches/{hers[0]}"
    following = decide(kim, hers[0], "confirmed", case=case)
    assert path(following) == f"/matches/{hers[1]}"
    ended = decide(kim, hers[1], "confirmed", case=case)
    assert "Nothing like that waits" in shown(kim, ended)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("case=C-12", "This is no case number"),
        ("case=C-7K3M-9QXD-8", "This is no case number"),
        ("site=nowhere", "There is no site of this name"),
    ],
)
def test_a_filter_that_cannot_be_read_says_why_keeps_what_was_typed_and_lists_nothing(
    two, kim, asked, said
):
    page = kim.get(f"/queue?{asked}").text
    assert said in page
    assert f'value="{asked.partition("=")[2]}"' in page
    assert not any(number in page for number in two)
    assert "Nothing like that waits" in page
    assert "Take the next one" not in page
    assert ">Show all<" in page


def test_a_judgement_that_there_is_not_and_a_number_that_is_none_are_refused(two, kim):
    assert decide(kim, two[0], "perhaps").status_code == 400
    assert decide(kim, two[0], "confirmed:other").status_code == 409
    assert kim.get("/matches/M-1").status_code == 400
    missing = kim.get("/matches/M-0000-0000-0")
    assert missing.status_code == 404
    assert "There is no match M-0000-0000-0.</p>" in missing.text  # and no command for a terminal
