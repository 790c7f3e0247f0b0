"""An image that holds the very signals of a registration is forgotten with it, match or not."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from casework import registering, withdrawing
from domain.signal import (
    Agreement,
    FrameSignals,
    ImageSignals,
    PictureSignals,
    Signal,
    SignalType,
    View,
)
from matching.sighted_images import SightedImages
from storage import cases, flagging, look_alikes, sightings, suspensions
from storage.tables import ForgottenImageRow, ImageRow, RegistrationRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONSTELLATION = "01" + os.urandom(199).hex()


def other_image(**of):
    image = ImageSignals(
        os.urandom(32).hex(),
        os.urandom(16).hex(),
        os.urandom(32).hex(),
        90,
        os.urandom(8).hex(),
        "JPEG",
        800,
        600,
        1001,
    )
    return replace(image, **of)


@pytest.fixture
def held():
    """The signals of the registered picture, by their type."""
    return {
        SignalType.SHA256: os.urandom(32).hex(),
        SignalType.MD5: os.urandom(16).hex(),
        SignalType.PDQ: os.urandom(32).hex(),
        SignalType.PHASH: os.urandom(8).hex(),
        SignalType.CONSTELLATION: CONSTELLATION,
    }


@pytest.fixture
def registered(database, held):
    """The case, and the number and the id of the registration."""
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number
    signals = tuple(
        Signal(kind, value, quality=90 if kind is SignalType.PDQ else None)
        for kind, value in held.items()
    )
    number = registering.register(
        database,
        case,
        PictureSignals(signals),
        source="file",
        actor="a",
        now=NOW,
        match_distance=31,
    ).number
    with database.reading() as session:
        return case, number, session.scalars(select(RegistrationRow.registration_id)).one()


@pytest.fixture
def record(database):
    def do(image):
        with database.writing() as session:
            return sightings.image_id_of(session, image, now=NOW)

    return do


def withdraw(database, number):
    return withdrawing.withdraw(database, number, actor="a", reason=None, now=NOW)


def known(database):
    with database.reading() as session:
        return set(session.scalars(select(ImageRow.image_id)))


def holding_one_each(held):
    """Images that have one signal in common with a picture, and nothing else."""
    frame = FrameSignals(0, os.urandom(32).hex(), 90, os.urandom(8).hex())
    pdq, phash = held[SignalType.PDQ], held[SignalType.PHASH]
    constellation = held[SignalType.CONSTELLATION]
    yield other_image(sha256=held[SignalType.SHA256])
    yield other_image(md5=held[SignalType.MD5])
    yield other_image(pdq=pdq)
    yield other_image(phash=phash)
    yield other_image(constellation=constellation)
    for of in ({"pdq": pdq}, {"phash": phash}, {"constellation": constellation}):
        yield other_image(format="MP4", duration_ms=900, frames=(replace(frame, **of),))


def test_what_came_while_it_was_suspended_is_forgotten_with_it(database, held, registered, record):
    _, number, _ = registered
    with database.writing() as session:
        suspensions.suspend(session, number, reason="a logo", actor="kim", now=NOW)
    copies = [record(image) for image in holding_one_each(held)]
    plain = record(other_image(phash=held[SignalType.PHASH], pdq_quality=20))
    other = record(other_image())
    SightedImages(database.snapshots, kept_images=1).keep_up(database)

    done = withdraw(database, number)

    assert (done.matches, done.images) == (0, len(copies))
    assert known(database) == {plain, other}
    with database.reading() as session:
        assert sorted(session.scalars(select(ForgottenImageRow.image_id))) == copies


def test_what_a_look_alike_spared_is_forgotten_if_it_holds_the_very_signals(
    database, held, registered, record
):
    case, number, registration_id = registered
    shop = record(other_image(pdq=f"{int(held[SignalType.PDQ], 16) ^ 1:064x}"))
    with database.writing() as session:
        look_alikes.add_from_image(session, case, shop, note="a shop", actor="kim", now=NOW)
    spared = record(other_image(pdq=held[SignalType.PDQ], constellation=CONSTELLATION[:80]))
    near = Agreement(registration_id, SignalType.PDQ, View.UPRIGHT, 1)
    with database.writing() as session:
        assert flagging.flag(session, image_id=spared, agreements=[near], now=NOW) == 0

    withdraw(database, number)

    assert known(database) == {shop}


def test_what_is_a_match_of_somebody_else_stays(database, held, registered, record):
    _, number, _ = registered
    copy = record(other_image(sha256=held[SignalType.SHA256]))
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number
    registering.register(
        database,
        case,
        PictureSignals((Signal(SignalType.SHA256, held[SignalType.SHA256]),)),
        source="file",
        actor="a",
        now=NOW,
        match_distance=31,
    )

    withdraw(database, number)

    assert known(database) == {copy}
