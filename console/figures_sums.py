"""Figures as one reader may see them: each week and site, and the sums of what is shown of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from console.figures_asked import Asked, every_week
from console.figures_kinds import Figures
from domain.small_count import ShownCount, shown, summed
from storage.figures import WeekOfSite


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of a table: ``counts`` by column, and all of them where they add up."""

    week: date | None
    site: str
    counts: Mapping[str, ShownCount]
    total: ShownCount


@dataclass(frozen=True, slots=True)
class Sums:
    """Everything that a page of figures shows."""

    columns: Mapping[str, str]
    cells: Sequence[ShownRow]
    weeks: Sequence[ShownRow]
    sites: Sequence[ShownRow]
    all: ShownRow

    @property
    def hidden(self) -> bool:
        """Whether a count is shown as a range."""
        return any(not count.exact for row in self.cells for count in row.counts.values())


def sums(figures: Figures, asked: Asked, found: Iterable[WeekOfSite], *, exact: bool) -> Sums:
    """Work out what somebody sees who may see ``exact`` small counts, or may not."""
    columns = _columns(figures, asked)
    cells = [
        _row(
            each.week,
            each.site,
            {
                name: shown(each.counts.get(name, 0), exact=exact or name not in figures.small)
                for name in columns
            },
        )
        for each in sorted(found, key=lambda each: (-each.week.toordinal(), each.site))
    ]
    by_week: dict[date, list[ShownRow]] = {week: [] for week in every_week(asked.weeks)}
    by_site: dict[str, list[ShownRow]] = {}
    for cell in cells:
        if cell.week is not None:
            by_week.setdefault(cell.week, []).append(cell)
        by_site.setdefault(cell.site, []).append(cell)
    return Sums(
        columns=columns,
        cells=cells,
        weeks=[_sum(columns, rows, week=week) for week, rows in by_week.items()],
        sites=[_sum(columns, by_site[site], site=site) for site in sorted(by_site)],
        all=_sum(columns, cells),
    )


def _columns(figures: Figures, asked: Asked) -> Mapping[str, str]:
    """Return the columns that are shown: of what adds up, only the part that was chosen.

    Their words are looked up here, once: each of them stands at hundreds of numbers.
    """
    chosen = asked.chosen.get(figures.part)
    if chosen is None or not figures.adds_up:
        return {name: str(words) for name, words in figures.columns.items()}
    return {chosen: str(figures.columns[chosen])}


def _sum(
    columns: Iterable[str], rows: Sequence[ShownRow], *, week: date | None = None, site: str = ""
) -> ShownRow:
    return _row(week, site, {name: summed(row.counts[name] for row in rows) for name in columns})


def _row(week: date | None, site: str, counts: Mapping[str, ShownCount]) -> ShownRow:
    return ShownRow(week, site, counts, summed(counts.values()))
