"""One query of an analyst on SQLite, on a connection that can read the views and nothing else.

SQLite asks our authorizer about every column that a query reads, and names the innermost view that
the reading is done for. That name alone proves nothing: a query may call a table expression of its
own like a view. So what reads tables are views of this connection alone, under names that are drawn
anew each time, and the views that analysts know read those.
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
    connection = sqlite3.connect(
        f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None, timeout=5
    )
    try:
        guard = _Guard(connection)
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

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.refused: tuple[Trouble, str] | None = None
        self._known = frozenset(view.name for view in VIEWS)
        drawn = {view.name: f"v{secrets.token_hex(16)}" for view in VIEWS}
        self._drawn = frozenset(drawn.values())
        for view in VIEWS:
            # Each table with its schema: no table expression of a query stands in for it.
            select = _FROM.sub(r"\1 main.", view.select("sqlite"))
            connection.execute(f"CREATE TEMP VIEW {drawn[view.name]} AS {select}")
            connection.execute(
                f"CREATE TEMP VIEW {view.name} AS SELECT * FROM {drawn[view.name]}"  # noqa: S608 - ours
            )
        connection.execute("PRAGMA query_only=ON")
        for limit, value in _LIMITS:
            connection.setlimit(limit, value)
        connection.set_authorizer(self._judge)

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
        if within in self._drawn or not column:
            # Without a column, only rows are counted; that is asked of what views stand on as well.
            return table in BASE_TABLES or table in self._drawn or table in self._known
        return schema == "temp" and (table in self._known or table in self._drawn)

    def _words(self, action: int, first: str | None, second: str | None) -> tuple[Trouble, str]:
        if action == sqlite3.SQLITE_READ:
            return Trouble.TABLE, first or ""
        if action == sqlite3.SQLITE_FUNCTION:
            return Trouble.FUNCTION, second or ""
        return Trouble.NOT_SELECT, ""


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
