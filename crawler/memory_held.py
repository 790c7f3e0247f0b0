"""The memory that a crawl holds, so that one that swells is stopped gently."""

import psutil
from scrapy.extensions.memusage import MemoryUsage


class MemoryHeld(MemoryUsage):
    """Scrapy's guard, looking at what this process holds now.

    Scrapy asks the kernel for the peak. On Linux that is never below what the process held that
    started this one, so that a scheduler grown large by its registry would have every crawl end
    at its beginning; and a crawl would end for memory that it gave back long ago.
    """

    def get_virtual_size(self) -> int:
        """Return the bytes that are in memory now."""
        return int(psutil.Process().memory_info().rss)
