from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from domain import evidence
from domain.image import ImageReference
from domain.laid import Laid
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from domain.site import Site
from storage import (
    cases,
    flagging,
    matches,
    registrations,
    registry,
    sightings,
    sites,
    withdrawals,
)
from storage.tables import EvidenceRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def add(database):
    """Put a registration into a case of its own, or into the one given."""

    def do(sign, case=None):
        with database.writing() as session:
            number = case or cases.open_case(session, now=NOW).number
            row = registrations.add(
                session,
                cases.case_row(session, number).case_id,
                PictureSignals((Signal(SignalType.SHA256, sign * 64),)),
                source="file",
                version=registry.bump(session),
                now=NOW,
            )
            return number, row.registration_id

    return do


@pytest.fixture
def sight(database):
    def do(sign, site="forum", page="/", image="a.jpg", now=NOW):
        with database.writing() as session:
            known = {stored.site.name: stored.site_id for stored in sites.all_sites(session)}
            start = f"https://{site}.example/"
            if site not in known:
                known[site] = sites.add(session, Site(site, (start,)), now=NOW).site_id
            signals = ImageSignals(sign * 64, sign * 32, sign * 64, 90, sign * 16, "JPEG", 9, 9, 9)
            image_id = sightings.image_id_of(session, signals, now=now)
            reference = ImageReference(start[:-1] + page, start + image, start + image, "img@src")
            sightings.sight(
                session, known[site], reference, image_id, etag=None, last_modified=None, now=now
            )
            return image_id

    return do


@pytest.fixture
def flag(database):
    def do(image_id, *agreements, now=NOW):
        with database.writing() as session:
            return flagging.flag(session, image_id=image_id, agreements=agreements, now=now)

    return do


def pdq(registration_id, distance, view=View.UPRIGHT):
    return Agreement(registration_id, SignalType.PDQ, view, distance)


def test_each_case_has_one_match_of_an_image_with_its_nearest_evidence(database, add, sight, flag):
    case, one = add("a")
    _, two = add("b", case)
    _, neighbour = add("c")
    image = sight("1")

    assert flag(image, pdq(one, 20), pdq(two, 12), pdq(neighbour, 30)) == 2
    assert flag(image, pdq(one, 9, View.MIRRORED)) == 0
    assert flag(image, pdq(one, 15)) == 0

    with database.reading() as session:
        (match,) = matches.list_matches(session, case=case)
        assert match.distance == 9
        assert sorted((s.distance, s.view) for s in match.signals) == [
            (9, "mirrored"),
            (12, "upright"),
        ]
        assert len(session.scalars(select(EvidenceRow)).all()) == 3
        assert matches.count_by_state(session) == {
            "flagged": 2,
            "confirmed": 0,
            "rejected": 0,
            "referred": 0,
        }
        assert matches.count_by_state(session, case=case)["flagged"] == 1


def test_equal_bytes_are_nearest_of_all(database, add, sight, flag):
    _, one = add("a")
    flag(sight("1"), pdq(one, 7), Agreement(one, SignalType.SHA256, View.UPRIGHT, 0))
    with database.reading() as session:
        assert matches.list_matches(session)[0].distance == 0


def test_a_withdrawn_registration_flags_nothing(database, add, sight, flag):
    case, one = add("a")
    with database.writing() as session:
        rows = registrations.active_in(session, cases.case_row(session, case).case_id)
        withdrawals.erase(session, rows, version=registry.bump(session), now=NOW)

    assert flag(sight("1"), pdq(one, 0)) == 0
    assert flag(sight("2")) == 0

    with database.reading() as session:
        assert matches.list_matches(session) == []


def test_a_match_tells_where_its_image_is_and_was(database, add, sight, flag):
    _, one = add("a")
    image = sight("1", page="/old")
    flag(image, pdq(one, 3))
    sight("1", site="board", image="copy.jpg", now=NOW + timedelta(days=1))
    sight("2", page="/new", now=NOW + timedelta(days=2))  # another image at the first address

    with database.reading() as session:
        (match,) = matches.list_matches(session, site="board")
        assert (match.site, match.page) == ("board", "https://board.example/")
        assert (match.sightings, match.gone) == (2, False)
        assert (match.first_seen, match.last_seen) == (NOW, NOW + timedelta(days=1))
        detail = matches.get_match(session, match.number)
        assert detail.summary == match
        assert [(s.site, s.gone_at) for s in detail.sightings] == [
            ("board", None),
            ("forum", NOW + timedelta(days=2)),
        ]

    with database.writing() as session:
        copy = "https://board.example/copy.jpg"
        sightings.mark_address_gone(session, copy, now=NOW + timedelta(days=3))
    with database.reading() as session:
        assert matches.list_matches(session)[0].gone


