"""The process that runs one query of an analyst and ends: `python -m storage.analyst_query_child`.

A process of its own, so that a query which takes all the memory it can get, or makes the database's
library fail, takes nothing else with it, and so that one which does not end can be ended. It reads
what to do as JSON and writes its answer as JSON; no address or password is among its arguments.
"""

import json
import resource
import signal
import sys
from typing import Any, Final

from storage.analyst_query_limits import SECONDS, QueryStoppedError, Table, Trouble

_MEMORY: Final = 768 * 1024 * 1024
"""Address space. Python and a driver take a fifth of it."""
_FILE: Final = 256 * 1024 * 1024
"""How long a temporary file may become, as of something large that is sorted."""


def main() -> None:
    """Run what standard input says."""
    _confine()
    given = json.load(sys.stdin)
    try:
        answer: dict[str, Any] = _told(_run(given))
    except QueryStoppedError as stopped:
        answer = {"stopped": [stopped.trouble.value, stopped.detail]}
    except MemoryError:
        answer = {"stopped": [Trouble.LARGE.value, ""]}
    json.dump(answer, sys.stdout)


def _run(given: dict[str, Any]) -> Table | None:
    # Each imports its own driver: this starts anew for every query.
    if given["dialect"] == "sqlite":
        from storage import analyst_query_sqlite  # noqa: PLC0415

        return analyst_query_sqlite.ask(given["path"], given["query"])
    from storage import analyst_query_postgresql  # noqa: PLC0415

    if given["query"] is None:
        analyst_query_postgresql.check(given["connect"])
        return None
    return analyst_query_postgresql.ask(given["connect"], given["query"])


def _told(table: Table | None) -> dict[str, Any]:
    if table is None:
        return {}
    return {"columns": table.columns, "rows": table.rows, "cut": table.cut}


def _confine() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS + 3)  # ends it, whatever it is in the middle of
    for what, limit in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_CPU, SECONDS + 3),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    main()
