"""What a registration is resumed for is found with it: all of it, or it stays suspended."""

import os
from datetime import UTC, datetime

import pytest

from casework import registering, resuming, withdrawing
from domain.errors import NotFound, Refused
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from storage import cases, flagging, matches, sightings, suspensions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA256, PDQ = "ab" * 32, "5c" * 32


class PowerCutError(Exception):
    """Ends the process in the middle of something."""


@pytest.fixture
def number(database):
    """A registration that is suspended, of which a copy was sighted since."""
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number
    number = registering.register(
        database,
        case,
        PictureSignals(
            (Signal(SignalType.SHA256, SHA256), Signal(SignalType.PDQ, PDQ, quality=90))
        ),
        source="file",
        actor="a",
        now=NOW,
        match_distance=31,
    ).number
    with database.writing() as session:
        suspensions.suspend(session, number, reason="a logo", actor="kim", now=NOW)
        copy = ImageSignals(
            SHA256, os.urandom(16).hex(), PDQ, 90, os.urandom(8).hex(), "JPEG", 9, 9, 9
        )
        sightings.image_id_of(session, copy, now=NOW)
    return number


def resume(database, number):
    return resuming.resume(database, number, reason="hers", actor="kim", now=NOW, match_distance=31)


def flagged(database):
    with database.reading() as session:
        return len(matches.list_matches(session))


def test_what_stops_it_half_way_leaves_it_suspended_and_to_be_resumed(
    database, number, monkeypatch
):
    def stop(*_, **__):
        raise PowerCutError

    with monkeypatch.context() as patched:
        patched.setattr(flagging, "flag", stop)
        with pytest.raises(PowerCutError):
            resume(database, number)

    with database.reading() as session:
        assert [each.number for each in suspensions.list_suspended(session)] == [number]
    done = resume(database, number)
    assert (done.number, done.images, done.suspended_for) == (number, 1, None)
    assert flagged(database) == 1


def test_what_cannot_be_resumed_is_refused(database, number):
    resume(database, number)
    with pytest.raises(Refused, match="is not suspended"):
        resume(database, number)
    withdrawing.withdraw(database, number, actor="a", reason=None, now=NOW)
    with pytest.raises(Refused, match="was withdrawn"):
        resume(database, number)
    with pytest.raises(NotFound, match="R-0"):
        resume(database, "R-0")
