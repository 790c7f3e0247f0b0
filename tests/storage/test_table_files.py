"""Tables as files: what strangers wrote runs nothing in a spreadsheet, and nothing is lost."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime

import pytest
from pyarrow import parquet

from storage.table_files import FileColumn, csv_pieces, parquet_pieces

COLUMNS = (
    FileColumn("site", "text"),
    FileColumn("matches", "whole"),
    FileColumn("share", "decimal"),
    FileColumn("week", "day"),
    FileColumn("at", "moment"),
    FileColumn("gone", "yes_no"),
)
ROW = ("forum", 3, 0.5, date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC), True)


def rows_of(columns, rows):
    written = b"".join(csv_pieces(columns, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(written)))


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_no_cell_begins_like_a_formula(begins):
    hostile = f"{begins}HYPERLINK(1)"
    _, row = rows_of([FileColumn(hostile, "text"), FileColumn("b", "text")], [(hostile, "plain")])
    heads, _ = rows_of([FileColumn(hostile, "text"), FileColumn("b", "text")], [("a", "b")])
    assert row == [f"'{hostile}", "plain"]
    assert heads[0] == f"'{hostile}"


def test_a_number_below_nothing_stays_a_number():
    assert rows_of([FileColumn("a", "whole")], [(-5,)])[1] == ["-5"]


def test_csv_and_parquet_say_the_same():
    written = rows_of(COLUMNS, [ROW, (None,) * 6])
    assert written[1] == ["forum", "3", "0.5", "2026-03-02", "2026-03-02T09:00:00Z", "true"]
    assert written[2] == [""] * 6

    read = parquet.read_table(io.BytesIO(b"".join(parquet_pieces(COLUMNS, [ROW, (None,) * 6]))))
    assert tuple(read.to_pylist()[0].values()) == ROW
    assert set(read.to_pylist()[1].values()) == {None}


def test_a_file_without_rows_has_its_columns():
    assert rows_of(COLUMNS, []) == [[column.name for column in COLUMNS]]
    read = parquet.read_table(io.BytesIO(b"".join(parquet_pieces(COLUMNS, []))))
    assert read.column_names == [column.name for column in COLUMNS]


def test_a_long_table_is_written_a_piece_at_a_time():
    columns = [FileColumn("text", "text")]
    rows = ((f"{number:0200}",) for number in range(60_000))  # 12 MB
    tracemalloc.start()
    length = sum(map(len, csv_pieces(columns, rows)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 12_000_000
    assert most < 4_000_000
    rows = ((f"{number:0200}",) for number in range(25_000))
    pieces = list(parquet_pieces(columns, rows))
    assert len([piece for piece in pieces if piece]) >= 3
    assert parquet.read_table(io.BytesIO(b"".join(pieces))).num_rows == 25_000
