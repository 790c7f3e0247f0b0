"""Loading millions of made-up rows into a database of either kind, the quickest way there is."""

import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Connection, Table, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from storage.columns import Hex, UtcDateTime
from storage.database import Database
from storage.schema import METADATA

Row = tuple[Any, ...]

_AT_ONCE: Final = 50_000


@contextmanager
def unchecked(connection: Connection) -> Iterator[None]:
    """Leave out the looks at where rows point to: all of them do point somewhere."""
    raw = connection.connection.dbapi_connection
    if raw is None:
        msg = "the connection was closed meanwhile"
        raise RuntimeError(msg)
    cursor = raw.cursor()
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        cursor.execute("PRAGMA foreign_keys=OFF")  # it cannot be changed in a transaction
        cursor.execute("PRAGMA cache_size=-200000")
    else:
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone() == ("on",):  # nobody else may
            cursor.execute("SET session_replication_role = 'replica'")
        raw.commit()
    try:
        yield
    finally:
        for setting in (
            ("PRAGMA foreign_keys=ON", "PRAGMA cache_size=-2000")
            if sqlite
            else ("RESET session_replication_role", "RESET timezone")
        ):
            cursor.execute(setting)
        raw.commit()
        cursor.close()


def load(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Put rows into a table the quickest way there is; what is not named has its default."""
    constants = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in columns
        and isinstance(column.default, ScalarElementColumnDefault)
        and column.server_default is None
    }
    names = (*columns, *constants)
    more = tuple(constants.values())
    raw = connection.connection.dbapi_connection
    if raw is None:
        msg = "the connection was closed meanwhile"
        raise RuntimeError(msg)
    sqlite = connection.dialect.name == "sqlite"
    # By the kinds of columns, once: to ask of each value what it is takes longer than to load it.
    written = [_written(table.c[name].type, sqlite=sqlite) for name in names]
    left = iter(rows)
    while batch := list(itertools.islice(left, _AT_ONCE)):
        cursor = raw.cursor()
        each = [
            [write(value) for write, value in zip(written, (*row, *more), strict=True)]
            for row in batch
        ]
        if sqlite:
            holes = ", ".join("?" * len(names))
            cursor.executemany(
                f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({holes})',  # noqa: S608 - ours
                each,
            )
        else:
            lines = "".join("\t".join(values) + "\n" for values in each)
            cursor.copy_expert(
                f'COPY "{table.name}" ({", ".join(names)}) FROM STDIN', io.StringIO(lines)
            )
        cursor.close()


def _written(kind: TypeEngine[Any], *, sqlite: bool) -> Callable[[Any], Any]:
    """Return what writes the values of a column for the database."""
    write: Callable[[Any], Any]
    if isinstance(kind, UtcDateTime):
        write = _moment
    elif isinstance(kind, JSON):
        write = json.dumps
    elif sqlite:
        return _as_it_is
    else:
        write = _hex if isinstance(kind, Hex) else str
    nothing = None if sqlite else r"\N"
    return lambda value: nothing if value is None else write(value)


def _as_it_is(value: Any) -> Any:
    return value


def _moment(value: datetime) -> str:
    return value.isoformat(" ", "microseconds")[:26]  # all are in UTC, as the databases are told


def _hex(value: bytes) -> str:
    return rf"\\x{value.hex()}"


def count_on(database: Database) -> None:
    """Have PostgreSQL number new rows after these, and know how the tables look."""
    with database.engine.begin() as connection:
        for table in METADATA.sorted_tables:
            for column in table.primary_key.columns:
                sequence = connection.execute(
                    text("SELECT pg_get_serial_sequence(:table, :column)"),
                    {"table": f'"{table.name}"', "column": column.name},
                ).scalar()
                if sequence is not None:
                    connection.execute(
                        text(
                            f"SELECT setval('{sequence}', "  # noqa: S608 - ours
                            f'greatest(1, (SELECT max({column.name}) FROM "{table.name}")))'
                        )
                    )
        connection.execute(text("ANALYZE"))
