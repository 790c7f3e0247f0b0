"""0009: which places were seen is held from then on, and nothing older changes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage import migrations
from storage.database import head_revision, upgrade
from tests.storage.test_migrations import ROWS

SEEN = """
INSERT INTO seen_places (registration_id, image_id, at_ms, places, of_places, flagged, seen_at)
VALUES (1, 1, {at_ms}, 4398046511103, 42, true, '2026-03-01 12:00:00')
"""
KEPT = {
    "registration": "registration_id, number, picture, suspended_at",
    "image": "image_id, sha256, constellation",
    "match": "match_id, state",
    "evidence": "evidence_id, strength",
}


def test_what_was_registered_and_found_stays_as_it_was_on_the_way_there_and_back(database):
    def held():
        with database.reading() as session:
            return {
                table: session.execute(text(f"SELECT {columns} FROM {table}")).all()
                for table, columns in KEPT.items()
            }

    def put(at_ms):
        with database.writing() as session:
            session.execute(text(SEEN.format(at_ms=at_ms)))

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0008")
    with database.writing() as session:
        for row in ROWS.split(";"):
            session.execute(text(row))
    before = held()
    with pytest.raises(DBAPIError):
        put("NULL")

    assert upgrade(database) == ("0008", head_revision())

    assert held() == before
    for moment in ("NULL", "0", "500"):
        put(moment)
        with pytest.raises(DBAPIError):  # of one picture in one image
            put(moment)
    with database.reading() as session:
        assert session.execute(text("SELECT unmuted_at FROM registration")).all() == [(None,)]
        assert (
            session.execute(text("SELECT max(places) FROM seen_places")).scalar_one() == 2**42 - 1
        )
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0008")
    assert held() == before
