"""Engines: how SQLAlchemy is to treat each of the two databases."""

from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from domain.errors import InvalidInput

BUSY_SECONDS: Final = 30
"""How long a writer waits for its turn on SQLite, which has one writer at a time."""

CONNECT_SECONDS: Final = 10

# Execution options that _begin_sqlite obeys. SQLAlchemy's own AUTOCOMMIT will not do there: once
# such a connection is given back, the sqlite3 module begins transactions by itself again.
READS: Final = "vigil_reads"
NO_TRANSACTION: Final = "vigil_no_transaction"


def parsed(url: str) -> URL:
    """Read a database's address.

    Raises:
        InvalidInput: it is of a kind that Vigil does not keep its data in.
    """
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        # Nothing of the address is repeated: a password may stand anywhere in it.
        msg = (
            "VIGIL_DATABASE_URL cannot be read: write postgresql://user@host/name or sqlite:///file"
        )
        raise InvalidInput(msg) from None
    if read.get_backend_name() not in {"sqlite", "postgresql"}:
        msg = f"Vigil keeps its data in SQLite or PostgreSQL, not in {read.get_backend_name()}."
        raise InvalidInput(msg)
    if read.drivername == "postgresql":
        return read.set(drivername="postgresql+psycopg2")
    if read.get_backend_name() == "sqlite" and read.database in {None, "", ":memory:"}:
        msg = "An SQLite database in memory is lost at once: write sqlite:///file."
        raise InvalidInput(msg)
    return read


def make_engine(url: URL) -> Engine:
    """Make an engine whose every connection keeps the promises below. Nothing is connected yet."""
    if url.get_backend_name() == "postgresql":
        given = {"application_name": "vigil", "connect_timeout": CONNECT_SECONDS}
        return create_engine(
            url,
            connect_args={name: value for name, value in given.items() if name not in url.query},
            pool_pre_ping=True,  # a server that was restarted is not an error
            # Whoever has waited for a lock must see what was written meanwhile, whatever a server's
            # own default says.
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        connect_args={} if "timeout" in url.query else {"timeout": BUSY_SECONDS},
        hide_parameters=True,  # parameters are signals and addresses: not for tracebacks
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The module's own idea of when a transaction begins leaves reads outside and cannot take
    # the write lock first; so it is told to keep out, and _begin_sqlite begins.
    connection.isolation_level = None
    # Asked before it is set: setting needs the file to itself, and would fail on a read-only one.
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(NO_TRANSACTION):
        return
    reads = bool(options.get(READS))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    # A writer takes the lock at once: a transaction that reads first and then finds another
    # writer ahead of it can only fail, however long it waits.
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
