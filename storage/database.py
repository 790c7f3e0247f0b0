"""The database: SQLite in one file, or PostgreSQL. Sessions, upgrades, and plain errors."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import URL, Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from config import Config
from domain.errors import OutsideDown, Refused
from storage import migrations
from storage.engine import BUSY_SECONDS, NO_TRANSACTION, READS, make_engine, parsed
from storage.failures import outside_down, place
from storage.registry_keys import RegistryKeys
from storage.schema import METADATA
from storage.sealed_constellations import KEYS
from storage.snapshots import SnapshotFolder

_UPGRADE_LOCK: Final = 0x5649_4749_4C
"""Names the advisory lock on PostgreSQL that lets one upgrade run at a time: "VIGIL"."""

_OLDER_VIEWS: Final = text(
    # Of another role's session nearly everything is hidden from an ordinary role, its
    # `backend_type` and `state` among them; its database and its transactions are not.
    "WITH other AS (SELECT * FROM pg_stat_activity WHERE pid <> pg_backend_pid()), "
    "here AS (SELECT * FROM other WHERE datname = current_database()), "
    "writing AS (SELECT datname, backend_xid AS started FROM other"
    " UNION ALL SELECT database, transaction FROM pg_prepared_xacts) "
    "SELECT count(*) FROM ("
    "SELECT backend_xmin AS since FROM here"
    " WHERE pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum) "  # those are in nobody's way
    # Standbys that tell what their readers see belong to no database.
    "UNION ALL SELECT backend_xmin FROM other WHERE datname IS NULL "
    "UNION ALL SELECT xmin FROM pg_replication_slots "
    # Whoever begins to read while somebody writes, in whatever database, is to see what was there
    # when that began.
    "UNION ALL SELECT started FROM writing"
    " WHERE datname = current_database() OR EXISTS (SELECT FROM here)"
    ") AS views WHERE age(since) > age(CAST(:now AS xid))"
)
"""How many see a moment before a transaction, and so what it erased, or keep it for who will."""

_LOOK_AGAIN: Final = 0.05


class Database:
    """One database. Safe to share between threads; every session belongs to one.

    ``engine`` is for libraries that bring their own queries: it writes, and its errors come as
    they are unless the call stands in ``with database.told():``. ``snapshots`` is where this
    machine keeps copies of signals for fast searching; None for nowhere. ``keys`` are those that
    registered constellations are encrypted with; None if they are not.
    """

    def __init__(
        self,
        url: str,
        snapshots: SnapshotFolder | None = None,
        keys: RegistryKeys | None = None,
    ) -> None:
        self._url = parsed(url)
        self.snapshots: Final = snapshots
        self.keys: Final = keys
        self.dialect: Final[Literal["sqlite", "postgresql"]] = (
            "sqlite" if self._url.get_backend_name() == "sqlite" else "postgresql"
        )
        self.engine = make_engine(self._url)
        # A report over several queries sees one moment, on either database, and a forgotten
        # `writing` shows at once instead of being rolled back in silence.
        self._reader = (
            self.engine.execution_options(**{READS: True})
            if (self.dialect == "sqlite")
            else self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )

    @property
    def place(self) -> str:
        """Say where it is, without user or password."""
        return place(self._url)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one moment and can write nothing."""
        with self.told(), self._session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits at the end, or rolls everything back on an error."""
        with (
            self.told(),
            self._session(self.engine) as session,
            session.begin(),
        ):
            yield session

    def _session(self, engine: Engine) -> Session:
        return Session(engine, expire_on_commit=False, info={KEYS: self.keys})

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what a driver raises in the block into OutsideDown, where that is what it means."""
        try:
            yield
        except SQLAlchemyError as error:
            down = outside_down(error, self._url)
            if down is None:
                raise
            raise down from error

    def scrub(self, patience: float = BUSY_SECONDS) -> bool:
        """Leave no copy of deleted rows behind; False if another process was in the way.

        SQLite zeroes what it deletes, but older copies stand in its write-ahead log until that
        is emptied. PostgreSQL gives the space free to be overwritten, once nobody sees the rows.

        Args:
            patience: seconds to wait for others on PostgreSQL; on SQLite its URL says how many.
        """
        with self.told():
            if self.dialect == "postgresql":
                plain = self.engine.execution_options(isolation_level="AUTOCOMMIT")
                with plain.connect() as connection:
                    # Not only does it leave such rows: it says nothing of it.
                    return _nobody_sees_older(connection, patience) and _vacuum(
                        connection, patience
                    )
            plain = self.engine.execution_options(**{NO_TRANSACTION: True})
            with plain.connect() as connection:
                busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                return not busy

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(config: Config, *, check_schema: bool = True) -> Database:
    """Open the configured database; a new SQLite one is made, readable by its owner alone.

    Raises:
        OutsideDown: it cannot be reached, or its file cannot be made.
        Refused: its schema is not this version's.
    """
    path = _file(parsed(config.database_url))
    if path is not None:
        _make_file(path)
    file = config.registry_key_file
    keys = None if file is None else RegistryKeys(file)
    database = Database(config.database_url, SnapshotFolder.of(config), keys)
    if check_schema:
        try:
            _check_schema(database, made_here=path is not None)
        except BaseException:
            database.close()
            raise
    return database


