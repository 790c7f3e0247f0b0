"""Files of sites: YAML, a list under `sites:`, each entry with the words of `vigil site add`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from domain.errors import InvalidInput
from domain.site import PATTERNS, Site
from watching.policy_words import PolicyWords, new_site, policy_facts

_LISTS: Final = {"urls": "urls", "url": "urls", "hosts": "hosts", "host": "hosts"} | {
    word: word for word in (*PATTERNS, "quiet_hours")
}
_TEXTS: Final = {
    word: word
    for word in ("every", "rate", "ignore_robots", "accept_bad_certificate", "proxy", "age_gate")
}
_NUMBERS: Final = {"max_pages": "max_pages", "max_depth": "max_depth"}
_MAPPINGS: Final = {"headers": "headers", "cookies": "cookies", "login": "login"}
_ACCEPT: Final = "accept_bad_certificate"
_WORDS: Final = (
    *("name", "urls", "hosts", *PATTERNS, "quiet_hours"),
    *_TEXTS,
    "render",
    *_NUMBERS,
    *_MAPPINGS,
)
_FORMS: Final = {
    "login": "`page: https://…`, `user: LOGIN_…` and `password: LOGIN_…`",
}


def recipe_words(site: Site) -> dict[str, Any]:
    """Return a site in the words of a file of sites, without those that say what goes unsaid."""
    unsaid = policy_facts(Site(name=site.name, start_urls=site.start_urls), secrets=True)
    facts = policy_facts(site, secrets=True)
    said = {word: value for word, value in facts.items() if value != unsaid[word]}
    words: dict[str, Any] = {"name": site.name, "urls": list(site.start_urls)}
    for fact, word in (("robots_reason", "ignore_robots"), ("certificates_reason", _ACCEPT)):
        if fact in said:
            words[word] = said.pop(fact)
    said.pop("obey_robots", None)
    return words | said


def written_sites(listed: Iterable[Site]) -> str:
    """Write sites as a file that `read_sites` reads."""
    entries = {"sites": [recipe_words(site) for site in listed]}
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=100)


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """One entry of the file: the line it starts at, its name if it has one, and what it came to."""

    line: int
    name: str
    outcome: Site | InvalidInput


def read_sites(path: Path) -> list[SiteEntry]:
    """Read a file of sites; an entry that cannot be used does not spoil the others.

    Raises:
        InvalidInput: it is no YAML, or has no list of sites.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        msg = f"{path} is not a text file in UTF-8."
        raise InvalidInput(msg) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark is not None else ""
        msg = f"{path} cannot be read as YAML{place}: {getattr(error, 'problem', None) or error}."
        if "alias" in str(error):
            msg += " A pattern that begins with * stands in quotes: '*/print/*'."
        raise InvalidInput(msg) from None
    return list(_entries(path, root))


def _entries(path: Path, root: yaml.Node | None) -> Iterator[SiteEntry]:
    sites = None
    if isinstance(root, yaml.MappingNode):
        sites = next((value for key, value in root.value if key.value == "sites"), None)
    if not isinstance(sites, yaml.SequenceNode) or not sites.value:
        msg = (
            f"{path} has no list of sites. It begins with a line `sites:`, and each site below it "
            "with `- name:` and `urls:`."
        )
        raise InvalidInput(msg)
    lines: dict[str, int] = {}
    for node in sites.value:
        line = node.start_mark.line + 1
        try:
            entry = _plain(node)
            name = str(entry.get("name") or "(no name)")
            outcome: Site | InvalidInput = _site(entry)
            if name in lines:
                outcome = InvalidInput(f"the same name stands at line {lines[name]} already.")
            lines.setdefault(name, line)
        except InvalidInput as error:
            name, outcome = _name_in(node), error
        yield SiteEntry(line, name, outcome)


def _plain(node: yaml.Node) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        msg = "an entry is a list of words with values, beginning with `- name:`."
        raise InvalidInput(msg)
    keys = [str(key.value) for key, _ in node.value]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        msg = f"{twice[0]!r} stands in it twice."
        raise InvalidInput(msg)
    loader = yaml.SafeLoader("")
    try:
        plain: dict[str, Any] = loader.construct_document(node)
    except yaml.YAMLError as error:
        msg = f"it holds a value that cannot be read: {getattr(error, 'problem', None) or error}."
        raise InvalidInput(msg) from None
    finally:
        loader.dispose()
    return {str(key).replace("-", "_"): value for key, value in plain.items()}


def _site(entry: dict[str, Any]) -> Site:
    words: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "name":
            continue
        if key in _LISTS:
            listed = value if isinstance(value, list) else [value]
            words[_LISTS[key]] = (
                *words.get(_LISTS[key], ()),
                *(_text(key, each) for each in listed),
            )
        elif key in _TEXTS:
            words[key] = _text(key, value)
        elif key in _NUMBERS:
            words[key] = _number(key, value)
        elif key in _MAPPINGS:
            words[key] = _mapping(key, value)
        elif key == "render":  # which YAML reads as a yes or no
            words[key] = ("off", "on")[value] if isinstance(value, bool) else _text(key, value)
        else:
            msg = f"{key!r} is no word of a site. There are: {', '.join(_WORDS)}."
            raise InvalidInput(msg)
    if "name" not in entry:
        msg = "it has no `name:`."
        raise InvalidInput(msg)
    return new_site(_text("name", entry["name"]), PolicyWords(**words))


def _text(key: str, value: object) -> str:
    # YAML reads 2024 as a number where a name is meant; a date or a yes would be a guess.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        msg = f"{key}: {value!r} is no text; put it in quotes."
        raise InvalidInput(msg)
    return str(value)


def _number(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        msg = f"{key}: {value!r} is no whole number."
        raise InvalidInput(msg)
    return value


def _mapping(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        form = _FORMS.get(key, "for example `Accept-Language: en`")
        msg = f"{key} holds names with values, one a line: {form}."
        raise InvalidInput(msg)
    return {_text(key, name): _text(f"{key}, {name}", each) for name, each in value.items()}


def _name_in(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "name" and isinstance(value, yaml.ScalarNode):
                return str(value.value)
    return "(no name)"
