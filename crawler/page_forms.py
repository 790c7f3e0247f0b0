"""What a person can press on a page: links, buttons, and the forms around them. Pure: no request.

Scripts are not run. Of what a button's script does only two things are understood, which is what
most age gates do: going to an address, and setting a cookie.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from lxml.etree import LxmlError
from lxml.html import HTMLParser, document_fromstring

from domain.acting_links import acting_words
from domain.address import absolute
from domain.errors import InvalidInput
from domain.site_entry import SELECTOR

MAX_CHARACTERS: Final = 1_000_000
"""Of a page that are looked at; one with a gate or a log-in form is small."""

AROUND: Final = 25
"""Characters that may stand around the words that were given, as in "Enter the site »"."""

_MAX_WORDS: Final = 200
_MOST_BUTTONS: Final = 2_000
_MOST_TRIED: Final = 50
_GO: Final = re.compile(
    r"location(?:\.href)?\s*=\s*['\"]([^'\"\\]{1,2000})['\"]"
    r"|location\.(?:assign|replace)\(\s*['\"]([^'\"\\]{1,2000})['\"]"
)
_COOKIE: Final = re.compile(r"document\.cookie\s*=\s*['\"`]\s*([\w.-]{1,100})=([^'\"`;]{0,500})")
_PRESSABLE: Final = (
    "descendant-or-self::a | descendant-or-self::area | descendant-or-self::button"
    " | descendant-or-self::input[@type='submit' or @type='button' or @type='image']"
    " | descendant-or-self::*[@onclick or @role='button']"
)
_BUTTONS: Final = ("submit", "image")
_TYPED: Final = ("text", "email", "tel", "number")
BORN: Final = "1980"


@dataclass(frozen=True, slots=True)
class Press:
    """The request that pressing something makes; ``cookies`` are what its script would set."""

    url: str
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class OnlyScripts:
    """What was to be pressed is there, and only a script that is not understood says what it does.

    ``words`` stand on it.
    """

    words: str


class PageForms:
    """One page's links, buttons and forms."""

    def __init__(self, html: str, url: str) -> None:
        """Read a page; ``url`` is its address."""
        clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)
        text = clean[:MAX_CHARACTERS] or "<p>"
        try:
            # Without huge_tree: what nests deeper than a page does is cut off.
            self._root: Any = document_fromstring(
                text.encode(), parser=HTMLParser(encoding="utf-8", huge_tree=False)
            )
        except LxmlError:  # nothing but comments, say
            self._root = document_fromstring("<p>")
        self._url = url
        self._base = url
        for base in self._root.xpath("//base/@href")[:1]:
            self._base = self._absolute(str(base)) or url

    def gate(self, said: str) -> Press | OnlyScripts | None:
        """Find what an age gate's words or selector (`domain.site_entry`) name; None: not there.

        In the form around it, boxes that have to be ticked are ticked, and a birthday in 1980 is
        given.
        """
        found: OnlyScripts | None = None
        for element in self._named(said)[:_MOST_TRIED]:
            press = self._press(element)
            if press is not None:
                return press
            found = found or OnlyScripts(words_on(element))
        return found

    def buttons(self) -> Iterator[tuple[str, Any]]:
        """Go through what can be pressed, each with the words on it."""
        for element in self._root.xpath(_PRESSABLE)[:_MOST_BUTTONS]:
            said = words_on(element)
            if said:
                yield said, element

    def log_in(
        self,
        user: str,
        password: str,
        *,
        user_field: str | None = None,
        password_field: str | None = None,
    ) -> Press | None:
        """Fill in the page's log-in form; None if it has none.

        It is the first form with one field for a password: one that asks for it twice registers
        a user. The user name belongs into the last field for text ahead of that.
        """
        for form in self._root.forms[:_MOST_TRIED]:
            typed = [each for each in form.inputs if each.tag == "input" and each.name]
            secret = [
                each
                for each in typed
                if (each.name == password_field if password_field else each.type == "password")
            ]
            if len(secret) != 1:
                continue
            ahead = typed[: typed.index(secret[0])]
            names = [
                each
                for each in (typed if user_field else ahead)
                if (each.name == user_field if user_field else each.type in _TYPED)
            ]
            if not names:
                continue
            typed_in = {names[-1].name: user, secret[0].name: password}
            return self._submit(form, _first_button(form), typed_in)
        return None

    def asks_for_a_password(self) -> bool:
        """Say whether a form on it has one field for a password."""
        forms = self._root.forms[:_MOST_TRIED]
        return any(len(form.xpath(".//input[@type='password']")) == 1 for form in forms)

    def _named(self, said: str) -> list[Any]:
        if said.startswith(SELECTOR):
            return list(self._root.cssselect(said.removeprefix(SELECTOR).strip()))
        wanted = said.casefold()
        exact, about = [], []
        for words, element in self.buttons():
            there = words.casefold()
            if there == wanted:
                exact.append(element)
            elif wanted not in there or acting_words(there) is not None:
                continue  # "Yes, delete it" is no "Yes"
            elif len(there) <= len(wanted) + AROUND:
                about.append(element)
        return exact + about

    def _press(self, element: Any) -> Press | None:
        if element.tag == "form":
            return self._submit(element, _first_button(element))
        inner = [element, *element.iterancestors("a", "button"), *element.xpath(_PRESSABLE)]
        for each in inner:
            press = self._press_one(each)
            if press is not None:
                return press
        return None

    def _press_one(self, element: Any) -> Press | None:
        code = f"{element.get('onclick') or ''};{element.get('href') or ''}"
        by_script = self._scripted(code)
        if by_script is not None:
            return by_script
        form = next(element.iterancestors("form"), None)
        if _is_submit(element) and form is not None:
            _answer_age(form)
            return self._submit(form, element)
        href = element.get("href") if element.tag in {"a", "area"} else None
        if href is None or not href.strip() or href.strip().startswith("#"):
            return None
        url = self._absolute(href)
        return None if url is None else Press(url)

    def _scripted(self, code: str) -> Press | None:
        cookies = tuple((found[1], found[2]) for found in _COOKIE.finditer(code))
        goes = _GO.search(code)
        url = self._absolute(goes[1] or goes[2]) if goes else None
        if not cookies and url is None:
            return None
        return Press(url or self._url, cookies=cookies)

    def _submit(
        self, form: Any, button: Any | None, typed_in: Mapping[str, str] | None = None
    ) -> Press | None:
        written = typed_in or {}
        there = [pair for pair in form.form_values() if pair[0] not in written]
        fields = [(str(name), str(value or "")) for name, value in there] + [*written.items()]
        where, how = form.get("action") or "", form.get("method") or "GET"
        if button is not None:
            if button.get("name") and button.get("type") != "image":
                fields.append((button.get("name"), button.get("value") or ""))
            where = button.get("formaction") or where
            how = button.get("formmethod") or how
        url = self._absolute(where) if where.strip() else self._url
        if url is None:
            return None
        if how.upper() == "POST":
            return Press(url, "POST", tuple(fields))
        parts = urlsplit(url)
        asked = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(fields), ""))
        return Press(self._absolute(asked) or url)

    def _absolute(self, address: str) -> str | None:
        try:
            return absolute(self._base, address)
        except InvalidInput:
            return None


