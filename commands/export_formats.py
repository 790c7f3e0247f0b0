"""Matches as CSV, JSON and Parquet, with the same columns in the same order."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Final

from commands.evidence import in_words
from commands.output import as_json
from storage.matches import MatchSummary
from storage.table_files import cell, in_batches

COLUMNS: Final = (
    "number",
    "case",
    "state",
    "site",
    "page",
    "image_url",
    "signals",
    "distance",
    "sightings",
    "gone",
    "first_seen",
    "last_seen",
    "flagged_at",
    "duration_ms",
    "frames",
    "links_to",
)
"""The columns of every format. New ones are added at the end; none is renamed."""


def write_csv(matches: Iterable[MatchSummary], stream: IO[bytes]) -> int:
    """Write CSV in UTF-8, safe to open in a spreadsheet; return how many rows."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    number = 0
    try:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for match in matches:
            row = _row(match)
            said = "; ".join(in_words(signal, match.frames) for signal in match.signals)
            writer.writerow([cell(value) for value in (row | {"signals": said}).values()])
            number += 1
    finally:
        text.detach()  # the stream is not ours to close; this also writes what is left
    return number


def write_json(matches: Iterable[MatchSummary], stream: IO[bytes]) -> int:
    """Write one JSON list with an object for each match; return how many."""
    number = 0
    stream.write(b"[")
    for match in matches:
        stream.write(b",\n" if number else b"\n")
        stream.write(json.dumps(as_json(_row(match))).encode())
        number += 1
    stream.write(b"\n]\n" if number else b"]\n")
    return number


def write_parquet(matches: Iterable[MatchSummary], stream: IO[bytes]) -> int:
    """Write Parquet, typed, for DuckDB, Spark or pandas; return how many rows."""
    # Here, because it takes longer to load than most commands take to run.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    moment = pa.timestamp("us", tz="UTC")
    laid = pa.struct(
        [
            ("strength", pa.float64()),
            ("mirrored", pa.bool_()),
            ("corners", pa.list_(pa.list_(pa.float64()))),
            ("part", pa.list_(pa.float64())),
            ("seen", pa.int32()),
            ("in_view", pa.int32()),
        ]
    )
    signal = pa.struct(
        [
            ("signal", pa.string()),
            ("view", pa.string()),
            ("distance", pa.int16()),
            ("registration", pa.string()),
            ("at_ms", pa.int64()),
            ("moments", pa.list_(pa.int64())),
            ("registered_at_ms", pa.int64()),
            ("strength", pa.float64()),
            ("laid", laid),
        ]
    )
    types: Mapping[str, Any] = dict.fromkeys(COLUMNS, pa.string()) | {
        "signals": pa.list_(signal),
        "distance": pa.int16(),
        "sightings": pa.int32(),
        "gone": pa.bool_(),
        "first_seen": moment,
        "last_seen": moment,
        "flagged_at": moment,
        "duration_ms": pa.int64(),
        "frames": pa.int32(),
    }
    schema = pa.schema([(name, types[name]) for name in COLUMNS])
    number = 0
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for rows in in_batches(_row(match) for match in matches):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            number += len(rows)
    return number


WRITERS: Final[dict[str, Callable[[Iterable[MatchSummary], IO[bytes]], int]]] = {
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
}


def _row(match: MatchSummary) -> dict[str, Any]:
    row = {name: getattr(match, name) for name in COLUMNS}
    return row | {"signals": as_json(match.signals)}