def head_revision() -> str:
    """Return the revision that this version of Vigil works with."""
    return migrations.head()


def current_revision(database: Database) -> str | None:
    """Return the revision that a database stands at, None if it has no schema yet."""
    with database.reading() as session:
        return migrations.current(session.connection())


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring a database to this version's schema, all or nothing; return both revisions.

    Raises:
        Refused: it belongs to a newer version, or to something else.
    """
    head = head_revision()
    with database.told(), database.engine.connect() as connection:
        if database.dialect == "sqlite":
            # SQLite changes a table by copying it and dropping the old one, which would cascade
            # into the rows that point to it. This cannot be switched inside a transaction.
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                before = _upgrade_locked(database, connection)
        finally:
            if database.dialect == "sqlite":
                _pragma(connection, "foreign_keys=ON")
    return before, head


def _upgrade_locked(database: Database, connection: Connection) -> str | None:
    if database.dialect == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    before = migrations.current(connection)
    _refuse_unknown(database, before)
    if before is None and _tables(connection) & set(METADATA.tables):
        msg = (
            f"{database.place} holds tables of the same names that Vigil did not make. "
            "Give Vigil a database of its own in VIGIL_DATABASE_URL."
        )
        raise Refused(msg)
    if before != migrations.head():
        migrations.run_upgrade(connection)
        if database.dialect == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                msg = f"the upgrade would leave {len(broken)} rows that point nowhere"
                raise RuntimeError(msg)
    return before


def _check_schema(database: Database, *, made_here: bool) -> None:
    with database.reading() as session:
        connection = session.connection()
        revision = migrations.current(connection)
        empty = revision is None and not _tables(connection)
    if empty and made_here:
        # Nothing is in it that could be lost. If two processes come here at once, the second
        # waits for the first and finds nothing to do.
        upgrade(database)
        return
    _refuse_unknown(database, revision)
    head = head_revision()
    if revision != head:
        stand = "has no tables of Vigil yet" if revision is None else f"is at schema {revision}"
        msg = f"{database.place} {stand}; this version works with {head}. Run: vigil db upgrade"
        raise Refused(msg)


def _refuse_unknown(database: Database, revision: str | None) -> None:
    if revision is not None and revision not in migrations.known():
        msg = (
            f"{database.place} is at schema {revision}, which this version does not know "
            f"(its own is {migrations.head()}): it was upgraded by a newer Vigil. Install that "
            "version; `vigil db upgrade` cannot go back."
        )
        raise Refused(msg)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _pragma(connection: Connection, pragma: str) -> None:
    raw = connection.connection.dbapi_connection
    if raw is not None:
        raw.cursor().execute(f"PRAGMA {pragma}")


def _nobody_sees_older(connection: Connection, patience: float) -> bool:
    """Wait until nobody else sees a moment before this one; False if that goes on too long."""
    now = connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text").scalar_one()
    end = time.monotonic() + patience
    while connection.execute(_OLDER_VIEWS, {"now": now}).scalar_one():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_AGAIN)
    return True


def _vacuum(connection: Connection, patience: float) -> bool:
    whole = True
    connection.exec_driver_sql(f"SET lock_timeout = {round(1000 * patience)}")
    try:
        for table in METADATA.sorted_tables:
            try:
                connection.exec_driver_sql(f'VACUUM (INDEX_CLEANUP ON) "{table.name}"')
            except DBAPIError:
                whole = False
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    return whole


def _file(url: URL) -> Path | None:
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or name.startswith("file:"):
        return None
    return Path(name)


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        msg = (
            f"The database {path} cannot be made: {error.strerror}. Check its folder, "
            "or name another one in VIGIL_DATA or VIGIL_DATABASE_URL."
        )
        raise OutsideDown(msg) from error
