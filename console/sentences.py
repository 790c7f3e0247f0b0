"""What is said below the console, in the reader's language: errors, and what crawls wrote."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from flask_babel import format_date, get_locale, gettext

from console.crawl_sentences import TEMPLATES
from console.match_words import STATES
from domain.errors import VigilError
from domain.review import MatchState
from domain.sentence import Day, Sentence

_OF_A_COMMAND: Final = re.compile(r" [^.?`]*`vigil [^`]+`[^.]*\.")
"""A sentence of an error that names a command: whoever reads it in a browser has none."""

_HOLE: Final = re.compile(r"%\((\w+)\)s")
_FILLED: Final = {
    "why": r".+",
    "pattern": r".+",
    "address": r"\S+",
    "number": r"[\d,.]+",
    "usual": r"[\d,.]+",
    "day": r"\d\d \w+ \d{4}",
}
"""What a hole of a template may hold. Others hold what does not end a sentence."""

_ANYTHING: Final = r"(?:(?!\. ).)+?"
_BETWEEN: Final = re.compile(r"(?<=[.?!]) (?=[A-Z])")
_MOST_SIGNS: Final = 1_000
_MOST_SENTENCES: Final = 12
"""A stored text that is longer is none of ours, and is shown as it is."""


def words_of(error: VigilError) -> str:
    """Say an error in the reader's language, without what only helps where commands are typed."""
    said = error.args[0] if error.args else ""
    if isinstance(said, Sentence):
        return _worded(said)
    return _OF_A_COMMAND.sub("", str(error))


def told(text: str | None) -> str:
    """Say in the reader's language what a crawl, a check or a rule wrote down in English.

    What is kept is text, so it is found again by its template. A sentence of which none is known
    stays as it is.
    """
    locale = get_locale()
    if not text or locale is None or locale.language == "en" or len(text) > _MOST_SIGNS:
        return text or ""
    places = [len(text), *reversed([each.start() for each in _BETWEEN.finditer(text)])]
    if len(places) > _MOST_SENTENCES:
        return text
    for end in places:
        found = _found(text[:end])
        if found is not None:
            return f"{_filled(*found)} {told(text[end:].strip())}".rstrip()
    if len(places) == 1:
        return text
    first = places[-1]
    return f"{text[:first]} {told(text[first:].strip())}"


def _worded(said: Sentence) -> str:
    return gettext(said.template) % {name: _value(each) for name, each in said.values.items()}


def _value(value: object) -> object:
    if isinstance(value, Sentence):
        return _worded(value)
    if isinstance(value, Day):
        return format_date(value.day, "long")
    if isinstance(value, MatchState):
        return STATES[value]
    return value


def _filled(template: str, values: dict[str, str]) -> str:
    return gettext(template) % {name: _told_value(name, each) for name, each in values.items()}


def _told_value(name: str, value: str) -> str:
    if name == "day":
        return format_date(_day(value), "long")
    return told(value) if name == "why" else value


def _day(written: str) -> date:
    return datetime.strptime(written, "%d %B %Y").date()  # noqa: DTZ007 - a day has no zone


@lru_cache(maxsize=2_000)
def _found(text: str) -> tuple[str, dict[str, str]] | None:
    for template, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return template, match.groupdict()
    return None


def _pattern(template: str) -> re.Pattern[str]:
    parts = _HOLE.split(template)
    written = [re.escape(parts[0].replace("%%", "%"))]
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        written += [
            f"(?P<{name}>{_FILLED.get(name, _ANYTHING)})",
            re.escape(rest.replace("%%", "%")),
        ]
    return re.compile("".join(written), re.DOTALL)


_PATTERNS: Final = [(template, _pattern(template)) for template in TEMPLATES]
