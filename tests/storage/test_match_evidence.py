"""What is known around a match: where its image was seen, near matches, other cases, its sites."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from casework import reviewing
from domain.crawl import CrawlCounts, CrawlState
from domain.errors import NotFound
from domain.image import ImageReference
from domain.review import MatchState, Verdict
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from domain.site import Site
from storage import (
    cases,
    crawls,
    flagging,
    look_alikes,
    match_evidence,
    match_places,
    pages,
    registrations,
    registry,
    sightings,
    sites,
    spread,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def register(database):
    """Register a picture in a case of its own, or in the one given; returns both."""

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
    """Sight an image with a PDQ signal of so many bits; returns its id."""

    def do(name, bits=0, *, site="forum", page="/", now=NOW, duration_ms=None):
        pdq = f"{(1 << bits) - 1:064x}"
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        with database.writing() as session:
            known = {stored.site.name: stored.site_id for stored in sites.all_sites(session)}
            start = f"https://{site}.example"
            if site not in known:
                known[site] = sites.add(session, Site(site, (f"{start}/",)), now=NOW).site_id
            signals = ImageSignals(
                sha256, sha256[:32], pdq, 90, "1" * 16, "JPEG", 640, 480, 9, duration_ms=duration_ms
            )
            image_id = sightings.image_id_of(session, signals, now=now)
            reference = ImageReference(f"{start}{page}", f"{start}/{name}", f"{start}/{name}", "i")
            sightings.sight(
                session, known[site], reference, image_id, etag=None, last_modified=None, now=now
            )
            return image_id

    return do


@pytest.fixture
def flag(database):
    """Flag an image for a registration; returns the match's number."""

    def do(image_id, registration_id, now=NOW):
        with database.writing() as session:
            near = Agreement(registration_id, SignalType.PDQ, View.UPRIGHT, 4)
            flagging.flag(session, image_id=image_id, agreements=[near], now=now)
            case_id = session.execute(
                text("SELECT case_id FROM registration WHERE registration_id = :id"),
                {"id": registration_id},
            ).scalar_one()
            return session.execute(
                text("SELECT number FROM match WHERE image_id = :image AND case_id = :case"),
                {"image": image_id, "case": case_id},
            ).scalar_one()

    return do


@pytest.fixture
def decide(database):
    def do(number, verdict):
        with database.writing() as session:
            reviewing.decide(session, number, verdict, reason="So.", actor="anna", now=NOW)

    return do


