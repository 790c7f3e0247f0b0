"""The demo: practice sites, cases, registrations, crawls, and whether everything was found."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework import registering
from commands.app import App
from commands.crawl_report import progress_line
from commands.demo_console import show_console
from commands.demo_report import Planted, compare, show_example, show_findings
from commands.output import console, say
from crawler.visit import PROJECT, spawn
from domain.counted import counted
from domain.errors import OutsideDown, Refused
from domain.site import Site
from practice.plan import DemoPlan, Place, make_plan
from practice.sites import PracticeSite
from signals.picture_hasher import PictureHasher
from storage import cases, crawls, matches, sites
from storage.crawls import CrawlSummary
from storage.database import current_revision, open_database, upgrade
from storage.tables import CaseRow, SiteRow

FOLDER: Final = PROJECT / ".demo"
"""Everything that the demo writes lies here, unless VIGIL_DATABASE_URL names a database."""

OUTLINE: Final = "outline.svg"
"""The drawing of where a registered picture lies in one of the reposts, in that folder."""

SITE_NAMES: Final = {Place.GALLERY: "practice-gallery", Place.BOARD: "practice-board"}
_ACTOR: Final = "the demo"
_RATE: Final = 60.0
_SPEAK_EVERY: Final = 5.0

_QUIET_AT_MOST: Final = 4.0
"""Seconds in which a crawl here has hashed an image, once its code is compiled."""

_COMPILING: Final = (
    "No image is hashed yet: the first time on a machine, the code that compares them is compiled, "
    "which takes up to half a minute."
)


def demonstrate(environment: Mapping[str, str]) -> int:
    """Run the whole line once; return 0 if everything planted was flagged and nothing else.

    Raises:
        Refused: VIGIL_DATABASE_URL names a database that holds something already.
        OutsideDown: a crawl could not run.
    """
    say("Vigil's demo: two practice sites on this machine, three cases, one crawl of each site.")
    say()
    with PracticeSite() as gallery, PracticeSite() as board:
        say(
            "Making reposts of free photographs, in memory: smaller, recompressed, cut, written on,"
        )
        say("in screenshots and collages …")
        plan = make_plan()
        addresses = dict(zip(Place, plan.build(gallery, board), strict=True))
        served = {Place.GALLERY: gallery, Place.BOARD: board}
        with App(_own_settings(environment, [gallery.host, board.host])) as app:
            _prepare(app)
            _add_sites(app, addresses)
            say(
                f"They show {len(plan.reposts)} reposts among {len(plan.others) + 1} pictures "
                "that nobody registered, some of them edited likewise"
            )
            numbers = _register(app, plan)
            for crawl in _crawl(app):
                say(f"Crawled {progress_line(crawl)}")
            say()
            with app.database.reading() as session:
                flagged = matches.list_matches(session, limit=10_000)
                findings = compare(_planted(plan, numbers, served), flagged)
                show_findings(findings)
                say()
                example = show_example(session, findings, FOLDER / OUTLINE)
            if example is not None:
                say(f"  Drawn in {_short(FOLDER / OUTLINE)}: where it lies there, and no picture")
            say()
            say(f"No picture was kept. What is known of them lies in {_where(environment)}.")
            say()
            show_console(app, _serve_command())
    say()
    say("Or on the command line:")
    say(f"  {_look_command(environment)} list")
    if example is not None:
        say(f"  {_look_command(environment)} show {example}")
    say()
    say(findings.line)
    return 0 if findings.complete else 1


def _planted(
    plan: DemoPlan, numbers: list[str], served: Mapping[Place, PracticeSite]
) -> list[Planted]:
    return [
        Planted(repost, numbers[repost.case], served[repost.place].url(repost.path))
        for repost in plan.reposts
    ]


def _own_settings(environment: Mapping[str, str], hosts: list[str]) -> dict[str, str]:
    kept = {"VIGIL_DATABASE_URL": environment["VIGIL_DATABASE_URL"]} if _given(environment) else {}
    return {
        "VIGIL_DATA": str(FOLDER),
        "VIGIL_ACTOR": _ACTOR,
        "VIGIL_PRACTICE_HOSTS": ",".join(hosts),
        **kept,
    }


def _given(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("VIGIL_DATABASE_URL"))


def _prepare(app: App) -> None:
    """Make room: the demo's own folder anew, or a database that holds nothing yet."""
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(mode=0o700)
    database = open_database(app.config, check_schema=False)
    try:
        if current_revision(database) is None:
            upgrade(database)
    finally:
        database.close()
    with app.database.reading() as session:
        held = _rows(session)
    if held:
        msg = (
            f"{app.database.place} holds {held} already. The demo wants an empty database, so that "
            "it touches nobody's data: name another one in VIGIL_DATABASE_URL, or leave it unset."
        )
        raise Refused(msg)


