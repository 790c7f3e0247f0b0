"""A page to ask for, on its way from the link that named it to what it brought."""

from dataclasses import dataclass, field
from typing import Final

from domain.address_family import Marks
from domain.page_yield import PageYield

ERRAND: Final = "vigil_errand"
"""Key in a request's meta."""


@dataclass(frozen=True, slots=True)
class Leads:
    """What a page's links lead to, of what was not known before.

    ``more``: pages of its own kind; ``new``: any page; ``again``: other addresses of things that
    were seen.
    """

    more: bool = False
    new: bool = False
    again: bool = False


@dataclass(slots=True, eq=False)
class Errand:
    """One page's request. ``parent`` is the page that linked to it, which shares its credit."""

    url: str
    depth: int
    family: str
    yield_: PageYield
    kin: PageYield | None
    kin_name: str | None = None
    marks: Marks = ()
    parent: "Errand | None" = None
    given: bool = False
    """Whether it was given to be fetched; what comes back after that is a redirect or a retry."""
    settled: bool = False
    set_back: bool = False
    """Whether it has to wait because its thing was seen under another address."""
    again: tuple[PageYield, ...] = ()
    """What pages have brought that share one of their marks with an earlier one, as it does."""
    afresh: tuple[PageYield, ...] = ()
    """What pages have brought whose mark was new at the same place, as its is."""
    gain: int = 0
    confirmed: bool = False
    """Whether one of its new pictures is a picture indeed, and no copy."""
    touched: dict[PageYield, int] = field(default_factory=dict)
    """What was rewarded for this page, and how long each row of visits in vain was then."""
