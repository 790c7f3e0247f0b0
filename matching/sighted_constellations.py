"""Which images ever sighted may show a picture that is being registered, edited or not.

Of each image, the few places that are stored are compared with all of the registered picture. They
are too few to flag anything by: what is found here is fetched anew and looked at in full. They are
read from the database each time, a hundred thousand in about a second.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from domain.signal import Signal, SignalType
from storage import images, refetching

if TYPE_CHECKING:
    from signals.constellation_scan import Sought

Told = Callable[[int, int], None]
"""Is told up to which image's id a search has come, and which is the last."""

_AT_ONCE: Final = 10_000
"""Images read at one time: at most 10 MB of constellations."""


class SightedConstellations:
    """The stored constellations of all images, searched for what a registration may be in.

    As with `SightedImages`, what takes time is searched before the registry is held, and what came
    since then with ``after``.
    """

    def __init__(self, signals: Sequence[Signal]) -> None:
        packed = [
            bytes.fromhex(signal.value)
            for signal in signals
            if signal.type is SignalType.CONSTELLATION
        ]
        self._sought: Final = _sought(packed) if packed else None

    def near(self, session: Session, *, after: int = 0, told: Told | None = None) -> set[int]:
        """Return the ids of images, beyond ``after``, that may show what is registered."""
        found: set[int] = set()
        if self._sought is None:
            return found
        last = images.settled_through(session)
        for chunk in images.constellation_chunks(session, after=after, rows=_AT_ONCE):
            found.update(int(chunk.ids[row]) for row in self._sought.among(chunk.packed))
            if told is not None:
                told(int(chunk.ids[-1]), last)
        return found

    def near_since(self, session: Session, moment: datetime, *, through: int) -> set[int]:
        """Return those, with ids up to ``through``, that were fetched since a moment.

        They may have been given the constellation that they lacked when ``near`` came by.
        """
        if self._sought is None:
            return set()
        fetched = refetching.fetched_since(session, since=moment, through=through)
        return {
            image_id for image_id, packed in fetched.items() if list(self._sought.among(packed))
        }


def _sought(packed: Sequence[bytes]) -> "Sought":
    # Loads compiled code, which a registration without a constellation does without.
    from signals.constellation_scan import Sought  # noqa: PLC0415

    return Sought(packed)
