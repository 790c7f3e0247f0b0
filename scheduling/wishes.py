"""Visits that people ask for in the database: taken up by whoever leads, within a second or two."""

import logging
from datetime import datetime

from scheduling.turns import Turns
from scheduling.visits import Visits
from storage import wanted_crawls
from storage.database import Database

_log = logging.getLogger("vigil.scheduler")


class Wishes:
    """Gives sites their turn for which a visit is wanted, quiet hours or not."""

    def __init__(self, database: Database, turns: Turns, visits: Visits) -> None:
        self._database = database
        self._turns = turns
        self._visits = visits

    def take_up(self, *, now: datetime) -> None:
        """Give each site its turn that is newly wanted. The turn waits in the table for a place."""
        with self._database.reading() as session:
            wanted = wanted_crawls.open_ones(session)
        names = [each.site for each in wanted]
        self._turns.want(names)
        self._visits.want(names)
        for each in wanted:
            if each.taken_at is not None or each.site in self._visits.under_way():
                continue
            # One that has no turn yet was added a moment ago; it is tried again.
            if self._turns.due_again(each.site, now=now):
                with self._database.writing() as session:
                    wanted_crawls.take(session, each.wanted_crawl_id, now=now)
                _log.info("crawl wanted: site=%s", each.site)
