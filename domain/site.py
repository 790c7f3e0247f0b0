"""A site and its crawl policy: where to start, how far to go, how gently."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.address import canonical, host_of, in_scope
from domain.address_pattern import address_pattern, first_fitting
from domain.errors import InvalidInput
from domain.quiet_hours import leave_no_hour, read_quiet_hours
from domain.sentence import sentence
from domain.site_entry import Login, check_age_gate
from domain.site_hosts import check_host, written_host, written_proxy

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
MIN_INTERVAL: Final = timedelta(minutes=1)
MAX_INTERVAL: Final = timedelta(days=90)
MIN_RATE: Final = 1 / 3600
MAX_RATE: Final = 1000.0
MAX_PATTERNS: Final = 200
MAX_QUIET_HOURS: Final = 20
PATTERNS: Final = ("follow", "leave", "listing", "item", "image")
"""The parts of a site that are patterns of addresses."""

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_INTERVAL: Final = re.compile(r"(\d{1,6})\s*([smhd])")
_RATE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*/\s*([smh])")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class Render(StrEnum):
    """Whether a site's pages are opened in a browser, so that their scripts run."""

    ON = "on"
    OFF = "off"
    AUTO = "auto"
    """Those pages on which suspiciously little is found without."""


class PageType(StrEnum):
    """What a page is for the search for pictures, as the operator says with patterns."""

    ITEM = "item"
    """It shows a picture, or the pictures of one entry, at their largest."""
    LISTING = "listing"
    """It leads to items."""


