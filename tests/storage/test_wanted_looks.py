"""Images to be looked at anew: asked for once, given to the site that has them, and ended."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from domain.image import ImageReference
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from domain.wanted_look import LookOutcome
from storage import (
    cases,
    refetching,
    registrations,
    registry,
    sightings,
    sites,
    suspensions,
    wanted_looks,
    withdrawals,
)
from storage.withdrawals import forget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def site_ids(database):
    with database.writing() as session:
        return {
            name: sites.add(session, Site(name, (f"https://{name}.example/",)), now=NOW).site_id
            for name in ("forum", "board")
        }


@pytest.fixture
def sight(database, site_ids):
    """Sight an image somewhere; a new one, or one that is known."""

    def do(site="forum", address=None, *, image=None, now=NOW):
        signals = image or ImageSignals(
            os.urandom(32).hex(),
            os.urandom(16).hex(),
            os.urandom(32).hex(),
            90,
            os.urandom(8).hex(),
            "JPEG",
            9,
            9,
            9,
        )
        address = address or f"https://{site}.example/{signals.sha256[:8]}.jpg"
        with database.writing() as session:
            image_id = sightings.image_id_of(session, signals, now=now)
            page = f"https://{site}.example/"
            reference = ImageReference(page, address, address, "img@src")
            sightings.sight(
                session, site_ids[site], reference, image_id, etag=None, last_modified=None, now=now
            )
        return image_id, address, signals

    return do


@pytest.fixture
def register(database):
    def do():
        with database.writing() as session:
            version = registry.bump(session)
            case = cases.open_case(session, now=NOW).number
            row = registrations.add(
                session,
                cases.case_row(session, case).case_id,
                PictureSignals((Signal(SignalType.SHA256, os.urandom(32).hex()),)),
                source="file",
                version=version,
                now=NOW,
            )
            return case, row.number, row.registration_id

    return do


def ask(database, *pairs):
    with database.writing() as session:
        return wanted_looks.ask(session, pairs, now=NOW)


def wanted(database, site_id, limit=100):
    with database.reading() as session:
        return refetching.wanted_at(session, site_id, limit=limit)


def counted(database):
    with database.reading() as session:
        return wanted_looks.counts(session)


def test_a_site_is_asked_for_what_it_shows_and_for_the_oldest_wish_first(
    database, site_ids, sight, register
):
    (*_, one), (*_, two) = register(), register()
    first, second, elsewhere = sight(), sight(), sight("board")

    assert ask(database, (second[0], one), (elsewhere[0], one)) == 2
    assert ask(database, (first[0], two), (second[0], two), (second[0], one)) == 2

    told = wanted(database, site_ids["forum"])
    assert [(each.image_id, each.address) for each in told] == [second[:2], first[:2]]
    assert (told[0].page_url, told[0].found_in) == ("https://forum.example/", "img@src")
    assert [each.image_id for each in wanted(database, site_ids["forum"], 1)] == [second[0]]
    assert [each.address for each in wanted(database, site_ids["board"])] == [elsewhere[1]]


def test_asked_again_it_stays_as_it_is(database, site_ids, sight, register):
    *_, one = register()
    image_id, *_ = sight()
    assert ask(database, (image_id, one), (image_id, one)) == 1

    with database.writing() as session:
        ended = wanted_looks.done(session, image_id, LookOutcome.NOT_FOUND, now=NOW)
    assert ended == 1

    assert ask(database, (image_id, one)) == 0
    assert wanted(database, site_ids["forum"]) == []


def test_many_are_asked_for_at_once(database, sight, register):
    ids = [register()[2] for _ in range(2)]
    image_id, *_ = sight()
    pairs = [(image_id, registration_id) for registration_id in ids]
    nowhere = [(image_id + number, ids[0]) for number in range(1, 1200)]
    assert ask(database, *pairs, *nowhere) == 2


def test_what_is_gone_is_asked_of_nobody_what_stands_in_a_page_comes_with_it(
    database, site_ids, sight, register
):
    *_, one = register()
    gone, inline = sight(), sight(address=f"data:image/jpeg;sha256={'a' * 64}")
    ask(database, (gone[0], one), (inline[0], one))
    with database.writing() as session:
        sightings.mark_address_gone(session, gone[1], now=NOW)

    assert [each.image_id for each in wanted(database, site_ids["forum"])] == [inline[0]]
    assert (counted(database).open, counted(database).out_of_reach) == (2, 1)


def test_of_several_addresses_the_one_seen_last_is_asked(database, site_ids, sight, register):
    *_, one = register()
    image_id, _, signals = sight()
    _, later, _ = sight(
        address="https://forum.example/copy.jpg", image=signals, now=NOW + timedelta(days=1)
    )
    ask(database, (image_id, one))

    assert [each.address for each in wanted(database, site_ids["forum"])] == [later]


def test_what_came_of_each_is_counted(database, sight, register):
    (*_, one), (*_, two), (*_, three) = register(), register(), register()
    first, *_ = sight()
    second, *_ = sight()
    ask(database, *((image, each) for image in (first, second) for each in (one, two, three)))

    with database.writing() as session:
        found = wanted_looks.done(session, first, LookOutcome.FOUND, registrations=[one], now=NOW)
        left = wanted_looks.done(session, first, LookOutcome.NOT_FOUND, now=NOW)
        again = wanted_looks.done(session, first, LookOutcome.GONE, now=NOW)
        nothing = wanted_looks.done(session, second, LookOutcome.FOUND, registrations=[], now=NOW)
    assert (found, left, again, nothing) == (1, 2, 0, 0)

    told = counted(database)
    assert (told.open, told.done[LookOutcome.FOUND]) == (3, 1)
    assert (told.done[LookOutcome.NOT_FOUND], told.done[LookOutcome.GONE]) == (2, 0)


def test_a_suspended_registration_wants_nothing_until_it_is_resumed(
    database, site_ids, sight, register
):
    _, number, one = register()
    *_, two = register()
    image_id, *_ = sight()
    other, *_ = sight()
    ask(database, (image_id, one), (image_id, two), (other, one))

    with database.writing() as session:
        suspensions.suspend(session, number, reason="a logo", actor="kim", now=NOW)
    told = wanted(database, site_ids["forum"])
    assert [each.image_id for each in told] == [image_id]

    with database.writing() as session:
        suspensions.resume(session, number, actor="kim", now=NOW)
    assert len(wanted(database, site_ids["forum"])) == 2


def test_it_goes_with_the_image_and_with_the_registration(database, sight, register):
    case, _, one = register()
    *_, two = register()
    (first, *_), (second, *_) = sight(), sight()
    ask(database, (first, one), (first, two), (second, one), (second, two))

    with database.writing() as session:
        version = registry.bump(session)
        rows = registrations.active_in(session, cases.case_row(session, case).case_id)
        withdrawals.erase(session, rows, version=version, now=NOW)
    assert counted(database).open == 2

    with database.writing() as session:
        forget(session, [first])
    assert counted(database).open == 1

    assert ask(database, (second, one), (first, two)) == 0, "neither is left to be looked for"
