"""Pages that a crawl knows of and does not visit: how many of each family, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.page_yield import PageYield

MOST_ROWS: Final = 60
"""Families named one by one in a crawl's report; the rest is summed up by cause."""

_MOST_FAMILIES: Final = 3_000


class Cause(StrEnum):
    """Why a page was not visited."""

    SAME = "same page"
    ACTS = "acts"
    SERVICE = "service"
    TRAP = "trap"
    BARREN = "barren"
    BUDGET = "budget"
    DEPTH = "depth"
    FULL = "full"
    STOPPED = "stopped"


@dataclass(slots=True)
class LeftPages:
    """Pages of one family left for one cause, with the first of them as an example."""

    family: str
    cause: Cause
    example: str
    why: str
    number: int = 0

    @property
    def sentence(self) -> str:
        """Say how many pages of which kind were not visited, and why."""
        _, slash, path = self.family.partition("/")
        like = f" like {slash}{path}" if slash else " of other kinds"
        if self.number == 1:
            return f"1 page{like} was not visited: {self.why}"
        return f"{self.number:,} pages{like} were not visited: {self.why}"


class PagesLeft:
    """Counts pages left, by family and cause."""

    def __init__(self) -> None:
        self.number = 0
        self._rows: dict[tuple[str, Cause], LeftPages] = {}

    def add(self, family: str, cause: Cause, example: str, why: str, number: int = 1) -> None:
        """Count pages left; the first example and reason of a family and cause are kept."""
        if (family, cause) not in self._rows and len(self._rows) >= _MOST_FAMILIES:
            family = "others"
        row = self._rows.setdefault((family, cause), LeftPages(family, cause, example, why))
        row.number += number
        self.number += number

    def rows(self) -> list[LeftPages]:
        """Return the families with the most pages first, and the rest in one row for each cause."""
        ordered = sorted(self._rows.values(), key=lambda row: -row.number)
        shown, rest = ordered[:MOST_ROWS], ordered[MOST_ROWS:]
        summed: dict[Cause, LeftPages] = {}
        for row in rest:
            row_of_rest = summed.setdefault(
                row.cause, LeftPages("others", row.cause, row.example, row.why)
            )
            row_of_rest.number += row.number
        return shown + list(summed.values())


def why_barren(yield_: PageYield) -> str:
    """Say what visits to pages of this kind have brought."""
    if yield_.tries == 0:
        return "pages around them brought no new picture."
    if not yield_.fed:
        visits = "the one visit" if yield_.tries == 1 else f"{yield_.tries:,} visits"
        return f"{visits} there brought no new picture."
    return f"of {yield_.tries:,} visits there, the last ones brought no new picture."
