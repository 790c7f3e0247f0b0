"""Checks of what the database says: its schema, the sites, the scheduler, the crawls of late."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from commands import (
    console_checks,
    embedding_check,
    machine_checks,
    registry_key_check,
    suspension_checks,
)
from commands.output import when
from config import Config
from domain.counted import counted
from domain.crawl import CrawlState
from domain.errors import VigilError
from domain.finding import Finding, Level, fail, ok, warn
from domain.site_entry import Login
from domain.site_warning import SiteWarning, WarningKind, missing_variables
from scheduling.leadership import LEASE
from storage import audit, crawls, leases, registry, resealing, sites
from storage.crawls import STALE_AFTER
from storage.database import Database, current_revision, head_revision, open_database
from watching.judging import judged

_TITLES: Final = {
    WarningKind.DOWN: "Site down",
    WarningKind.BLOCKED: "Turned away",
    WarningKind.FEWER: "Pictures",
    WarningKind.NOTHING_NEW: "Nothing new",
    WarningKind.CUT_SHORT: "Cut short",
}
"""What is amiss with single sites; crawls that died and log-ins have lines of their own."""

_LATELY: Final = timedelta(days=1)
_CRAWLS_LOOKED_AT: Final = 500
_CLOCK_MAY_DIFFER: Final = timedelta(minutes=5)


def practice_hosts(config: Config) -> Finding:
    """Check that no private address may be fetched."""
    if config.practice_hosts:
        return warn(
            "Practice hosts",
            f"{', '.join(sorted(config.practice_hosts))} may be fetched, private or not",
            "Unsafe in production: take VIGIL_PRACTICE_HOSTS away when you are done practising.",
        )
    return ok("Practice hosts", "none: only public addresses are fetched")


def database(config: Config, environment: Mapping[str, str], *, now: datetime) -> Iterator[Finding]:
    """Check the database and what it holds, as far as it can be reached.

    Args:
        config: the installation's settings.
        environment: where the variables are looked for that sites are logged in to with.
        now: the present moment.
    """
    file = machine_checks.sqlite_file(config)
    if file is not None and not file.exists():
        yield ok("Database", f"{file} is not there yet; it is made when it is first needed")
        return
    try:
        opened = open_database(config, check_schema=False)
    except VigilError as error:
        yield fail("Database", str(error), "Nothing works without it.")
        return
    try:
        schema = _schema(opened)
        yield schema
        if schema.level is Level.OK:
            with opened.reading() as session:
                yield from _watch(session, environment, now)
                yield from embedding_check.registered(config, session)
                photos = registry.constellation_count(session)
                stored = resealing.stored_constellations(session)
                yield registry_key_check.signatures(stored, opened.keys)
                yield from console_checks.accounts(session)
            if photos:
                # Here, since it loads compiled code, and only where it matters how strict it is.
                from commands.calibration_check import calibration  # noqa: PLC0415

                yield calibration(config, photos=photos)
    except VigilError as error:
        yield fail("Database", str(error), "Nothing works without it.")
    finally:
        opened.close()


def _schema(opened: Database) -> Finding:
    current, head = current_revision(opened), head_revision()
    place = opened.place.removeprefix("The database ")
    if current is None:
        return fail("Database", f"{place} has no schema yet", "Run: vigil db upgrade")
    if current != head:
        found = f"{place} is at schema {current}; this version works with {head}"
        return fail("Database", found, "Run: vigil db upgrade")
    return ok("Database", f"{place} ({opened.dialect}), schema {head}")


def _watch(session: Session, environment: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    newest = audit.entries(session, limit=1)
    if newest and newest[0].happened_at > now + _CLOCK_MAY_DIFFER:
        yield warn(
            "Clock and record",
            f"the newest audit entry is of {when(newest[0].happened_at)}, which is yet to come",
            "Set the clock of this machine, or of the one that wrote it.",
        )
    watched = sites.all_sites(session)
    yield ok("Sites", f"{counted(len(watched), 'site')} watched")
    for stored in watched:
        if not stored.site.obey_robots:
            yield ok("robots.txt", f"{stored.site.name} ignores it: {stored.site.robots_reason}")
        if stored.site.certificates_reason is not None:
            reason = stored.site.certificates_reason
            yield ok("Certificates", f"{stored.site.name} need not have a valid one: {reason}")
        if stored.site.login is not None:
            visited = stored.paused_at is None
            yield _log_in(stored.site.name, stored.site.login, environment, visited=visited)
    yield _leader(session, now, watching=any(stored.paused_at is None for stored in watched))
    yield _crawls(session, now)
    yield from suspension_checks.registrations(session, now)
    for stored in watched:
        for warning in judged(session, stored, environment, now=now):
            if warning.kind in _TITLES:
                yield _amiss(stored.site.name, warning)


def _log_in(name: str, login: Login, environment: Mapping[str, str], *, visited: bool) -> Finding:
    """Say whether the variables of a log-in are set, and never what they hold."""
    missing = missing_variables(login, environment)
    if not missing:
        return ok("Log-in", f"{name}: {login.user} and {login.password} are set here")
    found = f"{name}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set here"
    if not visited:
        return ok("Log-in", f"{found}; it is paused")
    return warn(
        "Log-in",
        f"{found}, without which nobody is logged in",
        "Set it where crawls run: in the environment of scheduler.py and of vigil crawl.",
    )


def _amiss(name: str, warning: SiteWarning) -> Finding:
    crawl = "" if warning.crawl_id is None else f" (crawl {warning.crawl_id})"
    found = f"{name}: {warning.found}{crawl}. {warning.cause}"
    return warn(_TITLES[warning.kind], found, warning.advice)


def _leader(session: Session, now: datetime, *, watching: bool) -> Finding:
    leader = leases.holder(session, LEASE, now)
    if leader is not None:
        return ok("Scheduler", f"{leader} leads")
    if watching:
        return warn(
            "Scheduler",
            "none is running, so no site is visited by itself",
            "Start one: python scheduler.py",
        )
    return ok("Scheduler", "none is running, and no site waits for it")


def _crawls(session: Session, now: datetime) -> Finding:
    late = [
        crawl
        for crawl in crawls.list_crawls(session, limit=_CRAWLS_LOOKED_AT)
        if crawl.started_at > now - _LATELY
    ]
    crashed = [
        crawl
        for crawl in late
        if crawl.state == CrawlState.CRASHED.value
        or (crawl.state == CrawlState.RUNNING.value and now - crawl.heartbeat_at > STALE_AFTER)
    ]
    if crashed:
        names = ", ".join(sorted({crawl.site for crawl in crashed}))
        return warn(
            "Crawls",
            f"{counted(len(crashed), 'crawl')} died within a day: {names}",
            f"See: vigil crawls show {crashed[0].crawl_id}, and the folder logs of VIGIL_DATA.",
        )
    return ok("Crawls", f"{counted(len(late), 'crawl')} within a day, none of them died")
