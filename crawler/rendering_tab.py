"""A tab of the browser: one page, in a context of its own that shares nothing with any other.

What is run in it runs in a world of its own, apart from the page's scripts.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from crawler.rendering_devtools import BrowserGone, CallRefused, CallTooSlow, DevTools

_WIDTH: Final = 1280
_HEIGHT: Final = 2400
"""Pixels of the window: tall, so that what loads when it is seen loads in few steps."""

_WORLD: Final = "vigil"


class PageNotOpened(Exception):
    """A page that the browser does not show; the text says why, in a sentence."""


class Tab:
    """One tab, from its first page to its end."""

    def __init__(self, devtools: DevTools, take: Callable[[str, dict[str, Any]], None]) -> None:
        """Take a browser.

        Args:
            devtools: the browser.
            take: takes its events, but for dialogs of the page, which are closed.
        """
        self._devtools = devtools
        self._take_event = take
        self._context: str | None = None
        self._session: str | None = None
        self._world: int | None = None
        self.frame = ""
        """The frame that holds the page itself."""

    async def open(self, cookies: Sequence[Mapping[str, str | bool]], keeps: Sequence[str]) -> None:
        """Make it, without a page.

        Args:
            cookies: those that its pages see.
            keeps: scripts of ours that run at the beginning of each page.

        Raises:
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
        self._session, self.frame = str(attached["sessionId"]), str(target["targetId"])
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
                "Storage.setCookies", browserContextId=self._context, cookies=list(cookies)
            )
        for script in keeps:
            await self._call(
                "Page.addScriptToEvaluateOnNewDocument", source=script, worldName=_WORLD
            )

    async def go(self, url: str, seconds: float = 10.0) -> None:
        """Show a page.

        Raises:
            PageNotOpened: the browser does not show it.
            BrowserGone, CallRefused, CallTooSlow: something is wrong with the browser.
        """
        went = await self._call("Page.navigate", seconds, url=url)
        if went.get("errorText"):
            msg = f"The browser could not open it ({went['errorText']})."
            raise PageNotOpened(msg)
        await self.enter()

    async def enter(self) -> None:
        """Make a world of our own in the page that it shows now."""
        world = await self._call("Page.createIsolatedWorld", frameId=self.frame, worldName=_WORLD)
        self._world = int(world["executionContextId"])

    async def run(self, script: str, seconds: float) -> Any:
        """Run a script of ours in the page, and return what it gives.

        Raises:
            BrowserGone, CallRefused, CallTooSlow: it could not be run.
        """
        answer = await self._call(
            "Runtime.evaluate",
            seconds,
            expression=script,
            contextId=self._world,
            returnByValue=True,
            awaitPromise=True,
        )
        return answer.get("result", {}).get("value")

    def interrupt(self) -> None:
        """Stop the script that the page is running."""
        self._devtools.tell("Runtime.terminateExecution", self._session)

    async def cookies(self) -> list[Mapping[str, Any]]:
        """Return its cookies, as the DevTools protocol writes them; none if they cannot be had."""
        with suppress(BrowserGone, CallRefused, CallTooSlow):
            said = await self._devtools.call("Storage.getCookies", browserContextId=self._context)
            return list(said.get("cookies", []))
        return []

    async def close(self) -> None:
        """Close it, with everything that its pages have kept."""
        self._devtools.on_event = _nothing
        if self._context is not None:
            with suppress(BrowserGone, CallRefused, CallTooSlow):
                await self._devtools.call(
                    "Target.disposeBrowserContext", browserContextId=self._context
                )

    def _take(self, method: str, event: dict[str, Any]) -> None:
        if method == "Page.javascriptDialogOpening":
            self._devtools.tell("Page.handleJavaScriptDialog", self._session, accept=False)
        else:
            self._take_event(method, event)

    async def _call(self, method: str, seconds: float = 10.0, **more: Any) -> dict[str, Any]:
        return await self._devtools.call(method, self._session, seconds, **more)


def _nothing(_method: str, _event: dict[str, Any]) -> None:
    """Take no notice: what a closed page still wants is not answered."""
