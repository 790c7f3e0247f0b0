"""Figures as files: one row for each week, site and part, small counts as ranges."""

from collections.abc import Iterator
from typing import Final

from flask import Response

from console.downloads import FORMATS, table_file
from console.figures_kinds import Figures
from console.figures_sums import Sums
from storage.figures import Weeks
from storage.table_files import FileColumn

__all__ = ("FORMATS", "file_name", "file_of")

_WHERE: Final = (FileColumn("week", "day"), FileColumn("site", "text"))


def file_name(of: str, weeks: Weeks) -> str:
    """Name a file of figures by what it holds and for which weeks."""
    return f"vigil-{of}-{weeks.first.isoformat()}-to-{weeks.last.isoformat()}"


def file_of(figures: Figures, found: Sums, *, suffix: str, name: str) -> Response:
    """Answer with figures as a file.

    Each count that may be hidden has three columns: as it is shown, and the least and the most that
    it is, as numbers.
    """
    if figures.adds_up:
        columns = [*_WHERE, FileColumn(figures.part, "text"), *_counted(figures.name)]
        return table_file(columns, _parts(found), suffix=suffix, name=name)
    columns = [*_WHERE]
    for column in figures.columns:
        columns += _counted(column) if column in figures.small else [FileColumn(column, "whole")]
    return table_file(columns, _whole(figures, found), suffix=suffix, name=name)


def _counted(name: str) -> list[FileColumn]:
    return [
        FileColumn(name, "text"),
        FileColumn(f"{name}_at_least", "whole"),
        FileColumn(f"{name}_at_most", "whole"),
    ]


def _parts(found: Sums) -> Iterator[tuple[object, ...]]:
    for row in found.cells:
        for part, count in row.counts.items():
            if count.most:
                yield row.week, row.site, part, str(count), count.least, count.most


def _whole(figures: Figures, found: Sums) -> Iterator[tuple[object, ...]]:
    for row in found.cells:
        values: list[object] = [row.week, row.site]
        for column, count in row.counts.items():
            if column in figures.small:
                values += [str(count), count.least, count.most]
            else:
                values.append(count.least)
        yield tuple(values)