@dataclass(frozen=True, slots=True)
class Site:
    """A known place that publishes such images, with its crawl policy.

    ``hosts`` are the hosts in scope (``host``, ``host:port``, or ``.host`` for every host below
    it); pages are followed there and nowhere else, images are fetched wherever pages point.
    ``rate`` is in requests a second over pages and images together.

    ``follow`` and ``leave`` are patterns of addresses (`domain.address_pattern`): which links are
    followed, and what is never requested, be it page or image. In ``quiet_hours`` no visit
    begins (`domain.quiet_hours`). ``certificates_reason`` says why certificates that cannot be
    verified are accepted from this site's hosts; None means that they are not. ``proxy`` is the
    SOCKS5 proxy that everything of this site is fetched through, images on other hosts too.

    ``age_gate`` is what a link or button says that has to be pressed first, or a CSS selector
    of it behind ``css:``. ``listing``, ``item`` and ``image`` are patterns too: pages that are
    asked for before others (items first), and links that lead to an image, whatever their name.
    """

    name: str
    start_urls: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    every: timedelta = timedelta(minutes=30)
    rate: float = 1.0
    max_pages: int = 500
    max_depth: int = 8
    obey_robots: bool = True
    robots_reason: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    follow: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    quiet_hours: tuple[str, ...] = ()
    certificates_reason: str | None = None
    proxy: str | None = None
    render: Render = Render.AUTO
    age_gate: str | None = None
    login: Login | None = None
    listing: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    image: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            msg = sentence(
                "%(name)r cannot be a site's name: use lower-case letters, digits and hyphens, at "
                "most 63, for example practice-gallery.",
                name=self.name,
            )
            raise InvalidInput(msg)
        if not self.start_urls:
            msg = sentence(
                "Site %(name)s has no start page: give at least one address.",
                name=self.name,
            )
            raise InvalidInput(msg)
        object.__setattr__(self, "start_urls", tuple(canonical(url) for url in self.start_urls))
        hosts = self.hosts or tuple(host_of(url) for url in self.start_urls)
        object.__setattr__(self, "hosts", tuple(dict.fromkeys(map(written_host, hosts))))
        quiet = dict.fromkeys(str(read_quiet_hours(text)) for text in self.quiet_hours)
        object.__setattr__(self, "quiet_hours", tuple(quiet))
        if self.proxy is not None:
            object.__setattr__(self, "proxy", written_proxy(self.proxy))
        if self.age_gate is not None:
            object.__setattr__(self, "age_gate", check_age_gate(self.age_gate))
        for patterns in PATTERNS:
            object.__setattr__(self, patterns, tuple(dict.fromkeys(getattr(self, patterns))))
        self._check()
        self._check_recipe()

    def _check(self) -> None:
        for host in self.hosts:
            check_host(host)
        for url in self.start_urls:
            if not self.covers(url):
                msg = sentence(
                    "The start page %(url)s lies outside the hosts in scope (%(hosts)s): add its "
                    "host, or leave the page out.",
                    url=url,
                    hosts=", ".join(self.hosts),
                )
                raise InvalidInput(msg)
        if not MIN_INTERVAL <= self.every <= MAX_INTERVAL:
            every = written_interval(self.every)
            msg = sentence(
                "A site is visited every 1m to 90d; %(every)s is outside that.",
                every=every,
            )
            raise InvalidInput(msg)
        if not MIN_RATE <= self.rate <= MAX_RATE:
            msg = sentence(
                "A rate lies between 1/h and 1000/s; %(rate)s/s is outside that.",
                rate=format(self.rate, "g"),
            )
            raise InvalidInput(msg)
        if self.max_pages < 1 or self.max_depth < 0:
            msg = sentence(
                "A crawl needs at least one page and a depth of at least 0; got %(max_pages)s "
                "pages and depth %(max_depth)s.",
                max_pages=self.max_pages,
                max_depth=self.max_depth,
            )
            raise InvalidInput(msg)
        if not self.obey_robots and not (self.robots_reason or "").strip():
            msg = sentence(
                "Site %(name)s is set to ignore robots.txt without saying why: record the reason "
                "with --ignore-robots REASON.",
                name=self.name,
            )
            raise InvalidInput(msg)
        for name, value in [*self.headers.items(), *self.cookies.items()]:
            if not _HEADER_NAME.fullmatch(name) or any(c in value for c in "\r\n\0"):
                msg = sentence(
                    "%(name)r cannot be sent as a header or cookie: check its name and value.",
                    name=name,
                )
                raise InvalidInput(msg)

    def _check_recipe(self) -> None:
        for patterns in (getattr(self, name) for name in PATTERNS):
            if len(patterns) > MAX_PATTERNS:
                msg = sentence(
                    "A site has at most %(max_patterns)s patterns of a kind; got %(patterns)s.",
                    max_patterns=MAX_PATTERNS,
                    patterns=len(patterns),
                )
                raise InvalidInput(msg)
            for text in patterns:
                address_pattern(text)
        for url in self.start_urls:
            pattern = self.left_by(url)
            if pattern is not None:
                msg = sentence(
                    "The start page %(url)s fits %(pattern)r, which is to be left alone: choose "
                    "another start page, or a narrower pattern.",
                    url=url,
                    pattern=pattern,
                )
                raise InvalidInput(msg)
        if len(self.quiet_hours) > MAX_QUIET_HOURS or leave_no_hour(self.quiet_hours):
            msg = sentence(
                "The quiet hours of %(name)s (%(quiet_hours)s) leave no hour for a visit.",
                name=self.name,
                quiet_hours=", ".join(self.quiet_hours[:4]),
            ).with_command(f" To visit it no more for a while: vigil site pause {self.name}")
            raise InvalidInput(msg)
        if self.certificates_reason is not None and not self.certificates_reason.strip():
            msg = sentence(
                "Site %(name)s is set to accept certificates that cannot be verified without "
                "saying why: record the reason with --accept-bad-certificate REASON.",
                name=self.name,
            )
            raise InvalidInput(msg)
        if self.login is not None and not self.covers(self.login.page):
            msg = sentence(
                "The log-in page %(page)s lies outside the hosts in scope (%(hosts)s): add its "
                "host.",
                page=self.login.page,
                hosts=", ".join(self.hosts),
            )
            raise InvalidInput(msg)

    def covers(self, url: str) -> bool:
        """Say whether pages at ``url`` belong to this site."""
        return in_scope(url, self.hosts)

    def follows(self, url: str) -> bool:
        """Say whether a link to a page is followed, as far as ``follow`` and ``leave`` say.

        Start pages are; other pages if no pattern of ``leave`` fits them, and one of ``follow``
        does or there is none. Whether the page belongs to the site, `covers` says.
        """
        if not self.follow and not self.leave:
            return True
        if self.left_by(url) is not None:
            return False
        return not self.follow or self.starts_at(url) or first_fitting(self.follow, url) is not None

    def leaves(self, url: str) -> bool:
        """Say whether an address, of a page or an image, is never to be requested."""
        return self.left_by(url) is not None

    def left_by(self, url: str) -> str | None:
        """Return the pattern of ``leave`` that an address fits, or None."""
        return first_fitting(self.leave, url)

    def page_type(self, url: str) -> PageType | None:
        """Say what a page is as far as ``item`` and ``listing`` say; None if neither fits it."""
        if self.item and first_fitting(self.item, url) is not None:
            return PageType.ITEM
        if self.listing and first_fitting(self.listing, url) is not None:
            return PageType.LISTING
        return None

    def is_image(self, url: str) -> bool:
        """Say whether a link leads to an image as far as ``image`` says."""
        return bool(self.image) and first_fitting(self.image, url) is not None

    def starts_at(self, url: str) -> bool:
        """Say whether an address is one of the start pages."""
        try:
            return canonical(url) in self.start_urls
        except InvalidInput:
            return False


def interval(text: str) -> timedelta:
    """Read ``15m``, ``2h``, ``1d`` or ``90s``.

    Raises:
        InvalidInput: it is written in another way.
    """
    found = _INTERVAL.fullmatch(text.strip().lower())
    if not found:
        msg = sentence(
            "%(text)r is no interval: write a number and s, m, h or d, for example 15m.",
            text=text,
        )
        raise InvalidInput(msg)
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def written_interval(every: timedelta) -> str:
    """Write an interval in the largest unit that holds it without a rest."""
    seconds = int(every.total_seconds())
    for unit, size in reversed(_UNITS.items()):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def rate(text: str) -> float:
    """Read ``1/s``, ``30/m`` or ``0.5/s`` as requests a second.

    Raises:
        InvalidInput: it is written in another way.
    """
    found = _RATE.fullmatch(text.strip().lower())
    if not found:
        msg = sentence(
            "%(text)r is no rate: write requests per second, minute or hour, for example 1/s or "
            "30/m.",
            text=text,
        )
        raise InvalidInput(msg)
    return float(found[1]) / _UNITS[found[2]]


def written_rate(per_second: float) -> str:
    """Write a rate as people give it."""
    for unit in "smh":
        scaled = per_second * _UNITS[unit]
        if scaled >= 1:
            return f"{round(scaled, 3):g}/{unit}"
    return f"{per_second * 3600:g}/h"
