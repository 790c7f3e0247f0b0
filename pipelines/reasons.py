"""What is raised when a fetch fails, said in one sentence."""

from typing import Final

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)


class RefusedRequest(IgnoreRequest):
    """A request that a rule of ours forbids, with the sentence that says why."""


class CrawlStopped(Exception):
    """An image that is not fetched, because the crawl stops."""


_TOO_LARGE: Final = "It is larger than the limit (VIGIL_MAX_IMAGE_MB for images)."
_SENTENCES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (DownloadTimeoutError, "The site did not answer in time."),
    (CannotResolveHostError, "The host's name leads nowhere; check its spelling."),
    (DownloadConnectionRefusedError, "The site is down: it refuses connections."),
    (DownloadCancelledError, _TOO_LARGE),
    (ResponseDataLossError, "The site broke the transfer off half-way."),
    (CrawlStopped, "The crawl was stopped before it was fetched."),
)


def reason_of(error: BaseException) -> str:
    """Say why a fetch failed, without the address it was about."""
    if isinstance(error, RefusedRequest):
        return str(error)
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(error):
        return _TOO_LARGE  # unpacked only; Scrapy's own words would carry the address
    if isinstance(error, IgnoreRequest):
        return str(error) if "robots" not in str(error).lower() else ROBOTS
    return f"The connection failed ({type(error).__name__})."


ROBOTS: Final = (
    "The site's robots.txt forbids it. To fetch it all the same: "
    "vigil site edit NAME --ignore-robots REASON"
)
