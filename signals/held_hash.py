"""A found image that its worker still holds, so that it can be looked at again."""

import asyncio
import contextlib
import weakref
from collections.abc import Sequence

from domain.errors import HashingLost
from domain.places import FramePlaces, SecondLook, Wanted
from domain.signal import ImageSignals
from signals.answers import read_answer, within
from signals.child import answered_nonsense
from signals.lending import Loan
from signals.wire import read_looks
from signals.wire_places import packed_wanted


class HeldHash:
    """The signals of a found image and its places, with the worker that found them.

    The worker hashes nothing else until the image is let go: do that as soon as it is matched. One
    without places is let go from the beginning, and one that nobody has any longer lets go itself.
    """

    def __init__(
        self,
        signals: ImageSignals,
        found: tuple[FramePlaces, ...],
        loan: Loan,
        time_limit: float,
    ) -> None:
        self.signals = signals
        self.found = found
        self._loan = loan
        self._time_limit = time_limit
        self._one_look = asyncio.Lock()
        self._forgotten = weakref.finalize(self, _let_go, asyncio.get_running_loop(), loan)
        self._forgotten.atexit = False
        if not found:
            self.let_go()

    async def look(self, frame: int, wanted: Sequence[Wanted]) -> tuple[SecondLook | None, ...]:
        """Look for registered pictures in one of ``found``; None for each not worth a full look.

        Args:
            frame: which of ``found``.
            wanted: at most `signals.wire_places.MAX_WANTED`.

        Raises:
            HashingLost: the worker died or ran over the time limit, or the image has been let go.
        """
        if not 0 <= frame < len(self.found):
            msg = f"there is no frame {frame} among the {len(self.found)} found"
            raise ValueError(msg)
        body = packed_wanted(frame, wanted)
        if not wanted:
            return ()
        async with self._one_look:
            with self._loan.talking() as worker:
                async with within(worker, self._time_limit):
                    asked = worker.look_head(body) + body
                    await asyncio.get_running_loop().sock_sendall(worker.socket, asked)
                    return read_looks(await read_answer(worker.socket), wanted)

    def let_go(self) -> None:
        """Give the worker back, which forgets the image; a second time does nothing."""
        self._forgotten.detach()
        self._loan.end()

    def distrust(self) -> HashingLost:
        """Have the worker replaced, since what it says cannot be true; give what to raise."""
        self._forgotten.detach()
        self._loan.break_off()
        return answered_nonsense()


def _let_go(loop: asyncio.AbstractEventLoop, loan: Loan) -> None:
    """Give a worker back for one that is no longer there, from whatever thread notices that."""
    with contextlib.suppress(RuntimeError):  # the loop is closed, and the pool with it
        loop.call_soon_threadsafe(loan.end)
