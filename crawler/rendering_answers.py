"""Answers as the browser takes them: what the site sent, or an empty picture."""

import base64
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final

from scrapy.http import Response

_GIVEN_BACK: Final = frozenset(
    {
        b"content-type",
        b"content-language",
        b"content-security-policy",
        b"x-content-type-options",
        b"link",
        b"vary",
    }
)
_OPENS: Final = b"access-control-"


def _empty_picture(width: int, height: int) -> bytes:
    """Write a grey PNG, large enough for a script that sorts out what is small."""
    rows = (b"\0" + b"\x80" * width) * height

    def part(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(rows, 9))
        + part(b"IEND", b"")
    )


EMPTY_PICTURE: Final[Mapping[str, Any]] = {
    "responseCode": 200,
    "responseHeaders": [
        {"name": "Content-Type", "value": "image/png"},
        {"name": "Access-Control-Allow-Origin", "value": "*"},
    ],
    "body": base64.b64encode(_empty_picture(640, 480)).decode("ascii"),
}
"""What every request for a picture is answered."""


def fulfilled(answer: Response, *, as_html: bool = False) -> dict[str, Any]:
    """Return an answer of the site as the browser takes it, with the headers that scripts may need.

    Args:
        answer: what the site sent, unpacked. Its cookies stay in the crawl's own jar.
        as_html: call it HTML, whatever the site calls it.
    """
    headers = [
        {"name": name.decode("latin-1"), "value": value.decode("latin-1")}
        for name, values in answer.headers.items()
        if name.lower() in _GIVEN_BACK or name.lower().startswith(_OPENS)
        for value in values
    ]
    said = (answer.headers.get("Content-Type") or b"").lower()
    if as_html and b"html" not in said:
        headers = [each for each in headers if each["name"].lower() != "content-type"]
        headers.append({"name": "Content-Type", "value": "text/html"})
    return {
        "responseCode": answer.status,
        "responseHeaders": headers,
        "body": base64.b64encode(answer.body).decode("ascii"),
    }
