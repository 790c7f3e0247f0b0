"""Time and CPU that a command takes with every process below it, orphans too.

`python -m benchmarks.process_tree LOG COMMAND…` runs a command, waits until it and all that it
started have ended, and prints one line of JSON. A process of its own, since a process learns what
its children took only in sum.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took: seconds on the clock, CPU seconds in all, and how it ended."""

    wall: float
    cpu: float
    status: int


def measure(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
) -> Usage:
    """Run a command in a folder; what it prints goes to the end of ``log``.

    Raises:
        subprocess.CalledProcessError: the measuring itself broke.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.process_tree", str(log), *command],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Usage(**json.loads(done.stdout))


def main() -> None:
    """Run what the command line says."""
    log, *command = sys.argv[1:]
    if sys.platform == "linux":  # children of a child that ended become ours, and are counted
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    began = time.monotonic()
    with Path(log).open("ab") as stream:
        status = subprocess.call(command, stdout=stream, stderr=stream)
    wall = time.monotonic() - began
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "status": status}))


if __name__ == "__main__":
    main()
