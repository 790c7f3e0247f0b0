"""Addresses that are equal but for one word: ``/a/boat_small.jpg`` and ``/a/boat.jpg``.

An address has a gap wherever a word could be taken out of it or put into it. Two addresses whose
gaps leave the same rest differ by what fills the gap, and by nothing else.
"""

import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from domain.renditions import size_of

_LONGEST: Final = 500
_LONGEST_WORD: Final = 24
_FOLDERS: Final = 3
_LAST_WORDS: Final = 3
"""Where the word for a size stands: in one of the last folders, in the first word of a file's name
or in the last ones, its ending being one of them."""
_MOST_PAIRS: Final = 8
_HOST: Final = re.compile(r"[a-z]+://[^/]+")
_FOLDER: Final = re.compile(r"[^/]+")
_WORD: Final = re.compile(r"[^/_.\-@]+")
_PAIR: Final = re.compile(r"[^?&]+")


class Gap(NamedTuple):
    """One gap of one address: what stands before it, what fills it, and what stands behind.

    The word includes the sign that sets it apart, and may be empty.
    """

    before: str
    word: str
    behind: str

    @property
    def rest(self) -> int:
        """What is equal for addresses that differ in this gap only; for this process only."""
        return hash((self.before, self.behind))

    @property
    def says_a_small_size(self) -> bool:
        """Whether its word is one that many programs use for a smaller size."""
        word = self.word.strip("/_.-@?&")
        name = f"name?{word}" if "=" in word else f"name-{word}.jpg"
        return bool(word) and size_of(f"http://any.example/{name}") < math.inf

    @property
    def place(self) -> str:
        """Where in its address the gap stands, equal for pictures of whatever name."""
        host = _HOST.match(self.before)
        sign = self.behind[:1]
        place = (
            f"{self.behind.count('/')}{'?' * ('?' in self.before)}{'x' if sign.isalnum() else sign}"
        )
        return f"{host[0] if host else ''} {place}"


def gaps_of(url: str) -> tuple[Gap, ...]:
    """Return the gaps of a canonical address; none of one so long that no program gives it."""
    host = _HOST.match(url)
    if len(url) > _LONGEST or host is None:
        return ()
    return tuple(Gap(url[:start], url[start:end], url[end:]) for start, end in _places(url, host))


def _places(url: str, host: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield where the gaps of an address begin and end."""
    asked = url.find("?")
    path = len(url) if asked < 0 else asked
    name = url.rfind("/", host.end(), path) + 1
    folders = list(_FOLDER.finditer(url, host.end(), name))[-_FOLDERS:]
    words = list(_WORD.finditer(url, name, path))
    for start, end in (found.span() for found in (*folders, *words[-_LAST_WORDS:])):
        if end - start <= _LONGEST_WORD:
            yield start - 1, end
    if words and words[0].end() < path and len(words[0][0]) <= _LONGEST_WORD:  # thumb_boat.jpg
        yield words[0].start(), words[0].end() + 1
    if asked >= 0:
        for pair in list(_PAIR.finditer(url, path))[-_MOST_PAIRS:]:
            if pair.end() - pair.start() <= _LONGEST_WORD:
                yield pair.start() - 1, pair.end()
    ending = url.rfind(".", name, path)
    # Where a word may be lacking: a folder, before or behind the name, and at the very end.
    empty = {name - 1, name, path if ending < 0 else ending, len(url)}
    yield from ((place, place) for place in sorted(empty))
