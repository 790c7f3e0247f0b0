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

from crawler.rendering_devtools import BrowserGone, CallRefused, CallTooSlow, DevTools
from crawler.rendering_requests import PageRequests
from crawler.rendering_scripts import MORE, SCROLL, WRITE_DOWN

LONGEST: Final = 90.0
"""Seconds that one page may take with all its waiting for the site, which is asked at its pace."""

MOST_SCROLLS: Final = 60
"""Times that a page is scrolled on by the height of the window."""

_WIDTH: Final = 1280
_HEIGHT: Final = 2400
"""Pixels of the window: tall, so that what loads when it is seen loads in few steps."""

_QUIET: Final = 0.4
"""Seconds without a request after which a page is taken to be done for now."""

_TICK: Final = 0.05
_PATIENCE: Final = 4.0
"""Seconds that a page may take to let itself be scrolled or written down."""

_MOST_CLICKS: Final = 12


class PageStuck(Exception):
    """A page that is given up with its browser; the text says why, in a sentence."""


class PageNotOpened(Exception):
    """A page that the browser does not show; the text says why, in a sentence."""


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
    ) -> None:
        """Take a browser for the time that one page takes.

        Args:
            devtools: the browser.
            requests: what answers the page's requests.
            seconds: how long its scripts may run, waiting for the site not counted.
            over: says why the page is to be given up, as soon as it is.
        """
        self._devtools = devtools
        self._requests = requests
        self._seconds = seconds
        self._over = over
        self._context: str | None = None
        self._session: str | None = None
        self._world: int | None = None
        self._worked = 0.0
        self._ends = asyncio.get_running_loop().time() + LONGEST

    async def open(self, url: str, cookies: Sequence[Mapping[str, str | bool]]) -> None:
        """Go to a page.

        Raises:
            PageNotOpened: the browser does not show it.
            BrowserGone, CallRefused, CallTooSlow: something is wrong with the browser.
        """
        made = await self._devtools.call("Target.createBrowserContext", disposeOnDetach=True)
        self._context = str(made["browserContextId"])
        self._devtools.on_event = self._take
        self._devtools.tell(
            "Browser.setDownloadBehavior", behavior="deny", browserContextId=self._context
        )
        target = await self._devtools.call(
            "Target.createTarget",
            url="about:blank",
            browserContextId=self._context,
            width=_WIDTH,
            height=_HEIGHT,
        )
        attached = await self._devtools.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = str(attached["sessionId"])
        await self._call("Page.enable")
        await self._call(
            "Emulation.setDeviceMetricsOverride",
            width=_WIDTH,
            height=_HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )
        if cookies:
            await self._devtools.call(
                "Storage.setCookies",
                browserContextId=self._context,
                cookies=[{**each, "url": url} for each in cookies],
            )
        went = await self._call("Page.navigate", url=url)
        if went.get("errorText"):
            msg = f"The browser could not open it ({went['errorText']})."
            raise PageNotOpened(msg)
        world = await self._call("Page.createIsolatedWorld", frameId=went["frameId"])
        self._world = int(world["executionContextId"])

    async def read(self) -> Written:
        """Let it load and scroll it to its end; return what it has become.

        Raises:
            PageStuck: it was given up, or its scripts let nothing else happen.
            BrowserGone: the browser has ended.
        """
        ended = True
        try:
            await self._settle()
            scrolls = clicks = 0
            while self._has_time() and scrolls < MOST_SCROLLS:
                if await self._run(SCROLL):
                    scrolls += 1
                elif clicks < _MOST_CLICKS and await self._run(MORE):
                    clicks += 1
                else:
                    break
                await self._settle()
            ended = self._has_time() and scrolls < MOST_SCROLLS
        except (CallRefused, CallTooSlow):
            ended = False
            self._devtools.tell("Runtime.terminateExecution", self._session)
        return await self._write_down(ended=ended)

    async def close(self) -> None:
        """Close it, with everything that it has kept."""
        self._devtools.on_event = _nothing
        self._requests.close()
        if self._context is not None:
            with suppress(BrowserGone, CallRefused, CallTooSlow):
                await self._devtools.call(
                    "Target.disposeBrowserContext", browserContextId=self._context
                )

    def _take(self, method: str, event: dict[str, Any]) -> None:
        if method == "Page.javascriptDialogOpening":
            self._devtools.tell("Page.handleJavaScriptDialog", self._session, accept=False)
        else:
            self._requests.take(method, event)

    async def _settle(self) -> None:
        """Wait until the page asks for nothing more for now, or its time is over."""
        loop = asyncio.get_running_loop()
        quiet = loop.time()
        while self._has_time() and loop.time() - quiet < _QUIET:
            before = loop.time()
            await asyncio.sleep(_TICK)
            if self._requests.pending:
                quiet = loop.time()
            else:
                self._worked += loop.time() - before

    def _has_time(self) -> bool:
        why = self._over()
        if why is not None:
            raise PageStuck(why)
        return self._worked < self._seconds and asyncio.get_running_loop().time() < self._ends

    async def _write_down(self, *, ended: bool) -> Written:
        try:
            text = await self._run(WRITE_DOWN)
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

    async def _run(self, script: str) -> Any:
        before = asyncio.get_running_loop().time()
        answer = await self._call(
            "Runtime.evaluate",
            seconds=min(_PATIENCE, self._seconds),
            expression=script,
            contextId=self._world,
            returnByValue=True,
            awaitPromise=True,
        )
        self._worked += asyncio.get_running_loop().time() - before
        return answer.get("result", {}).get("value")

    async def _call(self, method: str, seconds: float = 10.0, **more: Any) -> dict[str, Any]:
        return await self._devtools.call(method, self._session, seconds, **more)


def _nothing(_method: str, _event: dict[str, Any]) -> None:
    """Take no notice: what a closed page still wants is not answered."""
