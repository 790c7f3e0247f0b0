"""A registration meets what was seen before it, and one of an earlier version is completed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from casework import registering
from domain.image import ImageReference
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from matching.sighted_constellations import SightedConstellations
from signals.pictures import hash_picture
from storage import (
    audit,
    cases,
    matches,
    registrations,
    registry,
    sightings,
    sites,
    wanted_looks,
)
from storage.tables import ImageRow, ImageUrlRow
from tests import edited_photos

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MET = 1
"""The number of a photo whose repost keeps enough of the places that are stored."""


@pytest.fixture(scope="module")
def picture(photos):
    return hash_picture(photos[MET].read_bytes())


@pytest.fixture(scope="module")
def of_repost(photos):
    return edited_photos.sighted(edited_photos.cut_and_written_on(photos[MET])).hex()


@pytest.fixture
def case(database):
    with database.writing() as session:
        return cases.open_case(session, now=NOW).number


@pytest.fixture
def register(database, case):
    def do(picture):
        return registering.register(
            database, case, picture, source="file", actor="a", now=NOW, match_distance=31
        )

    return do


def without_constellation(picture):
    """As a version made it that knew no constellations."""
    kept = tuple(each for each in picture.signals if each.type is not SignalType.CONSTELLATION)
    return replace(picture, signals=kept)


def keep(database, image_id, constellation):
    with database.writing() as session:
        session.execute(
            update(ImageRow)
            .where(ImageRow.image_id == image_id)
            .values(constellation=constellation)
        )


@pytest.fixture
def sighted(database):
    """An image as a version knew it that kept no constellations."""
    digest = "5a" * 32
    signals = ImageSignals(digest, digest[:32], digest, 90, digest[:16], "JPEG", 9, 9, 1001)
    address = "https://forum.example/a.jpg"
    reference = ImageReference("https://forum.example/", address, address, "img@src")
    with database.writing() as session:
        site = sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW)
        image_id = sightings.image_id_of(session, signals, now=NOW)
        sightings.sight(
            session,
            site.site_id,
            reference,
            image_id,
            etag=None,
            last_modified=None,
            now=NOW,
        )
    return image_id


def test_what_may_show_it_is_looked_at_again_and_not_flagged(
    database, register, picture, of_repost, sighted
):
    keep(database, sighted, of_repost)

    first, again = register(picture), register(picture)

    assert (first.images, first.looks, first.already) == (0, 1, False)
    assert (again.looks, again.already, again.completed) == (1, True, False)
    with database.reading() as session:
        assert matches.list_matches(session) == []
        assert wanted_looks.counts(session).open == 1, "asked for once"


def test_what_matches_anyway_is_not_looked_at_again(
    database, register, picture, of_repost, sighted
):
    keep(database, sighted, of_repost)
    same_file = Signal(SignalType.MD5, "5a" * 16)
    others = tuple(each for each in picture.signals if each.type is not SignalType.MD5)

    done = register(PictureSignals((*others, same_file)))

    assert (done.images, done.looks) == (1, 0)


def test_registering_the_file_again_gives_it_what_an_earlier_version_did_not_make(
    database, register, case, picture, of_repost, sighted
):
    keep(database, sighted, of_repost)
    before = register(without_constellation(picture))
    assert before.looks == 0
    with database.reading() as session:
        version = registry.current_version(session)

    after = register(picture)

    assert (after.number, after.already, after.completed, after.looks) == (
        before.number,
        True,
        True,
        1,
    )
    with database.reading() as session:
        (held,) = registrations.list_registrations(session, case)
        assert SignalType.CONSTELLATION in held.types
        assert held.signals == len(picture.signals)
        changes = registry.changes_since(session, version)
        assert {signal.type for _, signal in changes.added} >= {SignalType.CONSTELLATION}
        actions = [entry.action for entry in audit.entries(session, limit=9)]
    assert actions.count("picture completed") == 1
    assert register(picture).completed is False


def test_an_image_given_its_constellation_while_it_is_compared_is_met(
    database, register, picture, of_repost, sighted, monkeypatch
):
    """A crawl fetches an image of an earlier version just after it was passed."""
    search = SightedConstellations.near

    def overtaken(self, session, *, after=0, told=None):
        found = search(self, session, after=after, told=told)
        if not after:
            keep(database, sighted, of_repost)
            with database.writing() as other:
                other.execute(update(ImageUrlRow).values(checked_at=datetime.now(UTC)))
        return found

    monkeypatch.setattr(SightedConstellations, "near", overtaken)

    assert register(picture).looks == 1
