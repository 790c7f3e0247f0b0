import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from config import load_config
from domain.errors import InvalidInput, OutsideDown, Refused
from storage.database import Database, current_revision, head_revision, open_database, upgrade
from storage.tables import CrawlErrorRow, LeaseRow, RegistryRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def lease(name):
    return LeaseRow(name=name, holder="h", expires_at=NOW)


def names(database):
    with database.reading() as session:
        return list(session.scalars(select(LeaseRow.name).order_by(LeaseRow.name)))


def write(database, *rows, then=None):
    with database.writing() as session:
        session.add_all(rows)
        session.flush()
        if then is not None:
            session.execute(text(then))


def test_writing_keeps_all_or_nothing(database):
    write(database, lease("kept"))
    with pytest.raises(DBAPIError):
        write(database, lease("lost"), then="SELECT nonsense FROM nowhere")
    assert names(database) == ["kept"]


def test_reading_writes_nothing_and_says_so(database):
    with (
        pytest.raises((DBAPIError, OutsideDown), match=r"(?i)read-?only"),
        database.reading() as session,
    ):
        session.execute(update(RegistryRow).values(version=7))
    write(database, lease("kept"))  # over the connection that was used for reading
    assert names(database) == ["kept"]


def test_reading_sees_one_moment(database):
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LeaseRow)) == 0
        with database.writing() as other:
            other.add(lease("later"))
        assert session.scalar(select(func.count()).select_from(LeaseRow)) == 0
    assert names(database) == ["later"]


def test_no_write_of_many_threads_is_lost(database):
    def count_up(_):
        with database.writing() as session:
            version = session.scalar(select(RegistryRow.version).with_for_update())
            session.execute(update(RegistryRow).values(version=version + 1))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_up, range(60)))
    with database.reading() as session:
        assert session.scalar(select(RegistryRow.version)) == 60


def test_a_row_that_points_nowhere_is_refused(database):
    with pytest.raises(IntegrityError) as error, database.writing() as session:
        session.add(
            CrawlErrorRow(
                crawl_id=99,
                what="page",
                outcome="failed",
                url="https://example.org/a-name",
                reason="",
                happened_at=NOW,
            )
        )
    assert "a-name" not in str(error.value), "parameters are personal data"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sqlite_is_set_up_as_promised(database):
    with database.writing() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "synchronous")
        }
        assert found == {
            "journal_mode": "wal",
            "foreign_keys": 1,
            "secure_delete": 1,
            "synchronous": 1,
        }
        assert session.execute(text("PRAGMA busy_timeout")).scalar() == 30_000


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_scrub_leaves_no_copy_of_what_was_deleted(database, database_url):
    path = Path(database_url.removeprefix("sqlite:///"))
    secret = "5f" * 40
    with database.writing() as session:
        session.add_all([lease(f"n{number}") for number in range(50)])
        session.add(LeaseRow(name="secret", holder=secret, expires_at=NOW))
    database.scrub()
    assert secret in path.read_bytes().decode("latin-1")

    with database.writing() as session:
        session.delete(session.get_one(LeaseRow, "secret"))
    assert database.scrub()

    for file in path.parent.iterdir():
        assert secret not in file.read_bytes().decode("latin-1"), file
    assert len(names(database)) == 50


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_scrub_says_if_a_reader_kept_it_from_emptying_the_log(database_url):
    hasty = Database(f"{database_url}?timeout=0.1")
    with hasty.writing() as session:
        session.add(lease("before"))
    with hasty.reading() as session:
        session.scalars(select(LeaseRow)).all()
        with hasty.writing() as other:
            other.add(lease("after"))
        assert not hasty.scrub()
    assert hasty.scrub()
    hasty.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_scrub_says_if_somebody_still_sees_what_was_deleted(database):
    with database.writing() as session:
        session.add(lease("secret"))
    with database.reading() as reader:
        reader.scalars(select(LeaseRow)).all()
        with database.writing() as session:
            session.delete(session.get_one(LeaseRow, "secret"))
        assert not database.scrub(patience=0.2)
    assert database.scrub()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_scrub_says_if_another_role_still_sees_what_was_deleted(database, database_url):
    """The database belongs to a role that may not see what others do, as is usual."""
    url = make_url(database_url)
    role = f"keeper_{url.database}"
    with database.writing() as session:
        session.add(lease("secret"))
        session.execute(text(f"CREATE ROLE {role} LOGIN"))
        session.execute(text(f"ALTER DATABASE {url.database} OWNER TO {role}"))
        session.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"))
    keeper = Database(url.set(username=role).render_as_string(hide_password=False))
    try:
        with database.reading() as reader:
            reader.scalars(select(LeaseRow)).all()
            with keeper.writing() as session:
                session.delete(session.get_one(LeaseRow, "secret"))
            assert not keeper.scrub(patience=0.2)
            assert reader.scalars(select(LeaseRow.name)).all() == ["secret"]
        assert keeper.scrub()
    finally:
        keeper.close()
        with database.writing() as session:
            session.execute(text(f"REASSIGN OWNED BY {role} TO CURRENT_USER"))
            session.execute(text(f"DROP OWNED BY {role}"))
            session.execute(text(f"DROP ROLE {role}"))


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_scrub_says_if_somebody_who_writes_keeps_what_was_deleted(database):
    """Between two statements such a session sees nothing, and still nothing is cleared."""
    with database.writing() as session:
        session.add(lease("secret"))
    with database.writing() as writer:
        writer.add(lease("other"))
        writer.flush()
        with database.writing() as session:
            session.delete(session.get_one(LeaseRow, "secret"))
        assert not database.scrub(patience=0.2)
    assert database.scrub()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_scrub_says_if_who_reads_next_may_still_see_what_was_deleted(database, database_url):
    """As long as somebody writes in another database of that server."""
    url = make_url(database_url).set(database="postgres")
    elsewhere = Database(url.render_as_string(hide_password=False))
    another = Database(database_url)
    with elsewhere.writing() as writer:
        writer.execute(text("SELECT pg_current_xact_id()"))
        with database.writing() as session:
            session.add(lease("kept"))
        assert database.scrub(patience=5.0), "nobody else is here who could read"
        assert names(another) == ["kept"]
        assert not database.scrub(patience=0.2)
    assert database.scrub()
    another.close()
    elsewhere.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_scrub_says_if_a_table_was_locked(database):
    with database.writing() as session:
        session.execute(text("LOCK TABLE lease IN SHARE UPDATE EXCLUSIVE MODE"))
        assert not database.scrub(patience=0.2)
    assert database.scrub()


