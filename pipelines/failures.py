"""What the HTTP client raises, told apart: what broke, and whether it may hold the next time.

Scrapy's retry middleware knows Scrapy's errors, and the crawl's report wants a sentence that an
operator understands. No sentence holds anything that the site has sent, nor the address.
"""

from typing import Final, NoReturn

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientOSError,
    ClientPayloadError,
    ClientResponseError,
    InvalidURL,
    ServerDisconnectedError,
)
from aiohttp.http_exceptions import HttpProcessingError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from domain.address import host_of
from domain.errors import EgressRefused
from fetching.connections import HEADER_BYTES, HEADERS
from fetching.proxied_connector import ProxyFailed
from fetching.public_sockets import NotPublic
from pipelines.reasons import BadAnswer, HungUp, RefusedRequest, TooSlow

_ENDLESS_HEADERS: Final = (
    f"Its headers have no end: more than {HEADERS}, or a line of more than {HEADER_BYTES:,} bytes. "
    "It was not read any further."
)
_BAD_CERTIFICATE: Final = (
    "Its certificate is not valid: {detail}. To accept it all the same: "
    "vigil site edit NAME --accept-bad-certificate REASON"
)
_WORDS: Final = 80
"""Characters kept of what the client or the TLS library says; the words are not the site's."""


def raise_as_scrapy_does(error: Exception, url: str, *, seconds: float, began: bool) -> NoReturn:
    """Raise what a failed request is to its retries and to the report.

    Args:
        error: what the client raised.
        url: the address that was asked for.
        seconds: how long the answer was waited for.
        began: whether an answer had begun to arrive.
    """
    if isinstance(error, TimeoutError) and began:
        msg = (
            f"It did not arrive whole within {seconds:g} seconds, the time that a site may take "
            "for one answer (VIGIL_ANSWER_SECONDS)."
        )
        raise TooSlow(msg) from error
    if isinstance(error, TimeoutError):
        raise DownloadTimeoutError from error
    if isinstance(error, ClientConnectorError):
        _raise_unconnected(error, url)
    if isinstance(error, InvalidURL | UnicodeError):
        raise CannotResolveHostError from error
    if isinstance(error, ClientResponseError):
        # Not from it: the client quotes what the site has sent, and chains are written to logs.
        raise BadAnswer(_broken_head(error.message)) from None
    if isinstance(error, ClientPayloadError) and _is_wrong(error.__cause__):
        msg = "It does not answer as a web server does (its parts are not as long as they say)."
        raise BadAnswer(msg) from None
    if isinstance(error, ClientPayloadError):
        raise ResponseDataLossError from None
    if isinstance(error, ServerDisconnectedError | ClientOSError):
        msg = "The site hung up before it had answered."
        raise HungUp(msg) from error
    raise DownloadFailedError(type(error).__name__) from error


def _raise_unconnected(error: ClientConnectorError, url: str) -> NoReturn:
    cause = error.os_error
    if isinstance(cause, ProxyFailed):
        raise HungUp(str(cause)) from error
    if isinstance(cause, NotPublic):
        raise RefusedRequest(str(EgressRefused(host_of(url), cause.address))) from error
    if isinstance(error, ClientConnectorCertificateError):
        detail = _detail(getattr(error.certificate_error, "verify_message", ""))
        raise BadAnswer(_BAD_CERTIFICATE.format(detail=detail)) from error
    if isinstance(error, ClientConnectorSSLError):
        detail = _detail(getattr(cause, "reason", None) or "").replace("_", " ").lower()
        msg = f"It cannot be reached by https: no encryption could be agreed on ({detail})."
        raise BadAnswer(msg) from error
    if isinstance(error, ClientConnectorDNSError):
        raise CannotResolveHostError from error
    if isinstance(cause, ConnectionRefusedError):
        raise DownloadConnectionRefusedError from error
    msg = f"The site cannot be reached ({_detail(cause.strerror or type(cause).__name__)})."
    raise HungUp(msg) from error


def _is_wrong(cause: BaseException | None) -> bool:
    # Where the rest of the body is only missing, the client says so in these words.
    return isinstance(cause, HttpProcessingError) and "not enough data" not in str(cause).lower()


def _broken_head(message: str) -> str:
    if message.lstrip().startswith(("Too many headers", "Got more than")):
        return _ENDLESS_HEADERS
    return _broken_http(message)


def _broken_http(message: str) -> str:
    # The client quotes what it stumbled over behind a colon; that is the site's.
    words = message.strip().split("\n", 1)[0].split(":", 1)[0].strip().lower()
    return f"It does not answer as a web server does ({words[:_WORDS] or 'broken HTTP'})."


def _detail(words: str) -> str:
    return words[:_WORDS].strip() or "no reason is known"
