"""One page in the browser: opened, scrolled to its end, written down, closed.

Everything is bounded: how long its scripts may run, how long the site may take for them, how often
it is scrolled, how much is written down. A page that does not come to an end is written down as it
stands; one that lets the browser do nothing else is given up with the browser.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from crawler.age_gate import GateWords
from crawler.rendering_devtools import CallRefused, CallTooSlow, DevTools
from crawler.rendering_gate import GatePressed, press_gate
from crawler.rendering_requests import PageRequests
from crawler.rendering_routes import ROUTES, going_to
from crawler.rendering_scripts import MORE, SCROLL, WRITE_DOWN
from crawler.rendering_tab import PageNotOpened, Tab

LONGEST: Final = 90.0
"""Seconds that one page may take with all its waiting for the site, which is asked at its pace."""

LONGEST_ROUTES: Final = 180.0
"""Seconds that all routes of one page may take besides, with the same waiting."""

MOST_SCROLLS: Final = 60
"""Times that a page is scrolled on by the height of the window."""

_QUIET: Final = 0.4
"""Seconds without a request after which a page is taken to be done for now."""

_TICK: Final = 0.05
_PATIENCE: Final = 4.0
"""Seconds that a page may take to let itself be scrolled or written down."""

_MOST_CLICKS: Final = 12
_LEAST_OF_A_ROUTE: Final = 2.0
_ROUTE_SHARE: Final = 4
"""A route's scripts may run for this part of the time that a page's may."""


class PageStuck(Exception):
    """A page that is given up with its browser; the text says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Written:
    """A page as its scripts have made it: what is now in it, and what its addresses are based on.

    ``pictures`` are those that it holds in memory only, as ``data:`` addresses.
    """

    html: str
    base: str
    pictures: tuple[str, ...]
    ended: bool
    """False if it was still busy when its time was over."""


