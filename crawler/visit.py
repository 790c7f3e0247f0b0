"""Running a crawl as a child process, from anywhere."""

import os
import subprocess
import sys
from enum import IntEnum
from pathlib import Path

from config import Config

PROJECT = Path(__file__).resolve().parent.parent


class ExitCode(IntEnum):
    """How the child process of a crawl ends."""

    FINISHED = 0
    REFUSED = 1
    SITE_DOWN = 3
    UNDER_WAY = 4
    STOPPED = 5
    DATABASE_DOWN = 6


def command(site_name: str, *, by_hand: bool = False) -> list[str]:
    """Return the command line of a crawl's child process."""
    line = [sys.executable, "-m", "crawler", site_name, "--parent", str(os.getpid())]
    return [*line, "--by-hand"] if by_hand else line


def spawn(
    site_name: str, *, config: Config, log: Path | None = None, by_hand: bool = False
) -> "subprocess.Popen[bytes]":
    """Start the crawl of a site in a child process.

    A process of its own, because Twisted's reactor starts only once in a process, and because a
    site whose pictures exhaust memory then ends its own crawl and no other. It leads a process
    group of its own, so that Ctrl-C reaches it only through us, and dies with us (on Linux).

    Args:
        site_name: the site to crawl.
        config: passed on through the environment.
        log: file that its messages are appended to; None sends them to our standard error.
        by_hand: a person asked for it now, so that quiet hours under way do not end it.
    """
    environment = dict(os.environ)
    path = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *([path] if path else [])])
    # Given whole, since the child works in another folder than we do.
    environment["VIGIL_DATA"] = str(config.data)
    environment["VIGIL_DATABASE_URL"] = config.database_url
    environment["VIGIL_PRACTICE_HOSTS"] = ",".join(sorted(config.practice_hosts))
    if config.calibration_file is not None:
        environment["VIGIL_CALIBRATION"] = str(config.calibration_file)
    if config.embedding_model is not None:
        environment["VIGIL_EMBEDDING_MODEL"] = str(config.embedding_model)
    if config.registry_key_file is not None:
        environment["VIGIL_REGISTRY_KEY_FILE"] = str(config.registry_key_file)
    if log is None:
        return subprocess.Popen(
            command(site_name, by_hand=by_hand),
            env=environment,
            cwd=PROJECT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as stream:
        return subprocess.Popen(
            command(site_name, by_hand=by_hand),
            env=environment,
            cwd=PROJECT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