def words_on(element: Any) -> str:
    """Return what stands on a link or button, in one line; empty if nothing or a whole text."""
    said: list[Any] = [_inner_text(element)]
    said += [element.get(name) for name in ("value", "aria-label", "title", "alt")]
    said += [image.get("alt") for image in islice(element.iter("img"), 1)]
    for each in said:
        words = " ".join((each or "").split())
        if words:
            return words if len(words) <= _MAX_WORDS else ""
    return ""


def _inner_text(element: Any) -> str:
    """Return the text in an element, as far as it may be a button's."""
    pieces, length = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > 5 * _MAX_WORDS:  # or nested elements would be read again and again
            break
    return "".join(pieces)


def _is_submit(element: Any) -> bool:
    if element.tag == "button":
        return (element.get("type") or "submit").lower() == "submit"
    return element.tag == "input" and (element.get("type") or "").lower() in _BUTTONS


def _first_button(form: Any) -> Any | None:
    return next((each for each in form.iter("button", "input") if _is_submit(each)), None)


def _answer_age(form: Any) -> None:
    """Tick what has to be ticked, and give a birthday long ago."""
    boxes = [each for each in form.iter("input") if each.type == "checkbox"]
    for box in boxes:
        if len(boxes) == 1 or box.get("required") is not None:
            box.checked = True
    for each in form.iter("select"):
        if each.multiple:
            continue
        values = [value for value in each.value_options if value]
        if BORN in values:
            each.value = BORN
        elif not each.value and values:
            each.value = values[0]
    for each in form.iter("input"):
        name = (each.name or "").lower()
        if each.get("value"):
            continue
        if each.type == "date":
            each.value = f"{BORN}-01-01"
        elif each.type in _TYPED and "year" in name:
            each.value = BORN
        elif each.type in _TYPED and ("month" in name or "day" in name):
            each.value = "1"