class RenderedPage:
    """One page, in a context of its own that shares nothing with any other."""

    def __init__(
        self,
        devtools: DevTools,
        requests: PageRequests,
        *,
        seconds: float,
        over: Callable[[], str | None],
        keeps: Sequence[str] = (),
        take_cookies: Callable[[Sequence[Mapping[str, Any]]], None] | None = None,
    ) -> None:
        """Take a browser for the time that one page takes.

        Args:
            devtools: the browser.
            requests: what answers the page's requests.
            seconds: how long its scripts may run, waiting for the site not counted.
            over: says why the page is to be given up, as soon as it is.
            keeps: what gives it what an earlier page has kept in the browser.
            take_cookies: takes the cookies of the browser, as the protocol writes them, whenever
                they are to be handed over to the crawl.
        """
        self.requests = requests
        self._tab = Tab(devtools, requests.take)
        self._keeps = keeps
        self._take_cookies = take_cookies
        self._seconds = seconds
        self._seconds_of_a_route = min(seconds, max(seconds / _ROUTE_SHARE, _LEAST_OF_A_ROUTE))
        self._over = over
        self._url = ""
        self._is_settled = False
        self._worked = 0.0
        self._ends = asyncio.get_running_loop().time() + LONGEST

    async def open(self, url: str, cookies: Sequence[Mapping[str, str | bool]]) -> None:
        """Go to a page.

        Raises:
            PageNotOpened: the browser does not show it.
            BrowserGone, CallRefused, CallTooSlow: something is wrong with the browser.
        """
        self._url = url
        await self._tab.open([{**each, "url": url} for each in cookies], self._keeps)
        self.requests.presses.frame = self._tab.frame
        self.requests.hand_over = self.hand_over
        await self._tab.go(url)

    async def show_again(self) -> None:
        """Go to the page once more, as after an age gate that led away from it.

        Raises:
            BrowserGone, CallRefused, CallTooSlow: something is wrong with the browser.
        """
        try:
            await self._tab.go(self._url, LONGEST)
        except PageNotOpened:  # it is read as it stands
            await self._tab.enter()

    async def hand_over(self) -> None:
        """Hand the cookies that the page's scripts have set over to the crawl."""
        if self._take_cookies is not None:
            self._take_cookies(await self._tab.cookies())

    async def press(self, named: GateWords) -> GatePressed:
        """Let it load, and press the age gate if that stands on it.

        Args:
            named: what is to be pressed.

        Raises:
            PageStuck, BrowserGone: as of `read`.
        """
        pressed = GatePressed()
        try:
            await self.settle()
            await press_gate(self, named, pressed)
            self._is_settled = True
        except (CallRefused, CallTooSlow):
            self._tab.interrupt()
            pressed.break_off()
        if pressed.times:
            await self.hand_over()
        return pressed

    async def go(self, route: str) -> Written:
        """Go to a route of the page, a part behind ``#`` that its scripts show; read it likewise.

        Raises:
            PageStuck, BrowserGone: as of `read`.
        """
        self._seconds = self._worked + self._seconds_of_a_route
        with suppress(CallRefused, CallTooSlow):  # what then stands there is read
            await self.run(going_to(route))
        return await self.read()

    async def routes(self) -> list[str] | None:
        """Return the routes that the page, as it now stands, links to; None if it does not say."""
        with suppress(CallRefused, CallTooSlow, ValueError, TypeError):
            return list(map(str, json.loads(await self.run(ROUTES))))
        return None

    def begin_routes(self) -> None:
        """Give it the time that its routes may take, all of them together."""
        self._ends = asyncio.get_running_loop().time() + LONGEST_ROUTES

    def is_over(self) -> bool:
        """Say whether the time for it and for its routes is over."""
        return asyncio.get_running_loop().time() >= self._ends

    async def read(self) -> Written:
        """Let it load and scroll it to its end; return what it has become.

        Raises:
            PageStuck: it was given up, or its scripts let nothing else happen.
            BrowserGone: the browser has ended.
        """
        ended = True
        try:
            if not self._is_settled:
                await self.settle()
            self._is_settled = False
            scrolls = clicks = 0
            while self.has_time() and scrolls < MOST_SCROLLS:
                if await self.run(SCROLL):
                    scrolls += 1
                elif clicks < _MOST_CLICKS and await self.run(MORE):
                    clicks += 1
                else:
                    break
                await self.settle()
            ended = self.has_time() and scrolls < MOST_SCROLLS
        except (CallRefused, CallTooSlow):
            ended = False
            self._tab.interrupt()
        return await self._write_down(ended=ended)

    async def close(self) -> None:
        """Close it, with everything that it has kept."""
        self.requests.close()
        await self._tab.close()

    async def settle(self) -> None:
        """Wait until the page asks for nothing more for now, or its time is over.

        Raises:
            PageStuck: it is to be given up.
        """
        loop = asyncio.get_running_loop()
        quiet = loop.time()
        while self.has_time() and loop.time() - quiet < _QUIET:
            before = loop.time()
            await asyncio.sleep(_TICK)
            if self.requests.pending:
                quiet = loop.time()
            else:
                self._worked += loop.time() - before

    def has_time(self) -> bool:
        """Say whether its time is not over.

        Raises:
            PageStuck: it is to be given up.
        """
        why = self._over()
        if why is not None:
            raise PageStuck(why)
        return self._worked < self._seconds and asyncio.get_running_loop().time() < self._ends

    async def _write_down(self, *, ended: bool) -> Written:
        try:
            text = await self.run(WRITE_DOWN)
            said = json.loads(text)
            written = Written(
                str(said["html"]),
                str(said["base"]),
                tuple(map(str, said["pictures"])),
                ended=ended,
            )
        except (CallRefused, CallTooSlow, ValueError, KeyError, TypeError):
            msg = "Its scripts keep the browser busy without an end, so it was given up."
            raise PageStuck(msg) from None
        return written

    async def run(self, script: str) -> Any:
        """Run a script of ours in the page, and return what it gives.

        Raises:
            BrowserGone, CallRefused, CallTooSlow: it could not be run.
        """
        try:
            return await self._evaluate(script)
        except CallRefused:
            # It was loaded anew, as by a press, and our world went with the page that was there.
            await self._tab.enter()
        return await self._evaluate(script)

    async def _evaluate(self, script: str) -> Any:
        before = asyncio.get_running_loop().time()
        try:
            return await self._tab.run(script, min(_PATIENCE, self._seconds))
        finally:
            self._worked += asyncio.get_running_loop().time() - before
