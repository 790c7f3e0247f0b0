"""Every page of the console that can be opened, with what is in a filled database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask

from console.access import is_open
from tests.console.filled_database import Filled

FINDING = frozenset({"cases.find"})
"""Pages that lead to a record, named behind a ``?``."""


CHOICES = frozenset({"of", "suffix"})
"""Parts of addresses that choose among a few things, and name no record."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the endpoint that shows it, an address of it, and whether that names a record."""

    endpoint: str
    address: str
    about_one: bool


def every_page(app: Flask, filled: Filled, *, strangers: bool = False) -> Iterator[Page]:
    """Yield each address that answers to GET, with numbers of the filled database in it.

    ``strangers``: those that anyone may see, and else those that nobody may without signing in.

    Raises:
        KeyError: a page asks for something that is not known here: say in `_known` what it is.
    """
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if rule.endpoint == "static" or "GET" not in (rule.methods or ()):
            continue
        if is_open(app, rule.endpoint) is not strangers:
            continue
        known = _known(filled, rule.endpoint)
        values = {name: known[name] for name in rule.arguments}
        address = adapter.build(rule.endpoint, values) + _asked(filled, rule.endpoint)
        about_one = bool(values.keys() - CHOICES) or rule.endpoint in FINDING
        yield Page(rule.endpoint, address, about_one)


def _asked(filled: Filled, endpoint: str) -> str:
    """Return what stands behind an address where it cannot be asked for without."""
    return f"?number={filled.case}" if endpoint in FINDING else ""


def _known(filled: Filled, endpoint: str) -> Mapping[str, object]:
    """Return what stands for the parts of an endpoint's address."""
    of = endpoint.partition(".")[0]
    number = filled.case if of.startswith("case") else filled.match
    return {
        "number": number,
        "case": filled.case,
        "match": filled.match,
        "registration": filled.registrations[0],
        "of": "matches",
        "suffix": "csv",
        "name": filled.sites[1] if of.startswith(("site", "crawl", "recipe")) else filled.person,
        "site": filled.sites[1],
        "crawl_id": filled.crawls[filled.sites[1]],
    }
