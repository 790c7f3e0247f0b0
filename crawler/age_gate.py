"""The age gate: a link or a button that has to be pressed before a site shows its pages.

The site remembers by a cookie that it was pressed, and the crawl keeps cookies to its end. It may
stand before every page or come up in the middle of a crawl, so each page is looked at; once it has
been pressed, the page that it stood before is asked for again.
"""

import asyncio
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import urlencode

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.errands import Errand
from crawler.pace import SENT
from crawler.page_forms import MAX_CHARACTERS, OnlyScripts, PageForms, Press
from crawler.pressing import press
from domain.acting_links import acting_words, acts_by, acts_by_sending
from domain.site import Render
from domain.site_entry import AGE_GATE, SELECTOR
from pipelines.reasons import CrawlStopped, reason_of
from pipelines.visit import visit_of

IN_A_ROW: Final = 2
"""Times that it is pressed, one after the other, before the crawl takes it for shut."""

IN_ALL: Final = 20
"""Times that it is pressed in one crawl: each part of a site may have one of its own."""

_MOST_AGAIN: Final = 1_000
"""Pages that are asked for again in one crawl, since a gate that scripts understand was there."""

_PAGES_IN_A_ROW: Final = 3
"""Pages at which a gate may stand still that was passed in the browser before."""

_OTHERWISE: Final = (
    "Give the cookie that it sets (--cookie), or have the pages opened in a browser (--render on)."
)

LEFT_TO_THE_BROWSER: Final = "age gate"
"""Flag of a page on which a gate stands that only scripts understand."""


def is_left_to_the_browser(response: Response) -> bool:
    """Say whether a gate stands on a page that is to be pressed where the page's scripts run."""
    return LEFT_TO_THE_BROWSER in response.flags


@dataclass(frozen=True, slots=True)
class GateWords:
    """What is to be pressed where scripts run.

    ``said`` are the words on it or its selector, as `domain.site_entry` has them; ``found`` are the
    whole words that stood on the one by which the site was passed, None until it was. After that
    nothing is pressed any more that merely holds the words that were said.
    """

    said: str
    found: str | None = None


