"""A site's policy as people type it, on the command line and in files of sites."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from domain.errors import InvalidInput
from domain.site import Site, interval, rate, written_interval, written_rate

F = TypeVar("F", bound=Callable[..., Any])

HIDDEN: Final = "(hidden)"
_LISTS: Final = ("follow", "leave", "quiet_hours")


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
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    clear_headers: bool = False
    clear_cookies: bool = False
    clear_follow: bool = False
    clear_leave: bool = False
    clear_quiet_hours: bool = False

    def says_nothing(self) -> bool:
        """Whether no word was said at all."""
        return self == PolicyWords()

    def reasons(self) -> str | None:
        """Return the reasons that were given for what is not done otherwise, for the record."""
        given = (self.ignore_robots, self.accept_bad_certificate)
        return "; ".join(reason for reason in given if reason) or None


def policy_options(command: F) -> F:
    """Give a command the options of a policy; it gets them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def words_of(options: Mapping[str, Any], urls: Sequence[str] = ()) -> PolicyWords:
    """Gather what `policy_options` and the options of `site edit` gave.

    Raises:
        InvalidInput: a header or cookie is written in another way.
    """
    return PolicyWords(
        **{
            **options,
            "urls": tuple(urls),
            "hosts": tuple(options["hosts"]),
            **{name: tuple(options[name]) for name in _LISTS},
            "headers": dict(
                _pair(text, ":", "--header", "Name: value") for text in options["headers"]
            ),
            "cookies": dict(
                _pair(text, "=", "--cookie", "name=value") for text in options["cookies"]
            ),
        }
    )


def new_site(name: str, words: PolicyWords) -> Site:
    """Make a site; what was not said has its default.

    Raises:
        InvalidInput: something cannot be used.
    """
    return Site(
        name=name,
        start_urls=_whole(words.urls),
        hosts=tuple(words.hosts),
        **_limits(words),
        follow=tuple(words.follow),
        leave=tuple(words.leave),
        quiet_hours=tuple(words.quiet_hours),
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
    if words.no_proxy:
        changes["proxy"] = None
    for name in _LISTS:
        cleared, more = getattr(words, f"clear_{name}"), tuple(getattr(words, name))
        if cleared or more:
            changes[name] = (*(() if cleared else getattr(site, name)), *more)
    if words.verify_certificates:
        changes["certificates_reason"] = None
    if words.urls:
        changes["start_urls"] = _whole(words.urls)
        if site.hosts == Site(name=site.name, start_urls=site.start_urls).hosts:
            changes["hosts"] = ()  # they came from the start pages before, and do so again
    if words.hosts:
        changes["hosts"] = tuple(words.hosts)
    if words.obey_robots:
        changes |= {"obey_robots": True, "robots_reason": None}
    if words.headers or words.clear_headers:
        changes["headers"] = _joined({} if words.clear_headers else site.headers, words.headers)
    if words.cookies or words.clear_cookies:
        changes["cookies"] = ({} if words.clear_cookies else dict(site.cookies)) | dict(
            words.cookies
        )
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
    return facts | {
        "follow": len(site.follow),
        "leave": len(site.leave),
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
    if words.no_proxy and words.proxy is not None:
        msg = "A site has a proxy or none: give --proxy or --no-proxy."
        raise InvalidInput(msg)


def _whole(urls: Sequence[str]) -> tuple[str, ...]:
    for url in urls:
        if "://" not in url:
            msg = f"{url!r} is only part of an address. Write it whole: https://{url.lstrip('/')}"
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
    return said


def _joined(headers: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    # A header's name means the same in any case.
    replaced = {name.lower() for name in more}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    return kept | dict(more)


def _pair(text: str, sign: str, option: str, form: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        # The text itself is left out: it may be a key to the site.
        msg = f"{option} is written as {form!r}; one that was given has no {sign!r} after a name."
        raise InvalidInput(msg)
    return name.strip(), value.strip()


_OPTIONS: Final = (
    click.option(
        "--host",
        "hosts",
        multiple=True,
        metavar="HOST",
        help="Follow links on this host instead of those of the start pages; "
        ".example.org means every host below it. Repeatable.",
    ),
    click.option(
        "--every", metavar="TIME", help="How often to visit: 15m, 2h or 1d. At first 30m."
    ),
    click.option("--rate", metavar="RATE", help="How fast to ask: 1/s or 30/m. At first 1/s."),
    click.option(
        "--max-pages", type=int, metavar="N", help="Pages read in one crawl. At first 500."
    ),
    click.option("--max-depth", type=int, metavar="N", help="Links followed in a row. At first 8."),
    click.option(
        "--ignore-robots",
        metavar="REASON",
        help="Do not obey robots.txt; the reason is recorded.",
    ),
    click.option(
        "--follow",
        multiple=True,
        metavar="PATTERN",
        help="Follow links to such pages and no others: '/album/*' or '*?page=*', where * stands "
        "for anything and $ at the end for the end of the address. Repeatable.",
    ),
    click.option(
        "--leave",
        multiple=True,
        metavar="PATTERN",
        help="Never ask for such addresses, pages or images: '*/print/*' or 'ads.example.org/*'. "
        "Repeatable.",
    ),
    click.option(
        "--quiet-hours",
        multiple=True,
        metavar="HOURS",
        help="Begin no visit then, and end one under way: 22:00-06:00 in UTC, or "
        "'22:00-06:00 Asia/Seoul'. Repeatable.",
    ),
    click.option(
        "--accept-bad-certificate",
        metavar="REASON",
        help="Visit it although its certificate cannot be verified; the reason is recorded.",
    ),
    click.option(
        "--proxy",
        metavar="ADDRESS",
        help="Fetch everything of it through this SOCKS5 proxy, which also looks names up: "
        "socks5://127.0.0.1:9050 for Tor.",
    ),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Send this header to the site. Repeatable.",
    ),
    click.option(
        "--cookie",
        "cookies",
        multiple=True,
        metavar="NAME=VALUE",
        help="Send this cookie to the site. Repeatable.",
    ),
)
