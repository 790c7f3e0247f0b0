"""Keeping the figures up to date while somebody looks at them, without making her wait."""

import logging
import os
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import current_app
from sqlalchemy import func, select

from console.surroundings import database
from storage import figures_counting
from storage.database import Database
from storage.figures_counting import Counted
from storage.tables import CrawlRow, MatchRow

FRESH: Final = timedelta(minutes=5)
"""Figures older than this are counted anew when somebody looks."""

_QUICK: Final = timedelta(milliseconds=80)
"""What took no longer than this is counted at once; the rest beside the page."""

_SMALL: Final = 2000
"""Of so many matches and crawls it is known without trying."""

_NAME: Final = "vigil-figures"
_log = logging.getLogger("vigil.console")


@dataclass(frozen=True, slots=True)
class Freshness:
    """When figures were counted, None for never, and whether they are being counted now."""

    at: datetime | None
    counting: bool


class Counting:
    """Counts the figures of one database, once at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def bring_up_to_date(self, now: datetime) -> Freshness:
        """See to it that the figures are or soon will be up to date."""
        with self._database.reading() as session:
            counted = figures_counting.counted(session)
            quick = self._quick(counted) or (
                counted is None
                and (session.scalar(select(func.max(MatchRow.match_id))) or 0) < _SMALL
                and (session.scalar(select(func.max(CrawlRow.crawl_id))) or 0) < _SMALL
            )
        if counted is not None and now - counted.at < FRESH:
            return Freshness(counted.at, self._counts())
        if quick:
            self._count(now)
            with self._database.reading() as session:
                counted = figures_counting.counted(session)
            return Freshness(None if counted is None else counted.at, counting=False)
        self._begin(now)
        return Freshness(None if counted is None else counted.at, counting=True)

    def wait(self) -> None:
        """Wait until what is being counted is."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _quick(self, counted: Counted | None) -> bool:
        return counted is not None and counted.took <= _QUICK

    def _counts(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, now: datetime) -> None:
        with self._lock:
            if not self._counts():
                self._thread = threading.Thread(
                    target=self._count, args=(now,), daemon=True, name=_NAME
                )
                self._thread.start()

    def _count(self, now: datetime) -> None:
        holder = f"{os.getpid()}:{threading.get_ident()}:{secrets.token_hex(4)}"
        try:
            figures_counting.count(self._database, now=now, holder=holder)
        except Exception as error:  # noqa: BLE001 - older figures are shown, and it is tried again
            _log.warning("figures not counted: reason=%s", type(error).__name__)


def counting() -> Counting:
    """Return what counts for this application."""
    found: Counting = current_app.extensions.setdefault(_NAME, Counting(database()))
    return found
