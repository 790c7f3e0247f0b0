"""Rules about addresses: one written form for each, what is in scope, what is never requested."""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from domain.errors import InvalidInput
from domain.sentence import sentence

MAX_LENGTH: Final = 4096

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HIGHEST_PORT: Final = 65_535
# RFC 3986: what may stand for itself in a path and a query. "%" stays, since it is already there.
_PATH_SAFE: Final = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE: Final = _PATH_SAFE + "?[]|^`{}\\"
_ESCAPE: Final = re.compile(r"%([0-9a-fA-F]{2})")
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9a-fA-F]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TRIMMED: Final = "".join(map(chr, range(0x21)))
_DATA: Final = re.compile(
    r"data:([^,;]{0,100})((?:;[^,;]{0,100}){0,8}),(.*)", re.IGNORECASE | re.DOTALL
)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,40}")
_STORED_DATA: Final = re.compile(r"data:[a-z0-9.+/-]{0,81};sha256=[0-9a-f]{64}")
_BEFORE_QUERY: Final = re.compile(r"[^?#]*")
_MAX_ESCAPED: Final = 4
"""How many times over an address that is handed on may be escaped."""
_NO_HOST: Final = re.compile(r"[\x00-\x20\x7f<>\"'`{}|\\^%#?/@\[\]]")
# An address whose host is in its one form for certain, as those on most pages are.
_PLAIN_HOST: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([1-9]\d{0,4}))?(?=/)"
)


def canonical(url: str) -> str:
    """Bring an http(s) address into its one written form.

    Scheme and host in lower case, no default port, no fragment, dot segments resolved, escapes in
    one form, an empty path as ``/``; no name or password, no dot behind the host, and a backslash
    is a slash, as in browsers. The order of a query's parts is kept: sites may mind it.

    Raises:
        InvalidInput: it is no http(s) address.
    """
    text = _with_slashes(_trimmed(url))
    _refuse_long(text)
    try:
        parts = urlsplit(text)
        scheme, port = parts.scheme.lower(), parts.port
        host = _host(parts.hostname or "", bracketed="[" in parts.netloc)
    except (ValueError, UnicodeError):
        msg = sentence(
            "%(text)s is no address: its host or port cannot be read.",
            text=_shown(text),
        )
        raise InvalidInput(msg) from None
    if scheme not in _DEFAULT_PORTS or not host:
        msg = sentence(
            "%(text)s is no web address: write it as https://example.org/page.",
            text=_shown(text),
        )
        raise InvalidInput(msg)
    # Port 0 cannot be connected to, and the standard library writes it as no port at all.
    shown_port = "" if port in {None, 0, _DEFAULT_PORTS[scheme]} else f":{port}"
    path = _without_dots(_escaped(parts.path, _PATH_SAFE)) or "/"
    query = _escaped(parts.query, _QUERY_SAFE)
    written = urlunsplit((scheme, host + shown_port, path, query, ""))
    _refuse_long(written)  # escapes have made it longer, and what is written must be readable again
    return written


def absolute(page_url: str, reference: str) -> str:
    """Return where a reference leads that stands on the page at ``page_url``, canonical.

    Raises:
        InvalidInput: it leads to no http(s) address.
    """
    text = _with_slashes(_trimmed(reference))
    try:
        joined = urljoin(page_url, text)
    except ValueError:
        msg = sentence(
            "%(text)s is no address: its host or port cannot be read.",
            text=_shown(text),
        )
        raise InvalidInput(msg) from None
    return canonical(joined)


def data_uri(text: str) -> str | None:
    """Return a ``data:`` address as it is to be read, or None if ``text`` is another address."""
    trimmed = _trimmed(text)
    return f"data:{trimmed[5:]}" if trimmed[:5].lower() == "data:" else None


def digest(address: str) -> str:
    """Return the SHA-256, in hexadecimal, by which the database knows a storable address.

    An address is storable as ``canonical`` and ``storable`` return it, or
    ``domain.file_address.member_address``.
    """
    if address[:5].lower() == "data:":  # it may hold a picture, which is never what is known of it
        address = storable(address)
    return hashlib.sha256(address.encode()).hexdigest()


@lru_cache(maxsize=1_000)  # each rule about a request asks again
def host_of(url: str) -> str:
    """Return the host of an address, with its port unless that is the usual one."""
    plain = _PLAIN_HOST.match(url)
    if plain is None or len(url) > MAX_LENGTH:
        return urlsplit(canonical(url)).netloc
    scheme, host, port = plain.groups()
    if port is None or int(port) == _DEFAULT_PORTS[scheme]:
        return host
    return f"{host}:{port}" if int(port) <= _HIGHEST_PORT else urlsplit(canonical(url)).netloc


def in_scope(url: str, hosts: Collection[str]) -> bool:
    """Say whether an address lies on one of ``hosts``; ``.example.org`` stands for all below it."""
    try:
        host = host_of(url)
    except InvalidInput:
        return False
    return host in hosts or any(entry.startswith(".") and host.endswith(entry) for entry in hosts)


