"""`vigil signals status` says which signals are kept, and what still waits for the newest."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from casework import registering
from domain.refetching import NO_PLACES
from domain.signal import PictureSignals, Signal, SignalType
from domain.site import Site
from domain.wanted_look import LookOutcome
from storage import cases, sites, wanted_looks
from storage.tables import ImageRow, ImageUrlRow, PageRow, SightingRow
from tests import edited_photos

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HAS_ONE = "012a" + "ff" * 40


@pytest.fixture
def sight(database):
    """Put images into the database by their constellations; the last stands nowhere any more."""

    def do(*constellations):
        with database.writing() as session:
            site_id = sites.add(
                session, Site("forum", ("https://forum.example/",)), now=NOW
            ).site_id
            page = PageRow(
                site_id=site_id,
                url="https://forum.example/",
                url_digest="00" * 32,
                links=[],
                image_references=[],
                first_seen=NOW,
                last_seen=NOW,
            )
            session.add(page)
            session.flush()
            for number, constellation in enumerate(constellations, start=1):
                digest = f"{number:064x}"
                session.execute(
                    insert(ImageRow).values(
                        image_id=number,
                        sha256=digest,
                        md5=digest[:32],
                        pdq=digest,
                        pdq_quality=90,
                        phash=digest[:16],
                        format="JPEG",
                        width=8,
                        height=8,
                        byte_size=9,
                        first_seen=NOW,
                        constellation=constellation,
                    )
                )
                address = ImageUrlRow(
                    url=f"https://forum.example/{number}",
                    url_digest=digest,
                    image_id=number,
                    checked_at=NOW,
                )
                session.add(address)
                session.flush()
                session.add(
                    SightingRow(
                        page_id=page.page_id,
                        image_url_id=address.image_url_id,
                        image_id=number,
                        found_in="img@src",
                        first_seen=NOW,
                        last_seen=NOW,
                        gone_at=NOW if number == len(constellations) else None,
                    )
                )

    return do


@pytest.fixture
def registered(database):
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number
    signals = PictureSignals((Signal(SignalType.SHA256, "ab" * 32),))
    registering.register(
        database, case, signals, source="signals", actor="a", now=NOW, match_distance=31
    )


def test_with_nothing_kept_it_says_how_to_begin(vigil):
    result = vigil("signals", "status")

    assert result.returncode == 0
    assert "Nothing was registered and nothing was seen yet" in result.stdout


@pytest.mark.usefixtures("registered")
def test_it_counts_what_has_which_signal_and_what_waits(vigil, database, sight):
    sight(HAS_ONE, NO_PLACES, None, None, None)
    with database.writing() as session:
        wanted_looks.ask(session, [(number, 1) for number in (1, 2, 3)], now=NOW)
        wanted_looks.done(session, 2, LookOutcome.FOUND, now=NOW)
        wanted_looks.done(session, 3, LookOutcome.GONE, now=NOW)

    said = vigil("signals", "status").stdout
    counted = json.loads(vigil("signals", "status", "--json").stdout)

    assert "2 of 5 images are still known by the whole frame only" in said
    assert "up to 50 in one round of 1 site: 1 round at least." in said
    assert "1 more stands nowhere any more" in said
    assert "1 waiting, 1 done (1 showed it, 0 did not), 1 given up after 5 crawls." in said
    assert "1 registration has no constellation" in said
    assert "vigil register CASE FILE" in said
    of_type = {each["type"]: each for each in counted["types"]}
    assert of_type["constellation"]["images"] == 1
    assert of_type["sha256"] == {
        "type": "sha256",
        "registrations": 1,
        "registrations_without": 0,
        "images": 5,
        "images_without": 0,
    }
    assert counted["constellations"] == {
        "images": 1,
        "too_plain": 1,
        "waiting": 2,
        "out_of_reach": 1,
        "frames": 0,
    }
    assert counted["wanted_looks"]["done"] == {"found": 1, "not_found": 0, "gone": 1}
    assert counted["constellation_version"] == 1


def test_registering_says_what_will_be_looked_at_again(vigil, database, sight, photos):
    repost = edited_photos.sighted(edited_photos.cut_and_written_on(photos[1]))
    sight(repost.hex(), None)
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number

    done = vigil("register", case, photos[1])

    assert done.returncode == 0, done.stderr
    assert "1 image seen before may show it, edited. It will be fetched again" in done.stdout
    assert "'vigil signals status' tells how far that is." in done.stdout
