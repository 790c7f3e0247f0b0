"""Whether a page looks as if its scripts have yet to build it."""

import re
from typing import Final

from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.findings import Extracted

_MOST_PICTURES: Final = 2
"""A logo and a banner stand on pages that show nothing yet."""

_MOST_LINKS: Final = 20
_MOST_TEXT: Final = 1_500
"""Characters: what is to be read on a page that says no more than its menu."""

_LOOKED_AT: Final = 300_000
_TAG: Final = re.compile(r"<[^<>]*+>?")
_SPACES: Final = re.compile(r"\s++")
_UNSEEN: Final = ("script", "style", "noscript", "template", "head")
_NO_PICTURES: Final = ("meta ", "link@")


def is_html(response: Response) -> bool:
    """Say whether an answer is a page that a browser would show."""
    return kind_of(response) is Kind.HTML


def is_unbuilt(response: Response, extracted: Extracted) -> bool:
    """Say whether a page has scripts, and hardly anything else.

    Args:
        response: the page as it came.
        extracted: what was found in it.
    """
    pictures = sum(not each.found_in.startswith(_NO_PICTURES) for each in extracted.references)
    pictures += extracted.pixels  # dots and buttons are built, too
    if pictures > _MOST_PICTURES or len(extracted.links) > _MOST_LINKS:
        return False
    start = response.body[:_LOOKED_AT]
    if b"<script" not in start.lower() or not is_html(response):
        return False
    return len(_seen(text_of(response.replace(body=start)))) <= _MOST_TEXT


def _seen(html: str) -> str:
    """Return about what a reader would see of a page whose scripts do not run."""
    for tag in _UNSEEN:
        html = _without(tag, html)
    return _SPACES.sub(" ", _TAG.sub(" ", html)).strip()


def _without(tag: str, html: str) -> str:
    small, kept, at = html.lower(), [], 0
    while (begins := small.find(f"<{tag}", at)) >= 0:
        kept.append(html[at:begins])
        ends = small.find(f"</{tag}", begins)
        if ends < 0:
            at = len(html)
            break
        at = ends + len(tag) + 2
    return "".join([*kept, html[at:]])
