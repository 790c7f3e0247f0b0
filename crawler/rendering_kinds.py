"""Kinds of pages, and whether it has been worth it so far to open one in the browser."""

from dataclasses import dataclass
from typing import Final

_TRIES: Final = 3
"""Pages of a kind that are opened in vain, where nobody has asked for them to be opened."""

_TRIES_IN_ALL: Final = 8


@dataclass(slots=True)
class _Kind:
    opened: int = 0
    gained: int = 0
    routed: int = 0
    """Pages whose routes were gone to, and what new pictures these have shown."""
    new: int = 0


class PageKinds:
    """What opening pages in the browser has brought in one crawl, by their kind."""

    def __init__(self) -> None:
        """Begin without having opened any."""
        self._kinds: dict[str, _Kind] = {}
        self._in_all = _Kind()

    @property
    def opened(self) -> int:
        """Return how many pages were opened."""
        return self._in_all.opened

    def worth_opening(self, family: str) -> bool:
        """Say whether a page of a kind may still show more than it was sent with."""
        kind = self._kinds.get(family)
        if kind is not None and kind.opened >= _TRIES and not kind.gained:
            return False
        return self._in_all.opened < _TRIES_IN_ALL or self._in_all.gained > 0

    def routes_worth_following(self, family: str) -> bool:
        """Say whether the routes of a page of a kind may still show new pictures."""
        kind = self._kinds.get(family)
        return kind is None or kind.routed < _TRIES or kind.new > 0

    def open(self, family: str) -> None:
        """Count a page."""
        for kind in self._counted(family):
            kind.opened += 1

    def gain(self, family: str, *, addresses: int, routes: int, new: int) -> None:
        """Count what a page has shown.

        Args:
            family: its kind.
            addresses: pictures and links that were found in the browser only.
            routes: routes that were gone to.
            new: pictures of these that the crawl had not met before.
        """
        for kind in self._counted(family):
            kind.gained += addresses
            kind.routed += routes > 0
            kind.new += new

    def _counted(self, family: str) -> tuple[_Kind, _Kind]:
        return self._kinds.setdefault(family, _Kind()), self._in_all
