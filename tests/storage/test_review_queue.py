"""What waits for a decision: in which order, which part of it, and how it is paged."""

import pytest

from casework import reviewing
from domain.evidence import Grade
from domain.review import Verdict
from storage import claims, nearly_the_same, review_queue
from storage.matches import match_row
from storage.review_queue import Wanted
from tests.waiting_matches import HOUR, NOW, Waiting, near

PDQ = "a5" * 32


@pytest.fixture
def waiting(database):
    return Waiting(database)


@pytest.fixture
def listed(database):
    def do(*, actor="kim", limit=50, after=None, **wanted):
        with database.reading() as session:
            found = review_queue.entries(
                session, Wanted(**wanted), actor=actor, now=NOW, after=after, limit=limit
            )
            return [entry.number for entry in found]

    return do


def counts(database, actor="kim"):
    with database.reading() as session:
        return review_queue.counts(session, actor=actor, now=NOW)


def decide(database, number, verdict, actor="kim"):
    with database.writing() as session:
        reviewing.decide(session, number, verdict, reason="so", actor=actor, now=NOW)


def test_a_match_that_turns_up_somewhere_else_moves_to_the_front(database, waiting, listed):
    case = waiting.case()
    old_image = waiting.image(at=NOW - 40 * HOUR)
    old = waiting.flag(case, old_image, at=NOW - 40 * HOUR)
    weak = waiting.match(case, distance=30, at=NOW - 2 * HOUR)
    strong = waiting.match(case, distance=2, at=NOW - 3 * HOUR)
    assert listed() == [strong, weak, old]

    waiting.see(old_image, site="board", at=NOW)

    assert listed() == [old, strong, weak]
    assert listed(oldest_first=True) == [old, strong, weak]
    with database.reading() as session:
        (entry, *_) = review_queue.entries(session, Wanted(), actor="kim", now=NOW, limit=1)
    assert (entry.places, entry.sites, entry.all_sites) == (2, ("board", "forum"), 2)


def test_seen_again_where_it_was_known_it_stays_where_it_is(waiting, listed):
    case = waiting.case()
    image = waiting.image(at=NOW - 5 * HOUR)
    known = waiting.flag(case, image, at=NOW - 5 * HOUR)
    newer = waiting.match(case, at=NOW - HOUR)
    waiting.seen -= 2  # the very same page and address once more
    waiting.see(image, at=NOW)
    assert listed() == [newer, known]


def test_stronger_evidence_of_the_same_image_moves_it_up(waiting, listed):
    case = waiting.case()
    image = waiting.image(at=NOW - 2 * HOUR)
    one = waiting.flag(case, image, distance=30)
    two = waiting.match(case, distance=10, at=NOW - 2 * HOUR)
    assert listed() == [two, one]
    waiting.flag(case, image, distance=0)
    assert listed() == [one, two]


def test_the_queue_is_narrowed_by_case_site_strength_and_what_was_unsure(database, waiting, listed):
    case = waiting.case()
    on_board = waiting.match(case, site="board", distance=2, at=NOW - HOUR)
    fair = waiting.match(case, distance=31, at=NOW - 2 * HOUR)
    other = waiting.match(distance=20, at=NOW - 9 * HOUR)
    decide(database, fair, Verdict.UNSURE)

    assert listed(case=case) == [on_board, fair]
    assert listed(site="board") == [on_board]
    assert listed(site="nowhere") == []
    assert listed(grade=Grade.VERY_STRONG) == [on_board]
    assert listed(grade=Grade.STRONG) == [fair, other]
    assert listed(unsure=True) == [fair]
    with database.writing() as session:
        claims.take(session, match_row(session, other).match_id, "kim", now=NOW, ttl=HOUR)
    assert listed(mine=True) == [other]
    assert listed(mine=True, actor="lee") == []


def test_a_site_with_many_matches_is_narrowed_the_same(waiting, listed, monkeypatch):
    case = waiting.case()
    numbers = [waiting.match(case, site="board", at=NOW - n * HOUR) for n in range(4)]
    waiting.match(case, at=NOW)
    monkeypatch.setattr(review_queue, "_FEW", 2)
    assert listed(site="board") == numbers


def test_pages_go_on_where_the_last_one_ended_in_either_order(waiting, listed):
    case = waiting.case()
    numbers = [waiting.match(case, at=NOW - n * HOUR) for n in range(5)]
    for order, expected in ((False, numbers), (True, numbers[::-1])):
        paged = []
        after = None
        while found := listed(limit=2, after=after, oldest_first=order):
            paged += found
            after = found[-1]
        assert paged == expected


def test_the_counts_leave_out_what_nobody_may_decide(database, waiting):
    one, two = waiting.case(), waiting.case()
    image = waiting.image(at=NOW - 9 * HOUR)
    referred = waiting.flag(one, image, at=NOW - 9 * HOUR)
    stopped = waiting.flag(two, image, at=NOW - 9 * HOUR)
    unsure = waiting.match(one, at=NOW - 5 * HOUR)
    waiting.match(two, at=NOW)
    decide(database, unsure, Verdict.UNSURE, "kim")
    decide(database, unsure, Verdict.UNSURE, "lee")
    assert counts(database).waiting == 4
    decide(database, referred, Verdict.MAY_BE_UNDER_18)
    with database.writing() as session:
        claims.take(session, match_row(session, unsure).match_id, "lee", now=NOW, ttl=HOUR)

    seen = counts(database)

    assert (seen.waiting, seen.unsure, seen.to_settle, seen.referred) == (2, 1, 1, 1)
    assert (seen.mine, seen.held) == (0, 1)
    assert seen.oldest_at == NOW - 5 * HOUR
    with database.reading() as session:
        found = review_queue.entries(session, Wanted(), actor="kim", now=NOW, limit=9)
    assert stopped not in [entry.number for entry in found]


def test_images_nearly_the_same_are_those_of_the_same_case_that_wait(database, waiting):
    case = waiting.case()
    number = waiting.match(case, pdq=PDQ)
    nearest = waiting.match(case, pdq=near(PDQ, 2))
    within = waiting.match(case, pdq=near(PDQ, 10))
    waiting.match(case, pdq=near(PDQ, 11))
    waiting.match(pdq=PDQ)
    decided = waiting.match(case, pdq=near(PDQ, 3))
    decide(database, decided, Verdict.CONFIRMED)

    with database.reading() as session:
        found = nearly_the_same.nearly_the_same(session, number)

    assert [(each.number, each.bits) for each in found] == [(nearest, 2), (within, 10)]