def storable(url: str) -> str:
    """Return what may be stored of an image's address.

    A ``data:`` address is the image itself, so its digest stands in for it.

    Raises:
        InvalidInput: it is neither a web address nor a readable ``data:`` address.
    """
    if _STORED_DATA.fullmatch(url):
        return url
    if data_uri(url) is None:
        return canonical(url)
    body = decode_data_uri(url, limit=4 * len(url))  # UTF-8: a character is at most 4 bytes
    found = _DATA.match(_trimmed(url))
    kind = found[1].strip().lower() if found else ""
    kind = kind if _MEDIA_TYPE.fullmatch(kind) else ""
    return f"data:{kind};sha256={hashlib.sha256(body).hexdigest()}"


def decode_data_uri(url: str, limit: int) -> bytes:
    """Return the bytes that a ``data:`` address holds.

    Raises:
        InvalidInput: it cannot be read, or holds more than ``limit`` bytes.
    """
    found = _DATA.match(_trimmed(url))
    if found is None:
        msg = sentence("A data: address that cannot be read.")
        raise InvalidInput(msg)
    parameters, payload = found[2].lower(), found[3].split("#", 1)[0]
    is_base64 = "base64" in {part.strip() for part in parameters.split(";")}
    # Three escaped characters stand for one, four of base64 for three: judged before decoding.
    if len(payload) > 4 * (limit + 4):
        msg = sentence(
            "A data: address of %(payload)s characters, over the limit of %(limit)s bytes.",
            payload=len(payload),
            limit=limit,
        )
        raise InvalidInput(msg)
    body = unquote_to_bytes(payload.encode(errors="replace"))
    if is_base64:
        compact = re.sub(rb"\s+", b"", body).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        try:
            body = base64.b64decode(compact + b"=" * (-len(compact) % 4), validate=True)
        except binascii.Error:
            msg = sentence("A data: address whose base64 is damaged.")
            raise InvalidInput(msg) from None
    if len(body) > limit:
        msg = sentence(
            "A data: address of %(body)s bytes, over the limit of %(limit)s bytes.",
            body=len(body),
            limit=limit,
        )
        raise InvalidInput(msg)
    return body


def carries_an_address(url: str, hosts: Collection[str]) -> bool:
    """Say whether an address outside ``hosts`` hands on another address, or one of the hosts.

    Reverse image searches, share buttons and translators work that way: to request one gives the
    third party a copy of what we hunt. Such an address is never requested.
    """
    if in_scope(url, hosts):
        return False
    try:
        parts = urlsplit(_trimmed(url))
    except ValueError:
        return False
    # A host alone counts in the query only: networks that deliver a site's own pictures often
    # have its name in their paths.
    path, query = parts.path.lower(), f"{parts.query}#{parts.fragment}".lower()
    names = {form for host in hosts for form in _spellings(host.lstrip("."))}
    for _ in range(_MAX_ESCAPED + 1):
        if "http:/" in path + query or "https:/" in path + query:
            return True
        if any(_names_host(query, name) for name in names):
            return True
        path, query = unquote(path), unquote(query)
    return False


def _names_host(text: str, name: str) -> bool:
    # site.example is handed on as www.site.example too, and is no part of notsite.example.
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _trimmed(url: str) -> str:
    # As browsers do: control characters and spaces around, tabs and line breaks anywhere.
    return url.strip(_TRIMMED).replace("\t", "").replace("\n", "").replace("\r", "")


def _with_slashes(text: str) -> str:
    return _BEFORE_QUERY.sub(lambda found: found[0].replace("\\", "/"), text, count=1)


def _refuse_long(text: str) -> None:
    if len(text) > MAX_LENGTH:
        msg = sentence(
            "An address of %(text)s characters is too long; %(max_length)s are taken.",
            text=len(text),
            max_length=MAX_LENGTH,
        )
        raise InvalidInput(msg)


def _shown(text: str) -> str:
    if data_uri(text) is not None:  # it holds a picture, and messages are stored
        return "A data: address"
    return repr(text if len(text) <= 100 else text[:97] + "…")  # noqa: PLR2004 - a line's worth


def _host(name: str, *, bracketed: bool) -> str:
    if bracketed and "%" not in name:  # urlsplit took the brackets off
        return f"[{IPv6Address(name)}]"
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    name = name.lower().removesuffix(".")
    if _NO_HOST.search(name) or name != name.strip("."):
        msg = "a host with signs that no host has"
        raise ValueError(msg)
    return name


def _spellings(name: str) -> set[str]:
    # A name such as xn--bcher-kva.example is also written in its own letters: bücher.example.
    try:
        return {name, name.encode().decode("idna")}
    except UnicodeError:
        return {name}


def _escaped(text: str, safe: str) -> str:
    text = _STRAY_PERCENT.sub("%25", text)
    text = quote(text, safe=safe, errors="replace")
    return _ESCAPE.sub(_plain_escape, text)


def _plain_escape(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return sign if sign in _UNRESERVED else found[0].upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    joined = "/".join(kept)
    return joined if joined.startswith("/") or not joined else f"/{joined}"
