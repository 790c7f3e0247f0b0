"""What a rendered page points to: what the site sent, and what its scripts have made of it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.extract import read_markup, take_element
from crawler.findings import Extracted, Findings
from crawler.json_documents import read_json
from crawler.rendering_asked import Asked
from crawler.rendering_page import Written
from crawler.xml_documents import read_xml
from domain.address import absolute
from domain.errors import InvalidInput

_NOWHERE: Final = "/relative-to-what-only-the-script-knows/"


def read_shown(written: Written, url: str, hosts: Collection[str], depth: int) -> Extracted:
    """Return what a page points to as it stands in the browser.

    Args:
        written: the page as it stood.
        url: its address, canonical.
        hosts: the site's hosts in scope, as ``domain.site.Site`` has them.
        depth: how many links away from a start page it is.
    """
    try:
        base = absolute(url, written.base)
    except InvalidInput:
        base = url
    findings = Findings(url, base, hosts, depth)
    read_markup(written.html, findings)
    for picture in written.pictures:
        findings.image(picture, "browser memory")
    return findings.extracted()


def read_asked(asked: Asked, url: str, hosts: Collection[str], depth: int) -> Extracted:
    """Return what a page's scripts had asked for, and what the answers name.

    Args:
        asked: what they had asked for.
        url: the page's address, canonical.
        hosts: as of `read_shown`.
        depth: as of `read_shown`.
    """
    findings = Findings(url, url, hosts, depth)
    for picture in asked.pictures:
        findings.image(picture, "browser")
    for link in asked.links:
        findings.page(link, "browser")
    return together(findings.extracted(), _named(asked.answers, url, hosts, depth))


def _named(answers: Iterable[Response], url: str, hosts: Collection[str], depth: int) -> Extracted:
    """Return what the data of a page's scripts name besides: larger pictures, as a rule.

    Only whole addresses count. What a bare name is relative to, only the script knows, and where it
    shows the picture that name has become an address.
    """
    findings = Findings(url, absolute(url, _NOWHERE), hosts, depth)
    for answer in answers:
        if kind_of(answer) is Kind.JSON:
            read_json(text_of(answer), findings, read_markup, alone=True)
        else:
            read_xml(text_of(answer), findings, take_element, read_markup)
    found = findings.extracted()
    return replace(
        found,
        references=tuple(each for each in found.references if _NOWHERE not in each.address),
        links=tuple(each for each in found.links if _NOWHERE not in each),
        unusable=(),
    )


def together(sent: Extracted, rendered: Extracted) -> Extracted:
    """Return what either reading of a page has found, each address once."""
    references = {each.address: each for each in sent.references}
    refused = {each.address: each for each in sent.refused}
    for each in rendered.references:
        known = references.get(each.address)
        if known is None:
            references[each.address] = each
        elif known.links_to is None and each.links_to is not None:
            references[each.address] = replace(known, links_to=each.links_to)
    for each in rendered.refused:
        refused.setdefault(each.address, each)
    return Extracted(
        references=tuple(references.values()),
        links=tuple(dict.fromkeys((*sent.links, *rendered.links))),
        refused=tuple(each for each in refused.values() if each.address not in references),
        unusable=tuple(dict.fromkeys((*sent.unusable, *rendered.unusable))),
        left_out=max(sent.left_out, rendered.left_out),
        links_left=max(sent.links_left, rendered.links_left),
        whole=sent.whole and rendered.whole,
        besides=tuple(dict.fromkeys((*sent.besides, *rendered.besides))),
        elsewhere=tuple(dict.fromkeys((*sent.elsewhere, *rendered.elsewhere))),
    )
