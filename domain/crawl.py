"""One run of a spider over one site, and the counts that must add up."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.image import Outcome

ASKED_TOO_MUCH: Final = (
    "The site kept answering that it is asked too much (429 or 503), so it was asked no more."
)
"""Why a crawl was stopped that its site kept putting off."""


class CrawlState(StrEnum):
    """How a crawl stands or ended."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    CRASHED = "crashed"


CRAWL_STATE_MEANINGS = {
    CrawlState.RUNNING: "under way",
    CrawlState.FINISHED: "came to its end",
    CrawlState.STOPPED: "was asked to stop or ran into its time limit; what it saw is kept",
    CrawlState.FAILED: "could not see a single page: the site is down or refuses us",
    CrawlState.CRASHED: "its process died; what it saw is kept, and its next turn goes on",
}


@dataclass(slots=True)
class CrawlCounts:
    """Running counts of one crawl: pages by how they ended, references by outcome, new flags.

    ``pages_left`` are pages known and not visited: while a crawl runs those that wait, in the end
    those that it left out.
    """

    pages_fetched: int = 0
    pages_unchanged: int = 0
    pages_failed: int = 0
    pages_refused: int = 0
    pages_left: int = 0
    references: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    flagged: int = 0

    @property
    def unfinished(self) -> int:
        """References found whose outcome is not known yet."""
        return self.references - sum(self.outcomes.values())
