"""A trial crawl in a child process: what a site shows within a minute or two, with nothing kept."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any, Final

from commands.app import App
from commands.output import console, counted, printable, say
from crawler.visit import PROJECT
from domain.errors import InvalidInput, OutsideDown, Refused, VigilError
from domain.site import Site
from domain.site_record import site_record

_PATIENCE: Final = 15.0
"""Seconds beyond its time in which it has to end, before it is killed."""
_SPEAK_EVERY: Final = 5.0


def try_out(app: App, site: Site, *, seconds: int, probing: bool) -> dict[str, Any]:
    """Crawl a site for so long at most, and return the report of `crawler.trial_notes`.

    Progress is shown on standard error; Ctrl-C ends the crawl, which then reports what it saw.

    Args:
        app: gives the settings under which it runs.
        site: what to visit; it need not be watched.
        seconds: how long it may take, its end included.
        probing: find a way in where the site's recipe names none.

    Raises:
        VigilError: it could not begin.
        OutsideDown: it ended without a report.
    """
    asked = {
        "name": site.name,
        "site": site_record(site),
        "seconds": max(1, seconds - _PATIENCE),
        "probing": probing,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.trial", "--parent", str(os.getpid())],
        env=_environment(app),
        start_new_session=True,  # Ctrl-C reaches it only through us
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = Timer(seconds, child.kill)
    watchdog.start()
    try:
        report = _report(child, json.dumps(asked), site.name)
    finally:
        watchdog.cancel()
        if child.poll() is None:
            child.kill()
        child.communicate()
        if child.returncode < 0:  # it could not end what it had started
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
    if report is None:
        msg = f"The visit to {site.name} ended without a report (code {child.returncode})."
        raise OutsideDown(msg)
    return report


def _report(child: "subprocess.Popen[str]", asked: str, name: str) -> dict[str, Any] | None:
    if child.stdin is None or child.stdout is None:  # pragma: no cover - both are pipes
        return None
    child.stdin.write(asked)
    child.stdin.close()
    child.stdin = None
    report: dict[str, Any] | None = None
    screen, spoken_at = console(err=True), time.monotonic()
    with screen.status(f"{name}: looking …") as status:
        while True:
            try:
                line = child.stdout.readline()
            except KeyboardInterrupt:
                child.terminate()
                continue
            if not line:
                return report
            words = json.loads(line)
            if "error" in words:
                raise _error(words)
            report = words.get("report", report)
            if "progress" not in words:
                continue
            so_far = f"{name}: {_so_far(words['progress'])}"
            if screen.is_terminal:
                status.update(printable(so_far))
            elif time.monotonic() - spoken_at > _SPEAK_EVERY:
                spoken_at = time.monotonic()
                say(so_far, err=True)


def _so_far(progress: Mapping[str, int]) -> str:
    return (
        f"{counted(progress['pages'], 'page')}, "
        f"{counted(progress['references'], 'image reference')}, "
        f"{counted(progress['pictures'], 'picture')}"
    )


def _error(words: Mapping[str, Any]) -> VigilError:
    kinds = {InvalidInput.exit_code: InvalidInput, OutsideDown.exit_code: OutsideDown}
    return kinds.get(int(words["code"]), Refused)(str(words["error"]))


def _environment(app: App) -> dict[str, str]:
    path = os.environ.get("PYTHONPATH")
    joined = os.pathsep.join([str(PROJECT), *([path] if path else [])])
    return {**os.environ, **app.environment, "PYTHONPATH": joined}
