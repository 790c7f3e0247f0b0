"""A site's policy as people type it: on the command line, in files of sites and in forms."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cssselect import HTMLTranslator, SelectorError

from domain.errors import InvalidInput
from domain.sentence import sentence
from domain.site import PATTERNS, Render, Site, interval, rate, written_interval, written_rate
from domain.site_entry import SELECTOR, login_from

HIDDEN: Final = "(hidden)"
"""Stands for the value of a header or cookie, which is a key to the site."""

LOGIN_WORDS: Final = ("page", "user", "password", "user_field", "password_field")
LISTS: Final = (*PATTERNS, "quiet_hours")
"""The parts of a policy that are lists of what people type, one entry each."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+-]*):(?!\d+(?:[/?#]|$))")
"""What an address begins with, unless a port follows it, as in example.org:8080/page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWords:
    """What was said of a site's policy; None and empty mean that nothing was said."""

    urls: Sequence[str] = ()
    hosts: Sequence[str] = ()
    every: str | None = None
    rate: str | None = None
    max_pages: int | None = None
    max_depth: int | None = None
    ignore_robots: str | None = None
    obey_robots: bool = False
    follow: Sequence[str] = ()
    leave: Sequence[str] = ()
    quiet_hours: Sequence[str] = ()
    accept_bad_certificate: str | None = None
    verify_certificates: bool = False
    proxy: str | None = None
    no_proxy: bool = False
    render: str | None = None
    age_gate: str | None = None
    no_age_gate: bool = False
    login: Mapping[str, str] = dataclasses.field(default_factory=dict)
    no_login: bool = False
    listing: Sequence[str] = ()
    item: Sequence[str] = ()
    image: Sequence[str] = ()
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    clear_headers: bool = False
    clear_cookies: bool = False
    clear_follow: bool = False
    clear_leave: bool = False
    clear_quiet_hours: bool = False
    clear_listing: bool = False
    clear_item: bool = False
    clear_image: bool = False

    def says_nothing(self) -> bool:
        """Whether no word was said at all."""
        return self == PolicyWords()

    def reasons(self) -> str | None:
        """Return the reasons that were given for what is not done otherwise, for the record."""
        given = (self.ignore_robots, self.accept_bad_certificate)
        return "; ".join(reason for reason in given if reason) or None


def new_site(name: str, words: PolicyWords) -> Site:
    """Make a site; what was not said has its default.

    Raises:
        InvalidInput: something cannot be used.
    """
    lists: dict[str, Any] = {each: tuple(getattr(words, each)) for each in LISTS}
    return Site(
        name=name,
        start_urls=whole_addresses(words.urls),
        hosts=tuple(words.hosts),
        **_limits(words),
        **lists,
        login=login_from(words.login) if words.login else None,
        headers=dict(words.headers),
        cookies=dict(words.cookies),
    )


def changed_site(site: Site, words: PolicyWords) -> Site:
    """Change what was said and nothing else.

    Headers, cookies, patterns and quiet hours join those that are there.

    Raises:
        InvalidInput: something cannot be used.
    """
    _refuse_contradictions(words)
    changes: dict[str, Any] = _limits(words)
    for name in ("proxy", "age_gate", "login"):
        if getattr(words, f"no_{name}"):
            changes[name] = None
    if words.login:
        before = {} if site.login is None else site.login.as_words()
        changes["login"] = login_from({**before, **words.login})
    for name in LISTS:
        cleared, more = getattr(words, f"clear_{name}"), tuple(getattr(words, name))
        if cleared or more:
            changes[name] = (*(() if cleared else getattr(site, name)), *more)
    if words.verify_certificates:
        changes["certificates_reason"] = None
    if words.urls:
        changes["start_urls"] = whole_addresses(words.urls)
        if site.hosts == Site(name=site.name, start_urls=site.start_urls).hosts:
            changes["hosts"] = ()  # they came from the start pages before, and do so again
    if words.hosts:
        changes["hosts"] = tuple(words.hosts)
    if words.obey_robots:
        changes |= {"obey_robots": True, "robots_reason": None}
    changes["headers"] = joined_headers({} if words.clear_headers else site.headers, words.headers)
    cookies = {} if words.clear_cookies else site.cookies
    changes["cookies"] = {**cookies, **words.cookies}
    return dataclasses.replace(site, **changes)


