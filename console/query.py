"""The query page: SELECT over the analysts' views, within limits that the database keeps."""

import time
from typing import Final

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from casework import analysing
from console.access import needs
from console.downloads import FORMATS, table_file
from console.figures_kinds import KINDS
from console.query_words import COLUMNS_SAY, EXAMPLES, KINDS_SAY, VIEWS_SAY, why
from console.surroundings import account, actor, config, database, now
from domain.permission import Permission
from storage import analyst_query
from storage.analyst_query import Answer, QueryStopped
from storage.analyst_query_limits import QUERY_LETTERS, ROWS, SECONDS, Trouble, Value
from storage.analyst_views import VIEWS
from storage.table_files import FileColumn, Kind

page = Blueprint("query", __name__)

ROWS_SHOWN: Final = 200
_OFF: Final = "vigil-queries-off"
_HOLDS: Final = 60.0


@page.get("/query")
@needs(Permission.QUERY_RUN)
def show() -> ResponseReturnValue:
    """Show an empty editor, or one of the examples in it."""
    example = EXAMPLES.get(request.args.get("example", ""))
    stopped = _off()
    return _page(
        "" if example is None else example.query, off=None if stopped is None else why(stopped)
    )


@page.post("/query")
@needs(Permission.QUERY_RUN)
def run() -> ResponseReturnValue:
    """Run what was written and show what it gives."""
    query = _written()
    try:
        answer = _ask(query)
    except QueryStopped as stopped:
        return _page(query, wrong=why(stopped)), 400
    return _page(query, answer=answer)


@page.post("/query/download")
@needs(Permission.QUERY_RUN)
def download() -> ResponseReturnValue:
    """Run what was written once more and hand the rows out as a file."""
    query = _written()
    suffix = request.form.get("format", "csv")
    if suffix not in FORMATS:
        abort(400)
    try:
        answer = _ask(query)
    except QueryStopped as stopped:
        return _page(query, wrong=why(stopped)), 400
    name = f"vigil-query-{now():%Y-%m-%d-%H%M}"
    columns = _columns(answer)
    rows = ([_fitting(*each) for each in zip(columns, row, strict=True)] for row in answer.rows)
    return table_file(columns, rows, suffix=suffix, name=name)


def _off() -> QueryStopped | None:
    """Say why no query can be run here; what was found holds for a minute.

    Every query asks anew: this is what the page says before one is written.
    """
    found: tuple[float, QueryStopped | None] | None = current_app.extensions.get(_OFF)
    if found is not None and time.monotonic() - found[0] < _HOLDS:
        return found[1]
    off = None
    try:
        analyst_query.check(database(), analyst_url=config().analyst_database_url)
    except QueryStopped as stopped:
        if stopped.trouble is Trouble.BUSY:
            return None
        off = stopped
    current_app.extensions[_OFF] = (time.monotonic(), off)
    return off


def _written() -> str:
    # Browsers send lines with a carriage return.
    return request.form.get("query", "").replace("\r\n", "\n")


def _ask(query: str) -> Answer:
    return analysing.ask(
        database(),
        query,
        analyst_url=config().analyst_database_url,
        actor=actor(),
        now=now(),
    )


def _page(
    query: str,
    *,
    answer: Answer | None = None,
    wrong: str | None = None,
    off: str | None = None,
) -> str:
    return render_template(
        "query.html",
        kinds=KINDS,
        query=query,
        answer=answer,
        rows=() if answer is None else answer.rows[:ROWS_SHOWN],
        numeric=()
        if answer is None
        else [each.kind in {"whole", "decimal"} for each in _columns(answer)],
        wrong=wrong,
        off=off,
        examples=EXAMPLES,
        views=VIEWS,
        views_say=VIEWS_SAY,
        columns_say=COLUMNS_SAY,
        kinds_say=KINDS_SAY,
        most={"letters": QUERY_LETTERS, "seconds": SECONDS, "rows": ROWS, "shown": ROWS_SHOWN},
        exact=Permission.MATCH_VIEW in account().permissions,
    )


def _columns(answer: Answer) -> list[FileColumn]:
    """Name the columns of an answer, each once, with the type that fits all its values."""
    columns: list[FileColumn] = []
    taken: set[str] = set()
    for place, name in enumerate(answer.columns):
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name} ({number})"
        taken.add(unique)
        columns.append(FileColumn(unique, _kind([row[place] for row in answer.rows])))
    return columns


def _kind(values: list[Value]) -> Kind:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "yes_no"
    if kinds == {int}:
        return "whole"
    if kinds and kinds <= {int, float}:
        return "decimal"
    return "text"


def _fitting(column: FileColumn, value: Value) -> Value:
    """Write a value as text where others of its column are."""
    return str(value) if column.kind == "text" and value is not None else value
