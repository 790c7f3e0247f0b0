"""Keeping a program that serves alive until it is told to stop."""

import signal
import sys
from threading import Event
from types import FrameType


def wait_until_stopped(announcement: str) -> None:
    """Print ``announcement``, then wait for SIGTERM or Ctrl-C.

    The signals are caught before anything is printed: who reads the announcement may stop the
    program at once.
    """
    stopped = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    sys.stdout.write(f"{announcement}\n")
    sys.stdout.flush()
    stopped.wait()
