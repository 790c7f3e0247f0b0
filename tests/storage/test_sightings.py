"""What is sighted where, what is gone, and which pages may be asked for conditionally."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from domain.image import ImageReference
from domain.signal import ImageSignals
from domain.site import Site
from storage import images, pages, registry, sightings, sites
from storage.pages import KnownPage
from storage.sightings import KnownAddress
from storage.tables import ImageRow, ImageUrlRow, PageRow, SightingRow
from storage.withdrawals import forget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = "https://forum.example/thread"
INLINE = f"data:image/png;sha256={'d' * 64}"


@pytest.fixture
def site_id(database):
    with database.writing() as session:
        return sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW).site_id


@pytest.fixture
def image(database):
    """Record an image that is told from others by one digit; return its id."""

    def do(digit):
        signals = ImageSignals(digit * 64, digit * 32, digit * 64, 90, digit * 16, "JPEG", 9, 9, 9)
        with database.writing() as session:
            return sightings.image_id_of(session, signals, now=NOW)

    return do


@pytest.fixture
def sight(database, site_id):
    def do(image_id, address="https://forum.example/a.jpg", *, page=PAGE, now=NOW, **more):
        reference = ImageReference(page, address, address, "img@src")
        with database.writing() as session:
            sightings.sight(
                session,
                site_id,
                reference,
                image_id,
                etag='"i"',
                last_modified=None,
                now=now,
                **more,
            )

    return do


@pytest.fixture
def complete(database, site_id):
    def do(*addresses, settled=True, now=NOW):
        references = tuple((address, "img@src") for address in addresses)
        page = KnownPage(PAGE, '"p"', None, ("https://forum.example/next",), references)
        with database.writing() as session:
            pages.complete(session, site_id, page, settled=settled, now=now)
        return page

    return do


@pytest.fixture
def seen(database):
    """Every sighting: which image, since when, until when, gone when."""

    def do():
        with database.reading() as session:
            return [
                (row.image_id, row.first_seen, row.last_seen, row.gone_at)
                for row in session.scalars(select(SightingRow).order_by(SightingRow.sighting_id))
            ]

    return do


def known(database, site_id):
    with database.reading() as session:
        return pages.known_pages(session, site_id, [PAGE, "https://forum.example/never"])


def test_an_image_seen_again_is_one_sighting_that_lives_on(sight, image, seen):
    one = image("1")
    sight(one)
    sight(one, now=NOW + DAY)
    sight(one, now=NOW - DAY)  # a clock that goes back takes nothing back
    assert image("1") == one
    assert seen() == [(one, NOW, NOW + DAY, None)]


def test_what_is_gone_comes_back(database, sight, image, seen):
    one = image("1")
    sight(one)
    with database.writing() as session:
        sightings.mark_address_gone(session, "https://forum.example/a.jpg", now=NOW + DAY)
        sightings.mark_address_gone(session, "https://forum.example/never", now=NOW + DAY)
        gone = sightings.known_address(session, "https://forum.example/a.jpg")
        assert gone == KnownAddress(None, None, one, byte_size=9)
    assert seen() == [(one, NOW, NOW, NOW + DAY)]

    sight(one, now=NOW + 2 * DAY)

    assert seen() == [(one, NOW, NOW + 2 * DAY, None)]


def test_another_image_at_the_address_ends_the_one_before_on_every_page(sight, image, seen):
    one, two = image("1"), image("2")
    sight(one)
    sight(one, page="https://forum.example/other")
    sight(one, "https://forum.example/elsewhere.jpg")

    sight(two, now=NOW + DAY)

    assert [(image_id, gone) for image_id, _, _, gone in seen()] == [
        (one, NOW + DAY),
        (one, NOW + DAY),
        (one, None),
        (two, None),
    ]


def test_only_what_is_surely_another_ends_the_ones_before(database, sight, image, seen):
    one, part, two = image("1"), image("2"), image("3")
    address = "https://forum.example/a.jpg"
    sight(one)
    sight(part, certain=False, now=NOW + DAY)
    assert [gone for _, _, _, gone in seen()] == [None, None]
    with database.reading() as session:
        there = sightings.sighted_at(session, address)
    assert sorted((each.image_id, each.byte_size) for each in there) == [(one, 9), (part, 9)]

    sight(two, certain=True, parts=(part,), now=NOW + 2 * DAY)

    assert [gone for _, _, _, gone in seen()] == [NOW + 2 * DAY, None, None]
    with database.reading() as session:
        assert {each.image_id for each in sightings.sighted_at(session, address)} == {part, two}


def test_what_a_page_no_longer_points_to_is_gone(database, sight, image, seen, complete):
    one = image("1")
    addresses = [f"https://forum.example/{n}.jpg" for n in range(4)]
    for address in addresses:
        sight(one, address)
    sight(one, addresses[0], page="https://forum.example/other")
    statements = []
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _u, text, *_: statements.append(text)
    )

    complete(addresses[3], now=NOW + DAY)

    assert [gone for _, _, _, gone in seen()] == [NOW + DAY] * 3 + [None] * 2
    assert len([text for text in statements if text.startswith("UPDATE sighting")]) == 1
    complete(addresses[3], now=NOW + 2 * DAY)
    assert seen()[0][3] == NOW + DAY  # as first noticed


def test_a_page_is_asked_for_conditionally_only_once_settled(database, site_id, complete):
    address = "https://forum.example/a.jpg"
    complete(address, settled=False)
    assert known(database, site_id) == {}
    page = complete(address)
    found = known(database, site_id)[PAGE]
    assert (found.etag, found.last_modified) == (page.etag, page.last_modified)
    assert (found.links, found.references) == (page.links, page.references)
    complete(address, settled=False)
    assert known(database, site_id) == {}


def test_a_page_that_is_gone_takes_its_sightings_along(
    database, site_id, sight, image, seen, complete
):
    one = image("1")
    sight(one)
    sight(one, page="https://forum.example/other")
    complete("https://forum.example/a.jpg")

    for when in (NOW + DAY, NOW + 2 * DAY):
        with database.writing() as session:
            pages.mark_gone(session, site_id, PAGE, now=when)
            pages.mark_gone(session, site_id, "https://forum.example/never", now=when)

    assert known(database, site_id) == {}
    assert [gone for _, _, _, gone in seen()] == [NOW + DAY, None]
    with database.reading() as session:
        gone = {row.url: row.gone_at for row in session.scalars(select(PageRow))}
        assert gone == {PAGE: NOW + DAY, "https://forum.example/other": None}
        places = images.places_of(session, [one])
        assert (places.still_there, places.gone, places.sites) == (1, 1, 1)
    complete("https://forum.example/a.jpg")
    with database.reading() as session:
        assert session.scalars(select(PageRow.gone_at)).all() == [None, None]


def test_an_image_within_a_page_that_is_forgotten_meanwhile_is_read_anew(
    database, site_id, sight, image, complete
):
    one = image("1")
    sight(one, INLINE)
    complete(INLINE)
    assert known(database, site_id)

    with database.writing() as session:
        registry.bump(session)
        forget(session, [one])
    complete(INLINE)  # by a crawl that read the page before

    assert known(database, site_id) == {}


def test_a_withdrawal_waits_for_a_page_that_is_being_closed(database, site_id):
    def bump():
        with database.writing() as session:
            registry.bump(session)

    withdrawal = threading.Thread(target=bump)
    with database.writing() as session:
        pages.complete(session, site_id, KnownPage(PAGE, None, None, (), ()), settled=True, now=NOW)
        withdrawal.start()
        withdrawal.join(0.3)
        assert withdrawal.is_alive()
    withdrawal.join(60)


def test_the_id_of_a_forgotten_image_is_not_given_to_another(database, sight, image):
    """A crawl under way would take the new image for the old one."""
    one = image("1")
    sight(one)
    with database.writing() as session:
        forget(session, [one])

    assert image("2") != one

    with database.reading() as session:
        assert not sightings.image_exists(session, one)
        assert session.scalars(select(ImageRow.sha256)).all() == ["2" * 64]
        address = session.scalars(select(ImageUrlRow)).one()
        assert (address.image_id, address.etag) == (None, None)
