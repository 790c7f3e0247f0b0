"""What a caseworker has seen to be another picture is not flagged again for that case."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from casework import reviewing
from domain.errors import NotFound, Refused
from domain.review import Verdict
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from domain.wanted_look import LookOutcome
from storage import (
    audit,
    cases,
    flagging,
    look_alikes,
    matches,
    refetching,
    registrations,
    registry,
    sightings,
    wanted_looks,
)
from storage.tables import LookAlikeRow
from storage.withdrawals import forget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def found_image(pdq=None, **of):
    image = ImageSignals(
        os.urandom(32).hex(),
        os.urandom(16).hex(),
        pdq or os.urandom(32).hex(),
        90,
        os.urandom(8).hex(),
        "JPEG",
        9,
        9,
        9,
        constellation=os.urandom(400).hex(),
    )
    return replace(image, **of)


def turned_over(pdq, bits):
    return f"{int(pdq, 16) ^ ((1 << bits) - 1):064x}"


@pytest.fixture
def record(database):
    def do(image):
        with database.writing() as session:
            return sightings.image_id_of(session, image, now=NOW)

    return do


@pytest.fixture
def register(database):
    """Put a picture into a case of its own, or into the one given."""

    def do(case=None):
        with database.writing() as session:
            version = registry.bump(session)
            number = case or cases.open_case(session, now=NOW).number
            row = registrations.add(
                session,
                cases.case_row(session, number).case_id,
                PictureSignals((Signal(SignalType.SHA256, os.urandom(32).hex()),)),
                source="file",
                version=version,
                now=NOW,
            )
            return number, row.registration_id

    return do


@pytest.fixture
def flag(database):
    def do(image_id, registration_id, kind=SignalType.CONSTELLATION, distance=20):
        near = Agreement(registration_id, kind, View.UPRIGHT, distance)
        with database.writing() as session:
            return flagging.flag(session, image_id=image_id, agreements=[near], now=NOW)

    return do


@pytest.fixture
def look_alike(database, record, register, flag):
    """A case, its registration, and an image that was rejected and is kept as a look-alike."""
    case, registration_id = register()
    image = found_image()
    flag(record(image), registration_id)
    with database.writing() as session:
        (match,) = matches.list_matches(session)
        reviewing.decide(
            session, match.number, Verdict.REJECTED, reason="a shop", actor="kim", now=NOW
        )
        kept = look_alikes.add_from_match(
            session, match.number, note="a shop's picture", actor="kim", now=NOW
        )
    return case, registration_id, image, kept


def listed(database, case):
    with database.reading() as session:
        return look_alikes.list_look_alikes(session, case)


def test_what_is_near_a_look_alike_is_not_flagged_for_that_case(
    database, look_alike, record, register, flag
):
    case, one, image, _ = look_alike
    _, neighbour = register()
    near, far = (found_image(turned_over(image.pdq, bits)) for bits in (31, 32))

    assert flag(record(near), one, SignalType.PDQ, 31) == 0
    assert flag(record(far), one, SignalType.PDQ, 31) == 1
    assert flag(record(near), neighbour, SignalType.PDQ, 31) == 1

    (told,) = listed(database, case)
    assert (told.spared, told.by_pdq, told.note) == (1, True, "a shop's picture")


def test_the_same_bytes_as_a_registered_file_are_flagged_all_the_same(look_alike, record, flag):
    _, one, image, _ = look_alike
    near = record(found_image(turned_over(image.pdq, 3)))

    assert flag(near, one, SignalType.PDQ) == 0
    assert flag(near, one, SignalType.MD5, 0) == 1


def test_what_is_nearer_to_the_person_s_picture_is_flagged(look_alike, record, flag):
    """A repost of it may be near the look-alike as well."""
    _, one, image, _ = look_alike
    near = record(found_image(turned_over(image.pdq, 12)))

    assert flag(near, one, SignalType.PDQ, 12) == 0
    assert flag(near, one, SignalType.PDQ, 11) == 1


def test_an_edited_repost_is_flagged_whatever_it_looks_like_as_a_whole(
    database, look_alike, record, flag
):
    """It may show the person's picture small, on a screen as the look-alike's."""
    case, one, image, _ = look_alike

    assert flag(record(found_image(image.pdq)), one, SignalType.CONSTELLATION) == 1
    assert listed(database, case)[0].spared == 0


def test_a_look_that_found_what_was_spared_is_wanted_again_once_nothing_spares_it(
    database, record, register, flag
):
    case, one = register()
    spared, flagged = record(found_image()), record(found_image())
    with database.writing() as session:
        kept = look_alikes.add_from_image(session, case, spared, note="", actor="kim", now=NOW)
        wanted_looks.ask(session, [(spared, one), (flagged, one)], now=NOW)
    assert (flag(spared, one), flag(flagged, one)) == (0, 1)
    with database.writing() as session:
        for image_id in (spared, flagged):
            wanted_looks.done(session, image_id, LookOutcome.FOUND, now=NOW)

    with database.writing() as session:
        look_alikes.remove(session, kept.number, actor="lee", now=NOW)

    with database.reading() as session:
        assert wanted_looks.counts(session).open == 1
        assert refetching.is_to_be_looked_at(session, spared)


def test_what_is_flagged_already_stays_and_gathers_evidence(database, look_alike, record, flag):
    case, one, image, _ = look_alike

    assert flag(record(image), one, SignalType.PDQ, 30) == 0

    with database.reading() as session:
        (match,) = matches.list_matches(session, case=case)
    assert [signal.signal for signal in match.signals] == ["pdq", "constellation"]
    assert listed(database, case)[0].spared == 0


@pytest.mark.parametrize("of", [{"pdq_quality": 20}, {"duration_ms": 4000}])
def test_only_the_very_file_counts_of_what_is_too_plain_or_moves(
    database, record, register, flag, of
):
    case, one = register()
    plain = found_image(**of)
    image_id = record(plain)
    with database.writing() as session:
        kept = look_alikes.add_from_image(
            session, case, image_id, note="a black page", actor="kim", now=NOW
        )
    assert not kept.by_pdq

    assert flag(record(found_image(plain.pdq, **of)), one) == 1
    assert flag(image_id, one) == 0
    assert listed(database, case)[0].spared == 1


def test_once_removed_it_keeps_nothing_back_any_more(database, look_alike, record, flag):
    case, one, image, kept = look_alike
    near = record(found_image(image.pdq))
    assert flag(near, one, SignalType.PDQ) == 0

    with database.writing() as session:
        look_alikes.remove(session, kept.number, actor="lee", now=NOW)

    assert flag(near, one, SignalType.PDQ) == 1
    assert listed(database, case) == []
    with database.reading() as session:
        done = [entry.action for entry in audit.entries(session, subject=kept.number, limit=9)]
        assert done == ["look-alike removed", "look-alike added"]
    with pytest.raises(NotFound, match="no look-alike"), database.writing() as session:
        look_alikes.remove(session, kept.number, actor="lee", now=NOW)


def test_it_is_kept_once(database, look_alike):
    case, _, image, kept = look_alike
    with database.writing() as session:
        again = look_alikes.add_from_image(
            session, case, record_id(session, image), note="again", actor="lee", now=NOW
        )
    assert again == kept
    assert listed(database, case) == [kept]


def record_id(session, image):
    found = sightings.image_with(session, image.sha256)
    assert found is not None
    return found


def test_what_was_not_rejected_and_what_nothing_is_like_is_refused(
    database, record, register, flag
):
    _, one = register()
    image_id = record(found_image())
    flag(image_id, one)
    with database.writing() as session:
        (match,) = matches.list_matches(session)
        with pytest.raises(Refused, match=r"is flagged.*vigil match reject"):
            look_alikes.add_from_match(session, match.number, note="", actor="a", now=NOW)
        empty = cases.open_case(session, now=NOW).number
        with pytest.raises(Refused, match="Nothing is registered in case"):
            look_alikes.add_from_image(session, empty, image_id, note="", actor="a", now=NOW)


def test_it_holds_the_signals_of_its_image_and_is_forgotten_with_it(database, look_alike):
    _, _, image, _ = look_alike
    with database.writing() as session:
        row = session.scalars(select(LookAlikeRow)).one()
        assert (row.sha256, row.pdq, row.constellation) == (
            image.sha256,
            image.pdq,
            image.constellation,
        )
    with database.writing() as session:
        for match in matches.list_matches(session):
            session.delete(matches.match_row(session, match.number))
        session.flush()
        forget(session, [record_id(session, image)])
    with database.reading() as session:
        assert session.scalars(select(LookAlikeRow)).all() == []
