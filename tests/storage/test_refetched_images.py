"""Which images a crawl asks for anew, and when it stops asking."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from domain.address import storable
from domain.image import ImageReference
from domain.refetching import MOST_TRIES, NO_PLACES
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from domain.site import Site
from domain.wanted_look import LookOutcome
from storage import (
    cases,
    refetching,
    registrations,
    registry,
    sightings,
    signal_status,
    sites,
    wanted_looks,
)
from storage.tables import ImageRow, RegistrationRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def site_id(database):
    with database.writing() as session:
        return sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW).site_id


@pytest.fixture
def sight(database, site_id):
    """Sight an image of so high a quality, as the version before constellations did."""

    def do(number, *, minutes=0, quality=90, address=None, page="https://forum.example/"):
        digest = f"{number:064x}"
        signals = ImageSignals(
            digest, digest[:32], digest, quality, digest[:16], "JPEG", 800, 600, 1001
        )
        where = address or f"https://forum.example/{number}.jpg"
        where = where if "#" in where else storable(where)  # what is in an archive
        reference = ImageReference(page, where, where, "img@src", 0, "/big")
        with database.writing() as session:
            image_id = sightings.image_id_of(session, signals, now=NOW)
            sightings.sight(
                session,
                site_id,
                reference,
                image_id,
                etag='"x"',
                last_modified=None,
                now=NOW + timedelta(minutes=minutes),
            )
        return image_id

    return do


@pytest.fixture
def registered(database):
    with database.writing() as session:
        version = registry.bump(session)
        number = cases.open_case(session, now=NOW).number
        row = registrations.add(
            session,
            cases.case_row(session, number).case_id,
            PictureSignals((Signal(SignalType.SHA256, "ab" * 32),)),
            source="file",
            version=version,
            now=NOW,
        )
        return row.registration_id


@pytest.fixture
def want(database, registered):
    def do(*image_ids):
        with database.writing() as session:
            return wanted_looks.ask(session, [(each, registered) for each in image_ids], now=NOW)

    return do


@pytest.fixture
def ask(database, site_id):
    """Ask which images are wanted, and which are of an earlier version."""

    def do(which, limit=20):
        with database.reading() as session:
            return [each.image_id for each in which(session, site_id, limit=limit)]

    return do


@pytest.fixture
def crawl_in_vain(database, site_id):
    """End a crawl that asked for some images and got none; how many it gives up."""

    def do(asked_for=()):
        with database.writing() as session:
            return refetching.give_up(session, site_id, asked_for, tries=MOST_TRIES, now=NOW)

    return do


def outcomes(database):
    with database.reading() as session:
        counts = wanted_looks.counts(session)
    return counts.open, {outcome: number for outcome, number in counts.done.items() if number}


def test_what_somebody_waits_for_comes_in_the_order_of_asking(sight, want, ask, database, site_id):
    first, second, _ = sight(1), sight(2), sight(3)
    want(second)
    want(first)

    assert ask(refetching.wanted_at) == [second, first]
    assert ask(refetching.wanted_at, limit=1) == [second]
    with database.reading() as session:
        (place, _) = refetching.wanted_at(session, site_id, limit=2)
    assert (place.address, place.links_to) == ("https://forum.example/2.jpg", "/big")


def test_a_suspended_registration_wants_nothing(sight, want, ask, database):
    image_id = sight(1)
    want(image_id)
    with database.writing() as session:
        session.execute(
            update(RegistrationRow).values(suspended_at=NOW, suspended_for="it is everywhere")
        )
        refetching.looked(session, image_id, (), now=NOW)

    assert ask(refetching.wanted_at) == []
    assert outcomes(database) == (1, {}), "nobody looked for it"


def test_images_of_an_earlier_version_come_newest_first_and_all_in_the_end(sight, ask):
    old = [sight(number, minutes=number) for number in range(8)]
    sight(20, minutes=20, quality=3)
    sight(21, minutes=21, address="data:image/png;base64,AAAA")
    sight(22, minutes=22, address="https://forum.example/a.zip#b.jpg")

    assert ask(refetching.seen_before_at) == old[::-1]
    met = set()
    for _ in range(150):
        few = ask(refetching.seen_before_at, limit=2)
        assert few[0] == old[-1]
        met.update(few)
    assert met == set(old), "those that can never be fetched keep no other from its turn"


def test_one_that_was_looked_at_is_known_in_full_whatever_it_has(sight, ask, database):
    image_id = sight(1)
    with database.writing() as session:
        assert refetching.is_to_be_looked_at(session, image_id)
        assert refetching.any_seen_before(session)
        refetching.looked(session, image_id, (), now=NOW)

    assert ask(refetching.seen_before_at) == []
    with database.reading() as session:
        assert not refetching.is_to_be_looked_at(session, image_id)
        assert not refetching.any_seen_before(session)
        kept = signal_status.signal_status(session).constellations
    assert (kept.images, kept.too_plain, kept.waiting) == (0, 1, 0)


def test_a_look_says_what_it_found(sight, want, database, registered):
    shows, does_not = sight(1), sight(2)
    want(shows, does_not)
    seen = Agreement(registered, SignalType.CONSTELLATION, View.MIRRORED, 20)

    with database.writing() as session:
        assert refetching.is_to_be_looked_at(session, shows)
        refetching.looked(session, shows, (seen,), now=NOW)
        refetching.looked(session, does_not, (), now=NOW)

    assert outcomes(database) == (0, {LookOutcome.FOUND: 1, LookOutcome.NOT_FOUND: 1})


def test_what_five_crawls_ask_for_in_vain_is_given_up(sight, want, database, crawl_in_vain):
    there, not_asked_for, gone = sight(1), sight(2), sight(3)
    want(there, not_asked_for, gone)
    with database.writing() as session:
        sightings.mark_address_gone(session, "https://forum.example/3.jpg", now=NOW)

    given_up = [crawl_in_vain({there}) for _ in range(5)]

    assert given_up == [0, 0, 0, 0, 2]
    assert outcomes(database) == (1, {LookOutcome.GONE: 2})
    assert crawl_in_vain({there, not_asked_for}) == 0, "this one was asked for once"


def test_those_asked_for_in_vain_come_last(sight, want, ask, crawl_in_vain):
    first, second = sight(1), sight(2)
    want(first, second)

    crawl_in_vain({first})

    assert ask(refetching.wanted_at, limit=1) == [second]
    assert ask(refetching.wanted_at) == [second, first]


def test_what_another_site_still_shows_is_not_given_up(sight, want, database, crawl_in_vain):
    image_id = sight(1)
    with database.writing() as session:
        board = sites.add(session, Site("board", ("https://board.example/",)), now=NOW).site_id
        address = "https://board.example/copy.jpg"
        reference = ImageReference("https://board.example/", address, address, "img@src")
        sightings.sight(session, board, reference, image_id, etag=None, last_modified=None, now=NOW)
    want(image_id)

    assert [crawl_in_vain({image_id}) for _ in range(6)] == [0] * 6

    with database.reading() as session:
        (place,) = refetching.wanted_at(session, board, limit=20)
    assert place.address == address
    with database.writing() as session:
        sites.remove(session, "board", now=NOW)
    assert crawl_in_vain({image_id}) == 1, "nobody crawls that one any more"


def test_what_a_suspended_registration_waits_for_is_not_given_up(
    sight, want, database, ask, crawl_in_vain
):
    image_id = sight(1)
    want(image_id)
    with database.writing() as session:
        session.execute(update(RegistrationRow).values(suspended_at=NOW, suspended_for="a logo"))

    assert [crawl_in_vain({image_id}) for _ in range(6)] == [0] * 6

    with database.writing() as session:
        session.execute(update(RegistrationRow).values(suspended_at=None, suspended_for=None))
    assert ask(refetching.wanted_at) == [image_id]


def test_one_that_was_given_up_is_looked_at_once_it_comes_again(
    sight, want, database, registered, crawl_in_vain
):
    image_id, other = sight(1), sight(2)
    want(image_id, other)
    with database.writing() as session:
        for each in (image_id, other):  # from now on, only what is wanted is a reason to look
            session.execute(update(ImageRow).values(constellation=NO_PLACES))
            sightings.mark_address_gone(session, f"https://forum.example/{each}.jpg", now=NOW)
    assert sum(crawl_in_vain() for _ in range(5)) == 2

    sight(1, address="https://forum.example/again.jpg", minutes=90)
    with database.writing() as session:
        assert refetching.is_to_be_looked_at(session, image_id)
        seen = Agreement(registered, SignalType.CONSTELLATION, View.UPRIGHT, 20)
        refetching.looked(session, image_id, (seen,), now=NOW)

    assert outcomes(database) == (0, {LookOutcome.FOUND: 1, LookOutcome.GONE: 1})
    assert want(image_id, other) == 1, "what was given up is wanted anew, with as many tries"
    assert [crawl_in_vain() for _ in range(5)] == [0, 0, 0, 0, 1]


def test_one_that_stands_on_every_page_leaves_their_turn_to_others(sight, want, ask):
    for number in range(100):
        banner = sight(1, page=f"https://forum.example/{number}", minutes=1000)
    others = [sight(10 + number, minutes=number) for number in range(50)]

    # Drawn at random: after 50 times, one in twenty would still be left out of some run.
    met = {image_id for _ in range(400) for image_id in ask(refetching.seen_before_at)}
    assert met == {banner, *others}

    want(banner, *others[:19])
    assert ask(refetching.wanted_at) == [banner, *others[:19]]


def test_constellations_that_images_were_given_lately_are_met(sight, database):
    first, second = sight(1), sight(2, minutes=60)
    with database.writing() as session:
        session.execute(update(ImageRow).values(constellation=NO_PLACES))

    with database.reading() as session:
        since = NOW + timedelta(minutes=30)
        lately = refetching.fetched_since(session, since=since, through=second)
        assert lately == {second: [bytes.fromhex(NO_PLACES)]}
        assert refetching.fetched_since(session, since=since, through=first) == {}
