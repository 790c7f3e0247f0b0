"""How far comparing a picture with everything seen before is, where that takes a while."""

import sys
import time
from typing import Final

_QUIET_SECONDS: Final = 2.0
_LINE_SECONDS: Final = 10.0
"""Between lines where none can be written over: in a log, or down a pipe."""


class ComparingProgress:
    """Says on standard error how far it is, once it has taken two seconds."""

    def __init__(self) -> None:
        self._over = sys.stderr.isatty()
        self._next = time.monotonic() + _QUIET_SECONDS
        self._said = ""

    def told(self, done: int, last: int) -> None:
        """Hear up to which image it has come, of all that were seen."""
        now = time.monotonic()
        if now < self._next or not last:
            return
        self._next = now + (0.2 if self._over else _LINE_SECONDS)
        self._said = f"Compared with {100 * done // last} % of the images seen so far …"
        if self._over:
            sys.stderr.write(f"\r{self._said}")
        else:
            sys.stderr.write(f"{self._said}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Take the line away, for what came of it."""
        if self._said and self._over:
            sys.stderr.write("\r" + " " * len(self._said) + "\r")
            sys.stderr.flush()
