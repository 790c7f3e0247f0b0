"""DevTools: how the browser is told what to do, and tells what it wants, over one socket.

Source: the Chrome DevTools Protocol, over --remote-debugging-pipe: JSON, each message ended by a
zero byte. Nobody else can reach the socket; no port is opened.
"""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

_log = logging.getLogger(__name__)

MOST_OF_ONE_MESSAGE: Final = 64 * 1024 * 1024
"""Bytes; what a page becomes is cut below that before it is sent."""

_CALL_SECONDS: Final = 10.0


class BrowserGone(Exception):
    """The browser has ended, or says what no browser says."""


class CallRefused(Exception):
    """The browser did not do what it was told; the text says why, in its words."""


class CallTooSlow(Exception):
    """The browser did not answer in time: a page keeps it busy."""


class DevTools:
    """A conversation with one browser."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._gone = False
        self.on_event: Callable[[str, dict[str, Any]], None] = _nothing
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def over(cls, ours: socket.socket) -> "DevTools":
        """Talk over a socket whose other end the browser holds."""
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=MOST_OF_ONE_MESSAGE)
        return cls(reader, writer)

    async def call(
        self, method: str, session: str | None = None, seconds: float = _CALL_SECONDS, **more: Any
    ) -> dict[str, Any]:
        """Have the browser do something, and return what it answers.

        Args:
            method: as the protocol calls it.
            session: which page it is for; None for the browser as a whole.
            seconds: how long the answer may take.
            **more: the method's parameters.

        Raises:
            BrowserGone: it has ended.
            CallRefused: it will not.
            CallTooSlow: it has not answered.
        """
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        number = self._send(method, session, more, future)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            msg = f"{method} took more than {seconds:g} s"
            raise CallTooSlow(msg) from None
        finally:
            self._waiting.pop(number, None)

    def tell(self, method: str, session: str | None = None, **more: Any) -> None:
        """Have the browser do something whose answer does not matter."""
        with contextlib.suppress(BrowserGone):
            self._send(method, session, more, None)

    async def close(self) -> None:
        """End the conversation."""
        self._listening.cancel()
        self._writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._writer.wait_closed()
        self._end()

    def _send(
        self,
        method: str,
        session: str | None,
        parameters: dict[str, Any],
        future: "asyncio.Future[dict[str, Any]] | None",
    ) -> int:
        if self._gone or self._writer.is_closing():
            msg = "the browser has ended"
            raise BrowserGone(msg)
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        if future is not None:
            self._waiting[self._last] = future
        self._writer.write(json.dumps(message).encode() + b"\0")
        return self._last

    async def _listen(self) -> None:
        try:
            while True:
                message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
                self._take(message)
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError, KeyError, TypeError):
            _log.debug("The browser ended, or said what no browser says.")
        except Exception as error:  # noqa: BLE001 - a page of which something was missed is not shown
            _log.error("An event of the browser was not taken: %s", type(error).__name__)
        finally:
            self._end()

    def _take(self, message: dict[str, Any]) -> None:
        future = self._waiting.pop(message["id"], None) if "id" in message else None
        if "method" in message:
            self.on_event(message["method"], message.get("params") or {})
        elif future is not None and not future.done():
            if "error" in message:
                future.set_exception(CallRefused(str(message["error"].get("message"))))
            else:
                future.set_result(message.get("result") or {})

    def _end(self) -> None:
        self._gone = True
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(BrowserGone("the browser has ended"))
        self._waiting.clear()


def _nothing(_method: str, _parameters: dict[str, Any]) -> None:
    """Take no notice of an event."""