def policy_facts(site: Site, *, secrets: bool = False) -> dict[str, Any]:
    """Describe a policy under stable names; values of headers and cookies only with ``secrets``."""
    return {
        "start_urls": list(site.start_urls),
        "hosts": list(site.hosts),
        "every": written_interval(site.every),
        "rate": written_rate(site.rate),
        "max_pages": site.max_pages,
        "max_depth": site.max_depth,
        "obey_robots": site.obey_robots,
        "robots_reason": site.robots_reason,
        "follow": list(site.follow),
        "leave": list(site.leave),
        "quiet_hours": list(site.quiet_hours),
        "certificates_reason": site.certificates_reason,
        "proxy": site.proxy,
        "render": site.render.value,
        "age_gate": site.age_gate,
        "login": None if site.login is None else site.login.as_words(),
        "listing": list(site.listing),
        "item": list(site.item),
        "image": list(site.image),
        "headers": {name: value if secrets else HIDDEN for name, value in site.headers.items()},
        "cookies": {name: value if secrets else HIDDEN for name, value in site.cookies.items()},
    }


def audited_facts(site: Site) -> dict[str, Any]:
    """Describe a policy for the audit chain, which is never erased.

    Without values of headers and cookies, which are keys, and without addresses of pages and
    patterns of them, which often hold a person's name: of those only how many.
    """
    facts = policy_facts(site)
    facts["start_pages"] = len(facts.pop("start_urls"))
    login = facts["login"]
    return facts | {
        **{name: len(getattr(site, name)) for name in PATTERNS},
        "login": login and {name: value for name, value in login.items() if name != "page"},
        "headers": sorted(site.headers),
        "cookies": sorted(site.cookies),
    }


def changed_words(before: Site, after: Site) -> list[str]:
    """Name the parts of the policy that differ, secret or not."""
    names = [field.name for field in dataclasses.fields(Site) if field.name != "name"]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _refuse_contradictions(words: PolicyWords) -> None:
    if words.obey_robots and words.ignore_robots is not None:
        msg = "robots.txt cannot be both obeyed and ignored: give --obey-robots or --ignore-robots."
        raise InvalidInput(msg)
    if words.verify_certificates and words.accept_bad_certificate is not None:
        msg = (
            "Certificates cannot be both verified and accepted unverified: give "
            "--verify-certificates or --accept-bad-certificate."
        )
        raise InvalidInput(msg)
    for name, said in (
        ("proxy", words.proxy is not None),
        ("age-gate", words.age_gate is not None),
        ("login", bool(words.login)),
    ):
        if said and getattr(words, f"no_{name.replace('-', '_')}"):
            msg = f"Give --{name} or --no-{name}, not both."
            raise InvalidInput(msg)


def whole_addresses(urls: Sequence[str]) -> tuple[str, ...]:
    """Return addresses of start pages that are written whole.

    Raises:
        InvalidInput: one is not; the message says how it may be meant.
    """
    for url in urls:
        if "://" in url:
            continue
        scheme = _SCHEME.match(url)
        if scheme is not None and scheme[1].lower() not in {"http", "https"}:
            msg = sentence(
                "%(url)r begins with %(scheme)r, which is no address of the web: write it as "
                "https://example.org/page.",
                url=url,
                scheme=scheme[0],
            )
            raise InvalidInput(msg)
        rest = url if scheme is None else url[scheme.end() :]
        kind = "https" if scheme is None else scheme[1].lower()
        whole = f"{kind}://{rest.lstrip('/')}"
        msg = sentence(
            "%(url)r is only part of an address. Write it whole: %(whole)s",
            url=url,
            whole=whole,
        )
        raise InvalidInput(msg)
    return tuple(urls)


def _limits(words: PolicyWords) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if words.every is not None:
        said["every"] = interval(words.every)
    if words.rate is not None:
        said["rate"] = rate(words.rate)
    if words.max_pages is not None:
        said["max_pages"] = words.max_pages
    if words.max_depth is not None:
        said["max_depth"] = words.max_depth
    if words.ignore_robots is not None:
        said |= {"obey_robots": False, "robots_reason": words.ignore_robots}
    if words.accept_bad_certificate is not None:
        said["certificates_reason"] = words.accept_bad_certificate
    if words.proxy is not None:
        said["proxy"] = words.proxy
    if words.render is not None:
        said["render"] = _render(words.render)
    if words.age_gate is not None:
        said["age_gate"] = read_age_gate(words.age_gate)
    return said


def _render(text: str) -> Render:
    try:
        return Render(text.strip().lower())
    except ValueError:
        msg = sentence("%(text)r is no way to render pages: write on, off or auto.", text=text)
        raise InvalidInput(msg) from None


def read_age_gate(text: str) -> str:
    """Return the words or the selector of an age gate.

    Raises:
        InvalidInput: it is a selector that cannot be used.
    """
    if text.startswith(SELECTOR):
        try:
            HTMLTranslator().css_to_xpath(text.removeprefix(SELECTOR).strip())
        except SelectorError as error:
            msg = sentence(
                "%(text)r holds no CSS selector that can be used: %(error)s",
                text=text,
                error=error,
            )
            raise InvalidInput(msg) from None
    return text


def joined_headers(headers: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Put headers beside those that are there; a header's name means the same in any case."""
    replaced = {name.lower() for name in more}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    return kept | dict(more)
