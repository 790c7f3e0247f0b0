"""`vigil crawl`: one visit to one site, in a child process, with its progress shown."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

import click

from commands.app import App, pass_app
from commands.contents import examples
from commands.crawl_report import crawl_json, progress_line, say_crawl
from commands.output import console, json_option, printable, say, show_json
from crawler.visit import spawn
from domain.crawl import CrawlCounts, CrawlState
from domain.errors import NotFound, OutsideDown, Refused, VigilError
from domain.image import Outcome
from domain.quiet_hours import quiet_until
from storage import crawls, sites
from storage.crawls import CrawlSummary
from watching.crawl_warning import warning_of
from watching.judging import judge

_LOOK_EVERY: Final = 0.5
_SPEAK_EVERY: Final = 5.0
_GENTLE_SECONDS: Final = 30.0
"""How long a crawl that was asked to stop may take to write down what it saw."""

_INTERRUPTED: Final = 130


class _Interrupts:
    """Counts Ctrl-C and SIGTERM instead of dying of them, so that a crawl can end gently."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Count one."""
        self.count += 1


@click.command("crawl", epilog=examples("vigil crawl practice-gallery"))
@click.argument("name")
@json_option
@pass_app
@click.pass_context
def command(ctx: click.Context, app: App, name: str, *, as_json: bool) -> None:
    """Visit one site now and compare every image on it.

    Ctrl-C stops the crawl gently: what it has seen is kept, and the next crawl of the site goes on
    from there. In the site's quiet hours it is visited all the same, since you ask for it.
    """
    before = _newest_before(app, name)
    log = _log_file(app, name)
    written = log.stat().st_size if log.exists() else 0
    with _counting_interrupts() as interrupts:
        child = spawn(name, config=app.config, log=log, by_hand=True)
        try:
            _watch(app, name, before, child, interrupts)
        finally:
            _end(child)
    crawl = _crawl_since(app, name, before)
    if crawl is None:
        raise _never_began(name, child.returncode, log, written)
    if crawl.state == CrawlState.RUNNING.value:  # and its process is gone
        crawl = _close_crashed(app, crawl, child.returncode)
    with suppress(NotFound):  # removed while it was crawled
        judge(app.database, name, app.environment, now=app.now())
    with app.database.reading() as session:
        warning = warning_of(session, crawl)
        noted = crawls.noted(session, crawl.crawl_id)
    if as_json:
        show_json(crawl_json(crawl, warning))
    else:
        say_crawl(crawl, warning, noted=noted)
    if crawl.state == CrawlState.CRASHED.value:
        say(f"The last words of its process are in {log}.", err=True)
    ctx.exit(_INTERRUPTED if interrupts.count else _exit_code(crawl))


def _newest_before(app: App, name: str) -> int:
    with app.database.reading() as session:
        stored = sites.get(session, name)
        if stored.paused_at is not None:
            msg = f"Site {name} is paused. To visit it again: vigil site resume {name}"
            raise Refused(msg)
        newest = crawls.latest(session, name)
    until = quiet_until(stored.site.quiet_hours, app.now())
    if until is not None:
        say(
            f"{name} has its quiet hours until {until:%H:%M} UTC; it is visited all the same, "
            "since you ask for it.",
            err=True,
        )
    return 0 if newest is None else newest.crawl_id


def _crawl_since(app: App, name: str, before: int) -> CrawlSummary | None:
    with app.database.reading() as session:
        newest = crawls.latest(session, name)
    return None if newest is None or newest.crawl_id <= before else newest


def _watch(
    app: App,
    name: str,
    before: int,
    child: "subprocess.Popen[bytes]",
    interrupts: _Interrupts,
) -> None:
    """Show how far the crawl is until its process ends; pass a wish to stop on to it."""
    screen = console(err=True)
    asked_at: float | None = None
    spoken_at = time.monotonic()
    with screen.status(f"{name}: starting …") as status:
        while True:
            try:
                child.wait(_LOOK_EVERY)
            except subprocess.TimeoutExpired:
                pass
            else:
                return
            now = time.monotonic()
            if interrupts.count and asked_at is None:
                asked_at = now
                child.send_signal(signal.SIGTERM)
            if asked_at is not None and (interrupts.count > 1 or now - asked_at > _GENTLE_SECONDS):
                child.kill()
                continue
            crawl = _crawl_since(app, name, before)
            line = f"{name}: starting …" if crawl is None else printable(progress_line(crawl))
            if asked_at is not None:
                line += "; stopping, Ctrl-C again to stop at once"
            if screen.is_terminal:
                status.update(line)
            elif now - spoken_at > _SPEAK_EVERY:
                spoken_at = now
                say(line, err=True)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Leave nothing running: a crawl that was killed could not end its hashing workers."""
    if child.poll() is None:
        child.kill()
        child.wait()
    if child.returncode < 0:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


@contextmanager
def _counting_interrupts() -> Iterator[_Interrupts]:
    interrupts = _Interrupts()
    numbers = (signal.SIGINT, signal.SIGTERM)
    former = {number: signal.signal(number, interrupts.note) for number in numbers}
    try:
        yield interrupts
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _log_file(app: App, name: str) -> Path:
    folder = app.config.data / "logs"
    try:
        app.config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        msg = f"The folder for logs, {folder}, cannot be made: {error.strerror}. Check VIGIL_DATA."
        raise OutsideDown(msg) from error
    return folder / f"{name}.log"


def _never_began(name: str, code: int, log: Path, written: int) -> VigilError:
    """Say why there is no crawl: in the child's own words if it said any."""
    with log.open("rb") as stream:
        stream.seek(written)
        words = stream.read().decode(errors="replace").strip().splitlines()
    if not words or any(line.startswith("Traceback") for line in words):
        return OutsideDown(
            f"The crawl of {name} did not begin: its process ended with code {code}. See {log}"
        )
    # One that refused says so in a sentence, and means by its code what we mean by ours.
    return (OutsideDown if code == OutsideDown.exit_code else Refused)(words[-1])


def _close_crashed(app: App, crawl: CrawlSummary, code: int) -> CrawlSummary:
    """Close the row of a crawl whose process could not do it itself."""
    counts = CrawlCounts(
        pages_fetched=crawl.pages_fetched,
        pages_unchanged=crawl.pages_unchanged,
        pages_failed=crawl.pages_failed,
        pages_refused=crawl.pages_refused,
        pages_left=crawl.pages_left,
        references=crawl.references,
        outcomes={outcome: getattr(crawl, outcome.value) for outcome in Outcome},
        flagged=crawl.flagged,
    )
    reason = f"Its process ended early (code {code}); what it recorded is kept."
    with app.database.writing() as session:
        crawls.end(session, crawl.crawl_id, CrawlState.CRASHED, reason, counts, now=app.now())
        return crawls.get(session, crawl.crawl_id)


def _exit_code(crawl: CrawlSummary) -> int:
    if crawl.state == CrawlState.FINISHED.value:
        return 0
    return OutsideDown.exit_code if crawl.state == CrawlState.FAILED.value else 1
