"""A trial crawl in a child process: what a site shows within a minute or two, with nothing kept."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any, Final

from domain.errors import InvalidInput, OutsideDown, Refused, VigilError
from domain.site import Site
from domain.site_record import site_record

PROJECT: Final = Path(__file__).resolve().parent.parent
"""Where the program's own modules are: a child process is told, wherever it runs."""

_PATIENCE: Final = 15.0
"""Seconds beyond its time in which it has to end, before it is killed."""

Progress = Mapping[str, int]


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child process that runs a module of ours."""
    path = os.environ.get("PYTHONPATH")
    joined = os.pathsep.join([str(PROJECT), *([path] if path else [])])
    return {**os.environ, **environment, "PYTHONPATH": joined}


def try_out(
    site: Site,
    environment: Mapping[str, str],
    *,
    seconds: int,
    probing: bool,
    on_progress: Callable[[Progress], None],
) -> dict[str, Any]:
    """Crawl a site for so long at most, and return the report of `crawler.trial_notes`.

    Ctrl-C ends the crawl, which then reports what it saw.

    Args:
        site: what to visit; it need not be watched.
        environment: the settings under which it runs.
        seconds: how long it may take, its end included.
        probing: find a way in where the site's recipe names none.
        on_progress: told about once a second how many pages, references and pictures there are.

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
        env=child_environment(environment),
        start_new_session=True,  # Ctrl-C reaches it only through us
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = Timer(seconds, child.kill)
    watchdog.start()
    try:
        report = _report(child, json.dumps(asked), on_progress)
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


def _report(
    child: "subprocess.Popen[str]", asked: str, on_progress: Callable[[Progress], None]
) -> dict[str, Any] | None:
    if child.stdin is None or child.stdout is None:  # pragma: no cover - both are pipes
        return None
    child.stdin.write(asked)
    child.stdin.close()
    child.stdin = None
    report: dict[str, Any] | None = None
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
        if "progress" in words:
            on_progress(words["progress"])


def _error(words: Mapping[str, Any]) -> VigilError:
    kinds = {InvalidInput.exit_code: InvalidInput, OutsideDown.exit_code: OutsideDown}
    return kinds.get(int(words["code"]), Refused)(str(words["error"]))
