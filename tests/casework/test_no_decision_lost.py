"""Nobody's decision is overwritten, taken back or left behind by what somebody else does."""

import threading
import time
from datetime import timedelta

import pytest

from casework import claiming, closing, consenting, deciding, reviewing, withdrawing
from domain.case_state import CloseReason
from domain.case_wishes import Contact, Wishes
from domain.errors import Refused
from domain.review import Judgement, RejectionKind, Verdict
from storage import audit, case_wishes, claims
from storage.cases import case_row
from storage.matches import get_match, match_row
from storage.review_queue import Wanted
from tests.waiting_matches import HOUR, NOW, Waiting

SECOND = timedelta(seconds=1)
HELD = timedelta(minutes=10)


@pytest.fixture
def waiting(database):
    return Waiting(database)


@pytest.fixture
def decide(database):
    def do(number, verdict, actor, *, kind=None, now=NOW):
        with database.writing() as session:
            return reviewing.decide(
                session, number, verdict, kind=kind, reason="so", actor=actor, now=now
            ).value

    return do


def state(database, number):
    with database.reading() as session:
        return get_match(session, number).summary.state


def test_what_another_has_decided_meanwhile_is_not_decided_again_with_many(
    database, waiting, decide
):
    case = waiting.case()
    first, second = (waiting.match(case) for _ in range(2))
    decide(second, Verdict.CONFIRMED, "lee")

    together = deciding.decide_together(
        database,
        [first, second],
        Judgement(Verdict.REJECTED, RejectionKind.LOOK_ALIKE),
        hotline="a hotline",
        actor="kim",
        settles=True,
        now=NOW + SECOND,
    )

    assert (together.decided, together.left) == ((first,), (second,))
    assert state(database, second) == "confirmed"


def test_undo_pressed_twice_takes_back_one_decision(database, waiting, decide):
    number = waiting.match()
    decide(number, Verdict.REJECTED, "kim")
    decide(number, Verdict.CONFIRMED, "kim", now=NOW + SECOND)

    def take_back():
        with database.writing() as session:
            reviewing.take_back(
                session, number, actor="kim", settles=True, known=2, now=NOW + 2 * SECOND
            )

    take_back()
    with pytest.raises(Refused):
        take_back()
    assert state(database, number) == "rejected"


def test_nothing_is_taken_back_where_the_image_was_referred_in_another_case(
    database, waiting, decide
):
    image = waiting.image()
    here, there = (waiting.flag(waiting.case(), image) for _ in range(2))
    decide(here, Verdict.REJECTED, "kim")
    decide(there, Verdict.MAY_BE_UNDER_18, "lee")

    with pytest.raises(Refused), database.writing() as session:
        reviewing.take_back(session, here, actor="kim", settles=True, now=NOW + SECOND)
    with pytest.raises(Refused), database.writing() as session:
        reviewing.undo(session, here, actor="kim", reason="so", now=NOW + SECOND)

    with database.writing() as session:
        reviewing.undo(session, there, actor="lee", reason="a mistake", now=NOW + SECOND)
        reviewing.undo(session, here, actor="kim", reason="so", now=NOW + SECOND)
    assert state(database, here) == "flagged"


def test_why_something_is_rejected_can_be_said_anew(database, waiting, decide):
    number = waiting.match()
    decide(number, Verdict.REJECTED, "kim", kind=RejectionKind.LOOK_ALIKE)
    with pytest.raises(Refused):
        decide(number, Verdict.REJECTED, "lee", kind=RejectionKind.LOOK_ALIKE)
    decide(number, Verdict.REJECTED, "lee", kind=RejectionKind.CONSENTED, now=NOW + HOUR)
    assert state(database, number) == "rejected"


def test_the_next_one_comes_also_after_one_that_was_withdrawn(database, waiting):
    case = waiting.case()
    gone, other = waiting.match(case), waiting.match()
    withdrawing.withdraw(database, case, actor="kim", reason=None, now=NOW)
    with database.writing() as session:
        found = claiming.next_free(
            session, Wanted(), actor="kim", settles=False, after=gone, now=NOW
        )
    assert found == other


def test_a_change_of_wishes_is_taken_back_by_whoever_made_it(database, waiting):
    case = waiting.case()
    with database.writing() as session:
        consenting.change_wishes(
            session, case, Wishes(contact=Contact.TRUSTED), actor="kim", now=NOW
        )
    with database.writing() as session:
        consenting.change_wishes(
            session, case, Wishes(contact=Contact.NOBODY), actor="lee", now=NOW + SECOND
        )
    with pytest.raises(Refused), database.writing() as session:
        consenting.take_back(session, case, actor="kim", now=NOW + 2 * SECOND)
    with database.reading() as session:
        assert case_wishes.wishes_of(session, case).contact is Contact.NOBODY


class TestAtTheSameMoment:
    """Only PostgreSQL lets two write at once; SQLite has them come one after the other."""

    pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

    def meanwhile(self, act):
        """Begin something in a thread that has to wait for us, and give it time to do so."""
        raised = []

        def run():
            try:
                act()
            except Exception as error:  # noqa: BLE001
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.3)
        return thread, raised

    def test_no_wish_is_left_of_a_case_that_is_withdrawn_meanwhile(self, database, waiting):
        case = waiting.case()

        def change():
            with database.writing() as session:
                wishes = Wishes(contact=Contact.TRUSTED)
                consenting.change_wishes(session, case, wishes, actor="kim", now=NOW)

        with database.writing() as session:
            row = case_row(session, case)
            row.withdrawn_at = NOW
            case_wishes.forget(session, row.case_id)
            thread, raised = self.meanwhile(change)
        thread.join()
        assert [type(each) for each in raised] == [Refused]

    def test_a_case_is_closed_once(self, database, waiting):
        case = waiting.case()

        def close():
            with database.writing() as session:
                closing.close(session, case, CloseReason.MISTAKE, actor="lee", now=NOW)

        with database.writing() as session:
            closing.close(session, case, CloseReason.MISTAKE, actor="kim", now=NOW)
            thread, raised = self.meanwhile(close)
        thread.join()
        assert [type(each) for each in raised] == [Refused]

    def test_taking_over_and_going_on_to_the_same_one_do_not_wait_for_each_other(
        self, database, waiting, decide
    ):
        case = waiting.case()
        first, second = waiting.match(case), waiting.match(case, at=NOW - HOUR)
        with database.writing() as session:
            second_id = match_row(session, second).match_id
            claims.take(session, second_id, "pat", now=NOW, ttl=HELD)
        later = NOW + 2 * HELD

        def take_over():
            with database.writing() as session:
                claiming.take_over(session, second, actor="lee", now=later)

        with database.writing() as session:
            reviewing.decide(session, first, Verdict.CONFIRMED, reason="so", actor="kim", now=later)
            thread, raised = self.meanwhile(take_over)
            following = claiming.next_free(session, Wanted(), actor="kim", settles=True, now=later)
        thread.join()
        assert (following, raised) == (None, [])
        with database.reading() as session:
            holder = claims.claim_of(session, second_id)
            assert holder is not None
            assert holder.actor == "lee"
            assert [each.action for each in audit.entries(session, subject=second, limit=9)] == [
                "match taken over"
            ]
