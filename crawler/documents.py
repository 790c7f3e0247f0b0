"""Documents: an answer becomes what it points to, by what it says it is and by what it looks like.

A link's name says little about what it leads to, and the content type is often missing or wrong.
So an answer that begins like a picture is one, and text is read as what it looks like.
"""

import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from scrapy.http import Response
from scrapy.utils.gz import gunzip

from crawler.document_kinds import Kind, content_type, kind_of, text_of
from crawler.extract import read_html, read_markup, take_element, take_link_headers
from crawler.findings import Extracted, Findings
from crawler.json_documents import read_json
from crawler.plain_addresses import read_addresses
from crawler.scripts import take_literals
from crawler.xml_documents import read_xml
from signals.archives import is_archive

SHEET: Final = "style sheet"
"""With what a place begins where an image was found in a style sheet of its own."""

_GZIP: Final = b"\x1f\x8b\x08"
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Picture:
    """The answer is an image, a video or an archive."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The answer is nothing that points to images, with the sentence that says so."""

    reason: str


def read_document(
    response: Response,
    url: str,
    hosts: Collection[str],
    depth: int,
    *,
    largest: int,
    shown_on: str | None = None,
) -> Extracted | Picture | Unreadable:
    """Return what an answer points to, or what it is instead.

    Args:
        response: an answer of status 200, unpacked.
        url: its address, canonical.
        hosts: the site's hosts in scope, as ``domain.site.Site`` has them.
        depth: how many links away from a start page it is.
        largest: bytes to which a packed file (a map of the site, as a rule) may unpack.
        shown_on: the page that has led to it, to which addresses in a script are relative.
    """
    if response.body.startswith(_GZIP) and not is_archive(response.body):
        try:
            body = gunzip(response.body, max_size=largest)
        except ValueError:
            limit = largest // _MEGABYTE
            return Unreadable(f"It unpacks to more than the limit of {limit} MB (gzip).")
        except (OSError, EOFError, zlib.error, struct.error):
            return Unreadable("It is packed (gzip) and cannot be unpacked.")
        response = response.replace(body=body)
        del response.headers["Content-Type"]  # that of the packing
    kind = kind_of(response)
    if kind is Kind.PICTURE:
        return Picture()
    if kind is Kind.NONE:
        said = content_type(response) or "of no stated kind"
        return Unreadable(f"It is {said}, not a page.")
    findings = Findings(url, url, hosts, depth)
    headers = response.headers.getlist("Link")
    take_link_headers([value.decode("latin-1") for value in headers], findings)
    if kind is Kind.SCRIPT and shown_on is not None:
        findings.base = shown_on
    _read(kind, text_of(response), findings)
    return findings.extracted()


def _read(kind: Kind, text: str, findings: Findings) -> None:
    if kind is Kind.HTML:
        read_html(text, findings)
    elif kind is Kind.XML:
        read_xml(text, findings, take_element, read_markup)
    elif kind is Kind.CSS:
        findings.css(text, SHEET)
    elif kind is Kind.JSON:
        read_json(text, findings, read_markup, alone=True)
    elif kind is Kind.SCRIPT:
        take_literals(text, "script", findings)
    else:
        read_addresses(text, findings, "text")
        read_html(text, findings)  # what many servers call plain is not
