"""Queries of analysts: each runs in a process of its own, which can read the views and no more."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from domain.errors import Refused
from storage.analyst_query_limits import QUERY_LETTERS, SECONDS, Trouble, Value
from storage.database import Database
from storage.engine import make_engine, parsed

AT_ONCE: Final = 2
"""Queries that one console runs side by side; more have to wait, and are told so."""

_ROOT: Final = Path(__file__).resolve().parents[1]
_PATIENCE: Final = SECONDS + 5
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "HOME")
_FIRST_WORD: Final = re.compile(
    # Possessive, so that no text takes it long.
    r"(?:\s++|--[^\n]*+\n|(?>/\*.*?\*/)|\()*+(?:SELECT|WITH|VALUES)\b",
    re.IGNORECASE | re.DOTALL,
)
_turns = threading.BoundedSemaphore(AT_ONCE)


class QueryStopped(Refused):
    """A query was refused, took too long, or is wrong: ``trouble`` says which."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"The query was not run ({trouble.value}). {detail}".rstrip())
        self.trouble = trouble
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave, and in which time; ``cut`` says that there was more."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    cut: bool
    took: timedelta


def ask(database: Database, query: str, *, analyst_url: str | None) -> Answer:
    """Run one SELECT over the analysts' views.

    Args:
        database: the database; on SQLite its file is opened anew, to be read only.
        query: what to run.
        analyst_url: on PostgreSQL, where and as whom analysts are let in.

    Raises:
        QueryStopped: it was refused, took too long, or is wrong; or queries are off.
    """
    query = _checked(query)
    began = time.monotonic()
    answer = _in_turn(_task(database, analyst_url, query))
    return Answer(
        columns=tuple(answer["columns"]),
        rows=tuple(map(tuple, answer["rows"])),
        cut=answer["cut"],
        took=timedelta(seconds=time.monotonic() - began),
    )


def check(database: Database, *, analyst_url: str | None) -> None:
    """Look whether queries can be run on this installation at all.

    Raises:
        QueryStopped: they cannot, and why.
    """
    if database.dialect == "postgresql":
        _in_turn(_task(database, analyst_url, None))


def _checked(query: str) -> str:
    query = query.strip().rstrip(";").rstrip()
    if not query:
        raise QueryStopped(Trouble.EMPTY)
    if len(query) > QUERY_LETTERS:
        raise QueryStopped(Trouble.TOO_LONG, str(len(query)))
    if "\0" in query or query.encode("utf-8", "ignore").decode() != query:
        raise QueryStopped(Trouble.UNREADABLE)
    # The databases see to it that nothing else is run; this only says so in plain words.
    if _FIRST_WORD.match(query) is None:
        raise QueryStopped(Trouble.NOT_SELECT)
    return query


def _task(database: Database, analyst_url: str | None, query: str | None) -> dict[str, Any]:
    if database.dialect == "sqlite":
        return {"dialect": "sqlite", "path": database.engine.url.database, "query": query}
    if analyst_url is None:
        raise QueryStopped(Trouble.OFF)
    url = parsed(analyst_url)
    _, connect = make_engine(url).dialect.create_connect_args(url)
    return {"dialect": "postgresql", "connect": {**connect, "connect_timeout": 5}, "query": query}


def _in_turn(task: dict[str, Any]) -> dict[str, Any]:
    if not _turns.acquire(timeout=2):
        raise QueryStopped(Trouble.BUSY, str(AT_ONCE))
    try:
        return _run(task)
    finally:
        _turns.release()


def _run(task: dict[str, Any]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "storage.analyst_query_child"],
            input=json.dumps(task).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=_environment(),
            timeout=_PATIENCE,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        # It did not even say why: it was ended, by its clock or for its memory.
        raise QueryStopped(Trouble.LATE) from None
    if "stopped" in answer:
        trouble, detail = answer["stopped"]
        raise QueryStopped(Trouble(trouble), detail)
    return answer


def _environment() -> dict[str, str]:
    """Return what such a process is given of our environment: no setting of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(("PGSSL", "PGPASSFILE"))
    }
