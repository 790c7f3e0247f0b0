"""The revisions and the tables must say the same, on both databases."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from casework import registering
from domain.errors import Refused
from domain.signal import PictureSignals, Signal, SignalType, View
from storage import cases, images, migrations, pages, registrations, sites
from storage.database import (
    Database,
    current_revision,
    head_revision,
    open_database,
    upgrade,
)
from storage.schema import METADATA

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

LATER = '''
"""Rename a column, as some later revision will."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "HEAD"


def upgrade():
    with op.batch_alter_table("match") as table:
        table.alter_column("state", existing_type=sa.String(16), type_=sa.String(20))
        table.add_column(sa.Column("note", sa.Text(), server_default="none"))


def downgrade():
    with op.batch_alter_table("match") as table:
        table.drop_column("note")
'''

# One row in every table from a site to a decision, so that a cascade would show.
ROWS = """
INSERT INTO site (site_id, name, start_urls, hosts, interval_seconds, rate, max_pages, max_depth,
                  obey_robots, headers, cookies, added_at, changed_at)
VALUES (1, 'forum', '["https://forum.example/"]', '["forum.example"]', 900, 1, 500, 8, true, '{}',
        '{}', '2026-03-01 12:00:00', '2026-03-01 12:00:00');
INSERT INTO crawl (crawl_id, site_id, state, started_at, heartbeat_at, pages_fetched,
                   pages_unchanged, pages_failed, pages_refused, image_references, hashed,
                   duplicate, unchanged, too_small, undecodable, refused, failed, flagged)
VALUES (1, 1, 'finished', '2026-03-01 12:00:00', '2026-03-01 12:00:00', 1, 0, 0, 0, 2, 2, 0, 0, 0,
        0, 0, 0, 0);
INSERT INTO case_file (case_id, number, pin_hash, opened_at)
VALUES (1, 'C', 'x', '2026-03-01 12:00:00');
INSERT INTO image (image_id, sha256, md5, pdq, pdq_quality, phash, format, width, height,
                   byte_size, first_seen)
VALUES (1, '1', '2', '3', 90, '4', 'JPEG', 9, 9, 9, '2026-03-01 12:00:00');
INSERT INTO match (match_id, number, case_id, image_id, state, flagged_at)
VALUES (1, 'M', 1, 1, 'flagged', '2026-03-01 12:00:00');
INSERT INTO review_decision (decision_id, match_id, verdict, reason, actor, decided_at)
VALUES (1, 1, 'unsure', 'dim', 'someone', '2026-03-01 12:00:00');
INSERT INTO registration (registration_id, number, case_id, picture, source, registered_at,
                          added_version)
VALUES (1, 'R', 1, '5', 'file', '2026-03-01 12:00:00', 1);
INSERT INTO signal (signal_id, registration_id, type, view, value, quality)
VALUES (1, 1, 'pdq', 'upright', '6', 90), (2, 1, 'pdq', 'mirrored', '7', 90);
INSERT INTO evidence (evidence_id, match_id, registration_id, type, view, distance)
VALUES (1, 1, 1, 'pdq', 'upright', 4)
"""


# What pages and images were when an older version last saw them.
READ = """
INSERT INTO page (page_id, site_id, url, url_digest, etag, links, image_references, first_seen,
                  last_seen)
VALUES (1, 1, 'https://forum.example/', '1', 'p', '["https://forum.example/2"]', '[]',
        '2026-03-01 12:00:00', '2026-03-01 12:00:00');
INSERT INTO image_url (image_url_id, url, url_digest, etag, last_modified, image_id, checked_at)
VALUES (1, 'https://forum.example/a.heic', '1', 'a', NULL, NULL, '2026-03-01 12:00:00'),
       (2, 'https://forum.example/b.mp4', '2', NULL, 'then', NULL, '2026-03-01 12:00:00'),
       (3, 'https://forum.example/c.jpg', '3', 'c', 'then', 1, '2026-03-01 12:00:00')
"""

SAME_SIGNAL = """
INSERT INTO signal (signal_id, registration_id, type, view, value, quality, at_ms)
VALUES (3, 1, 'pdq', 'upright', '6', 90, {})
"""

FRAME = """
INSERT INTO frame (image_id, place, at_ms, pdq, pdq_quality, phash) VALUES (1, 0, 0, '1', 90, '2')
"""


def described(database):
    """Everything that matters of a schema, in an order of its own."""
    found = {}
    with database.reading() as session:
        inspector = inspect(session.connection())
        for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
            found[table] = {
                "columns": sorted(
                    (
                        column["name"],
                        str(column["type"]),
                        column["nullable"],
                        str(column["default"]),
                    )
                    for column in inspector.get_columns(table)
                ),
                "key": inspector.get_pk_constraint(table),
                "unique": sorted(map(str, inspector.get_unique_constraints(table))),
                "checks": sorted(map(str, inspector.get_check_constraints(table))),
                "foreign": sorted(map(str, inspector.get_foreign_keys(table))),
                "indexes": sorted(map(_written, inspector.get_indexes(table))),
            }
    return found


def _written(index):
    # The condition of a partial index comes as an object.
    options = {name: str(value) for name, value in index.pop("dialect_options", {}).items()}
    return str({**index, **options})


def test_the_revisions_make_what_the_tables_say(database, empty_database_url):
    directly = Database(empty_database_url)
    METADATA.create_all(directly.engine)
    by_revisions = described(database)

    assert by_revisions == described(directly)
    assert set(by_revisions) == set(METADATA.tables)
    directly.close()


def test_alembic_finds_nothing_to_change(database):
    with database.reading() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_a_new_database_holds_its_two_single_rows(database):
    with database.reading() as session:
        registry = session.execute(text("SELECT registry_id, version FROM registry")).all()
        assert [tuple(row) for row in registry] == [(1, 0)]
        head = session.execute(text("SELECT audit_head_id, sequence, digest FROM audit_head")).one()
        assert (head[0], head[1], bytes(head[2])) == (1, 0, bytes(32))


def test_down_leaves_nothing_and_up_again_works(empty_database_url):
    database = Database(empty_database_url)
    assert upgrade(database) == (None, head_revision())
    assert upgrade(database) == (head_revision(), head_revision())
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection)
    assert current_revision(database) is None
    assert described(database) == {}
    if database.dialect == "postgresql":
        with database.reading() as session:
            functions = text("SELECT count(*) FROM pg_proc WHERE proname = 'refuse_audit_change'")
            assert session.execute(functions).scalar() == 0
    assert upgrade(database) == (None, head_revision())
    database.close()


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit_entry SET actor = 'someone else'", "DELETE FROM audit_entry"],
)
def test_the_database_refuses_to_change_an_audit_entry(database, change):
    entry = text(
        "INSERT INTO audit_entry (sequence, happened_at, actor, action, subject, details, "
        "previous, digest) VALUES (1, '2026-03-01 12:00:00', 'a', 'b', 'c', '{}', '0', '1')"
    )
    with database.writing() as session:
        session.execute(entry)
    with pytest.raises(DBAPIError, match="never changed"), database.writing() as session:
        session.execute(text(change))
    with database.reading() as session:
        assert session.execute(text("SELECT actor FROM audit_entry")).scalar() == "a"


def test_a_database_of_the_first_revision_keeps_its_rows(database):
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0001")
    with database.writing() as session:
        for row in ROWS.split(";"):
            session.execute(text(row))

    assert upgrade(database) == ("0001", head_revision())

    with database.writing() as session:
        assert session.execute(text("SELECT count(*) FROM review_decision")).scalar() == 1
        site = sites.get(session, "forum").site
        assert (site.start_urls, site.follow, site.quiet_hours) == (
            ("https://forum.example/",),
            (),
            (),
        )
        assert session.execute(text("SELECT hashed, pages_left FROM crawl")).one() == (2, 0)
        assert images.last_forgotten(session) == 0
        session.execute(text("INSERT INTO forgotten_image (image_id) VALUES (7), (5)"))
        assert images.forgotten_since(session, 0) == [7, 5]
        assert session.execute(text("SELECT at_ms, moments FROM evidence")).one() == (None, None)
        assert session.execute(text("SELECT duration_ms FROM image")).scalar_one() is None
        held = session.execute(text("SELECT type, view, quality, at_ms FROM signal ORDER BY 2"))
        assert held.all() == [("pdq", "mirrored", 90, None), ("pdq", "upright", 90, None)]
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text(SAME_SIGNAL.format("NULL")))


def test_what_an_older_version_could_not_read_is_asked_for_in_full(database):
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0004")
    with database.writing() as session:
        for row in (*ROWS.split(";"), *READ.split(";")):
            session.execute(text(row))

    upgrade(database)

    with database.reading() as session:
        assert pages.known_pages(session, 1, ["https://forum.example/"]) == {}
        assert session.execute(text("SELECT links FROM page")).scalar_one() is not None
        held = session.execute(
            text("SELECT url, etag, last_modified FROM image_url ORDER BY image_url_id")
        )
        assert held.all() == [
            ("https://forum.example/a.heic", None, None),
            ("https://forum.example/b.mp4", None, None),
            ("https://forum.example/c.jpg", "c", "then"),
        ]


def test_a_video_can_be_registered_again_after_going_back(database):
    """Its frames are gone: a case that "held it already" would never find a copy of it."""
    video = PictureSignals(
        (
            Signal(SignalType.SHA256, "ab" * 32),
            Signal(SignalType.PDQ, "cd" * 32, View.UPRIGHT, 90, 4000),
        )
    )
    still = PictureSignals((Signal(SignalType.SHA256, "ef" * 32),))
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number
    for picture in (video, still):
        assert not _registered(database, case, picture).already

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0004")
    upgrade(database)

    again = _registered(database, case, video)
    assert (again.already, again.frames) == (False, 1)
    assert _registered(database, case, still).already


def _registered(database, case, picture):
    return registering.register(
        database, case, picture, source="signals", actor="a test", now=NOW, match_distance=31
    )


def test_what_was_registered_before_has_no_length_and_goes_back_as_it_was(database):
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0005")
    with database.writing() as session:
        no_digest = "UPDATE registration SET picture = NULL"
        for row in (*ROWS.split(";"), SAME_SIGNAL.format("4000"), no_digest):
            session.execute(text(row))

    assert upgrade(database) == ("0005", head_revision())

    with database.reading() as session:
        (held,) = registrations.list_registrations(session, "C")
        assert (held.frames, held.showing, held.duration_ms) == (1, "video or animation", None)
    with database.writing() as session:
        session.execute(text("UPDATE registration SET format = 'MP4', duration_ms = 9000000000"))
    with database.reading() as session:
        (held,) = registrations.list_registrations(session, "C")
        assert (held.showing, held.duration_ms) == ("video", 9_000_000_000)
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0005")
    with database.reading() as session:
        kept = session.execute(text("SELECT number, source FROM registration")).one()
        assert kept == ("R", "file")
    assert upgrade(database) == ("0005", head_revision())


def test_going_back_erases_frames_and_keeps_the_rest(database):
    with database.writing() as session:
        for row in ROWS.split(";"):
            session.execute(text(row))
        session.execute(text(SAME_SIGNAL.format("4000")))
        session.execute(text(FRAME))

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0004")

    with database.reading() as session:
        held = session.execute(text("SELECT signal_id FROM signal ORDER BY 1")).scalars().all()
        assert held == [1, 2]
        assert session.execute(text("SELECT count(*) FROM evidence")).scalar() == 1
        assert "frame" not in inspect(session.connection()).get_table_names()
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text(SAME_SIGNAL.replace(", at_ms", "").format("0").replace(", 0)", ")")))
    assert upgrade(database) == ("0004", head_revision())


# A constellation and what it alone found, beside a match that PDQ found as well.
CONSTELLATIONS = """
INSERT INTO signal (signal_id, registration_id, type, view, value)
VALUES (3, 1, 'constellation', 'upright', '8');
INSERT INTO evidence (evidence_id, match_id, registration_id, type, view, distance)
VALUES (2, 1, 1, 'constellation', 'upright', 0);
INSERT INTO image (image_id, sha256, md5, pdq, pdq_quality, phash, format, width, height,
                   byte_size, first_seen)
VALUES (2, '9', '2', '3', 90, '4', 'JPEG', 9, 9, 9, '2026-03-01 12:00:00');
INSERT INTO match (match_id, number, case_id, image_id, state, flagged_at)
VALUES (2, 'M2', 1, 2, 'flagged', '2026-03-01 12:00:00');
INSERT INTO review_decision (decision_id, match_id, verdict, reason, actor, decided_at)
VALUES (2, 2, 'unsure', 'cut', 'someone', '2026-03-01 12:00:00');
INSERT INTO evidence (evidence_id, match_id, registration_id, type, view, distance)
VALUES (3, 2, 1, 'constellation', 'mirrored', 0)
"""


def test_constellations_are_held_from_0007_on_and_nothing_older_changes(database):
    of_signals, of_evidence = (
        "SELECT signal_id, type, view, value, quality, at_ms FROM signal ORDER BY 1",
        "SELECT evidence_id, match_id, registration_id, type, view, distance FROM evidence",
    )
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0006")
    with database.writing() as session:
        for row in (*ROWS.split(";"), SAME_SIGNAL.format("4000")):
            session.execute(text(row))
        before = [session.execute(text(every)).all() for every in (of_signals, of_evidence)]
    for row in CONSTELLATIONS.split(";")[:2]:
        with pytest.raises(DBAPIError, match=r"(?i)check"), database.writing() as session:
            session.execute(text(row))

    assert upgrade(database) == ("0006", head_revision())

    with database.reading() as session:
        assert [session.execute(text(every)).all() for every in (of_signals, of_evidence)] == before
    with database.writing() as session:
        for row in CONSTELLATIONS.replace("VALUES (3, 1, 'con", "VALUES (4, 1, 'con").split(";"):
            session.execute(text(row))
    of_type, *_ = CONSTELLATIONS.split(";")
    for wrong in ("'sscd'", "''"):
        row = of_type.replace("'constellation'", wrong).replace("(3", "(5")
        with pytest.raises(DBAPIError, match=r"(?i)check"), database.writing() as session:
            session.execute(text(row))
    with pytest.raises(DBAPIError), database.writing() as session:  # one is enough
        session.execute(text(of_type.replace("(3", "(6")))


def test_going_back_erases_constellations_and_what_they_alone_had_found(database):
    def all_of(table):
        with database.reading() as session:
            return list(
                session.execute(text(f"SELECT {table}_id FROM {table} ORDER BY 1")).scalars()
            )

    with database.writing() as session:
        for row in (*ROWS.split(";"), *CONSTELLATIONS.split(";")):
            session.execute(text(row))

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0006")

    assert [all_of(table) for table in ("signal", "evidence", "match")] == [[1, 2], [1], [1]]
    with database.reading() as session:
        decided = session.execute(text("SELECT match_id FROM review_decision")).scalars().all()
        assert decided == [1]
    assert upgrade(database) == ("0006", head_revision())


# What 0008 keeps, in words of its own: how a picture lies in an image, and what is to be looked at.
SECOND_LOOKS = """
UPDATE image SET constellation = '1';
UPDATE frame SET constellation = '2';
UPDATE evidence SET strength = 7.5, laid = '{"seen": 17}';
UPDATE registration SET suspended_at = '2026-03-01 12:00:00', suspended_for = 'a logo',
                        suspension_version = 2;
INSERT INTO wanted_look (wanted_look_id, image_id, registration_id, asked_at)
VALUES (1, 1, 1, '2026-03-01 12:00:00');
INSERT INTO look_alike (look_alike_id, number, case_id, sha256, pdq, image_id, note, actor,
                        added_at)
VALUES (1, 'L', 1, '8', '9', 1, 'a shop', 'someone', '2026-03-01 12:00:00')
"""


def test_second_looks_are_kept_from_0008_on_and_nothing_older_changes(database):
    every = {
        "image": "image_id, sha256, pdq, duration_ms",
        "frame": "image_id, place, at_ms, pdq",
        "evidence": "evidence_id, match_id, registration_id, type, view, distance, at_ms",
        "registration": "registration_id, number, picture, added_version, withdrawn_at",
        "signal": "signal_id, type, view, value",
        "review_decision": "decision_id, match_id",
    }

    def held():
        with database.reading() as session:
            return {
                table: session.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1")).all()
                for table, columns in every.items()
            }

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0007")
    with database.writing() as session:
        for row in (*ROWS.split(";"), FRAME):
            session.execute(text(row))
    before = held()
    for row in SECOND_LOOKS.split(";"):
        with pytest.raises(DBAPIError), database.writing() as session:
            session.execute(text(row))

    assert upgrade(database) == ("0007", head_revision())

    assert held() == before
    with database.reading() as session:
        assert session.execute(
            text("SELECT suspended_at, suspended_for, suspension_version FROM registration")
        ).one() == (None, None, None)
        assert session.execute(text("SELECT strength, laid FROM evidence")).one() == (None, None)
    with database.writing() as session:
        for row in SECOND_LOOKS.split(";"):
            session.execute(text(row))
        assert session.execute(text("SELECT spared FROM look_alike")).scalar_one() == 0
        assert session.execute(text("SELECT tries FROM wanted_look")).scalar_one() == 0
    again = SECOND_LOOKS.split(";")
    for row in (
        again[4].replace("(1, 1", "(2, 1"),
        again[5].replace("(1, 'L'", "(2, 'L2'"),
        "UPDATE wanted_look SET outcome = 'found'",
        "UPDATE wanted_look SET outcome = 'lost', done_at = '2026-03-01 12:00:00'",
    ):
        with pytest.raises(DBAPIError), database.writing() as session:
            session.execute(text(row))

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0007")
    assert held() == before
    assert upgrade(database) == ("0007", head_revision())
    assert held() == before


def test_what_is_kept_for_an_image_or_a_case_goes_with_it_by_itself(database):
    """An older version, or somebody with an SQL prompt, erases them and knows of neither table."""
    with database.writing() as session:
        for row in (*ROWS.split(";"), FRAME, *SECOND_LOOKS.split(";")):
            session.execute(text(row))
        for table in ("evidence", "review_decision", "match"):
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM image"))
        assert session.execute(text("SELECT count(*) FROM wanted_look")).scalar_one() == 0
        assert session.execute(text("SELECT image_id FROM look_alike")).one() == (None,)
        for table in ("signal", "registration", "case_file"):
            session.execute(text(f"DELETE FROM {table}"))
        assert session.execute(text("SELECT count(*) FROM look_alike")).scalar_one() == 0


class TestALaterRevision:
    @pytest.fixture
    def one_more_revision(self, tmp_path, monkeypatch):
        """Brings one more, and gives the name of the last one before it."""
        folder = tmp_path / "50% more revisions"
        head = head_revision()
        shutil.copytree(
            Path(migrations.__file__).parent,
            folder,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (folder / "versions" / "v9999_later.py").write_text(LATER.replace("HEAD", head))
        monkeypatch.setattr(migrations, "_FOLDER", folder)
        return head

    def test_a_database_behind_is_brought_up_with_its_rows(self, database, one_more_revision):
        with database.writing() as session:
            for row in ROWS.split(";"):
                session.execute(text(row))

        assert upgrade(database) == (one_more_revision, "9999")

        with database.reading() as session:
            assert session.execute(text("SELECT note FROM match")).scalar() == "none"
            assert session.execute(text("SELECT count(*) FROM review_decision")).scalar() == 1, (
                "SQLite copies and drops the table: that must not cascade"
            )
        with (
            pytest.raises(DBAPIError, match=r"(?i)foreign key"),
            database.writing() as session,
        ):
            session.execute(text("UPDATE match SET image_id = 99"))

    def test_one_that_fails_leaves_everything_as_it_was(self, database, one_more_revision):
        versions = migrations._FOLDER / "versions"
        broken = LATER.replace("HEAD", one_more_revision).replace(
            "def downgrade", "    op.execute('SELECT 1 FROM nowhere')\n\n\ndef d"
        )
        (versions / "v9999_later.py").write_text(broken)
        before = described(database)
        with pytest.raises(DBAPIError):
            upgrade(database)
        assert current_revision(database) == one_more_revision
        assert described(database) == before

    def test_a_database_behind_is_refused_with_what_to_do(
        self, config, database, one_more_revision
    ):
        with pytest.raises(Refused, match=r"at schema \d+.*works with 9999.*vigil db upgrade"):
            open_database(config)


def test_the_names_of_the_files_are_the_revisions_in_one_line():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrations._FOLDER))
    scripts = ScriptDirectory.from_config(config)

    assert scripts.get_current_head() == migrations.head()
    assert {script.revision for script in scripts.walk_revisions()} == migrations.known()
