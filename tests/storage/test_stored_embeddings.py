"""Embeddings in the database: evidence of them, floods of it, and going back to before them."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.likeness import distance_of, likeness_in_words
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from storage import (
    cases,
    embeddings,
    flagging,
    matches,
    migrations,
    registrations,
    registry,
    sightings,
)
from storage.database import head_revision, upgrade
from storage.suspensions import FLOOD_FLAGS
from tests.storage.test_migrations import CONSTELLATIONS, ROWS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(days=60)
ONE, OTHER = "0123456789abcdef", "fedcba9876543210"


def embedding(model=ONE):
    return model + os.urandom(64).hex()


@pytest.fixture
def add(database):
    """Register a picture with an embedding, in a case of its own; give its id."""

    def do(model=ONE):
        picture = PictureSignals(
            (
                Signal(SignalType.PDQ, os.urandom(32).hex(), quality=90),
                Signal(SignalType.EMBEDDING, embedding(model)),
            )
        )
        with database.writing() as session:
            case = cases.case_row(session, cases.open_case(session, now=NOW).number)
            version = registry.bump(session)
            row = registrations.add(
                session, case.case_id, picture, source="file", version=version, now=EARLIER
            )
            return row.registration_id

    return do


@pytest.fixture
def sight(database):
    """Record an image that looks like no other; give its id."""

    def do(made=None, sha256=None):
        image = ImageSignals(
            sha256=sha256 or os.urandom(32).hex(),
            md5=os.urandom(16).hex(),
            pdq=os.urandom(32).hex(),
            pdq_quality=90,
            phash=os.urandom(8).hex(),
            format="JPEG",
            width=9,
            height=9,
            byte_size=9,
            embedding=made,
        )
        with database.writing() as session:
            return sightings.image_id_of(session, image, now=NOW)

    return do


def flag(database, image_id, registration_id, cosine, kind=SignalType.EMBEDDING):
    near = Agreement(registration_id, kind, View.UPRIGHT, distance_of(cosine))
    with database.writing() as session:
        registry.version_shared(session)
        return flagging.flag(session, image_id=image_id, agreements=[near], now=NOW)


@pytest.mark.parametrize(
    ("cosine", "said"),
    [
        (1.0, "1.00"),
        (0.93, "0.93"),
        (0.9299, "0.92"),
        (0.9, "0.90"),
        (0.5, "0.50"),
        (0.9999, "0.99"),
    ],
)
def test_a_likeness_is_never_said_to_be_greater_than_it_is(cosine, said):
    assert likeness_in_words(distance_of(cosine)) == said


def test_the_greatest_likeness_is_kept_and_said_after_all_else(database, add, sight):
    registration, image = add(), sight()
    for cosine in (0.91, 0.97, 0.94):
        flag(database, image, registration, cosine)
    flag(database, image, registration, 0.97, SignalType.PHASH)

    with database.reading() as session:
        (match,) = matches.list_matches(session)
    assert [(s.signal, s.distance) for s in match.signals] == [("phash", 30), ("embedding", 30)]
    assert match.strength == 1.0, "an embedding adds nothing"


def test_many_images_that_only_a_model_finds_suspend_a_registration(database, add, sight):
    registration = add()

    flagged = sum(flag(database, sight(), registration, 0.95) for _ in range(FLOOD_FLAGS + 5))

    assert flagged == FLOOD_FLAGS + 1
    with database.reading() as session:
        assert registration not in {
            owner for chunk in embeddings.registered_chunks(session) for owner in chunk.ids
        }


def test_embeddings_are_read_by_the_model_that_made_them(database, add, sight):
    add(), add(OTHER)
    first = sight(embedding())
    of_other, without, last = sight(embedding(OTHER)), sight(), sight(embedding())

    with database.reading() as session:
        for after, rows, expected in ((0, 1, [first, last]), (first, 9, [last]), (last, 9, [])):
            chunks = embeddings.sighted_chunks(session, ONE, after=after, rows=rows)
            assert [image for chunk in chunks for image in chunk.ids] == expected
        (chunk,) = embeddings.sighted_chunks(session, OTHER, after=0)
        assert (chunk.ids, chunk.packed[0][:8].hex()) == ((of_other,), OTHER)
        assert embeddings.registrations_by_model(session) == {ONE: 1, OTHER: 1}
        assert embeddings.images_by_model(session) == {ONE: 2, OTHER: 1}
    assert without not in {first, of_other, last}


def test_a_known_image_is_given_the_embedding_that_was_made_now(database, sight):
    digest = os.urandom(32).hex()
    image = sight(embedding(), digest)

    assert sight(None, digest) == image
    with database.reading() as session:
        assert embeddings.images_by_model(session) == {ONE: 1}
    assert sight(embedding(OTHER), digest) == image
    with database.reading() as session:
        assert embeddings.images_by_model(session) == {OTHER: 1}


EMBEDDINGS = CONSTELLATIONS.replace("'constellation'", "'embedding'")


def test_going_back_erases_embeddings_and_what_they_alone_had_found(database):
    before = max(each for each in migrations.known() if each < "0010")
    with database.writing() as session:
        for row in (*ROWS.split(";"), *EMBEDDINGS.split(";"), "UPDATE image SET embedding = '1'"):
            session.execute(text(row))

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, before)

    with database.reading() as session:
        for table, left in (("signal", [1, 2]), ("evidence", [1]), ("match", [1])):
            ids = session.execute(text(f"SELECT {table}_id FROM {table} ORDER BY 1")).scalars()
            assert list(ids) == left
        assert session.execute(text("SELECT count(*) FROM image")).scalar() == 2
    with pytest.raises(DBAPIError, match=r"(?i)check"), database.writing() as session:
        session.execute(text(EMBEDDINGS.split(";", maxsplit=1)[0]))
    assert upgrade(database) == (before, head_revision())
    with database.writing() as session:
        session.execute(text(EMBEDDINGS.split(";", maxsplit=1)[0]))
