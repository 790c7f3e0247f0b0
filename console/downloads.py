"""Files that the console hands out: written while they are sent, kept nowhere."""

from collections.abc import Iterable, Sequence
from typing import Final

from flask import Response

from storage.table_files import FileColumn, csv_pieces, parquet_pieces

FORMATS: Final = {
    "csv": (csv_pieces, "text/csv; charset=utf-8"),
    "parquet": (parquet_pieces, "application/vnd.apache.parquet"),
}
"""How each kind of file is written, and what it is called in an answer."""


def table_file(
    columns: Sequence[FileColumn],
    rows: Iterable[Sequence[object]],
    *,
    suffix: str,
    name: str,
) -> Response:
    """Answer with a table as a file.

    Args:
        columns: the columns, by name and type.
        rows: the rows; nothing that they come from may be closed before they are sent.
        suffix: one of ``FORMATS``.
        name: what the file is to be called, without that.
    """
    write, kind = FORMATS[suffix]
    return Response(
        write(columns, rows),
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}.{suffix}"'},
    )
