"""`python scheduler.py`: visits every site when its turn comes, until it is stopped.

It decides and never crawls: each visit is a child process. Any number may be started on one
database; one leads and the others stand by.
"""

import argparse
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Final

from commands.log_lines import log_to_stderr
from config import Config, load_config
from crawler.parent_process import bound_to
from domain.errors import VigilError
from matching.registry_snapshot import drop_outdated
from matching.sighted_images import SightedImages
from scheduling.leadership import Leadership
from scheduling.reports import report_silent_crawls
from scheduling.turns import Turns
from scheduling.visits import Visits, take_up
from scheduling.wishes import Wishes
from storage import sites
from storage.database import Database, open_database
from watching.judging import judge_due

_EPILOG: Final = """\
Vigil's settings come from VIGIL_... variables; `vigil doctor` lists them. Each crawl's messages
are in the folder logs of VIGIL_DATA. SIGTERM or Ctrl-C stops the scheduler within 25 seconds:
crawls under way are asked to stop, and what they saw is kept.

exit codes: 0 stopped as asked, 1 refused (a database of another version), 2 wrong usage,
3 the database does not answer
"""

_OWN_END: Final = timedelta(seconds=30)
"""A crawl ends at its time limit by itself; only one that does not is told to, this much later."""

_JUDGED_AT_ONCE: Final = 1
"""Sites judged before the scheduler looks for wishes again: a large one takes a while to count."""

_log = logging.getLogger("vigil.scheduler")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    given = _parser().parse_args(arguments)
    if given.parent is not None and not bound_to(given.parent):
        return 0
    log_to_stderr()
    # It says each step of each job; what matters of that is said here, once.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        config = load_config()
        database = open_database(config)
    except VigilError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    try:
        scheduler = Scheduler(
            config, database, stopping, lease=timedelta(seconds=given.lease_seconds)
        )
        scheduler.run(sync_seconds=given.sync_seconds)
    except VigilError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    finally:
        database.close()
    return 0


class Scheduler:
    """Wires who leads, whose turn it is and the crawls under way."""

    def __init__(
        self, config: Config, database: Database, stopping: threading.Event, *, lease: timedelta
    ) -> None:
        self._config = config
        self._database = database
        self._stopping = stopping
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._leadership = Leadership(database, holder, ttl=lease, clock=_now)
        limit = timedelta(minutes=config.crawl_minutes) + _OWN_END
        self._visits = Visits(config, database, limit=limit, may_begin=self._may_begin, clock=_now)
        self._turns = Turns(
            database.engine, at_once=config.crawls_at_once, may_begin=self._may_begin, clock=_now
        )
        self._wishes = Wishes(database, self._turns, self._visits)
        self._matched = False
        self._failing = False
        self._wishes_failing = False

    def run(self, *, sync_seconds: float) -> None:
        """Lead or stand by until asked to stop, then stop cleanly."""
        with self._database.reading() as session:
            stored = sites.all_sites(session)
        _log.info(
            "scheduler began: %s; sites=%d paused=%d crawls_at_once=%d",
            self._database.place,
            len(stored),
            sum(site.paused_at is not None for site in stored),
            self._config.crawls_at_once,
        )
        take_up(self._visits)
        with self._database.told():
            self._turns.start()
        self._leadership.start()
        leading, next_sync, next_look = False, 0.0, 0.0
        while not self._stopping.is_set():
            if self._leadership.held() != leading:
                leading, self._matched = not leading, False
                _log.info("leader: visits begin" if leading else "no longer leader: none begin")
                next_sync = 0.0
            if leading and time.monotonic() >= next_sync:
                self._sync()
                next_sync = time.monotonic() + sync_seconds
            if leading and self._matched:
                self._take_up_wishes()
            if time.monotonic() >= next_look:
                self._erase_withdrawn()
                next_look = time.monotonic() + sync_seconds
            self._stopping.wait(min(1.0, sync_seconds))
        self._stop()

    def _may_begin(self) -> bool:
        # A new leader first takes out the jobs of sites that were paused or removed meanwhile.
        return self._leadership.held() and self._matched and not self._stopping.is_set()

    def _sync(self) -> None:
        """Bring the job table to what the site table says, and report crawls that died."""
        try:
            with self._database.reading() as session:
                stored = sites.all_sites(session)
            every = {item.site.name: item.site.every for item in stored if item.paused_at is None}
            self._turns.keep_quiet({item.site.name: item.site.quiet_hours for item in stored})
            self._turns.match_sites(every, now=_now())
            self._matched = True
            self._visits.stop(self._visits.under_way() - every.keys(), "site paused or removed")
            report_silent_crawls(self._database, now=_now())
        except Exception as error:  # noqa: BLE001 - a database away for an hour must not end the watch
            if not self._failing:
                _log.warning("sites not read, trying on: reason=%s", _first_line(error))
            self._failing = True
        else:
            if self._failing:
                _log.info("sites read again")
            self._failing = False

    def _take_up_wishes(self) -> None:
        """Begin the visits that people ask for, and judge sites of which a crawl has ended."""
        try:
            self._wishes.take_up(now=_now())
            judge_due(self._database, os.environ, now=_now(), limit=_JUDGED_AT_ONCE)
        except Exception as error:  # noqa: BLE001 - it is tried again in a moment
            if not self._wishes_failing:
                _log.warning("wishes not taken up, trying on: reason=%s", _first_line(error))
            self._wishes_failing = True
        else:
            if self._wishes_failing:
                _log.info("wishes taken up again")
            self._wishes_failing = False

    def _erase_withdrawn(self) -> None:
        """Erase from this machine's snapshots what was withdrawn, wherever that was done."""
        try:
            if drop_outdated(self._database):
                _log.info("snapshot erased: something in it was withdrawn")
            SightedImages(self._database.snapshots).forget(self._database)
        except Exception as error:  # noqa: BLE001 - it is tried again in a moment
            _log.warning("snapshots not looked at, trying on: reason=%s", _first_line(error))

    def _stop(self) -> None:
        _log.info("stopping: crawls=%d", len(self._visits.under_way()))
        try:
            for name in self._visits.end_all("the scheduler stops"):
                self._turns.due_again(name, now=_now())
        except Exception as error:  # noqa: BLE001 - they have their next turn later then
            _log.warning("turns not given back: reason=%s", _first_line(error))
        self._turns.close()
        self._leadership.stop()
        _log.info("scheduler stopped")


def _now() -> datetime:
    return datetime.now(UTC)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scheduler.py",
        description="Visit every site when its turn comes, until stopped.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # For tests: how often the site table is read, and how long a dead leader's lease lasts.
    parser.add_argument("--sync-seconds", type=float, default=10.0, help=argparse.SUPPRESS)
    parser.add_argument("--lease-seconds", type=float, default=15.0, help=argparse.SUPPRESS)
    # For `vigil run`: end when that process ends.
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
