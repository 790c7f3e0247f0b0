"""Links that have a site do something: a crawl must never log out, vote, edit or delete.

A site should do nothing when a page is merely asked for, and many do all the same: a link to
"delete" on an old forum or a wiki's API is enough. Such pages show no pictures either.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

_LOG_OUT: Final = re.compile(r"(?:log|sign)[-_]?(?:out|off)(?:\.\w{2,5})?", re.IGNORECASE)
_IN_PATH: Final = re.compile(r"delete|unsubscribe|report[-_]?abuse", re.IGNORECASE)
_ASKS: Final = frozenset({"action", "act", "do", "cmd", "op", "task", "a", "sa", "mode", "method"})
_ACTS: Final = frozenset(
    {
        "approve", "ban", "block", "changecontentmodel", "delete", "deleterevision", "deletemsg",
        "dislike", "edit", "emailuser", "favorite", "favourite", "imagerotate", "import", "like",
        "lock", "logoff", "logout", "markpatrolled", "markread", "mergehistory", "move", "patrol",
        "protect", "purge", "register", "remove", "reply", "report", "resetpwd", "revert",
        "revisiondelete", "rollback", "setpagelanguage", "signout", "submit", "subscribe", "thank",
        "unblock", "undelete", "unlike", "unprotect", "unsubscribe", "unwatch", "upload",
        "userrights", "vote", "watch",
    }
)  # fmt: skip

ACTING_WORDS: Final = frozenset(
    {
        "abmelden", "acheter", "add to cart", "ban", "borrar", "buy", "checkout", "comprar",
        "deactivate", "delete", "downvote", "edit", "eliminar", "entfernen", "erase", "favorite",
        "favourite", "kaufen", "log off", "log out", "logoff", "logout", "löschen", "pay",
        "purchase", "remove", "report", "sign off", "sign out", "signout", "subscribe",
        "supprimer", "unfollow", "unsubscribe", "upload", "upvote", "vote", "купить", "удалить",
    }
)  # fmt: skip
"""Words on what has a site do something, in small letters: they stand on no age gate."""

# What forms that do no harm are sent with, too.
_ACTS_SENT: Final = _ACTS - {"submit", "watch"}
_MOST_FIELDS: Final = 500
_WORDS_OF_AN_ACT: Final = 2
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAME: Final = re.compile(r"[\w.:-]{1,60}")
_PART: Final = re.compile(r'name="([^"]{0,200})"[^\r\n]*(?:\r\n[^\r\n]+)*\r\n\r\n([^\r\n]*)')
_NO: Final = frozenset({"0", "false", "no", "none", "null", "off"})


def acts_by(url: str) -> str | None:
    """Return the word by which a canonical address has its site do something; None if it has none.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    for segment in parts.path.split("/"):
        if _LOG_OUT.fullmatch(segment) or _IN_PATH.fullmatch(segment):
            return segment
    for piece in re.split("[&;]", parts.query):
        name, _, value = piece.partition("=")
        asks = name.lower() in _ASKS or name.lower().endswith("action")
        if asks and (value.lower() in _ACTS or _LOG_OUT.fullmatch(value)):
            return value
        if not value and (_LOG_OUT.fullmatch(name) or name.lower() == "delete"):
            return name
    return None


def acting_words(text: str) -> str | None:
    """Return those of `ACTING_WORDS` that stand in what a link or button says; None if none do."""
    there = f" {' '.join(_LETTERS.findall(text.lower()))} "
    return next((each for each in sorted(ACTING_WORDS) if f" {each} " in there), None)


def acts_by_sending(url: str, body: str) -> str | None:
    """Return the word by which sending something has a site do something; None if it has none.

    Args:
        url: where it is sent, canonical.
        body: what is sent: the fields of a form, written either way, or JSON.

    Raises:
        ValueError: the address is none.
    """
    for segment in urlsplit(url).path.split("/"):
        # Of more words it is a title, and says what is read there.
        short = len(_LETTERS.findall(_CAMEL.sub(" ", segment))) <= _WORDS_OF_AN_ACT
        if segment.lower() in _ACTS_SENT or (short and _names_an_act(segment)):
            return segment
    for count, (name, value) in enumerate(_fields(body)):
        if count >= _MOST_FIELDS:
            break
        asks = name.lower() in _ASKS or name.lower().endswith("action")
        if (asks and value.lower() in _ACTS_SENT) or _names_an_act(value):
            return value
        if _names_an_act(name) and value.lower() not in _NO:
            return name
    return None


def _names_an_act(name: str) -> bool:
    """Say whether a name, as programs write them, holds an acting word."""
    return _NAME.fullmatch(name) is not None and acting_words(_CAMEL.sub(" ", name)) is not None


def _fields(body: str) -> Iterator[tuple[str, str]]:
    if body.lstrip()[:1] in {"{", "["}:
        try:
            yield from _json_fields("", json.loads(body))
        except (ValueError, RecursionError):
            return
    elif 'name="' in body:
        yield from ((found[1], found[2]) for found in _PART.finditer(body))
    else:
        yield from parse_qsl(body, keep_blank_values=True)


def _json_fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _json_fields(str(key), each)
    elif isinstance(value, list):
        for each in value:
            yield from _json_fields(name, each)
    else:
        yield name, "null" if value is None else str(value)
