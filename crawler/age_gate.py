"""The age gate: a link or a button that has to be pressed before a site shows its pages.

The site remembers by a cookie that it was pressed, and the crawl keeps cookies to its end. It may
stand before every page or come up in the middle of a crawl, so each page is looked at; once it has
been pressed, the page that it stood before is asked for again.
"""

import asyncio
from html import unescape
from typing import Final

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.pace import SENT
from crawler.page_forms import MAX_CHARACTERS, OnlyScripts, PageForms, Press
from crawler.pressing import press
from domain.acting_links import acts_by
from domain.site_entry import AGE_GATE, SELECTOR
from pipelines.reasons import CrawlStopped, reason_of
from pipelines.visit import visit_of

IN_A_ROW: Final = 2
"""Times that it is pressed, one after the other, before the crawl takes it for shut."""

IN_ALL: Final = 20
"""Times that it is pressed in one crawl: each part of a site may have one of its own."""


class AgeGate:
    """Presses the gate of a crawl's site where it stands.

    ``met`` counts the times that it was pressed; ``trouble`` says why it could not be passed.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._visit = visit_of(crawler)
        self.words = self._visit.site.age_gate
        self.met = 0
        self.trouble: str | None = None
        self._in_a_row = 0
        self._answer = 0
        self._pressed_at = float("-inf")
        self._pressing = asyncio.Lock()

    async def stood_before(self, response: Response) -> bool:
        """Press the gate if it stands on this page; True: now the page is to be asked for again."""
        if self.words is None or self.trouble is not None:
            return False
        async with self._pressing:
            found = self._find(response)
            asked_after = response.meta.get(SENT, 0.0) > self._pressed_at
            if found is None:
                self._in_a_row = 0 if asked_after else self._in_a_row
                return False
            if not asked_after:  # it was on its way while another one was pressed
                return True
            if self._in_a_row >= IN_A_ROW or self.met >= IN_ALL:
                why = (
                    f"It was pressed, the site answered {self._answer}, and it stands there still."
                )
                self._shut(response, why)
                return False
            return await self._press(found, response)

    def _find(self, response: Response) -> Press | OnlyScripts | None:
        if self.words is None or kind_of(response) is not Kind.HTML:
            return None
        text = text_of(response)
        if not self.words.startswith(SELECTOR):
            longest = max(self.words.casefold().split(), key=len)
            if not _holds(text, longest):  # nearly every page, once it is passed
                return None
        return PageForms(text, response.url).gate(self.words)

    async def _press(self, found: Press | OnlyScripts, response: Response) -> bool:
        if isinstance(found, OnlyScripts):
            self._shut(
                response,
                "Only a script says what its button does. Give the cookie that it sets (--cookie), "
                "or have the pages rendered (--render on).",
            )
            return False
        acts = acts_by(found.url) if found.method == "GET" else None
        if acts is not None:
            self._shut(
                response,
                f"What stands on it leads to an address that may have the site do something "
                f"({acts[:60]!r}), so it was not pressed.",
            )
            return False
        try:
            answer = await press(self._crawler, found, response.url)
        except CrawlStopped:
            return False
        except Exception as error:  # noqa: BLE001 - whatever a hostile server provokes is one sentence
            self._shut(response, reason_of(error))
            return False
        # Where it leads may well not be there, as the map that a site has none of; whether it was
        # passed shows when the page is asked for again.
        self._answer = answer.status
        self.met += 1
        self._in_a_row += 1
        self._pressed_at = asyncio.get_running_loop().time()
        return True

    def _shut(self, response: Response, why: str) -> None:
        self.trouble = why
        reason = f"The age gate could not be passed, and the crawl went on without. {why}"
        self._visit.remark(AGE_GATE, response.url, reason)


def _holds(text: str, word: str) -> bool:
    """Say whether a folded word stands on a page, be it written with entities."""
    if word in text.casefold():
        return True
    return "&" in text and word in unescape(text[:MAX_CHARACTERS]).casefold()
