"""Pages of apps, as HTML without any script: a template, filled with what its users say.

Templates are the files in `chrome_templates`. In double braces they name what is to be drawn, as
`{{name}}`, `{{count 3 900}}` or `{{icon heart}}`; `{{name@author}}` is drawn once and then stays.
`{{again 2 5}}` … `{{end}}` comes two to five times, `{{maybe 50}}` … `{{end}}` in half of all
pages, and `{{include part_bar}}` stands for another file. Everything outside of braces is the app
itself and is the same on all of its pages.
"""

import html
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.app_chrome_fonts import families
from benchmarks.app_chrome_icons import icon
from benchmarks.app_chrome_scenes import face, scene
from benchmarks.app_chrome_texts import TEXTS
from domain.errors import InvalidInput

_TEMPLATES: Final = Path(__file__).with_name("chrome_templates")
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}")
_INCLUDE: Final = re.compile(r"\{\{include (\w+)\}\}")
_BLOCKS: Final = ("again", "maybe")
_WORDS: Final = ("quiet", "blue", "fox", "river", "north", "pixel", "lemon", "old", "sunny", "owl")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a page shows: an address that holds the whole picture, and its width over its height."""

    address: str
    shape: float


def write_page(name: str, language: str, picture: Picture, rng: Random) -> str:
    """Fill the template of a name, with what chance says, around a picture.

    Raises:
        InvalidInput: the template asks for something that there is not.
    """
    tokens = _BRACES.split(_template(name))
    return "".join(_Writer(language, picture, rng).write(tokens, 0, len(tokens)))


@cache
def _template(name: str) -> str:
    text = (_TEMPLATES / f"{name}.html").read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda found: _template(found[1]), text)


class _Writer:
    """Writes one page. Of its tokens, those with odd numbers stood in braces."""

    def __init__(self, language: str, picture: Picture, rng: Random) -> None:
        self._texts = TEXTS[language]
        self._picture = picture
        self._rng = rng
        self._decks: dict[str, list[str]] = {}
        self._kept: dict[str, str] = {}
        self._pens: dict[str, Callable[..., str]] = {
            "name": partial(self._dealt, "names"),
            "place": partial(self._dealt, "places"),
            "title": partial(self._dealt, "titles"),
            "line": partial(self._dealt, "lines"),
            "handle": self._handle,
            "count": self._count,
            "number": self._number,
            "clock": self._clock,
            "pick": self._pick,
            "photo": self._photo,
            "frame": self._frame,
            "icon": icon,
            "face": partial(face, rng),
            "scene": partial(scene, rng),
            "faces": partial(families, language),
        }

    def write(self, tokens: Sequence[str], start: int, stop: int) -> Iterator[str]:
        """Write what stands between two places in a template."""
        at = start
        while at < stop:
            if at % 2 == 0:
                yield tokens[at]
                at += 1
                continue
            word, *given = tokens[at].split(" ")
            if word not in _BLOCKS:
                yield self._kept_or_drawn(word, given)
                at += 1
                continue
            end = _end_of(tokens, at)
            for _ in range(self._times(word, given)):
                yield from self.write(tokens, at + 1, end)
            at = end + 1

    def _times(self, word: str, given: Sequence[str]) -> int:
        if word == "again":
            return self._rng.randint(int(given[0]), int(given[-1]))
        return int(self._rng.random() * 100 < int(given[0]))

    def _kept_or_drawn(self, word: str, given: Sequence[str]) -> str:
        what, _, label = word.partition("@")
        if what not in self._pens:
            msg = f"A template asks for {what!r}. There are: {', '.join(sorted(self._pens))}."
            raise InvalidInput(msg)
        if label in self._kept:
            return self._kept[label]
        drawn = self._pens[what](*given)
        if label:
            self._kept[label] = drawn
        return drawn

    def _dealt(self, deck: str) -> str:
        """Draw a text, none twice before all of its sort were drawn."""
        left = self._decks.setdefault(deck, [])
        if not left:
            left += getattr(self._texts, deck)
            self._rng.shuffle(left)
        return html.escape(left.pop())

    def _handle(self) -> str:
        words = self._rng.sample(_WORDS, 2)
        return "_".join(words) + self._rng.choice(["", str(self._rng.randint(2, 99))])

    def _count(self, low: str, high: str) -> str:
        # Of what people count, little is much more frequent than much.
        number = math.exp(self._rng.uniform(math.log(int(low)), math.log(int(high))))
        return f"{round(number):,}".replace(",", self._texts.grouping)

    def _number(self, low: str, high: str) -> str:
        return str(self._rng.randint(int(low), int(high)))

    def _clock(self) -> str:
        return f"{self._rng.randint(7, 23)}:{self._rng.randint(0, 59):02}"

    def _pick(self, *given: str) -> str:
        return self._rng.choice(" ".join(given).split("|"))

    def _photo(self) -> str:
        return f'<img id="photo" alt="" decoding="sync" src="{self._picture.address}">'

    def _frame(self, low: str, high: str) -> str:
        """Give the photo's own shape, but none beyond what the app allows."""
        return f"{min(max(self._picture.shape, float(low)), float(high)):.4f}"


def _end_of(tokens: Sequence[str], start: int) -> int:
    """Find where the block that begins at a token ends."""
    deep = 0
    for at in range(start, len(tokens), 2):
        word = tokens[at].split(" ")[0]
        deep += (word in _BLOCKS) - (word == "end")
        if deep == 0:
            return at
    msg = f"A template has {tokens[start]!r} without its end."
    raise InvalidInput(msg)
