"""A database of another version, one that is away at the start, and one that goes away."""

import signal
import socket

import pytest
from sqlalchemy import create_engine, make_url, text

from storage import crawls
from tests.scheduler.processes import wait_until


def ended(scheduler) -> tuple[int, str]:
    return scheduler.process.wait(timeout=20), scheduler.said()


def test_a_database_that_was_not_upgraded_is_refused(database, start_scheduler):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'unknown'"))

    code, said = ended(start_scheduler())

    assert code == 1
    assert "vigil db upgrade" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_server_that_does_not_answer_is_named_without_its_password(start_scheduler):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and never listens
        port = silent.getsockname()[1]
        url = f"postgresql://vigil:very-secret@127.0.0.1:{port}/vigil"

        code, said = ended(start_scheduler(VIGIL_DATABASE_URL=url))

    assert code == 3
    assert "127.0.0.1" in said
    assert "very-secret" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_wrong_setting_is_wrong_usage(start_scheduler):
    code, said = ended(start_scheduler(VIGIL_CRAWLS_AT_ONCE="many"))

    assert code == 2
    assert "VIGIL_CRAWLS_AT_ONCE" in said


@pytest.mark.parametrize("database_kind", ["postgresql"])  # an open file does not go away
def test_a_scheduler_outlives_its_database(database, watch, start_scheduler):
    url = make_url(database.engine.url)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    scheduler = start_scheduler()
    wait_until(scheduler.leads, "a leader")

    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(cut, {"name": url.database})
        wait_until(lambda: "no longer leader" in scheduler.said(), "the lease given up")
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))
    server.dispose()
    watch("after")

    def visited() -> bool:
        with database.reading() as session:
            crawl = crawls.latest(session, "after")
        return crawl is not None and crawl.state == "finished"

    wait_until(visited, "a visit once the database is back")
    assert "Traceback" not in scheduler.said()
    scheduler.process.send_signal(signal.SIGTERM)
    assert scheduler.process.wait(timeout=25) == 0