class AgeGate:
    """Presses the gate of a crawl's site where it stands.

    ``met`` counts the times that it was pressed; ``trouble`` says why it could not be passed.
    A gate that only scripts understand is left to the browser, if the site's pages may be opened in
    one: `crawler.rendering` presses it there.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._visit = visit_of(crawler)
        self.words = self._visit.site.age_gate
        self.met = 0
        self.trouble: str | None = None
        self._in_a_row = 0
        self._answer = 0
        self._only_scripts: str | None = None
        self._passed_by_script = False
        self._found = ""
        self._led_away_from: list[Errand] = []
        self._again: list[Errand] = []
        self._asked_again: set[str] = set()
        self._stood = 0
        self._led_away = 0
        self._pressed = 0
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
            if self._only_scripts is not None:
                self._leave_to_the_browser(response, self._only_scripts)
                return False
            if self._in_a_row >= IN_A_ROW or self._pressed >= IN_ALL:
                why = (
                    f"It was pressed, the site answered {self._answer}, and it stands there still."
                )
                self._leave_to_the_browser(response, why)
                return False
            return await self._press(found, response)

    def words_in_the_browser(self) -> GateWords | None:
        """Return what is to be pressed where scripts run; None if nothing is, or not any more.

        What leads away every time may be no gate, but a link of the same words on every page.
        """
        if self.words is None or self.trouble is not None or self._led_away >= IN_ALL:
            return None
        return GateWords(self.words, self._found if self._passed_by_script else None)

    def pressed_in_the_browser(
        self, url: str, errand: Errand, times: int, why: str | None, words: str | None
    ) -> None:
        """Learn how it went where a page's scripts run.

        Where a gate was passed before, a page or two at which it stands still say little.

        Args:
            url: the page that it stood on.
            errand: what was asked for, which may have been another page.
            times: how often it was pressed there.
            why: why it stands there still; None if it does not.
            words: what stood on it.
        """
        self.met += times
        if times and errand.url != url:
            self._ask_again(errand)
        if why is None:
            if times:
                self._passed_in_the_browser(words)
            return
        self._stood += 1
        if self._stood < _PAGES_IN_A_ROW and self._passed_by_script:
            self._visit.note("page", "note", url, f"The age gate could not be passed. {why}")
        else:
            self.stays_shut(url, why)

    def led_on(self, url: str, errand: Errand, words: str | None) -> None:
        """Learn that a gate led to another page of the site, and stands where it stood nonetheless.

        That is as it should be if the page is the gate itself: other pages led to it, by their
        scripts or by a redirect, and are asked for again.

        Args:
            url: the page that it stands on.
            errand: what was asked for, which may have been another page.
            words: what stood on it.
        """
        self.met += 1
        self._led_away += 1
        again = errand.url != url and self._ask_again(errand)
        if not again and not self._led_away_from and not self._passed_by_script:
            self.stays_shut(url, "It was pressed in a browser, and it stands there still.")
            return
        self._passed_in_the_browser(words)

    def _passed_in_the_browser(self, words: str | None) -> None:
        if not self._passed_by_script:
            self._found = words or ""
        self._passed_by_script, self._stood = True, 0
        for errand in self._led_away_from:
            self._ask_again(errand)
        self._led_away_from = []

    def _ask_again(self, errand: Errand) -> bool:
        """Have a page be asked for again, once; say whether it is."""
        if errand.url in self._asked_again or len(self._asked_again) >= _MOST_AGAIN:
            return False
        self._asked_again.add(errand.url)
        self._again.append(errand)
        return True

    def may_have_led_away_from(self, url: str, errand: Errand) -> bool:
        """Say whether a page, which its scripts have left for another, may be one behind the gate.

        If so, nothing on it is gone. It is asked for again once the gate has been passed; if it has
        been, only where something else was asked for: the page is the gate then, as a rule.

        Args:
            url: the page.
            errand: what was asked for, which may have been another page.
        """
        if self.words is None:
            return False
        if self.trouble is None and self._passed_by_script:
            if errand.url != url:
                self._ask_again(errand)
        elif self.trouble is None and len(self._led_away_from) < _MOST_AGAIN:
            self._led_away_from.append(errand)
        return True

    def asked_again(self) -> list[Errand]:
        """Return the errands of pages to ask for again, now that the gate has been passed."""
        again, self._again = self._again, []
        return again

    def stays_shut(self, url: str, why: str) -> None:
        """Learn that a gate could not be passed in the browser, and why."""
        if self.trouble is None:
            self._shut(url, " ".join(filter(None, (self._only_scripts, why))))

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
            self._leave_to_the_browser(response, "Only a script says what its button does.")
            return False
        if found.method == "GET":
            acts = acts_by(found.url)
        else:
            acts = acts_by_sending(found.url, urlencode(found.fields))
        if acts is None and not (self.words or "").startswith(SELECTOR):
            acts = acting_words(self.words or "")
        if acts is not None:
            self._shut(
                response.url,
                f"What stands on it may have the site do something ({acts[:60]!r}), so it was not "
                "pressed.",
            )
            return False
        try:
            answer = await press(self._crawler, found, response.url)
        except CrawlStopped:
            return False
        except Exception as error:  # noqa: BLE001 - whatever a hostile server provokes is one sentence
            self._shut(response.url, reason_of(error))
            return False
        # Where it leads may well not be there, as the map that a site has none of; whether it was
        # passed shows when the page is asked for again.
        self._answer = answer.status
        self.met += 1
        self._pressed += 1
        self._in_a_row += 1
        self._pressed_at = asyncio.get_running_loop().time()
        return True

    def _leave_to_the_browser(self, response: Response, why: str) -> None:
        if self._visit.site.render is Render.OFF:
            self._shut(response.url, f"{why} {_OTHERWISE}")
        else:
            self._only_scripts = why
            response.flags.append(LEFT_TO_THE_BROWSER)

    def _shut(self, url: str, why: str) -> None:
        self.trouble = why
        reason = f"The age gate could not be passed, and the crawl went on without. {why}"
        self._visit.remark(AGE_GATE, url, reason)


def _holds(text: str, word: str) -> bool:
    """Say whether a folded word stands on a page, be it written with entities."""
    if word in text.casefold():
        return True
    return "&" in text and word in unescape(text[:MAX_CHARACTERS]).casefold()