def _rows(session: Session) -> str:
    number_of_cases = session.scalar(select(func.count()).select_from(CaseRow)) or 0
    number_of_sites = session.scalar(select(func.count()).select_from(SiteRow)) or 0
    held = []
    if number_of_cases:
        held.append(counted(number_of_cases, "case"))
    if number_of_sites:
        held.append(counted(number_of_sites, "site"))
    return " and ".join(held)


def _add_sites(app: App, addresses: Mapping[Place, str]) -> None:
    with app.database.writing() as session:
        for place, address in addresses.items():
            site = Site(name=SITE_NAMES[place], start_urls=(address,), rate=_RATE)
            sites.add(session, site, now=app.now())
            say(f"Watching {SITE_NAMES[place]} at {address}")


def _register(app: App, plan: DemoPlan) -> list[str]:
    """Open the plan's cases and register their pictures; return the case numbers."""
    numbers: list[str] = []
    with PictureHasher() as hasher:
        for case in plan.cases:
            with app.database.writing() as session:
                number = cases.open_case(session, now=app.now()).number
            for file in case.files:
                registering.register(
                    app.database,
                    number,
                    hasher.hash(file.read_bytes()),
                    source="file",
                    actor=app.actor,
                    now=app.now(),
                    match_distance=app.config.match_distance,
                )
            say(f"Opened case {number} and registered {counted(len(case.files), 'picture')} in it")
            numbers.append(number)
    return numbers


def _crawl(app: App) -> list[CrawlSummary]:
    """Crawl both sites side by side and show how far they are."""
    log = FOLDER / "crawl.log"
    children = {name: spawn(name, config=app.config, log=log) for name in SITE_NAMES.values()}
    screen = console(err=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("images"),
    )
    began_at = spoken_at = time.monotonic()
    told = False
    try:
        with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
            tasks = {name: progress.add_task(f"{name}: starting", total=None) for name in children}
            while any(child.poll() is None for child in children.values()):
                time.sleep(0.2)
                found = _latest(app)
                for name, crawl in found.items():
                    progress.update(
                        tasks[name],
                        description=progress_line(crawl),
                        completed=crawl.references - crawl.unfinished,
                        total=crawl.references,
                    )
                if not told and compiles(found.values(), time.monotonic() - began_at):
                    (progress.print if screen.is_terminal else say)(_COMPILING)
                    told = True
                if not screen.is_terminal and time.monotonic() - spoken_at > _SPEAK_EVERY:
                    spoken_at = time.monotonic()
                    for crawl in found.values():
                        say(progress_line(crawl))
    finally:
        for child in children.values():
            _end(child)
    failed = [name for name, child in children.items() if child.returncode != 0]
    if failed:
        msg = f"The crawl of {' and '.join(failed)} did not finish. Its last words are in {log}."
        raise OutsideDown(msg)
    return list(_latest(app).values())


def compiles(under_way: Iterable[CrawlSummary], seconds: float) -> bool:
    """Say whether crawls seem to wait for code to be compiled: images were found, none hashed."""
    found = list(under_way)
    waits = any(crawl.references for crawl in found) and not any(crawl.hashed for crawl in found)
    return waits and seconds > _QUIET_AT_MOST


def _end(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _latest(app: App) -> dict[str, CrawlSummary]:
    with app.database.reading() as session:
        found = {name: crawls.latest(session, name) for name in SITE_NAMES.values()}
    return {name: crawl for name, crawl in found.items() if crawl is not None}


def _where(environment: Mapping[str, str]) -> str:
    return "the database you named" if _given(environment) else _short(FOLDER)


def _look_command(environment: Mapping[str, str]) -> str:
    vigil = _short(PROJECT / ".venv" / "bin" / "vigil")
    return f"{vigil} match" if _given(environment) else f"VIGIL_DATA={_short(FOLDER)} {vigil} match"


def _serve_command() -> tuple[str, ...]:
    return f"VIGIL_DATA={_short(FOLDER)}", _short(PROJECT / ".venv" / "bin" / "vigil"), "serve"


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
