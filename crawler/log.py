"""Logs that carry ids and counts: no address of a page or an image, no signal, no item.

Scrapy's own formatter writes each scraped or dropped item whole, and many of its messages name
the address they are about. Page addresses often hold the affected person's name.
"""

import logging
import re
import traceback
from functools import partial
from typing import Any, Final

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

_ADDRESS: Final = re.compile(r"(?:https?|ftp|data|file):[^\s'\"<>)\]]+", re.IGNORECASE)
# Control characters but for the tabulator and the end of a line, and those that turn the direction
# of what follows.
_STEERING: Final = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]"
)
_LONG_HEX: Final = re.compile(r"\b[0-9a-f]{16,}\b")


_QUIET: Final = {
    "middleware": logging.WARNING,
    "crawler": logging.WARNING,
    "extensions.memusage": logging.WARNING,
    # It misses Scrapy's own referrer middleware; the site policy sets the header on each hop.
    "downloadermiddlewares.redirect": logging.ERROR,
    # The crawl's report says what failed; these would quote what the site has sent.
    "downloadermiddlewares.httpcompression": logging.CRITICAL,
    "downloadermiddlewares.retry": logging.CRITICAL,
    "downloadermiddlewares.robotstxt": logging.CRITICAL,
}


def redacted(text: str) -> str:
    """Return ``text`` without addresses and signals, and without what could steer a terminal."""
    text = _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)
    return _LONG_HEX.sub("[signal]", _ADDRESS.sub("[address]", text))


def install_redaction() -> None:
    """Redact every log record of this process where it is made, whoever makes it."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = str(record.msg)
        record.msg, record.args = redacted(text), None
        if record.exc_info and record.exc_info[0] is not None:
            # A formatter uses this text if it is there, and makes its own otherwise.
            trace = "".join(traceback.format_exception(*record.exc_info))
            record.exc_text = redacted(trace.rstrip())
        return record

    for name, level in _QUIET.items():
        # A filter, since Scrapy resets the levels of its loggers when it begins to log.
        logging.getLogger(f"scrapy.{name}").addFilter(partial(_is_at_least, level))
    make_redacted.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_redacted)


def _is_at_least(level: int, record: logging.LogRecord) -> bool:
    return record.levelno >= level


class QuietLogFormatter(LogFormatter):
    """Say nothing for each page and item; the crawl's row has the counts and the errors."""

    def crawled(  # type: ignore[override] # None is how Scrapy is told to log nothing
        self, request: Request, response: Response, spider: Spider
    ) -> LogFormatterResult | None:
        """Log nothing."""
        return None

    def scraped(  # type: ignore[override] # None is how Scrapy is told to log nothing
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:
        """Log nothing."""
        return None

    def dropped(  # type: ignore[override] # None is how Scrapy is told to log nothing
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult | None:
        """Log nothing."""
        return None

    def download_error(  # type: ignore[override] # None is how Scrapy is told to log nothing
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult | None:
        """Log nothing: the spider counts it with its reason."""
        return None

    def item_error(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        """Log the kind of error, without the item."""
        return {
            "level": logging.ERROR,
            "msg": "An image reference ended in an error of ours: %(kind)s",
            "args": {"kind": type(exception).__name__},
        }
