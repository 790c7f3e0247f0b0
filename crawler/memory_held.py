"""The memory that a crawl holds, so that one that swells is stopped gently."""

import ctypes
from collections.abc import Callable
from typing import Final

import psutil
from scrapy.extensions.memusage import MemoryUsage


def _trimming() -> Callable[[int], int] | None:
    """Find glibc's ``malloc_trim``; other C libraries have none, and keep less by themselves."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


_TRIM: Final = _trimming()


def give_back() -> None:
    """Give memory that is free back to the system.

    What reading a large page took is free afterwards, but glibc keeps it for the thread that had
    it, in pieces that the next large page may not fit in, so that a crawl's memory would add up.
    """
    if _TRIM is not None:
        _TRIM(0)


class MemoryHeld(MemoryUsage):
    """Scrapy's guard, looking at what this process holds now.

    Scrapy asks the kernel for the peak. On Linux that is never below what the process held that
    started this one, so that a scheduler grown large by its registry would have every crawl end
    at its beginning; and a crawl would end for memory that it gave back long ago.
    """

    def get_virtual_size(self) -> int:
        """Return the bytes that are in memory now."""
        return int(psutil.Process().memory_info().rss)
