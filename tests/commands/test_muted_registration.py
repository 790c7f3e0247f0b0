"""Muted places as a caseworker sees them, and takes them back."""

import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from casework import reviewing
from domain.muting import SeenPlaces
from domain.review import Verdict
from domain.signal import Agreement, ImageSignals, SignalType, View
from storage import flagging, muted_places, registrations, sightings
from storage.tables import MatchRow


@pytest.fixture
def number(run, tmp_path):
    """A registered picture."""
    case = run("case", "open", "--json").json["number"]
    file = tmp_path / "hers.csv"
    file.write_text(f"sha256,md5\n{os.urandom(32).hex()},{os.urandom(16).hex()}\n")
    assert run("register", case, "--signals", file).code == 0
    return run("case", "show", case, "--json").json["registrations"][0]["number"]


def reject_images(database, number, count, *, at_ms=None):
    """Have so many images flagged for some places of a picture, and rejected."""
    now = datetime.now(UTC)
    with database.writing() as session:
        registration_id = registrations.registration_row(session, number).registration_id
        for _ in range(count):
            signals = ImageSignals(
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
            image_id = sightings.image_id_of(session, signals, now=now)
            agreement = Agreement(registration_id, SignalType.CONSTELLATION, View.UPRIGHT, 20)
            flagging.flag(session, image_id=image_id, agreements=[agreement], now=now)
            seen = SeenPlaces(registration_id, at_ms, 0b111111, 42, flagged=True)
            muted_places.remember(session, image_id, [seen], now=now)
            match = session.scalars(select(MatchRow).where(MatchRow.image_id == image_id)).one()
            reviewing.decide(
                session, match.number, Verdict.REJECTED, reason="a logo", actor="a", now=now
            )


def test_muted_places_are_shown_and_taken_back(run, database, number):
    before = run("registration", "show", number)
    assert f"None of the places of {number} is muted." in before.out
    refused = run("registration", "unmute", number, "--reason", "hers")
    assert (refused.code, "nothing to take back" in refused.err) == (1, True)

    reject_images(database, number, 7)

    shown = run("registration", "show", number)
    assert "6 of 42 places are muted. They recur in 7 unrelated images" in shown.out
    assert f"vigil registration unmute {number}" in shown.out
    (picture,) = run("registration", "show", number, "--json").json["muted"]
    assert (picture["at_ms"], picture["muted"]["images"]) == (None, 7)
    undone = run("registration", "unmute", number, "--reason", "the wall is hers", "--json").json
    assert undone == {
        "registration": number,
        "unmuted": 6,
        "looks": 0,
        "reason": "the wall is hers",
    }
    assert "None of the places" in run("registration", "show", number).out
    recorded = run("audit", "list", "--subject", number).out
    assert all(word in recorded for word in ("places unmuted", "the wall is hers"))


def test_a_suspended_one_and_a_frame_of_a_video_are_told_as_such(run, database, number):
    reject_images(database, number, 3, at_ms=4500)
    run("registration", "suspend", number, "--reason", "an empty page.")

    shown = run("registration", "show", number).out

    assert "is suspended since" in shown
    assert "an empty page." in shown
    assert "frame at 4.5 s: 6 of 42 places are muted" in shown


def test_an_unknown_number_is_told(run):
    missing = run("registration", "show", "R-0000-0000-0")

    assert missing.code in {1, 2}
    assert "R-0000-0000-0" in missing.err
