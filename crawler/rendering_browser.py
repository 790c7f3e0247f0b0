"""The browser: finding Chromium, starting one that can connect nowhere, and ending it."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import psutil

from config import Config
from crawler.rendering_devtools import BrowserGone, CallRefused, CallTooSlow, DevTools
from crawler.visit import PROJECT

MOST_MEMORY: Final = 500 * 1024 * 1024
"""Bytes that one process of the browser may hold; beyond, the browser is ended with its page."""

_NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chromium-headless-shell",
    "chrome-headless-shell",
)
_ON_A_MAC: Final = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_OURS: Final = Path(sys.prefix) / "chromium" / "chromium"
"""Where `make test` puts one."""

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "PYTHONHOME")

_START_SECONDS: Final = 30.0
_END_SECONDS: Final = 3.0

# What is switched off would ask the network by itself, keep something, or cost processor time.
_FEATURES_OFF: Final = (
    "AutoupgradeMixedContent",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LocalNetworkAccessChecks",
    "BlockInsecurePrivateNetworkRequests",
    "IsolateOrigins",
    "site-per-process",
    "SpareRendererForSitePerProcess",
    "MediaRouter",
    "DialMediaRouteProvider",
    "OptimizationHints",
    "Translate",
    "AudioServiceOutOfProcess",
    "BackForwardCache",
    "PaintHolding",
)
_SWITCHES: Final = (
    "--headless",
    "--remote-debugging-pipe",
    # Where no system call can be filtered, these still have every connection fail unbegun.
    "--proxy-server=socks5://nowhere.invalid:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--no-first-run",
    "--no-default-browser-check",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    "--disk-cache-size=1",
    "--media-cache-size=1",
    "--block-new-web-contents",
    "--mute-audio",
    "--hide-scrollbars",
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-remote-fonts",
    "--disable-notifications",
    "--disable-speech-api",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
    "--js-flags=--max-old-space-size=256",
    f"--disable-features={','.join(_FEATURES_OFF)}",
    "--no-startup-window",
)


class NoBrowser(Exception):
    """There is no Chromium, or none that starts; the text says which and why."""


def find_chromium(config: Config) -> Path:
    """Return the Chromium of this installation.

    The one that VIGIL_CHROMIUM names, else one on the PATH, else the one that `make test` got.

    Raises:
        NoBrowser: there is none.
    """
    if config.chromium is not None:
        named = shutil.which(config.chromium)
        if named is None:
            msg = f"VIGIL_CHROMIUM is {config.chromium}, which is no program that can be started"
            raise NoBrowser(msg)
        return Path(named).absolute()
    for name in (*_NAMES, *_ON_A_MAC, str(_OURS)):
        found = shutil.which(name)
        if found is not None:
            return Path(found).absolute()
    msg = "no Chromium is installed here"
    raise NoBrowser(msg)


class Browser:
    """A running Chromium, without a network and with nothing to write to but its own folder."""

    def __init__(self, keeper: "subprocess.Popen[bytes]", devtools: DevTools, version: str) -> None:
        self._keeper = keeper
        self.devtools = devtools
        self.version = version
        self.pages = 0

    @classmethod
    async def start(cls, program: Path, *, demand_sandbox: bool = False) -> Self:
        """Start one. Linux ends it with the thread that does so: call it from one that stays.

        Args:
            program: the Chromium to start.
            demand_sandbox: start none whose own sandbox cannot be had.

        Raises:
            NoBrowser: it does not start.
        """
        ours, theirs = socket.socketpair()
        # Nothing of our environment that it does not need: it holds passwords.
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        command = [sys.executable, "-S", "-m", "crawler.rendering_keeper", str(theirs.fileno())]
        try:
            keeper = subprocess.Popen(  # noqa: ASYNC220 - Twisted's loop watches no children
                [*command, str(program), *_SWITCHES],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=PROJECT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            msg = f"{program} could not be started ({error.strerror})"
            raise NoBrowser(msg) from error
        finally:
            theirs.close()
        devtools = await DevTools.over(ours)
        browser = cls(keeper, devtools, "")
        try:
            said = await devtools.call("Browser.getVersion", seconds=_START_SECONDS)
            # From here on, no request of any page, frame or worker goes past us.
            await devtools.call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        except (BrowserGone, CallRefused, CallTooSlow) as error:
            await browser.close()
            msg = f"{program} does not start: {error}"
            raise NoBrowser(msg) from error
        browser.version = str(said.get("product", "Chromium"))
        if demand_sandbox and not browser.is_sandboxed():
            await browser.close()
            msg = f"{program} starts only without its own sandbox, and VIGIL_DEMAND_SANDBOX is set"
            raise NoBrowser(msg)
        return browser

    def is_sandboxed(self) -> bool:
        """Say whether Chromium keeps those of its processes that read pages in its own sandbox."""
        return not any("--no-sandbox" in _command_line(each) for each in self._processes())

    def memory(self) -> int:
        """Return the bytes that its largest process holds."""
        return max((_resident(each) for each in self._processes()), default=0)

    def processor_seconds(self) -> float:
        """Return the processor time that its processes have used so far."""
        with suppress(psutil.Error):
            keeper = psutil.Process(self._keeper.pid)
            return sum(map(_processor_seconds, [keeper, *self._processes()]))
        return 0.0

    async def close(self) -> None:
        """End it, and wait until its processes and its folder are gone."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()  # which the keeper takes for the word to end it
        await self.devtools.close()
        until = asyncio.get_running_loop().time() + _END_SECONDS
        while self._keeper.poll() is None and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - nor does it tell of their end
            await asyncio.sleep(0.02)
        if self._keeper.poll() is None:
            self._keeper.kill()
            self._keeper.wait()

    def _processes(self) -> Iterator[psutil.Process]:
        with suppress(psutil.Error):
            yield from psutil.Process(self._keeper.pid).children(recursive=True)


def _command_line(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _processor_seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        used = process.cpu_times()
        own = used.user + used.system
        return float(own + used.children_user + used.children_system)  # of those that ended
    return 0.0
