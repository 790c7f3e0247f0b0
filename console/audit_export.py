"""The audit record as a file: CSV that is safe to open in a spreadsheet, or JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Final

from storage.tables import AuditEntryRow

COLUMNS: Final = (
    "sequence",
    "happened_at",
    "actor",
    "action",
    "subject",
    "reason",
    "details",
    "previous",
    "digest",
)
"""All that an entry's digest is made of, so that whoever has the file can check it."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE: Final = 200


def as_csv(rows: Iterable[AuditEntryRow]) -> Iterator[str]:
    """Write CSV, some rows at a time; what a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_cell(value) for value in _written(row).values()])
        if number % _ROWS_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def as_json(rows: Iterable[AuditEntryRow]) -> Iterator[str]:
    """Write one JSON list with an object for each entry, some at a time."""
    part: list[str] = []
    begun = "["
    for row in rows:
        part.append(json.dumps(_written(row)))
        if len(part) == _ROWS_AT_ONCE:
            yield begun + "\n" + ",\n".join(part)
            begun, part = ",", []
    yield (begun + "\n" + ",\n".join(part) if part else begun.replace(",", "")) + "\n]\n"


WRITERS: Final = MappingProxyType(
    {"csv": (as_csv, "text/csv; charset=utf-8"), "json": (as_json, "application/json")}
)
"""The forms there are, each with how it is written and what it is called in an answer."""


def _written(row: AuditEntryRow) -> Mapping[str, object]:
    moment = row.happened_at.astimezone(UTC).isoformat(timespec="microseconds")
    return {name: moment if name == "happened_at" else getattr(row, name) for name in COLUMNS}


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
