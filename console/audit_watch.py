"""What this process knows of the audit chain: up to where it is whole, and a check under way.

Each look at the record checks what is new since the last; checking all of it takes a while, so it
is done on the side, by one thread at a time, and pages ask how far it is.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Flask, current_app

from console.sentences import words_of
from domain.errors import VigilError
from storage import audit, audit_checking
from storage.audit import Mark
from storage.audit_checking import WholeCheck
from storage.database import Database

_NAME: Final = "vigil-audit-watch"
_MOST_AT_ONCE: Final = 2_000
"""New entries that one look checks: thirty milliseconds' worth."""

_log = logging.getLogger("vigil.console")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check of the whole chain is."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the chain stands: whole up to an entry, of so many, and what is wrong with it.

    ``whole_check`` is when all of it was last found whole, ``progress`` how far a check of all of
    it is that is under way, and ``failed`` why the last one could not be done.
    """

    whole_to: int
    end: int | None
    problems: tuple[str, ...]
    whole_check: WholeCheck | None
    progress: Progress | None
    failed: str | None

    @property
    def unchecked(self) -> int:
        """How many entries at the end of the chain were not checked yet."""
        return max(0, (self.end or 0) - self.whole_to)


class AuditWatch:
    """Remembers up to where the chain is whole; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._problems: tuple[str, ...] = ()
        self._progress: Progress | None = None
        self._failed: VigilError | str | None = None

    def look(self, database: Database) -> Standing:
        """Check what is new, some of it if that is much, and say how the chain stands."""
        # Before anything is read: a check that ends meanwhile is told of as under way, and the next
        # look sees what came of it.
        with self._lock:
            mark, problems = self._mark, self._problems
            progress, failed = self._progress, self._failed
        with database.reading() as session:
            kept = audit_checking.last_check(session)
            mark = mark or (audit.START if kept is None else kept.mark)
            part = audit_checking.check_new(session, mark, limit=_MOST_AT_ONCE)
        with self._lock:
            if self._mark is None or part.mark.sequence > self._mark.sequence:
                self._mark = part.mark
        return Standing(
            whole_to=0 if problems else part.mark.sequence,
            end=part.end,
            problems=problems or part.problems,
            whole_check=kept,
            progress=progress,
            failed=words_of(failed) if isinstance(failed, VigilError) else failed,
        )

    def check_all(self, database: Database, *, actor: str, now: datetime) -> bool:
        """Begin to check everything; False if that is under way already."""
        with self._lock:
            if self._progress is not None:
                return False
            self._progress, self._failed = Progress(0, 0), None
        thread = threading.Thread(
            target=self._check, args=(database, actor, now), name="audit check", daemon=True
        )
        thread.start()
        return True

    def _check(self, database: Database, actor: str, now: datetime) -> None:
        try:
            report, mark = audit_checking.check_all(database, told=self._tell)
            audit_checking.keep(database, report, mark, actor=actor, now=now)
        except VigilError as error:
            with self._lock:
                self._progress, self._failed = None, error.with_traceback(None)
        except Exception as error:  # noqa: BLE001 - or the page would show it under way for ever
            _log.error("audit check failed: kind=%s", type(error).__name__)
            with self._lock:
                self._progress, self._failed = None, type(error).__name__
        else:
            with self._lock:
                self._problems = report.problems
                self._mark = None if report.problems else mark
                self._progress = None

    def _tell(self, done: int, of: int) -> None:
        with self._lock:
            self._progress = Progress(done, of)


def watch() -> AuditWatch:
    """Return what this process knows of the chain."""
    app: Flask = current_app
    found: AuditWatch = app.extensions.setdefault(_NAME, AuditWatch())
    return found
