"""Rendering: pages that their scripts build are opened in a browser, one after the other.

A page comes here after it was fetched and read like any other. The browser is given what was
fetched, runs its scripts, and what it then shows is read like any page (`rendered_documents`). It
connects nowhere: `rendering_requests` answers it. No browser, no page, nothing lost but what only
scripts show, and the crawl's report says so; nothing on such a page is taken for gone.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.age_gate import AgeGate, is_left_to_the_browser
from crawler.errands import Errand
from crawler.findings import Extracted
from crawler.gate_signs import note_shown
from crawler.rendered_documents import together
from crawler.rendering_asked import Asked
from crawler.rendering_browser import MOST_MEMORY, Browser, NoBrowser, find_chromium
from crawler.rendering_cookies import cookies_for_scripts, take_over
from crawler.rendering_devtools import BrowserGone, CallRefused, CallTooSlow
from crawler.rendering_gate import GatePressed
from crawler.rendering_gate_scripts import giving_back
from crawler.rendering_kinds import PageKinds
from crawler.rendering_page import PageStuck, RenderedPage
from crawler.rendering_reading import PageReader, PageShown
from crawler.rendering_requests import PageRequests
from crawler.rendering_signs import is_html, is_unbuilt
from crawler.rendering_tab import PageNotOpened
from domain.address import canonical
from domain.site import Render
from pipelines.visit import visit_of
from storage.sightings import hosts_of_images

RENDERED: Final = "rendered"
"""Flag of a response whose page was opened in the browser: that it has not changed since says
nothing about what its scripts would show."""

NOT_SEEN: Final = "not seen"
"""Flag of a response whose page was to be opened in the browser and was not, or not to its end:
what is not found on it may well be there."""

PAGES_OF_A_BROWSER: Final = 50
"""Pages after which a browser is replaced by a fresh one: what it leaks is bounded so."""

_DEATHS: Final = 3
"""Browsers of one crawl that may end over their pages; after that it goes on without."""

_GATES_KEPT: Final = 3
"""Hosts, at most, of which it is kept what an age gate has left in the browser."""

_MEMORY_LOOK: Final = 0.5
_HOSTS_NAMED: Final = 5
_HOSTS_KEPT: Final = 5_000
_NO_PRESS: Final = (
    "There is no browser to press it in: install Chromium (vigil doctor), or give the cookie that "
    "it sets (--cookie)."
)
_GIVEN_UP: Final = (
    "The browser in which it would be pressed had been given up by then. The cookie that it sets "
    "may be given instead (--cookie)."
)
_LED_AWAY: Final = (
    "Its scripts led away from it to another page. What is not found on it is not taken for gone."
)
_HOW: Final = "To change that: install Chromium, or name one in VIGIL_CHROMIUM (vigil doctor)."


class Rendering:
    """The browser of one crawl, which it starts when the first page needs it."""

    def __init__(self, crawler: Crawler, age_gate: AgeGate) -> None:
        self._crawler = crawler
        self._age_gate = age_gate
        self._visit = visit_of(crawler)
        self._reader = PageReader(
            self._visit.site, lambda address: address in self._visit.addresses, self._visit.crawl_id
        )
        self._gates_kept: dict[str, None] = {}
        self._one_at_a_time = asyncio.Lock()
        self._browser: Browser | None = None
        self._program: Path | None = None
        self._over: str | None = None
        self._deaths = 0
        self._kinds = PageKinds()
        self._kept: dict[str, Response] = {}
        self._picture_hosts: frozenset[str] | None = None
        self._left: set[asyncio.Task[None]] = set()
        self._elsewhere: Counter[str] = Counter()
        self._pictures = 0
        self._links = 0
        self._processor = 0.0
        self._looked = 0.0

    def wants(self, response: Response, extracted: Extracted, errand: Errand) -> bool:
        """Say whether a page is to be opened in the browser; flag it if it is and cannot be.

        Args:
            response: the page as it came.
            extracted: what was found in it.
            errand: what it was asked for with.
        """
        if not self._should(response, extracted, errand):
            return False
        if self._over is not None or self._visit.stopping:
            response.flags.append(NOT_SEEN)
            if is_left_to_the_browser(response) and not self._visit.stopping:
                self._age_gate.stays_shut(response.url, self._why_not_pressed())
            return False
        return True

    def _should(self, response: Response, extracted: Extracted, errand: Errand) -> bool:
        render = self._visit.site.render
        if render is Render.OFF:
            return False
        if render is Render.ON:
            return is_html(response)
        if is_left_to_the_browser(response):
            return True
        if not is_unbuilt(response, extracted):
            return False
        if not self._kinds.worth_opening(errand.family):
            response.flags.append(NOT_SEEN)  # it may well be the first of its kind to show more
            return False
        return True

    async def read(
        self, response: Response, url: str, sent: Extracted, errand: Errand
    ) -> Extracted:
        """Return what a page points to, its scripts run; only what came, if they cannot be.

        The response is flagged as ``RENDERED`` if they were, as ``NOT_SEEN`` unless to their end.

        Args:
            response: the page as it came.
            url: its address, canonical.
            sent: what was found in it.
            errand: what it was asked for with.
        """
        response.flags.append(NOT_SEEN)  # until it is
        async with self._one_at_a_time:
            if self._over is not None or self._visit.stopping:
                return sent
            try:
                browser = await self._ready()
            except NoBrowser as error:
                self._do_without(str(error))
                if is_left_to_the_browser(response):
                    self._age_gate.stays_shut(response.url, self._why_not_pressed())
                return sent
            self._kinds.open(errand.family)
            cookies = cookies_for_scripts(self._crawler, response.url)
            requests = PageRequests(
                self._crawler,
                browser.devtools,
                response,
                self._kept,
                cookies={str(each["name"]): str(each["value"]) for each in cookies},
                left=self._left,
                picture_hosts=await self._hosts_of_pictures(),
            )
            try:
                shown = await self._open(browser, requests, response.url, url, errand, cookies)
            except PageNotOpened as error:
                self._visit.note("page", "note", url, f"It was read without its scripts. {error}")
                return sent
            except (PageStuck, BrowserGone, CallRefused, CallTooSlow) as error:
                await self._lose(browser, url, error, "It was read without its scripts.")
                return sent
            finally:
                self._tell(url, requests.asked)
            if shown.lost is not None:
                said = "Not all of its routes behind # were read."
                await self._lose(browser, url, shown.lost, said)
        response.flags.append(RENDERED)
        note_shown(response, shown.html)
        self._mind_gate(url, errand, shown.gate)
        away = requests.asked.away
        if away and not self._age_gate.may_have_led_away_from(url, errand):
            self._visit.note("page", "note", url, _LED_AWAY)
        seen = shown.ended and not requests.asked.without
        if seen and not shown.gate.stands and not away:
            response.flags.remove(NOT_SEEN)
        for reason in shown.said:
            self._visit.note("page", "note", url, reason)
        # What scripts were answered has been read, and need not be asked for once more.
        answered = {canonical(each.url) for each in requests.asked.answers}
        sent = replace(sent, links=tuple(each for each in sent.links if each not in answered))
        both = self._gain(sent, shown, errand)
        for reference in both.references:
            brought = requests.asked.brought.get(reference.address)
            if brought is not None and reference.address not in self._visit.addresses:
                self._visit.brought[reference.address] = brought
        return both

    async def close(self) -> None:
        """End the browser, and say in the crawl's report what it was good for."""
        if self._browser is not None:
            await self._end(self._browser)
        start, opened = self._visit.site.start_urls[0], self._kinds.opened
        if opened:
            self._visit.remark(
                "browser",
                start,
                f"{opened:,} pages were opened in a browser, since scripts build them: "
                f"{self._pictures:,} addresses of pictures and {self._links:,} links were found "
                f"only so. It took {self._processor:,.1f} s of processor time.",
            )
        if self._elsewhere:
            named = ", ".join(host for host, _ in self._elsewhere.most_common(_HOSTS_NAMED))
            more = ", …" if len(self._elsewhere) > _HOSTS_NAMED else ""
            self._visit.remark(
                "browser",
                start,
                f"Scripts wanted {self._elsewhere.total():,} things of hosts that are neither the "
                f"site's own nor those of its pictures, and were given none ({named}{more}). Where "
                f"pages need one: vigil site edit {self._visit.site.name} --host HOST",
            )

    async def _hosts_of_pictures(self) -> frozenset[str]:
        if self._picture_hosts is None:
            self._picture_hosts = await self._visit.read(
                lambda session: hosts_of_images(session, self._visit.site_id)
            )
        return self._picture_hosts

    async def _ready(self) -> Browser:
        if self._browser is not None and self._browser.pages >= PAGES_OF_A_BROWSER:
            await self._end(self._browser)
        if self._browser is None:
            config = self._visit.config
            self._program = self._program or find_chromium(config)
            self._browser = await Browser.start(self._program, demand_sandbox=config.demand_sandbox)
        return self._browser

    async def _open(
        self,
        browser: Browser,
        requests: PageRequests,
        address: str,
        url: str,
        errand: Errand,
        cookies: Sequence[Mapping[str, str | bool]],
    ) -> PageShown:
        browser.pages += 1
        given = {str(each["name"]): str(each["value"]) for each in cookies}
        page = RenderedPage(
            browser.devtools,
            requests,
            seconds=self._visit.config.render_seconds,
            over=lambda: self._why_over(browser),
            keeps=[giving_back(each) for each in self._gates_kept],
            take_cookies=partial(take_over, self._crawler, address, given),
        )
        try:
            await page.open(address, cookies)
            return await self._reader.read(
                page,
                url,
                errand.depth,
                gate=self._age_gate.words_in_the_browser(),
                follow=self._kinds.routes_worth_following(errand.family),
            )
        finally:
            await page.close()

    def _mind_gate(self, url: str, errand: Errand, pressed: GatePressed) -> None:
        """Take notice of how it went with an age gate."""
        if pressed.kept is not None:
            self._gates_kept.pop(pressed.kept, None)
            self._gates_kept[pressed.kept] = None
            if len(self._gates_kept) > _GATES_KEPT:
                del self._gates_kept[next(iter(self._gates_kept))]
        if pressed.led_away and pressed.stands:
            self._age_gate.led_on(url, errand, pressed.words)
        else:
            self._age_gate.pressed_in_the_browser(
                url, errand, pressed.times, pressed.why, pressed.words
            )

    def _why_not_pressed(self) -> str:
        return _GIVEN_UP if self._deaths >= _DEATHS else _NO_PRESS

    def _why_over(self, browser: Browser) -> str | None:
        if self._visit.stopping:
            return "The crawl was stopped."
        now = time.monotonic()
        if now - self._looked >= _MEMORY_LOOK:
            self._looked = now
            if browser.memory() > MOST_MEMORY:
                most = MOST_MEMORY // 1024 // 1024
                return f"It took more than {most} MB of the browser's memory, so it was given up."
        return None

    async def _lose(self, browser: Browser, url: str, error: Exception, without: str) -> None:
        """Give up a page and the browser that it was in."""
        await self._end(browser)
        if self._visit.stopping:
            return
        said = str(error) if isinstance(error, PageStuck) else "The browser ended over it."
        self._visit.note("page", "note", url, f"{without} {said}")
        self._deaths += 1
        if self._deaths >= _DEATHS:
            self._do_without(f"{self._deaths} browsers had to be ended over its pages")

    async def _end(self, browser: Browser) -> None:
        if self._browser is browser:
            self._browser = None
            self._processor += browser.processor_seconds()
        await browser.close()

    def _do_without(self, why: str) -> None:
        self._over = why
        how = _HOW if self._deaths < _DEATHS else ""
        if self._visit.site.render is Render.ON:
            sentence = (
                f"The pages of this site are to be opened in a browser (--render on), but {why}: "
                f"they were read as they came, and pictures may be missed. {how}"
            )
        else:
            sentence = (
                f"Pages look as if scripts build them and were to be opened in a browser, but "
                f"{why}: they were read as they came, and pictures may be missed. {how}"
            )
        self._visit.remark("browser", self._visit.site.start_urls[0], sentence.strip())

    def _tell(self, url: str, asked: Asked) -> None:
        for host, number in asked.elsewhere.items():
            if host in self._elsewhere or len(self._elsewhere) < _HOSTS_KEPT:
                self._elsewhere[host] += number
        for sentence, number in asked.in_vain().most_common(_HOSTS_NAMED):
            reason = f"Its scripts asked for {number:,} things in vain. {sentence}"
            self._visit.note("page", "note", url, reason)

    def _gain(self, sent: Extracted, shown: PageShown, errand: Errand) -> Extracted:
        both = together(sent, shown.extracted)
        pictures = len(both.references) - len(sent.references)
        links = len(both.links) - len(sent.links)
        self._pictures += pictures
        self._links += links
        self._kinds.gain(
            errand.family, addresses=pictures + links, routes=shown.routes, new=shown.new
        )
        return both