def test_listings_come_newest_first_and_in_pages(database, add, sight, flag):
    _, one = add("a")
    for n in range(5):
        image = sight(str(n), image=f"{n}.jpg")
        flag(image, pdq(one, n), now=NOW + timedelta(minutes=n))

    def distances(**wanted):
        with database.reading() as session:
            return [match.distance for match in matches.list_matches(session, **wanted)]

    assert distances() == [4, 3, 2, 1, 0]
    assert distances(limit=2, offset=1) == [3, 2]
    assert distances(state="confirmed") == []
    assert distances(site="board") == []


def test_equal_bytes_come_first_then_pdq_then_phash(database, add, sight, flag):
    case, one = add("a")
    _, two = add("b", case)
    flag(
        sight("1"),
        Agreement(one, SignalType.PHASH, View.UPRIGHT, 0),
        pdq(one, 30),
        Agreement(two, SignalType.PHASH, View.UPRIGHT, 2),
        pdq(two, 12),
        Agreement(two, SignalType.MD5, View.UPRIGHT, 0),
        Agreement(two, SignalType.SHA256, View.UPRIGHT, 0),
    )
    with database.reading() as session:
        (match,) = matches.list_matches(session)
    assert [(s.signal, s.distance) for s in match.signals] == [
        ("sha256", 0),
        ("md5", 0),
        ("pdq", 12),
        ("pdq", 30),
        ("phash", 0),
        ("phash", 2),
    ]


def seen(strength, *, mirrored=False, places=17):
    corners = ((0.1, 0.2), (0.6, 0.25), (0.6, 1.1), (0.05, 1.0))
    return Laid(strength, mirrored, corners, (0.0, 0.0, 0.5, 0.8), places, 24)


def constellation(registration_id, distance, laid, at_ms=None):
    view = View.MIRRORED if laid.mirrored else View.UPRIGHT
    kind = SignalType.CONSTELLATION
    return Agreement(registration_id, kind, view, distance, at_ms, laid)


def test_the_strongest_evidence_of_a_constellation_is_kept_and_told(database, add, sight, flag):
    case, one = add("a")
    image = sight("1")
    best = seen(9.25, mirrored=True)
    for distance, laid in ((14, seen(6.5)), (22, best), (3, seen(4.0, places=9))):
        flag(image, constellation(one, distance, laid))

    with database.reading() as session:
        (match,) = matches.list_matches(session, case=case)
    (signal,) = match.signals
    assert (signal.signal, signal.view, signal.distance) == ("constellation", "mirrored", 22)
    assert (signal.strength, signal.laid) == (9.25, best)
    assert (match.distance, match.strength) == (None, 9.25)


def test_of_a_video_every_moment_is_told_at_which_it_was_seen(database, add, sight, flag):
    _, one = add("a")
    laid = [seen(strength) for strength in (5.0, 8.0, 6.0)]
    flag(sight("1"), *(constellation(one, 9, each, 1000 * n) for n, each in enumerate(laid)))

    with database.reading() as session:
        (signal,) = matches.list_matches(session)[0].signals
    assert (signal.at_ms, signal.strength, signal.moments) == (1000, 8.0, (0, 1000, 2000))


def test_what_speaks_most_comes_first_whatever_its_type(database, add, sight, flag):
    case, one = add("a")
    _, two = add("b", case)
    flag(
        sight("1"),
        constellation(two, 30, seen(5.5)),
        pdq(one, 8),
        constellation(one, 10, seen(14.0)),
        Agreement(one, SignalType.PHASH, View.UPRIGHT, 1),
    )
    with database.reading() as session:
        (match,) = matches.list_matches(session)
    assert [(s.signal, s.registration == match.signals[0].registration) for s in match.signals] == [
        ("constellation", True),
        ("pdq", True),
        ("constellation", False),
        ("phash", True),
    ]
    assert match.strength is not None
    assert match.strength > 14
    assert match.distance == 8


def test_equal_bytes_are_certain_and_a_match_of_before_says_no_more_than_it_knows(
    database, add, sight, flag
):
    _, one = add("a")
    flag(sight("1"), Agreement(one, SignalType.SHA256, View.UPRIGHT, 0), pdq(one, 0))
    old = Agreement(one, SignalType.CONSTELLATION, View.UPRIGHT, 9)
    flag(sight("2", image="b.jpg"), old, now=NOW + timedelta(days=1))
    with database.reading() as session:
        before, exact = matches.list_matches(session)
    assert exact.strength == evidence.CERTAIN
    assert (before.strength, before.signals[0].laid) == (0.0, None)


def test_a_long_listing_asks_as_often_as_a_short_one(database, add, sight, flag):
    _, one = add("a")
    for sign in "123456789":
        flag(sight(sign, image=f"{sign}.jpg"), pdq(one, 9))
    asked = []
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _u, text, *_: asked.append(text)
    )

    def cost(limit):
        asked.clear()
        with database.reading() as session:
            assert len(matches.list_matches(session, limit=limit)) == limit
        return len([text for text in asked if text.startswith("SELECT")])

    assert cost(9) == cost(1) == 6
