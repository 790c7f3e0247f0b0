"""One query of an analyst on PostgreSQL, as a role that can read the views and nothing else.

What a query may do is what its role may do, so the role has to log in by itself. A session of
Vigil's own role that takes a lesser one on with SET ROLE would not do: a query can take that back
by ``set_config('role', …)`` and have another one run within itself by ``query_to_xml('SELECT …')``.
Before every query this asks PostgreSQL what the role may do, and refuses to go on if that is more
than it should.
"""

import re
import time
from decimal import Decimal
from typing import Any, Final

import psycopg2

from storage.analyst_query_limits import (
    COLUMNS,
    LETTERS,
    ROWS,
    SECONDS,
    Collected,
    QueryStoppedError,
    Table,
    Trouble,
    Value,
)
from storage.analyst_views import VIEWS

_AT_ONCE: Final = 100
_AS_THEY_ARE: Final = frozenset({16, 20, 21, 23, 26, 700, 701, 1082, 1114, 1184})
"""Types of bounded length: truth values, whole and floating numbers, days and moments."""
_NUMERIC: Final = 1700

_NEVER: Final = re.compile(
    r"\b(?:set_config|pg_(?:advisory|try_advisory|logical_emit|terminate|cancel)\w*"
    r"|lo_(?:create?|put|unlink|open|from_bytes|import|export))\b|\bu&\"",
    re.IGNORECASE,
)
"""What a query has no use for. What keeps it from harm are its role and its transaction; this only
spares the server some trouble."""

_OUTSIDE: Final = (
    "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
)
_OURS: Final = ", ".join(f"'{view.name}'" for view in VIEWS)
_MAY_ADMINISTER: Final = """
    SELECT rolname FROM pg_roles WHERE rolname IN (current_user, session_user)
    AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
"""
_BELONGS_TO: Final = """
    SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member IN
    (SELECT oid FROM pg_roles WHERE rolname IN (current_user, session_user))
"""
_REACHES: Final = f"""
    SELECT n.nspname || '.' || c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OUTSIDE} AND (
        has_table_privilege(c.oid,
            'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
    ) AND NOT (
        c.relkind = 'v' AND c.relname IN ({_OURS})
        AND NOT has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    ) ORDER BY 1 LIMIT 3
"""  # noqa: S608 - ours
_RUNS: Final = f"""
    SELECT n.nspname || '.' || p.proname
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE {_OUTSIDE} AND has_function_privilege(p.oid, 'EXECUTE')
    AND has_schema_privilege(n.oid, 'USAGE')
    AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    ORDER BY 1 LIMIT 3
"""  # noqa: S608 - ours
_RUNS_OF_THE_SERVER: Final = """
    SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND p.proname IN ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file',
        'lo_import', 'lo_export', 'pg_reload_conf', 'pg_switch_wal')
    AND has_function_privilege(p.oid, 'EXECUTE') ORDER BY 1 LIMIT 3
"""
_CHECKS: Final = (
    (_MAY_ADMINISTER, "administrator:"),
    (_BELONGS_TO, "member of"),
    (_REACHES, "rights on"),
    (_RUNS, "may run"),
    (_RUNS_OF_THE_SERVER, "may run"),
)
"""What a role may do that no analyst should, each with its words."""
_LACKING: Final = (
    "SELECT name FROM unnest(%s) AS name WHERE to_regclass(name) IS NULL "
    "OR NOT has_table_privilege(to_regclass(name), 'SELECT')"
)
# One statement that gives rows is all that a cursor of PL/pgSQL opens, whatever the text holds.
_OPEN: Final = (
    "DO $open$ DECLARE asked refcursor := 'asked'; BEGIN "
    "OPEN asked NO SCROLL FOR EXECUTE current_setting('vigil.query'); END $open$"
)


def ask(connect: dict[str, Any], query: str) -> Table:
    """Run a query as the role that ``connect`` names.

    Raises:
        QueryStoppedError: the role may do too much, or the query was refused, took too long, or is
            wrong.
    """
    never = _NEVER.search(query)
    if never is not None:
        raise QueryStoppedError(Trouble.FUNCTION, never[0])
    end = time.monotonic() + SECONDS
    try:
        connection = psycopg2.connect(**connect)
    except psycopg2.Error as error:
        raise QueryStoppedError(Trouble.NOT_LET_IN, _first_line(error)) from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            _begin(cursor)
            _check_role(cursor)
            return _answer(cursor, query, end)
    except psycopg2.Error as error:
        raise QueryStoppedError(*_why(error)) from error
    finally:
        connection.close()  # what was not committed is rolled back


