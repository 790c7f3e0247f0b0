"""What happens while a picture is compared, or looked for, without the registry being held."""

import os
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select

from casework import registering, withdrawing
from domain.signal import FrameSignals, ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from signals.turning import turned_signals
from storage import cases, registry, sightings, sites, withdrawals
from storage.database import Database
from storage.tables import FrameRow, ImageRow, MatchRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = 20.0


@pytest.fixture
def other(database_url, database):
    """Another process's connection to the same database."""
    opened = Database(database_url, database.snapshots)
    yield opened
    opened.close()


@pytest.fixture
def meanwhile(database):
    """Have something done, once, as soon as what was sighted has been read for comparing."""

    def do(work):
        left = [work]

        def read(*happened):
            statement = happened[2]
            if "UNION ALL" in statement and left:
                thread = threading.Thread(target=left.pop())
                thread.start()
                thread.join(PATIENCE)
                assert not thread.is_alive(), "the registry was held"

        event.listen(database.engine, "after_cursor_execute", read)
        return left

    return do


@pytest.fixture
def case(database):
    with database.writing() as session:
        sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW)
        return cases.open_case(session, now=NOW).number


def register(database, case, picture):
    return registering.register(
        database, case, picture, source="file", actor="a", now=NOW, match_distance=31
    )


def picture(pdq, quality=90):
    return PictureSignals(turned_signals(Signal(SignalType.PDQ, pdq, quality=quality)))


def image(pdq, *frames):
    held = tuple(FrameSignals(1000 * n, frame, 90, "0" * 16) for n, frame in enumerate(frames))
    return ImageSignals(
        os.urandom(32).hex(),
        os.urandom(16).hex(),
        pdq,
        90,
        "0" * 16,
        "MP4" if frames else "JPEG",
        9,
        9,
        9,
        frames=held,
        duration_ms=9000 if frames else None,
    )


def record(database, *found):
    """Record images as a crawl does: with the registry held, shared with other crawls."""
    with database.writing() as session:
        registry.version_shared(session)
        return [sightings.image_id_of(session, each, now=NOW) for each in found]


def test_an_image_recorded_while_others_are_compared_is_found(database, other, case, meanwhile):
    pdq = os.urandom(32).hex()
    record(database, image(pdq), image(os.urandom(32).hex()))
    left = meanwhile(lambda: record(other, image(pdq), image(os.urandom(32).hex())))

    assert register(database, case, picture(pdq)).images == 2
    assert not left


def test_an_image_forgotten_while_it_is_compared_is_no_match(database, other, case, meanwhile):
    pdq = os.urandom(32).hex()
    gone, kept = record(database, image(pdq), image(pdq))

    def forget():
        with other.writing() as session:
            registry.bump(session)
            withdrawals.forget(session, [gone])

    left = meanwhile(forget)

    assert register(database, case, picture(pdq)).images == 1
    assert not left
    with database.reading() as session:
        assert session.scalars(select(MatchRow.image_id)).all() == [kept]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_another_registered_meanwhile_is_what_counts(database, other, case, meanwhile):
    """The same signals, said to be of a picture too plain to be found by them."""
    pdq = os.urandom(32).hex()
    record(database, image(pdq))
    left = meanwhile(lambda: register(other, case, picture(pdq, quality=10)))

    done = register(database, case, picture(pdq))

    assert not left
    assert (done.already, done.weak, done.images) == (True, True, 0)


def test_a_video_recorded_while_a_withdrawal_looks_keeps_no_frame(database, other, case, meanwhile):
    scenes = [os.urandom(32).hex() for _ in range(30)]
    turned = [
        Signal(s.type, s.value, s.view, s.quality, 1000 * n)
        for n, scene in enumerate(scenes[:10])
        for s in turned_signals(Signal(SignalType.PDQ, scene, quality=90))
    ]
    register(database, case, PictureSignals(tuple(turned)))
    shows_little = [image(scenes[20], scenes[n], *scenes[20:]) for n in (3, 7)]
    record(database, shows_little[0], image(scenes[25]))
    left = meanwhile(lambda: record(other, shows_little[1]))

    gone = withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)

    assert not left
    assert gone.images == 2
    with database.reading() as session:
        assert session.scalars(select(FrameRow)).all() == []
        assert session.scalars(select(ImageRow.pdq)).all() == [scenes[25]]
