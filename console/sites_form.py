"""A site's policy as a form: what stands in its fields, and what they come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from console.sentences import words_of
from domain.errors import InvalidInput
from domain.site import Render, Site, interval, rate, written_interval, written_rate
from domain.site_entry import login_from
from watching.policy_words import joined_headers, read_age_gate, whole_addresses

_UNSAID: Final = Site(name="site", start_urls=("https://example.org/",))
_LOGIN: Final = ("page", "user", "password", "user_field", "password_field")
_NEED_PAGES: Final = frozenset({"hosts", "leave", "login"})
"""Fields that are judged beside the start pages, and not at all while those are wrong."""


@dataclass(slots=True)
class SiteForm:
    """What was typed, by the fields' names, and what is wrong with it, by the same names.

    ``header_names`` and ``cookie_names`` are those that the site has; their values are never shown.
    ``forgotten`` are those that are to go, as ``header NAME`` and ``cookie NAME``.
    """

    typed: dict[str, str]
    header_names: tuple[str, ...] = ()
    cookie_names: tuple[str, ...] = ()
    forgotten: frozenset[str] = frozenset()
    wrong: dict[str, str] = field(default_factory=dict)


def form_of(site: Site | None) -> SiteForm:
    """Return the form of a site as it is; of one to be added, what goes unsaid."""
    of = site or _UNSAID
    hosts = () if site is None or of.hosts == _own_hosts(of) else of.hosts
    login = {} if of.login is None else of.login.as_words()
    return SiteForm(
        {
            "name": "" if site is None else of.name,
            "start_urls": "" if site is None else "\n".join(of.start_urls),
            "hosts": "\n".join(hosts),
            "every": written_interval(of.every),
            "rate": written_rate(of.rate),
            "max_pages": str(of.max_pages),
            "max_depth": str(of.max_depth),
            "ignore_robots": "" if of.obey_robots else "yes",
            "robots_reason": of.robots_reason or "",
            "accept_certificate": "" if of.certificates_reason is None else "yes",
            "certificates_reason": of.certificates_reason or "",
            "proxy": of.proxy or "",
            "render": of.render.value,
            "age_gate": of.age_gate or "",
            **{f"login_{word}": login.get(word, "") for word in _LOGIN},
            **{name: "\n".join(getattr(of, name)) for name in _LISTS},
            "headers": "",
            "cookies": "",
        },
        header_names=tuple(of.headers),
        cookie_names=tuple(of.cookies),
    )


def typed_form(given: MultiDict[str, str], before: Site | None) -> SiteForm:
    """Return the form with what somebody typed into it."""
    form = form_of(before)
    # A box that is not ticked is not sent at all.
    form.typed = {name: given.get(name, "").replace("\r\n", "\n") for name in form.typed}
    form.forgotten = frozenset(given.getlist("forget"))
    return form


def read_form(form: SiteForm, before: Site | None) -> Site | None:
    """Return the site that a form comes to; None, with what is wrong noted at each field, if none.

    Each field is judged beside those before it, so that every mistake is told at once and where it
    was made.
    """
    typed = {name: value.strip() for name, value in form.typed.items()}
    parts: dict[str, Any] = {"name": "site", "start_urls": _UNSAID.start_urls}
    if before is not None:
        parts["name"] = before.name
    for name, read in _READERS.items():
        if (name == "name" and before is not None) or (
            name in _NEED_PAGES and "start_urls" in form.wrong
        ):
            continue
        try:
            more = read(typed, form, before)
            Site(**{**parts, **more})
        except _WrongAt as wrong:
            form.wrong[wrong.name] = str(wrong)
        except InvalidInput as error:
            form.wrong[name] = words_of(error)
        else:
            parts |= more
    return None if form.wrong else Site(**parts)


def field_names() -> dict[str, str]:
    """Return what the parts of a policy are called."""
    return {
        "name": _("Name"),
        "start_urls": _("Start pages"),
        "hosts": _("Hosts"),
        "every": _("Visited every"),
        "rate": _("Rate"),
        "max_pages": _("Pages a crawl, at most"),
        "max_depth": _("Links deep, at most"),
        "obey_robots": _("robots.txt"),
        "robots_reason": _("Reason for ignoring robots.txt"),
        "headers": _("Headers"),
        "cookies": _("Cookies"),
        "follow": _("Follow"),
        "leave": _("Leave alone"),
        "quiet_hours": _("Quiet hours"),
        "certificates_reason": _("Reason for accepting certificates"),
        "proxy": _("Proxy"),
        "render": _("Open pages in a browser"),
        "age_gate": _("Age gate"),
        "login": _("Log-in"),
        "listing": _("Listing pages"),
        "item": _("Item pages"),
        "image": _("Image links"),
    }


class _WrongAt(Exception):
    """What is wrong stands in a field of another name."""

    def __init__(self, words: str, *, at: str) -> None:
        super().__init__(words)
        self.name = at


Typed = Mapping[str, str]
Reader = Callable[[Typed, SiteForm, Site | None], dict[str, Any]]

_LISTS: Final = ("follow", "leave", "listing", "item", "image", "quiet_hours")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _own_hosts(site: Site) -> tuple[str, ...]:
    return Site(name=site.name, start_urls=site.start_urls).hosts


def _number(name: str) -> Reader:
    def read(typed: Typed, _form: SiteForm, _before: Site | None) -> dict[str, Any]:
        if not typed[name].isdecimal():
            words = _("Write a whole number; this is %(said)s.", said=repr(typed[name]))
            raise _WrongAt(words, at=name)
        return {name: int(typed[name])}

    return read


def _list(name: str) -> Reader:
    return lambda typed, _form, _before: {name: _lines(typed[name])}


def _robots(typed: Typed, _form: SiteForm, _before: Site | None) -> dict[str, Any]:
    if not typed["ignore_robots"]:
        return {"obey_robots": True, "robots_reason": None}
    if not typed["robots_reason"]:
        words = _("Say why this site's robots.txt is ignored: the reason is recorded.")
        raise _WrongAt(words, at="robots_reason")
    return {"obey_robots": False, "robots_reason": typed["robots_reason"]}


def _certificates(typed: Typed, _form: SiteForm, _before: Site | None) -> dict[str, Any]:
    if not typed["accept_certificate"]:
        return {"certificates_reason": None}
    if not typed["certificates_reason"]:
        words = _("Say why certificates that cannot be verified are accepted: it is recorded.")
        raise _WrongAt(words, at="certificates_reason")
    return {"certificates_reason": typed["certificates_reason"]}


def _login(typed: Typed, _form: SiteForm, _before: Site | None) -> dict[str, Any]:
    said = {word: typed[f"login_{word}"] for word in _LOGIN if typed[f"login_{word}"]}
    return {"login": login_from(said) if said else None}


def _headers(typed: Typed, form: SiteForm, before: Site | None) -> dict[str, Any]:
    there = {} if before is None else before.headers
    kept = {key: value for key, value in there.items() if f"header {key}" not in form.forgotten}
    return {"headers": joined_headers(kept, _pairs(typed["headers"], ":", "headers"))}


def _cookies(typed: Typed, form: SiteForm, before: Site | None) -> dict[str, Any]:
    there = {} if before is None else before.cookies
    kept = {key: value for key, value in there.items() if f"cookie {key}" not in form.forgotten}
    return {"cookies": kept | _pairs(typed["cookies"], "=", "cookies")}


def _pairs(text: str, sign: str, name: str) -> dict[str, str]:
    pairs = {}
    for place, line in enumerate(_lines(text), start=1):
        key, found, value = line.partition(sign)
        if not found or not key.strip():
            # The line itself is left out: it may be a key to the site.
            words = _("Line %(place)d has no %(sign)s after a name.", place=place, sign=repr(sign))
            raise _WrongAt(words, at=name)
        pairs[key.strip()] = value.strip()
    return pairs


_READERS: Final[Mapping[str, Reader]] = {
    "name": lambda typed, _form, _before: {"name": typed["name"]},
    "start_urls": lambda typed, _form, _before: {
        "start_urls": whole_addresses(_lines(typed["start_urls"]))
    },
    "hosts": _list("hosts"),
    "every": lambda typed, _form, _before: {"every": interval(typed["every"])},
    "rate": lambda typed, _form, _before: {"rate": rate(typed["rate"])},
    "max_pages": _number("max_pages"),
    "max_depth": _number("max_depth"),
    **{name: _list(name) for name in _LISTS},
    "render": lambda typed, _form, _before: {"render": _render(typed["render"])},
    "age_gate": lambda typed, _form, _before: {
        "age_gate": read_age_gate(typed["age_gate"]) if typed["age_gate"] else None
    },
    "login": _login,
    "robots_reason": _robots,
    "certificates_reason": _certificates,
    "proxy": lambda typed, _form, _before: {"proxy": typed["proxy"] or None},
    "headers": _headers,
    "cookies": _cookies,
}
"""How each field is read, in the order in which they are judged."""


def _render(said: str) -> Render:
    try:
        return Render(said)
    except ValueError:
        raise _WrongAt(_("Choose one of the three."), at="render") from None
