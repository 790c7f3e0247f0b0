"""One leader, however many schedulers are started: a lease in the database, renewed by a thread."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from storage import leases
from storage.database import Database

LEASE: Final = leases.SCHEDULER
_RELEASE_SECONDS: Final = 4.0

_log = logging.getLogger("vigil.scheduler")


class Leadership:
    """Takes the lease when it is free and renews it until stopped.

    A leader that cannot renew counts as none from a fifth of the lease's length before its end,
    so that it has stopped before a standby, whose clock may differ a little, takes over.
    """

    def __init__(
        self, database: Database, holder: str, *, ttl: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._holder = holder
        self._ttl = ttl
        self._clock = clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        # Both clocks: one may be set, and the other stands still while a machine sleeps.
        self._until = (0.0, datetime.min.replace(tzinfo=UTC))
        self._leader_seen: str | None = None
        self._failing = False

    def start(self) -> None:
        """Try once at once, then go on in a thread."""
        self._attempt()
        self._thread.start()

    def held(self) -> bool:
        """Say whether this process leads, without asking the database."""
        ticks, moment = self._until
        return time.monotonic() < ticks and self._clock() < moment

    def stop(self) -> None:
        """Give the lease back, so that a standby need not wait for its end."""
        self._ending.set()
        # Bounded: a database that does not answer must not keep a stopped scheduler alive.
        self._thread.join(_RELEASE_SECONDS)

    def _keep(self) -> None:
        while not self._ending.wait(self._ttl.total_seconds() / 4):
            self._attempt()
        self._until = (0.0, self._clock())
        try:
            with self._database.writing() as session:
                leases.release(session, LEASE, self._holder)
        except Exception as error:  # noqa: BLE001 - it runs out by itself then
            _log.warning("lease not given back: reason=%s", _kind(error))

    def _attempt(self) -> None:
        # Counted from before the question: an answer that comes late makes the lease shorter.
        ticks, moment = time.monotonic(), self._clock()
        try:
            leader = self._leader()
        except Exception as error:  # noqa: BLE001 - whatever it was, the thread tries again
            if not self._failing:
                _log.warning("lease not renewed: reason=%s", _kind(error))
            self._failing = True
            return
        self._failing = False
        if leader == self._holder:
            sure = self._ttl * 0.8
            self._until = (ticks + sure.total_seconds(), moment + sure)
        else:
            self._until = (0.0, moment)
            if leader != self._leader_seen:
                _log.info("standby: leader=%s", leader)
        self._leader_seen = leader

    def _leader(self) -> str:
        """Take or renew the lease if it is ours to take; return who holds it."""
        if not self.held():
            # Only read while another leads: on SQLite a standby's writing would make others wait.
            with self._database.reading() as session:
                other = leases.holder(session, LEASE, self._clock())
            if other is not None and other != self._holder:
                return other
        with self._database.writing() as session:
            now = self._clock()
            if leases.acquire(session, LEASE, self._holder, now=now, ttl=self._ttl):
                return self._holder
            return leases.holder(session, LEASE, now) or "another"


def _kind(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
