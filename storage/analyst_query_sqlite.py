"""One query of an analyst on SQLite, on a connection that can read the views and nothing else.

SQLite asks our authorizer about the columns that a query reads, and names the innermost view that
the reading is done for. Neither is enough: it does not ask about the columns that NATURAL and USING
join by, and a query may call a table expression of its own like a view. So no query can name a
table at all. The database is attached under a name that is drawn anew each time; what reads its
tables are views of this connection alone, under such names as well, and the views that analysts
know read those. By their own names, tables are empty views that stand in their place.
"""

import re
import secrets
import sqlite3
import time
from typing import Final
from urllib.parse import quote

from storage.analyst_query_limits import (
    COLUMNS,
    QUERY_LETTERS,
    SECONDS,
    Collected,
    QueryStoppedError,
    Table,
    Trouble,
)
from storage.analyst_views import BASE_TABLES, VIEWS

FUNCTIONS: Final = frozenset(
    {
        "abs",
        "avg",
        "ceil",
        "ceiling",
        "coalesce",
        "count",
        "cume_dist",
        "date",
        "datetime",
        "dense_rank",
        "exp",
        "first_value",
        "floor",
        "format",
        "glob",
        "group_concat",
        "ifnull",
        "iif",
        "instr",
        "julianday",
        "lag",
        "last_value",
        "lead",
        "length",
        "like",
        "ln",
        "log",
        "log10",
        "log2",
        "lower",
        "ltrim",
        "max",
        "min",
        "mod",
        "nth_value",
        "ntile",
        "nullif",
        "percent_rank",
        "pow",
        "power",
        "printf",
        "rank",
        "replace",
        "round",
        "row_number",
        "rtrim",
        "sign",
        "sqrt",
        "strftime",
        "substr",
        "substring",
        "sum",
        "time",
        "total",
        "trim",
        "trunc",
        "typeof",
        "unicode",
        "unixepoch",
        "upper",
    }
)
"""The functions that a query may use: all of them are quick and keep to their arguments."""

_LIMITS: Final = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000),  # bytes of a value or a row on the way
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, QUERY_LETTERS * 4),
    (sqlite3.SQLITE_LIMIT_COLUMN, COLUMNS),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 30),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)
_FROM: Final = re.compile(r"\b(FROM|JOIN) (?=[a-z])")
_HIDDEN: Final = re.compile(r"\bsqlite_\w*", re.IGNORECASE)
"""SQLite's own tables, in whose place nothing can stand."""
_TOO_LARGE: Final = frozenset(
    {sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
)
_STEPS: Final = 10_000
"""Steps of SQLite's machine between two looks at the clock: a millisecond or so."""


def ask(path: str, query: str) -> Table:
    """Run a query on a database's file.

    Raises:
        QueryStoppedError: it was refused, took too long, or is wrong.
    """
    if (hidden := _HIDDEN.search(query)) is not None:
        raise QueryStoppedError(Trouble.TABLE, hidden[0])
    connection = sqlite3.connect(":memory:", uri=True, isolation_level=None, timeout=5)
    try:
        try:
            guard = _Guard(connection, path)
        except sqlite3.Error as error:
            raise QueryStoppedError(Trouble.WRONG, str(error)) from error
        end = time.monotonic() + SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            cursor = connection.execute(query)
            if cursor.description is None:
                raise QueryStoppedError(Trouble.NO_COLUMNS)
            found = Collected([name for name, *_ in cursor.description])
            for row in cursor:
                if not found.add(row):
                    break
        except sqlite3.Error as error:
            raise QueryStoppedError(*_why(error, guard, time.monotonic() > end)) from error
        return found.table()
    finally:
        connection.close()


class _Guard:
    """Says of every reading and every function of a query whether it is allowed."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self.refused: tuple[Trouble, str] | None = None
        self._known = frozenset(view.name for view in VIEWS)
        drawn = {view.name: f"v{secrets.token_hex(16)}" for view in VIEWS}
        self._drawn = frozenset(drawn.values())
        self._schema = f"d{secrets.token_hex(16)}"
        connection.execute(f"ATTACH ? AS {self._schema}", (f"file:{quote(path)}?mode=ro",))
        for table in self._tables(connection):
            self._put_in_place_of(connection, table)
        for view in VIEWS:
            # Each table with its schema: no table expression of a query stands in for it.
            select = _FROM.sub(rf"\1 {self._schema}.", view.select("sqlite"))
            connection.execute(f"CREATE TEMP VIEW {drawn[view.name]} AS {select}")
            connection.execute(
                f"CREATE TEMP VIEW {view.name} AS SELECT * FROM {drawn[view.name]}"  # noqa: S608 - ours
            )
        connection.execute("PRAGMA query_only=ON")
        for limit, value in _LIMITS:
            connection.setlimit(limit, value)
        connection.set_authorizer(self._judge)

    def _tables(self, connection: sqlite3.Connection) -> list[str]:
        rows = connection.execute(
            f"SELECT name FROM {self._schema}.sqlite_schema WHERE type IN ('table', 'view') "  # noqa: S608 - ours
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        return [name for (name,) in rows if name not in self._known]

    def _put_in_place_of(self, connection: sqlite3.Connection, table: str) -> None:
        """Have an empty view where a query would find a table, with columns of the same names.

        So a query that asks for them is told what it may not read, and one that is not judged
        finds nothing.
        """
        columns = connection.execute(
            "SELECT name FROM pragma_table_xinfo(?, ?)", (table, self._schema)
        )
        nothing = ", ".join(f"NULL AS {_quoted(name)}" for (name,) in columns)
        connection.execute(f"CREATE TEMP VIEW {_quoted(table)} AS SELECT {nothing} WHERE 0")

    def _judge(
        self,
        action: int,
        first: str | None,
        second: str | None,
        schema: str | None,
        within: str | None,
    ) -> int:
        if action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and self._may_read(first, second, schema, within):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        self.refused = self._words(action, first, second)
        return sqlite3.SQLITE_DENY

    def _may_read(
        self, table: str | None, column: str | None, schema: str | None, within: str | None
    ) -> bool:
        if schema == self._schema:
            # Without a column, only rows are counted: for whom is not said then.
            return table in BASE_TABLES and (within in self._drawn or not column)
        return schema in {"temp", None} and (table in self._known or table in self._drawn)

    def _words(self, action: int, first: str | None, second: str | None) -> tuple[Trouble, str]:
        if action == sqlite3.SQLITE_READ:
            return Trouble.TABLE, first or ""
        if action == sqlite3.SQLITE_FUNCTION:
            return Trouble.FUNCTION, second or ""
        return Trouble.NOT_SELECT, ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _why(error: sqlite3.Error, guard: _Guard, late: bool) -> tuple[Trouble, str]:
    if guard.refused is not None:
        return guard.refused
    if late:
        return Trouble.LATE, ""
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.Warning):
        return Trouble.NOT_ONE, ""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _TOO_LARGE:
        return Trouble.LARGE, ""
    return Trouble.WRONG, str(error)
