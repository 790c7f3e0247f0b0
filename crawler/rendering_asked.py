"""What the scripts of a rendered page asked for, as far as the crawl wants to know it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of
from domain.address import canonical, host_of
from domain.errors import InvalidInput
from pipelines.visit import Brought

MOST_PICTURES: Final = 5_000
"""Addresses of pictures taken from one page's requests."""

_MOST_LINKS: Final = 5_000
_MOST_HOSTS: Final = 1_000
_NO_HOST: Final = "?"
_HOLDS_DATA: Final = frozenset({"XHR", "Fetch", "Script", "Document"})

_READ_IN_ALL: Final = 8 * 1024 * 1024
_OK: Final = 200


@dataclass(slots=True)
class Asked:
    """What one page's scripts asked for."""

    pictures: dict[str, None] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    """Pages to which its scripts wanted to lead the browser."""
    away: bool = False
    """Whether its scripts wanted to lead it away, without anything having been pressed."""
    answers: list[Response] = field(default_factory=list)
    """Answers to its scripts that hold data, to be read for what they name besides."""
    brought: dict[str, Brought] = field(default_factory=dict)
    """Pictures among those answers, so that nobody has to fetch them a second time."""
    requests: int = 0
    """Requests that were sent for it."""
    elsewhere: Counter[str] = field(default_factory=Counter)
    """Hosts that are neither the site's nor its pictures', and how often they were to be asked."""
    refused: Counter[str] = field(default_factory=Counter)
    """What else was not sent or failed, by the sentence that says why."""
    without: dict[str, str | None] = field(default_factory=dict)
    """Scripts and data that the page did not get, and may get another time: by their address, a
    sentence that says why, if that is none of those in ``refused``."""
    read: int = 0

    def went_without(self, kind: str, url: str, why: str | None = None) -> None:
        """Take notice that something did not come that may come another time.

        Args:
            kind: what it was, as the DevTools protocol calls it.
            url: its address.
            why: a sentence that says why, if it is not counted already.
        """
        if kind in _HOLDS_DATA:
            self.without[url] = why

    def came(self, url: str) -> None:
        """Take notice that something came, if only when it was asked for again."""
        self.without.pop(url, None)

    def in_vain(self) -> Counter[str]:
        """Count what was not sent, failed or was withheld, by the sentence that says why."""
        return self.refused + Counter(filter(None, self.without.values()))

    def link(self, url: str) -> None:
        """Take the address of a page to which scripts wanted to lead the browser."""
        if len(self.links) < _MOST_LINKS:
            self.links[url] = None

    def other_host(self, url: str) -> None:
        """Count a request for a host that scripts are not answered from."""
        try:
            host = host_of(url)
        except (InvalidInput, ValueError):
            host = _NO_HOST
        if host in self.elsewhere or len(self.elsewhere) < _MOST_HOSTS:
            self.elsewhere[host] += 1

    def picture(self, url: str) -> None:
        """Take the address of a picture."""
        if len(self.pictures) < MOST_PICTURES:
            self.pictures[url] = None

    def answer(self, answer: Response) -> None:
        """Take an answer to a script, if it may hold pictures or name them."""
        kind = kind_of(answer)
        if answer.status != _OK or kind not in {Kind.PICTURE, Kind.JSON, Kind.XML}:
            return
        try:
            url = canonical(answer.url)
        except (InvalidInput, ValueError):  # where a redirect has led to
            return
        self.read += len(answer.body)
        fits = self.read <= _READ_IN_ALL
        if kind is Kind.PICTURE:
            self.picture(url)
            if fits:
                self.brought[url] = Brought(answer.body)
        elif fits:
            self.answers.append(answer)