def check(connect: dict[str, Any]) -> None:
    """Look whether queries can be run at all.

    Raises:
        QueryStoppedError: they cannot, and why.
    """
    try:
        connection = psycopg2.connect(**connect)
    except psycopg2.Error as error:
        raise QueryStoppedError(Trouble.NOT_LET_IN, _first_line(error)) from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            _begin(cursor)
            _check_role(cursor)
    finally:
        connection.close()


def _check_role(cursor: Any) -> None:
    for query, words in _CHECKS:
        cursor.execute(query)
        found = [name for (name,) in cursor.fetchall()]
        if found:
            raise QueryStoppedError(Trouble.UNSAFE, f"{words} {', '.join(found)}")
    cursor.execute(_LACKING, ([view.name for view in VIEWS],))
    lacking = [name for (name,) in cursor.fetchall()]
    if lacking:
        raise QueryStoppedError(Trouble.LACKING, ", ".join(lacking))


def _begin(cursor: Any) -> None:
    cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    cursor.execute(
        "SET LOCAL lock_timeout = '2s'; SET LOCAL work_mem = '16MB'; "
        "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL timezone = 'UTC'; "
        "SET LOCAL datestyle = 'ISO'; SET LOCAL client_encoding = 'UTF8'; "
        f"SET LOCAL idle_in_transaction_session_timeout = '{2 * SECONDS}s'"
    )


def _answer(cursor: Any, query: str, end: float) -> Table:
    names, types = _columns(cursor, query, end)
    written = ", ".join(
        f"c{place}" if kind in _AS_THEY_ARE else f"left(c{place}::text, {LETTERS + 1}) AS c{place}"
        for place, kind in enumerate(types)
    )
    aliases = ", ".join(f"c{place}" for place in range(len(names)))
    # One long value would be in memory as a whole, here and at the server's end.
    _open(
        cursor,
        f"SELECT {written} FROM (\n{query}\n) AS asked({aliases}) LIMIT {ROWS + 1}",  # noqa: S608 - its role keeps it
        end,
    )
    found = Collected(names)
    while True:
        _time_left(cursor, end)
        cursor.execute(f"FETCH FORWARD {_AT_ONCE} FROM asked")
        rows = cursor.fetchall()
        for row in rows:
            if not found.add([_plain(*each) for each in zip(row, types, strict=True)]):
                return found.table()
        if len(rows) < _AT_ONCE:
            return found.table()


def _columns(cursor: Any, query: str, end: float) -> tuple[list[str], list[int]]:
    """Learn what a query gives without running it."""
    _open(cursor, f"SELECT * FROM (\n{query}\n) AS asked", end)  # noqa: S608 - its role keeps it
    _time_left(cursor, end)
    cursor.execute("FETCH 0 FROM asked")
    described = cursor.description or ()
    cursor.execute("CLOSE asked")
    if not described:
        raise QueryStoppedError(Trouble.NO_COLUMNS)
    if len(described) > COLUMNS:
        raise QueryStoppedError(Trouble.MANY_COLUMNS, str(len(described)))
    return [column.name for column in described], [column.type_code for column in described]


def _open(cursor: Any, query: str, end: float) -> None:
    _time_left(cursor, end)
    cursor.execute("SELECT set_config('vigil.query', %s, true)", (query,))
    cursor.execute(_OPEN)


def _time_left(cursor: Any, end: float) -> None:
    # Anew before each statement: a query might have changed it.
    left = max(1, round((end - time.monotonic()) * 1000))
    cursor.execute(f"SET LOCAL statement_timeout = {left}")


def _plain(value: Any, kind: int) -> Value:
    if kind == _NUMERIC and isinstance(value, str) and len(value) <= LETTERS:
        number = Decimal(value)
        whole = number.is_finite() and number == number.to_integral_value()
        return int(number) if whole and abs(number) < 2**63 else float(number)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _why(error: psycopg2.Error) -> tuple[Trouble, str]:
    said = _first_line(error)
    if error.pgcode == "42601" and '";"' in said:
        return Trouble.NOT_ONE, ""
    known = {
        "57014": (Trouble.LATE, ""),
        "42501": (Trouble.TABLE, said),
        "25006": (Trouble.NOT_SELECT, ""),
        "53200": (Trouble.LARGE, ""),
        "53400": (Trouble.LARGE, ""),
        "54000": (Trouble.LARGE, ""),
        "42P11": (Trouble.NOT_ONE, ""),
    }
    return known.get(error.pgcode or "", (Trouble.WRONG, said))


def _first_line(error: psycopg2.Error) -> str:
    text = error.diag.message_primary or str(error)
    return (text.strip().splitlines() or ["no reason given"])[0]
