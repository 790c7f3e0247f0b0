"""Ending with the process that started this one, so that no crawl runs unwatched."""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def bound_to(parent: int) -> bool:
    """Ask the kernel for SIGTERM when the parent process dies (on Linux).

    Returns:
        False if it has died already, while this one was starting.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return os.getppid() == parent
