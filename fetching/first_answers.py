"""The client's side of one connection, which waits for an answer and not for ever."""

from typing import Final

from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader

_PRELIMINARY: Final = range(100, 200)
_SWITCHING: Final = 101
_PRELIMINARY_AT_MOST: Final = 16


class FirstAnswers(ResponseHandler):
    """Ends a connection that goes on to say that it will go on (100 Continue and its like).

    The client would skip such answers as long as they come, at the speed of the network.
    """

    _preliminary = 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take the head of one answer."""
        code = data[0].code
        if code not in _PRELIMINARY or code == _SWITCHING:
            self._preliminary = 0
        else:
            self._preliminary += 1
        if self._preliminary <= _PRELIMINARY_AT_MOST:
            super().feed_data(data, size)
        elif self._preliminary == _PRELIMINARY_AT_MOST + 1:
            self.set_exception(HttpProcessingError(message="It puts off its answer for ever"))
            if self.transport is not None:
                self.transport.abort()
