"""A browser that photographs pages: one start for many screenshots, and no network at all."""

import asyncio
import base64
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.app_chrome_fonts import configuration
from crawler.rendering_browser import Browser, NoBrowser
from crawler.rendering_devtools import BrowserGone, CallRefused, CallTooSlow
from domain.errors import OutsideDown

_SECONDS: Final = 60.0
_MEASURE: Final = """\
(async () => {
  const photo = document.getElementById('photo');
  await photo.decode();
  await document.fonts.ready;
  // What is drawn before the first whole frame may differ by a grey level here and there.
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const box = photo.getBoundingClientRect();
  return {
    left: box.left, top: box.top, width: box.width, height: box.height,
    own_width: photo.naturalWidth, own_height: photo.naturalHeight,
    whole: getComputedStyle(photo).objectFit === 'contain',
  };
})()
"""


@dataclass(frozen=True, slots=True)
class Window:
    """A screen: its size as pages count it, and how many pixels of the device each such one has."""

    width: int
    height: int
    density: int


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a screenshot, from its left upper corner: pixels, the last two exclusive."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A screenshot in RGB, and where in it the photo is to be seen."""

    image: Image.Image
    photo: Box

    def scaled(self, scale: float) -> "Screenshot":
        """Make it smaller, as what is sent on often is."""
        width, height = (round(side * scale) for side in self.image.size)
        across, down = width / self.image.width, height / self.image.height
        place = Box(
            round(self.photo.left * across),
            round(self.photo.top * down),
            round(self.photo.right * across),
            round(self.photo.bottom * down),
        )
        small = self.image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)
        return Screenshot(small, place)


class Camera:
    """Takes screenshots of pages in one browser."""

    def __init__(self, runner: asyncio.Runner, browser: Browser) -> None:
        self._runner = runner
        self._browser = browser
        self._session: str | None = None

    def photograph(self, page: str, window: Window) -> Screenshot:
        """Show a page in a window and take what is seen; its image `#photo` is looked for in it.

        Raises:
            OutsideDown: the browser has ended, or does not do it.
        """
        try:
            return self._runner.run(self._photograph(page, window))
        except (BrowserGone, CallRefused, CallTooSlow) as error:
            msg = f"Chromium takes no screenshot: {error}."
            raise OutsideDown(msg) from error

    async def _photograph(self, page: str, window: Window) -> Screenshot:
        devtools = self._browser.devtools
        made = await devtools.call("Target.createBrowserContext", disposeOnDetach=True)
        context = str(made["browserContextId"])
        # A tab for each page: in one that has shown others, a few letters come out differently.
        target = await devtools.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )
        frame = str(target["targetId"])
        attached = await devtools.call("Target.attachToTarget", targetId=frame, flatten=True)
        self._session = str(attached["sessionId"])
        await self._call("Page.enable")
        await self._call(
            "Emulation.setDeviceMetricsOverride",
            width=window.width,
            height=window.height,
            deviceScaleFactor=window.density,
            mobile=False,
        )
        await self._call("Page.setDocumentContent", frameId=frame, html=page)
        measured = await self._call(
            "Runtime.evaluate", expression=_MEASURE, returnByValue=True, awaitPromise=True
        )
        box = measured.get("result", {}).get("value")
        if box is None:
            msg = "the page has no photo that can be decoded"
            raise CallRefused(msg)
        shot = await self._call("Page.captureScreenshot", format="png", optimizeForSpeed=True)
        await devtools.call("Target.disposeBrowserContext", browserContextId=context)
        with Image.open(io.BytesIO(base64.b64decode(shot["data"]))) as opened:
            return Screenshot(opened.convert("RGB"), _seen(box, window))

    async def _call(self, method: str, **more: Any) -> dict[str, Any]:
        return await self._browser.devtools.call(method, self._session, _SECONDS, **more)


@contextmanager
def camera(program: Path) -> Iterator[Camera]:
    """Start a browser for as long as screenshots are taken.

    Raises:
        OutsideDown: it does not start.
    """
    with configuration(program) as fonts, asyncio.Runner() as runner:
        try:
            with _variable("FONTCONFIG_PATH", str(fonts)):
                browser = runner.run(Browser.start(program))
        except NoBrowser as error:
            raise OutsideDown(without_browser(error)) from error
        try:
            yield Camera(runner, browser)
        finally:
            runner.run(browser.close())


def without_browser(error: NoBrowser) -> str:
    """Say why there is no browser, and what to do."""
    return (
        f"Screenshots need a browser, and {error}. Install Chromium (Debian: apt install "
        "chromium), or name one in VIGIL_CHROMIUM."
    )


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _seen(box: dict[str, float], window: Window) -> Box:
    """Work out which part of the screen shows the photo, in pixels of the device."""
    width, height = box["width"], box["height"]
    if box["whole"]:
        scale = min(width / box["own_width"], height / box["own_height"])
        width, height = box["own_width"] * scale, box["own_height"] * scale
    left = box["left"] + (box["width"] - width) / 2
    top = box["top"] + (box["height"] - height) / 2
    return Box(
        round(max(left, 0) * window.density),
        round(max(top, 0) * window.density),
        round(min(left + width, window.width) * window.density),
        round(min(top + height, window.height) * window.density),
    )
