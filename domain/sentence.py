"""A sentence that can be said in another language: its text, and what it was made of."""

from collections.abc import Mapping
from datetime import date


class Sentence(str):
    """An English text that remembers its template and the values that stand in it.

    It is a text like any other, so commands and logs show it as it is. Whoever speaks another
    language looks up the template in it and puts the values in anew.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def with_command(self, hint: str) -> "Sentence":
        """Add what only helps where commands are typed: text of it, and no part of its template."""
        return _made(self + hint, self.template, self.values)


def sentence(template: str, /, **values: object) -> Sentence:
    """Make a sentence; placeholders are written as in ``%(number)s``, a per cent sign as ``%%``."""
    return _made(template % values, template, values)


def _made(text: str, template: str, values: Mapping[str, object]) -> Sentence:
    made = Sentence(text)
    made.template, made.values = template, values
    return made


class Day(str):
    """A day as English writes it, which remembers what day that is."""

    __slots__ = ("day",)

    day: date


def day(moment: date) -> Day:
    """Write a day, or the day of a moment, as it stands in sentences."""
    made = Day(f"{moment:%d %B %Y}")
    made.day = moment
    return made
