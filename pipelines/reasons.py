"""What is raised when a fetch fails, said in one sentence."""

from typing import Final

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)


class RefusedRequest(IgnoreRequest):
    """A request that a rule of ours forbids, with the sentence that says why."""


class HungUp(DownloadFailedError):
    """A connection that broke, with the sentence that says when; the next one may hold."""


class BadAnswer(DownloadFailedError):
    """An answer that cannot be used and would be no better the next time, with the sentence."""


class TooSlow(DownloadTimeoutError):
    """An answer that began and did not end in time, with the sentence that says so."""


class FailedRequest(Exception):
    """A request not sent now that may be sent another time, with the sentence that says why."""


class UselessPart(DownloadCancelledError):
    """A file too large to be read whole, whose beginning says nothing, with the sentence."""


class CrawlStopped(Exception):
    """An image that is not fetched, because the crawl stops."""


_SAY_IT_THEMSELVES: Final = (
    RefusedRequest,
    FailedRequest,
    UselessPart,
    HungUp,
    BadAnswer,
    TooSlow,
)
_SENTENCES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (DownloadTimeoutError, "The site did not answer in time."),
    (CannotResolveHostError, "The host's name leads nowhere; check its spelling."),
    (DownloadConnectionRefusedError, "The site is down: it refuses connections."),
    (
        DownloadCancelledError,
        (
            "It is larger than what is fetched of a page (16 MB), an image (VIGIL_MAX_IMAGE_MB), a "
            "video (VIGIL_MAX_VIDEO_MB) or an archive (VIGIL_MAX_ARCHIVE_MB)."
        ),
    ),
    (ResponseDataLossError, "The site broke the transfer off half-way."),
    (CrawlStopped, "The crawl was stopped before it was fetched."),
)


def reason_of(error: BaseException) -> str:
    """Say why a fetch failed, without the address it was about."""
    if isinstance(error, _SAY_IT_THEMSELVES):
        return str(error)
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, IgnoreRequest):
        return str(error) if "robots" not in str(error).lower() else ROBOTS
    return f"The connection failed ({type(error).__name__})."


ROBOTS: Final = (
    "The site's robots.txt forbids it. To fetch it all the same: "
    "vigil site edit NAME --ignore-robots REASON"
)
