"""`vigil run`: both programs come back when they die, and both go when it is told to."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import Any

import psutil
import pytest

from tests.commands.test_serve import free_port
from tests.conftest import ROOT


@pytest.fixture
def running(environment, tmp_path):
    """The command under way, on a free port; kills what is left of it in the end."""
    port = free_port()
    said = tmp_path / "said"
    with said.open("wb") as out:
        process: Any = subprocess.Popen(
            [sys.executable, "-m", "cli", "run", "--port", str(port)],
            env={**os.environ, **environment},
            cwd=ROOT,
            stderr=out,
        )
    process.port, process.said = port, said
    left: dict[str, psutil.Process] = {}
    yield process, left
    for each in left.values():
        if each.is_running():
            each.kill()
    process.kill()
    process.wait()


def programs(process):
    """The scheduler and the console by name, as far as they run."""
    found = {}
    for child in psutil.Process(process.pid).children():
        line = " ".join(child.cmdline())
        if child.status() != psutil.STATUS_ZOMBIE:
            found["scheduler" if "scheduler.py" in line else "console"] = child
    return found


def answers(process):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/enter", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def scheduler_begins(process):
    return process.said.read_text().count("scheduler began")


def test_what_dies_comes_back_and_both_end_together(running, wait_for):
    process, left = running
    wait_for(lambda: answers(process) and scheduler_begins(process) == 1)
    first = programs(process)
    assert first.keys() == {"scheduler", "console"}

    first["scheduler"].kill()
    first["console"].kill()
    wait_for(lambda: answers(process) and scheduler_begins(process) == 2, seconds=40)
    second = left | programs(process)
    assert {name: each.pid for name, each in second.items()} != {
        name: each.pid for name, each in first.items()
    }
    assert "scheduler ended (by SIGKILL): started again in 1 s" in process.said.read_text()

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(25) == 0
    assert time.monotonic() - began < 25
    assert not any(each.is_running() for each in second.values())
    assert "Traceback" not in process.said.read_text()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_program_outlives_the_one_that_watches_it(running, wait_for):
    process, left = running
    wait_for(lambda: answers(process))
    left |= programs(process)
    assert left
    process.kill()
    process.wait()
    wait_for(lambda: not any(each.is_running() for each in left.values()))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_refused_is_refused_at_once(vigil):
    done = vigil("run", "--host", "0.0.0.0")
    assert done.returncode == 1
    assert "without https" in done.stderr


def test_one_that_dies_at_once_again_and_again_is_given_up_loudly():
    script = """
import logging, sys
from commands import supervisor
logging.basicConfig(level=logging.INFO)
supervisor._pause = lambda times: 0.01
supervisor._LOOK_EVERY = 0.01
lives = [sys.executable, "-c", "import time; time.sleep(60)"]
dies = [sys.executable, "-c", "import sys; sys.exit(7)"]
sys.exit(supervisor.Supervisor({"good": lives, "bad": dies}, {}).run())
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 7
    assert "bad given up: it ended at once 6 times, lastly exit code 7" in done.stderr
    assert "good did not end" not in done.stderr
    assert time.monotonic() - began < 20