def test_scrub_does_no_harm(database):
    with database.writing() as session:
        session.add(lease("kept"))
    assert database.scrub()
    with database.writing() as session:
        session.add(lease("later"))
    assert names(database) == ["kept", "later"]


class TestOpening:
    def test_a_new_sqlite_database_is_made_for_its_owner_alone(self, tmp_path):
        config = load_config({"VIGIL_DATA": str(tmp_path / "a" / "b")})
        old = os.umask(0)
        try:
            database = open_database(config)
        finally:
            os.umask(old)
        assert current_revision(database) == head_revision()
        assert stat.S_IMODE(config.data.stat().st_mode) == 0o700
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in config.data.iterdir()}
        database.close()
        assert files["vigil.db"] == 0o600
        assert set(files.values()) == {0o600}, "the write-ahead log holds the same rows"

    def test_of_processes_that_make_it_at_once_all_succeed(self, tmp_path):
        script = (
            "from config import load_config; from storage.database import *\n"
            "d = open_database(load_config()); print(current_revision(d)); d.close()"
        )
        running = [
            subprocess.Popen(
                [sys.executable, "-c", script],
                cwd=ROOT,
                env={**os.environ, "VIGIL_DATA": str(tmp_path / "new")},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(4)
        ]
        assert [child.communicate(timeout=60)[0].strip() for child in running] == [
            head_revision()
        ] * 4

    @pytest.mark.parametrize("database_kind", ["postgresql"])
    def test_an_empty_postgresql_is_left_to_the_person(self, empty_database_url, tmp_path):
        config = load_config(
            {"VIGIL_DATABASE_URL": empty_database_url, "VIGIL_DATA": str(tmp_path / "data")}
        )
        with pytest.raises(Refused, match=r"no tables of Vigil yet.*Run: vigil db upgrade"):
            open_database(config)
        database = open_database(config, check_schema=False)
        assert current_revision(database) is None
        assert upgrade(database) == (None, head_revision())
        database.close()
        open_database(config).close()
        assert not config.data.exists()

    def test_a_newer_schema_is_refused(self, config, database):
        with database.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for attempt in (lambda: open_database(config), lambda: upgrade(database)):
            with pytest.raises(Refused, match=r"at schema 9999.*newer Vigil"):
                attempt()

    def test_tables_of_something_else_are_left_alone(self, empty_database_url, config):
        other = Database(empty_database_url)
        with other.writing() as session:
            session.execute(text("CREATE TABLE page (title TEXT)"))
        with pytest.raises(Refused, match="no tables of Vigil yet"):
            open_database(replace(config, database_url=empty_database_url))
        with pytest.raises(Refused, match="did not make"):
            upgrade(other)
        with other.reading() as session:
            assert session.execute(text("SELECT count(*) FROM page")).scalar() == 0
        other.close()

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        config = load_config({"VIGIL_DATA": str(tmp_path / "file" / "data")})
        with pytest.raises(OutsideDown, match=r"file/data/vigil\.db cannot be made: Not a dir"):
            open_database(config)

    @pytest.mark.parametrize(
        "url", ["mysql://u:hunter2@h/d", "sqlite:///:memory:", "sqlite://", "hunter2"]
    )
    def test_an_address_of_another_kind_is_refused_without_its_password(self, url):
        with pytest.raises(InvalidInput) as error:
            Database(url)
        assert "hunter2" not in str(error.value)


def refuses(url, message):
    database = Database(url.render_as_string(hide_password=False))
    with pytest.raises(OutsideDown, match=message) as error:
        names(database)
    database.close()
    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(error.value)


def test_what_is_no_database(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("x" * 5000)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(OutsideDown, match=r"notes\.txt is no SQLite database"):
        names(database)
    database.close()
    database = Database(f"sqlite:///{tmp_path / 'no' / 'such.db'}")
    with pytest.raises(OutsideDown, match="cannot be opened"):
        names(database)


def test_a_server_that_is_down():
    url = make_url("postgresql://someone:hunter2@127.0.0.1:1/vigil")
    refuses(url, r"'vigil' on 127\.0\.0\.1:1 does not answer \(.*[Rr]efused")
    refuses(
        make_url("postgresql:///vigil?host=127.0.0.1&port=1&password=hunter2"),
        r"'vigil' on 127\.0\.0\.1 does not answer",
    )


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestTroubleOnSqlite:
    def test_a_read_only_file(self, database_url, database):
        path = database_url.removeprefix("sqlite:///")
        with database.writing() as session:
            session.add(lease("there"))
        for options in ("mode=ro", "immutable=1"):
            database.scrub()
            read_only = Database(f"sqlite:///file:{path}?{options}&uri=true")
            assert names(read_only) == ["there"]
            with pytest.raises(OutsideDown, match="is read-only: check the permissions"):
                write(read_only, lease("more"))
            read_only.close()

    def test_a_full_disk_keeps_nothing_half_done(self, database):
        with database.told(), database.engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar()
        many = [LeaseRow(name=f"n{i}", holder="h" * 3000, expires_at=NOW) for i in range(100)]
        write(database, then=f"PRAGMA max_page_count={pages}")
        with pytest.raises(OutsideDown, match="disk is full; nothing half-done was kept"):
            write(database, *many)
        assert names(database) == []

    def test_a_really_full_disk(self, database_url):
        # The system lets this process make no file longer: much as on a full disk.
        script = (
            "import os, resource, signal, sys\n"
            "from datetime import UTC, datetime\n"
            "from storage.database import Database\n"
            "from storage.tables import LeaseRow\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "database = Database(sys.argv[1])\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
            "from domain.errors import OutsideDown\n"
            "try:\n"
            "    with database.writing() as session:\n"
            "        session.add_all(LeaseRow(name=f'n{i}', holder='h' * 3000,\n"
            "            expires_at=datetime.now(UTC)) for i in range(500))\n"
            "except OutsideDown as down:\n"
            "    print(down)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, database_url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "disk" in done.stdout, done
        database = Database(database_url)
        assert names(database) == []
        database.close()

    def test_a_lock_that_is_not_given_up(self, database, database_url):
        hasty = Database(f"{database_url}?timeout=0.1")
        with database.writing() as session:
            session.add(lease("first"))
            session.flush()
            with pytest.raises(OutsideDown, match="is locked: another process"):
                write(hasty, lease("second"))
            assert names(hasty) == [], "readers do not wait for a writer"
        hasty.close()
        assert names(database) == ["first"]

    def test_a_writer_waits_its_turn(self, database):
        entered = threading.Event()

        def second():
            entered.set()
            write(database, lease("second"))

        with database.writing() as session:
            session.add(lease("first"))
            session.flush()
            other = threading.Thread(target=second)
            other.start()
            assert entered.wait(5)
        other.join(10)
        assert names(database) == ["first", "second"]

    def test_a_mistake_of_ours_is_no_outside_trouble(self, database):
        with pytest.raises(DBAPIError), database.reading() as session:
            session.execute(text("SELECT nonsense FROM nowhere"))


@pytest.mark.parametrize("database_kind", ["postgresql"])
class TestTroubleOnPostgresql:
    def test_a_database_or_a_user_that_is_not_there(self, database_url):
        url = make_url(database_url)
        refuses(url.set(database="nowhere", password="hunter2"), "does not exist on that")
        refuses(url.set(username="nobody", password="hunter2"), "does not accept this user")

    def test_a_read_only_server(self, database, database_url):
        name = make_url(database_url).database
        with database.writing() as session:
            session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        database.close()
        with pytest.raises(OutsideDown, match="is read-only: this server is a standby"):
            write(database, lease("lost"))
        assert names(database) == []

    def test_a_connection_cut_in_the_middle_and_the_next_one(self, database):
        with pytest.raises(OutsideDown, match=r"on /.*(connection|shutting down)"):
            write(database, lease("lost"), then="SELECT pg_terminate_backend(pg_backend_pid())")
        assert names(database) == []

    def test_a_pool_of_dead_connections_is_noticed(self, database, database_url):
        names(database)
        other = Database(database_url)
        with other.writing() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        other.close()
        assert names(database) == []
