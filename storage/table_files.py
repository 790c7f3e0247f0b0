"""Tables as files, a piece at a time: CSV that is safe to open in a spreadsheet, and Parquet."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final, Literal, TypeVar

Kind = Literal["text", "whole", "decimal", "day", "moment", "yes_no"]
Row = TypeVar("Row")

ROWS_AT_ONCE: Final = 10_000
"""Rows that are in memory at a time."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEGINS: Final = b"\xef\xbb\xbf"
"""By this, spreadsheets read a file as UTF-8; other programs that read UTF-8 leave it out."""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of a file."""

    name: str
    kind: Kind


def cell(value: object) -> str:
    """Write a value for CSV, so that no spreadsheet takes it for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, int | float | date):
        return str(value)  # a number below 0 is one
    text = str(value)
    # A spreadsheet runs a cell that begins like a formula, and strangers write what stands there.
    return f"'{text}" if text.startswith(_FORMULA) else text


def in_batches(rows: Iterable[Row], size: int = ROWS_AT_ONCE) -> Iterator[list[Row]]:
    """Take rows some at a time."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def csv_pieces(columns: Sequence[FileColumn], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write CSV in UTF-8, a piece for so many rows, the names of the columns first."""
    yield _BEGINS + _csv([[cell(each.name) for each in columns]])
    for batch in in_batches(rows, 1000):
        yield _csv([[cell(value) for value in row] for row in batch])


def parquet_pieces(
    columns: Sequence[FileColumn], rows: Iterable[Sequence[object]]
) -> Iterator[bytes]:
    """Write Parquet, typed, a piece for so many rows."""
    # Here, because it takes longer to load than most pages take to show.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    types: Mapping[Kind, Any] = {
        "text": pa.string(),
        "whole": pa.int64(),
        "decimal": pa.float64(),
        "day": pa.date32(),
        "moment": pa.timestamp("us", tz="UTC"),
        "yes_no": pa.bool_(),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in columns])
    sink = _Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in in_batches(rows):
            arrays = [
                pa.array(list(values), type=types[column.kind])
                for column, values in zip(columns, zip(*batch, strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


class _Sink(io.RawIOBase):
    """What a writer writes to; what is written is taken out again as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._length += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
