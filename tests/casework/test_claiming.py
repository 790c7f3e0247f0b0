"""Whoever opens a match has it to herself, and two who work the same queue never meet."""

import threading
from datetime import timedelta

import pytest

from casework import claiming, deciding, reviewing
from domain.errors import Refused
from domain.review import DecidedMeanwhile, HeldByAnother, Judgement, Verdict
from storage import audit, claims, review_queue
from storage.matches import get_match, match_row
from storage.review_queue import Wanted
from tests.waiting_matches import HOUR, NOW, Waiting

MINUTE = timedelta(minutes=1)
ALL = Wanted()


@pytest.fixture
def three(database):
    """The numbers of three matches that wait, the most urgent first."""
    waiting = Waiting(database)
    case = waiting.case()
    return [waiting.match(case, at=NOW - n * HOUR) for n in range(3)]


@pytest.fixture
def take(database):
    def do(actor, *, now=NOW, after=None, settles=False, wanted=ALL):
        with database.writing() as session:
            return claiming.next_free(
                session, wanted, actor=actor, settles=settles, now=now, after=after
            )

    return do


@pytest.fixture
def decide(database):
    def do(number, verdict, actor, **more):
        with database.writing() as session:
            return reviewing.decide(
                session, number, verdict, reason="so", actor=actor, now=more.pop("now", NOW), **more
            )

    return do


def test_each_is_given_another_one_and_her_own_again(three, take):
    assert take("kim") == three[0]
    assert take("lee") == three[1]
    assert take("kim") == three[0], "she has not decided it yet"
    assert take("pat") == three[2]
    assert take("sam") is None


def test_leaving_one_as_it_is_gives_it_back_and_goes_on_from_the_beginning_at_the_end(three, take):
    assert take("kim") == three[0]
    assert take("kim", after=three[0]) == three[1]
    assert take("lee") == three[0], "it was given back"
    assert take("kim", after=three[1]) == three[2]
    assert take("kim", after=three[2]) == three[1], "round to the first that is free"


def test_what_somebody_else_has_is_decided_by_nobody_else_until_it_lapses(
    database, three, take, decide
):
    number = take("kim")
    assert number == three[0]
    with pytest.raises(HeldByAnother) as refused:
        decide(number, Verdict.CONFIRMED, "lee", now=NOW + 9 * MINUTE)
    assert refused.value.holder == "kim"
    with pytest.raises(Refused), database.writing() as session:
        claiming.take_over(session, number, actor="lee", now=NOW + 9 * MINUTE)

    with database.writing() as session:
        claiming.take_over(session, number, actor="lee", now=NOW + 10 * MINUTE)

    decide(number, Verdict.CONFIRMED, "lee", now=NOW + 11 * MINUTE)
    with database.reading() as session:
        taken = audit.entries(session, subject=number, limit=9)
        assert [(each.actor, each.action) for each in taken] == [
            ("lee", "match confirmed"),
            ("lee", "match taken over"),
        ]
        assert taken[1].details == {"from": "kim"}


def test_a_page_that_stays_open_renews_and_one_that_lapsed_is_not_taken_by_looking(
    database, three, take
):
    def hold(actor, minutes):
        with database.writing() as session:
            return claiming.hold(
                session, number, actor=actor, settles=False, now=NOW + minutes * MINUTE
            )

    number = take("kim")
    assert number in three
    assert hold("kim", 9).mine
    assert hold("lee", 12).other.actor == "kim", "renewed three minutes ago"
    assert hold("lee", 12).other.holds(NOW + 12 * MINUTE)
    lapsed = hold("lee", 30)
    assert (lapsed.mine, lapsed.other.holds(NOW + 30 * MINUTE)) == (False, False)
    with database.writing() as session:
        claiming.release(session, number, actor="lee")
        claiming.release(session, number, actor="kim")
    assert hold("lee", 31).mine, "given back, it is anybody's"


def test_whoever_was_unsure_is_not_asked_again_and_the_third_is_a_supervisor(
    database, three, take, decide
):
    number = three[0]
    decide(number, Verdict.UNSURE, "kim", settles=False)
    assert take("kim") == three[1]
    assert take("lee") == number
    with database.writing() as session:
        assert not claiming.hold(session, number, actor="kim", settles=False, now=NOW).mine
    with pytest.raises(Refused, match="somebody else decides it"):
        decide(number, Verdict.CONFIRMED, "kim", settles=False, now=NOW + HOUR)
    decide(number, Verdict.UNSURE, "lee", settles=False)
    assert take("pat") == three[2]
    with pytest.raises(Refused, match="supervisor"):
        decide(number, Verdict.CONFIRMED, "pat", settles=False)

    assert take("super", settles=True) == number
    decide(number, Verdict.CONFIRMED, "super", settles=True)

    with database.reading() as session:
        assert get_match(session, number).summary.state == "confirmed"


def test_taking_back_that_one_was_unsure_lets_her_decide(database, three, decide):
    number = three[0]
    decide(number, Verdict.UNSURE, "kim", settles=False)
    with database.writing() as session:
        reviewing.take_back(session, number, actor="kim", settles=False, now=NOW + 5 * HOUR)
        assert match_row(session, number).unsure == 0
        claim = claims.claim_of(session, match_row(session, number).match_id)
        assert claim is not None
        assert claim.actor == "kim"
    decide(number, Verdict.CONFIRMED, "kim", settles=False, now=NOW + 5 * HOUR)


def test_a_decision_on_what_is_not_so_any_more_is_refused(three, decide):
    decide(three[0], Verdict.CONFIRMED, "kim", known=0)
    with pytest.raises(DecidedMeanwhile) as refused:
        decide(three[0], Verdict.REJECTED, "lee", known=0)
    assert (refused.value.who, refused.value.state) == ("kim", "confirmed")
    decide(three[0], Verdict.REJECTED, "lee", known=1)


def test_two_people_working_the_same_queue_never_decide_a_match_twice(database):
    waiting = Waiting(database)
    case = waiting.case()
    numbers = {waiting.match(case, at=NOW - n * MINUTE) for n in range(24)}
    begin = threading.Barrier(3)
    decided, wrong = [], []

    def work(actor):
        begin.wait(30)
        with database.writing() as session:
            number = claiming.next_free(session, ALL, actor=actor, settles=False, now=NOW)
        while number is not None:
            try:
                with database.writing() as session:
                    gone = deciding.decide_and_go_on(
                        session,
                        number,
                        Judgement(Verdict.CONFIRMED),
                        wanted=ALL,
                        hotline="a hotline",
                        actor=actor,
                        settles=False,
                        known=0,
                        now=NOW,
                    )
            except Refused as error:
                wrong.append(error)
                return
            decided.append(number)
            number = gone.following

    people = [threading.Thread(target=work, args=(name,)) for name in ("kim", "lee")]
    for each in people:
        each.start()
    begin.wait(30)
    for each in people:
        each.join(60)

    assert wrong == []
    assert sorted(decided) == sorted(numbers)
    with database.reading() as session:
        assert review_queue.counts(session, actor="kim", now=NOW).waiting == 0
        assert all(len(get_match(session, number).decisions) == 1 for number in numbers)
