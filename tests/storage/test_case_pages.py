"""What a case's pages are made of: its timeline, its places, its pictures, and lists of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from casework import closing, looking_at_cases, reviewing, withdrawing
from domain.case_state import CloseReason
from domain.errors import InvalidInput, NotFound
from domain.review import Verdict
from storage import case_pictures, case_places, cases, look_alikes, sightings, suspensions
from storage.case_timeline import FLAGGED, Place, timeline
from storage.cases import ShownCases
from tests.made_cases import find, matches_of, open_case, register

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def case(database):
    return open_case(database, now=NOW)


def decide(database, match, verdict, now):
    with database.writing() as session:
        reviewing.decide(session, match, verdict, reason="it is hers", actor="anna", now=now)


def events(database, case, *, limit=50, looks=False):
    """All events, page by page, as what, subject and count."""
    told, before = [], None
    while True:
        with database.reading() as session:
            page = timeline(session, case, before=before, limit=limit, looks=looks)
        assert len(page.events) <= limit
        told.extend(page.events)
        if page.before is None:
            return told
        before = Place.read(str(page.before))


def test_a_timeline_tells_all_that_happened_newest_first_and_whose_it_was(database, case):
    other = open_case(database, now=NOW)
    for sign in "ab":
        find(database, sign, now=NOW)
    picture = register(database, case, "a", now=NOW + HOUR)
    register(database, other, "b", now=NOW + HOUR)
    (match,), (others,) = matches_of(database, case), matches_of(database, other)
    decide(database, match, Verdict.REJECTED, NOW + 2 * HOUR)
    decide(database, others, Verdict.REJECTED, NOW + 2 * HOUR)
    with database.writing() as session:
        kept = look_alikes.add_from_match(
            session, match, note="a shop", actor="anna", now=NOW + 3 * HOUR
        )
    looking_at_cases.note(database, case, actor="bela", now=NOW + 4 * HOUR)

    told = [(event.what, event.subject, event.actor) for event in events(database, case)]

    assert told == [
        ("look-alike added", kept.number, "anna"),
        ("match rejected", match, "anna"),
        (FLAGGED, match, None),
        ("picture registered", picture, "anna"),
    ]
    with_looks = events(database, case, looks=True)
    assert (with_looks[0].what, with_looks[0].actor) == ("case viewed", "bela")
    assert with_looks[1:] == events(database, case)


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_a_timeline_is_the_same_by_pages_of_any_size(database, case, limit, monkeypatch):
    monkeypatch.setattr("storage.case_timeline._FLAGS_AT_ONCE", 3)
    for place, sign in enumerate("abcdef"):
        find(database, sign, now=NOW)
        register(database, case, sign, now=NOW + (place // 2) * 3 * HOUR)
    for match in matches_of(database, case):
        decide(database, match, Verdict.CONFIRMED, NOW + 4 * HOUR)

    told = events(database, case, limit=limit)

    whole = events(database, case)
    assert sum(each.count for each in whole if each.what == FLAGGED) == 6
    assert [each.place for each in told if each.what != FLAGGED] == [
        each.place for each in whole if each.what != FLAGGED
    ]
    assert sum(each.count for each in told if each.what == FLAGGED) == 6
    assert [each.at for each in told] == sorted((each.at for each in told), reverse=True)


def test_images_flagged_by_one_crawl_are_told_of_in_one(database, case):
    for sign in "abc":
        find(database, sign, now=NOW)
        register(database, case, sign, now=NOW)
    find(database, "d", now=NOW)
    register(database, case, "d", now=NOW + 5 * HOUR)

    flags = [event for event in events(database, case) if event.what == FLAGGED]

    assert [event.count for event in flags] == [1, 3]


def test_what_is_no_place_in_a_timeline_is_told_so():
    with pytest.raises(InvalidInput, match="no place"):
        Place.read("yesterday")


def test_sites_are_counted_by_places_that_are_there_gone_and_matches_that_wait(database, case):
    find(database, "a", now=NOW, site="forum", on=3)
    find(database, "b", now=NOW, site="board", on=1)
    find(database, "c", now=NOW, site="board", on=5)
    for sign in "abc":
        register(database, case, sign, now=NOW)
    by_sign = dict(zip("cba", matches_of(database, case), strict=True))
    decide(database, by_sign["b"], Verdict.CONFIRMED, NOW)
    decide(database, by_sign["c"], Verdict.REJECTED, NOW)
    with database.writing() as session:
        sightings.mark_address_gone(session, "https://board.example/b.jpg", now=NOW + HOUR)

    with database.reading() as session:
        found = case_places.sites_of_case(session, case)

    told = [(s.name, s.still_there, s.gone, s.waiting, s.confirmed) for s in found]
    assert told == [("forum", 3, 0, 1, 0), ("board", 0, 1, 0, 1)]


def test_addresses_come_by_pages_and_of_one_site_and_case_alone(database, case):
    find(database, "a", now=NOW, site="forum", on=5)
    find(database, "b", now=NOW, site="forum", on=2)
    other = open_case(database, now=NOW)
    register(database, case, "a", now=NOW)
    for sign in "ab":
        register(database, other, sign, now=NOW)

    with database.reading() as session:
        first = case_places.places_of_case(session, case, "forum", limit=3)
        rest = case_places.places_of_case(session, case, "forum", after=first.after, limit=3)
        none = case_places.places_of_case(session, case, "board", limit=3)

    pages = [place.page for place in (*first.places, *rest.places)]
    assert pages == [f"https://forum.example/a/{number}" for number in (4, 3, 2, 1, 0)]
    assert (rest.after, none.places) == (None, [])


def test_pictures_tell_what_they_are_found_by_and_what_of_them_does_not_flag(database, case):
    find(database, "a", now=NOW)
    other = open_case(database, now=NOW)
    one, two, three = (register(database, case, sign, now=NOW) for sign in "abc")
    with database.writing() as session:
        suspensions.suspend(session, two, reason="a logo", actor="anna", now=NOW)
    withdrawing.withdraw(database, three, actor="anna", reason=None, now=NOW)

    with database.reading() as session:
        first = case_pictures.pictures_of_case(session, case, limit=2)
        rest = case_pictures.pictures_of_case(session, case, after=first.after, limit=2)
        with pytest.raises(NotFound, match="in case"):
            case_pictures.picture_of_case(session, other, one)

    assert [picture.number for picture in first.pictures] == [one, two]
    assert first.pictures[0].types == ("pdq", "sha256")
    assert (first.pictures[0].flagged, first.pictures[1].flagged) == (1, 0)
    assert (first.pictures[1].suspended_for, first.pictures[0].suspended_for) == ("a logo", None)
    assert (rest.pictures[0].number, rest.pictures[0].types, rest.after) == (three, (), None)


def test_cases_are_listed_by_how_they_stand_newest_first_and_by_pages(database):
    numbers = [open_case(database, now=NOW + place * HOUR) for place in range(5)]
    with database.writing() as session:
        closing.close(session, numbers[1], CloseReason.GONE, actor="anna", now=NOW + 9 * HOUR)
    withdrawing.withdraw(database, numbers[2], actor="anna", reason=None, now=NOW + 9 * HOUR)

    def listed(shown):
        told, after = [], None
        with database.reading() as session:
            while True:
                page = cases.page_of_cases(session, shown=shown, after=after, limit=2)
                told += [case.number for case in page.cases]
                if page.after is None:
                    return told
                after = page.after

    assert listed(ShownCases.ALL) == numbers[::-1]
    assert listed(ShownCases.OPEN) == [numbers[4], numbers[3], numbers[0]]
    assert (listed(ShownCases.CLOSED), listed(ShownCases.WITHDRAWN)) == ([numbers[1]], [numbers[2]])
    with database.reading() as session:
        assert cases.count_cases(session) == {
            ShownCases.ALL: 5,
            ShownCases.OPEN: 3,
            ShownCases.CLOSED: 1,
            ShownCases.WITHDRAWN: 1,
            ShownCases.WAITING: 0,
        }
        assert cases.get_case(session, numbers[1]).last_event == NOW + 9 * HOUR


def test_the_last_event_of_a_case_is_the_last_find_or_decision(database, case):
    find(database, "a", now=NOW)
    register(database, case, "a", now=NOW + HOUR)
    with database.reading() as session:
        assert cases.get_case(session, case).last_event == NOW + HOUR
    decide(database, matches_of(database, case)[0], Verdict.CONFIRMED, NOW + 2 * HOUR)
    with database.reading() as session:
        assert cases.get_case(session, case).last_event == NOW + 2 * HOUR


def test_a_case_is_found_by_the_number_of_its_picture_or_match(database, case):
    find(database, "a", now=NOW)
    picture = register(database, case, "a", now=NOW)
    (match,) = matches_of(database, case)
    with database.reading() as session:
        assert {cases.case_of(session, each) for each in (picture, match)} == {case}
        with pytest.raises(NotFound, match="There is no record"):
            cases.case_of(session, "M-0000-0000-0")