def test_sightings_are_counted_and_each_is_shown_once_page_by_page(database, sight):
    for place in range(7):
        image = sight("a.jpg", page=f"/{place}", now=NOW + (place // 2) * HOUR)
    with database.writing() as session:
        site_id = sites.get(session, "forum").site_id
        for place in (1, 4):
            pages.mark_gone(session, site_id, f"https://forum.example/{place}", now=NOW + 9 * HOUR)
    with database.reading() as session:
        counted = spread.spread(session, image)
        assert (counted.there, counted.gone, counted.places) == (5, 2, 7)
        assert (counted.first, counted.newest) == (NOW, NOW + 3 * HOUR)
        assert spread.new_places(
            session, image, [NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 5 * HOUR]
        ) == [2, 2, 3]
        shown, after = [], None
        while True:
            found = spread.sightings_page(session, image, gone=False, limit=2, after=after)
            shown += [each.page.rpartition("/")[2] for each in found.sightings]
            after = found.next
            if after is None:
                break
        assert shown == ["6", "5", "3", "2", "0"]
        gone = spread.sightings_page(session, image, gone=True, limit=2)
        assert [each.page.rpartition("/")[2] for each in gone.sightings] == ["4", "1"]
        assert gone.next is None
        assert all(each.gone_at == NOW + 9 * HOUR for each in gone.sightings)


def test_when_an_image_was_last_seen_is_told_unless_too_many_places_would_be_read_for_it(
    database, sight
):
    for place in range(3):
        many = sight("a.jpg", page=f"/{place}", now=NOW + place * HOUR)
    few = sight("b.jpg", now=NOW + 5 * HOUR)
    with database.reading() as session:
        stood = match_places.stands(session, [many, few], most_read=2)
        assert stood[many] == match_places.Stand(3, 3, NOW, None)
        assert stood[few] == match_places.Stand(1, 1, NOW + 5 * HOUR, NOW + 5 * HOUR)
        assert match_places.stands(session, [many])[many].last_seen == NOW + 2 * HOUR


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_counting_and_choosing_sightings_reads_the_index_alone(database, sight):
    image = sight("a.jpg")
    with database.reading() as session:
        for asked in (
            "SELECT count(*), count(gone_at), min(first_seen) FROM sighting WHERE image_id = :id",
            "SELECT count(*) FROM sighting WHERE image_id = :id AND first_seen >= '2026'",
            (
                "SELECT sighting_id FROM sighting WHERE image_id = :id AND gone_at IS NULL "
                "ORDER BY first_seen DESC, sighting_id DESC LIMIT 51"
            ),
        ):
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {asked}"), {"id": image}).all()
            assert "USING COVERING INDEX ix_sighting_of_image" in plan[0].detail, asked


def test_near_matches_of_the_case_are_told_with_how_they_ended(
    database, register, sight, flag, decide
):
    _, one = register("a")
    _, stranger = register("b")
    mine = flag(sight("mine.jpg", 0), one)
    near = {
        MatchState.CONFIRMED: flag(sight("near.jpg", 4), one),
        MatchState.REJECTED: flag(sight("nearish.jpg", 31), one),
        MatchState.FLAGGED: flag(sight("waiting.jpg", 10), one),
    }
    flag(sight("far.jpg", 32), one)
    flag(sight("others.jpg", 2), stranger)
    flag(sight("moves.gif", 1, duration_ms=900), one)
    decide(near[MatchState.CONFIRMED], Verdict.CONFIRMED)
    decide(near[MatchState.REJECTED], Verdict.REJECTED)
    with database.writing() as session:
        known = look_alikes.add_from_match(
            session, near[MatchState.REJECTED], note="Another beach.", actor="anna", now=NOW
        )
    with database.reading() as session:
        image = match_evidence.matched_image(session, mine)
        assert (image.width, image.height, image.format) == (640, 480, "JPEG")
        found = match_evidence.near_matches(session, image)
        assert found is not None
        assert [(each.number, each.state, each.distance) for each in found.nearest] == [
            (near[MatchState.CONFIRMED], MatchState.CONFIRMED, 4),
            (near[MatchState.FLAGGED], MatchState.FLAGGED, 10),
            (near[MatchState.REJECTED], MatchState.REJECTED, 31),
        ]
        assert found.states == dict.fromkeys(near, 1)
        assert found.all_compared
        (look_alike,) = match_evidence.near_look_alikes(session, image)
        assert (look_alike.number, look_alike.distance) == (known.number, 31)
        assert look_alike.note == "Another beach."


def test_what_moves_is_not_compared_as_a_picture(database, register, sight, flag):
    _, one = register("a")
    flag(sight("still.jpg", 0), one)
    moving = flag(sight("moves.gif", 0, duration_ms=900), one)
    with database.reading() as session:
        image = match_evidence.matched_image(session, moving)
        assert match_evidence.near_matches(session, image) is None
        assert match_evidence.near_look_alikes(session, image) == ()


def test_the_same_image_in_another_case_is_told_with_how_it_ended(
    database, register, sight, flag, decide
):
    _, one = register("a")
    other_case, other = register("b")
    image_id = sight("a.jpg")
    mine, theirs = flag(image_id, one), flag(image_id, other)
    decide(theirs, Verdict.CONFIRMED)
    with database.reading() as session:
        image = match_evidence.matched_image(session, mine)
        (found,) = match_evidence.other_matches(session, image)
        assert (found.number, found.case, found.state) == (
            theirs,
            other_case,
            MatchState.CONFIRMED,
        )
        with pytest.raises(NotFound):
            match_evidence.matched_image(session, "M-0000-0000-0")


def test_a_site_is_told_by_how_its_matches_ended_and_its_last_crawl(
    database, register, sight, flag, decide
):
    _, one = register("a")
    mine = flag(sight("mine.jpg", 0), one)
    sight("mine.jpg", 0, site="board")
    decide(flag(sight("yes.jpg", 40), one), Verdict.CONFIRMED)
    decide(flag(sight("no.jpg", 50), one, NOW + HOUR), Verdict.REJECTED)
    flag(sight("elsewhere.jpg", 60, site="gallery"), one)
    with database.writing() as session:
        site_id = sites.get(session, "forum").site_id
        for hours in (1, 2):
            crawl = crawls.start(session, site_id, now=NOW + hours * HOUR)
            crawls.end(session, crawl, CrawlState.FAILED, "x", CrawlCounts(), now=NOW + 3 * HOUR)
        sites.pause(session, "board", now=NOW)
    with database.reading() as session:
        found = match_evidence.site_histories(session, match_evidence.matched_image(session, mine))
        assert found.of == 2
        board, forum = found.sites
        assert (board.site, board.watched, board.states) == (
            "board",
            False,
            {MatchState.FLAGGED: 1},
        )
        assert (board.last_crawl, board.last_crawl_state) == (None, None)
        assert forum.states == {
            MatchState.FLAGGED: 1,
            MatchState.CONFIRMED: 1,
            MatchState.REJECTED: 1,
        }
        assert (forum.first_match, forum.last_crawl) == (NOW, NOW + 2 * HOUR)
        assert (forum.last_crawl_state, forum.all_counted) == ("failed", True)


def test_registrations_are_numbered_within_their_case(database, register):
    case, _ = register("a")
    register("b")
    register("c", case)
    with database.reading() as session:
        shown = registrations.list_registrations(session, case)
        numbers = [each.number for each in shown]
        assert match_evidence.places_in_case(session, numbers) == {
            numbers[0]: 1,
            numbers[1]: 2,
        }


def test_of_many_near_matches_the_nearest_are_shown_and_all_are_counted(
    database, register, sight, flag
):
    _, one = register("a")
    mine = flag(sight("mine.jpg", 0), one)
    for bits in range(match_evidence.NEAR_SHOWN + 2, 0, -1):
        flag(sight(f"{bits}.jpg", bits), one)
    with database.reading() as session:
        image = match_evidence.matched_image(session, mine)
        found = match_evidence.near_matches(session, image)
        assert found is not None
    assert [each.distance for each in found.nearest] == list(
        range(1, match_evidence.NEAR_SHOWN + 1)
    )
    assert found.states == {MatchState.FLAGGED: match_evidence.NEAR_SHOWN + 2}
