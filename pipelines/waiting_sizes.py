"""References to images that wait until a larger size of their picture was seen."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from domain.image import ImageReference


@dataclass(frozen=True, slots=True)
class _Waiting:
    item: ImageReference
    rests: frozenset[int]
    since: float


class WaitingSizes:
    """Holds them, by what is left of their addresses without the word for a size."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._by_rest: dict[int, set[tuple[str, str]]] = {}

    def __len__(self) -> int:
        """Count them."""
        return len(self._waiting)

    def put(self, item: ImageReference, rests: Collection[int], now: float) -> bool:
        """Have one wait; ``now`` is in seconds of a clock that never goes back.

        False if its page was read twice and it waits already: one of them has to go on.
        """
        of = item.page_url, item.address
        if of in self._waiting:
            return False
        self._waiting[of] = _Waiting(item, frozenset(rests), now)
        for rest in rests:
            self._by_rest.setdefault(rest, set()).add(of)
        return True

    def take(self, rests: Iterable[int]) -> list[ImageReference]:
        """Let those go that wait for an address of which this is left."""
        found = {of: None for rest in rests for of in sorted(self._by_rest.get(rest, ()))}
        return [self._take(of) for of in found]

    def take_since(self, moment: float) -> list[ImageReference]:
        """Let those go that have waited since then or longer."""
        found: list[tuple[str, str]] = []
        for of, waiting in self._waiting.items():  # in the order in which they came
            if waiting.since > moment:
                break
            found.append(of)
        return [self._take(of) for of in found]

    def take_all(self) -> list[ImageReference]:
        """Let all go."""
        return [self._take(of) for of in list(self._waiting)]

    def _take(self, of: tuple[str, str]) -> ImageReference:
        taken = self._waiting.pop(of)
        for rest in taken.rests:
            others = self._by_rest[rest]
            others.discard(of)
            if not others:
                del self._by_rest[rest]
        return taken.item
