"""How a crawl stops when it is asked to: gently, and within ten seconds all the same."""

import asyncio
import signal
import time
from typing import Any, Final

from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from pipelines.visit import visit_of

GENTLE_SECONDS: Final = 6.0
"""How long pages and images in flight may take to arrive once a crawl is to stop."""

_SIGNALS: Final = {signal.SIGTERM, signal.SIGINT}


class GentleProcess(AsyncCrawlerProcess):
    """Scrapy's process for a crawl, which a second wish to stop does not kill.

    Whoever ends a service signals its group, and the scheduler its crawls besides. Scrapy would
    stop at the second signal without a last word, and leave the crawl's row open.
    """

    def _signal_kill(self, signum: int, _: Any) -> None:
        """Change nothing: what is in flight is waited for no longer than GENTLE_SECONDS anyhow."""


def hold_stop_signals() -> None:
    """Hold back wishes to stop until Scrapy listens to them.

    One that came between opening the crawl's row and starting Scrapy would end the process with
    its row left open.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def hear_stop_signals() -> None:
    """Let held wishes to stop, and all later ones, through to Scrapy."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def end_crawl(crawler: Crawler, reason: str) -> "asyncio.Task[None] | None":
    """Begin to end a crawl gently, for a reason of `pipelines.visit`; the first one counts.

    Returns the task that ends it, to be kept until it has: it is not to be waited for by what it
    waits for itself. None if the crawl is ending already.
    """
    visit, engine = visit_of(crawler), crawler.engine
    if engine is None or visit.stop_reason is not None:
        return None
    visit.stop_reason = reason
    return asyncio.get_running_loop().create_task(engine.close_spider_async(reason=reason))


class StopWatch:
    """Says whether a crawl is stopping, and since when."""

    def __init__(self) -> None:
        self._since: float | None = None

    def stopping(self, engine: ExecutionEngine | None) -> bool:
        """Say whether the engine was told to stop, or the spider to close."""
        if engine is None:
            return False
        slot = engine._slot  # noqa: SLF001 - Scrapy tells by no other way that a spider is closing
        closing = not engine.running or (slot is not None and slot.closing is not None)
        if closing and self._since is None:
            self._since = time.monotonic()
        return closing

    @property
    def overdue(self) -> bool:
        """Say whether what is in flight has been waited for long enough."""
        return self._since is not None and time.monotonic() - self._since > GENTLE_SECONDS
