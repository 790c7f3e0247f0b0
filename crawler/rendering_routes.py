"""Routes: what a page shows behind ``#``, without a request for another page.

A site of a single page has an album at ``#/album/1``. Nothing of that reaches the site, so such
routes are gone to where the page is open, one after the other, and read like it.
"""

import json
import random
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import quote, urljoin

from crawler.findings import Extracted
from crawler.rendering_scope import acts
from domain.address import absolute
from domain.errors import InvalidInput
from domain.same_page import page_key

MOST_ROUTES: Final = 40
"""Routes that one page is read with."""

_MOST_KNOWN: Final = 1_000
_MOST_LENGTH: Final = 500
_MOST_WRITTEN: Final = 2_000
"""Characters of a route that is kept, once it is written as addresses are."""

# A route looks like a path. What names a place on the page is no route, whatever it looks like.
ROUTES: Final = r"""
(() => {
  const here = location.href.split('#')[0], found = new Set(), roots = [document];
  for (let n = 0; n < roots.length && n < 200; n++) {
    let looked = 0;
    for (const each of roots[n].querySelectorAll('*')) {
      if (++looked > 50000 || found.size >= MOST) break;
      if (each.shadowRoot) roots.push(each.shadowRoot);
      if (each.localName !== 'a' || !each.href) continue;
      const [page, ...rest] = String(each.href).split('#'), route = rest.join('#');
      if (page !== here || !/^!|[/=]/.test(route) || route.length > LENGTH) continue;
      if (!document.getElementById(route)) found.add(route);
    }
  }
  return JSON.stringify([...found]);
})()
""".replace("MOST", str(_MOST_KNOWN)).replace("LENGTH", str(_MOST_LENGTH))


def going_to(route: str) -> str:
    """Return the script that goes to a route."""
    return f"(() => {{ scrollTo(0, 0); location.hash = {json.dumps(route)}; }})()"


def leading_to(route: str, found: Extracted, new: Collection[str]) -> Extracted:
    """Say of the pictures of a route that stand within no link how a person gets to them.

    They are the page's: when it no longer has the route, they are gone from it. But its address
    alone shows none of them.

    Args:
        route: what stood behind the ``#``.
        found: what was found there.
        new: those of the image addresses that the page has nowhere else.
    """
    end = quote(route, safe="/:@!$&'()*+,;=-._~%?")
    addresses = frozenset(new)
    return replace(
        found,
        references=tuple(
            replace(each, links_to=f"{each.page_url}#{end}")
            if each.links_to is None and each.address in addresses and len(end) <= _MOST_WRITTEN
            else each
            for each in found.references
        ),
    )


class Routes:
    """The routes of one page: those that wait, each once, and how many there were."""

    def __init__(self, url: str, met: Iterable[str], *, turn: int = 0) -> None:
        """Begin with those that the page links to.

        Args:
            url: the page's address, canonical.
            met: its routes, as they are written behind the ``#``.
            turn: which crawl this is. Where there are more than are read, each crawl reads others.
        """
        self._url = url
        self._known: set[str] = {page_key(url)}
        self._waiting: deque[str] = deque()
        self.read = 0
        self._chance = random.Random(turn)  # noqa: S311 - nothing secret
        self.meet(met)

    def __len__(self) -> int:
        return len(self._waiting)

    def meet(self, routes: Iterable[str]) -> None:
        """Take routes that were met: each once, and none by which the site may do something."""
        for route in routes:
            try:
                # As if the path were one of the site's: the same rules say what is the same, and
                # what acts.
                address = absolute(self._url, urljoin("/", route.lstrip("!/")))
                asks = absolute(self._url, f"/?{route.lstrip('!/?')}")
            except (InvalidInput, ValueError):
                continue
            key = page_key(address)
            if key in self._known or len(self._known) > _MOST_KNOWN:
                continue
            if acts(address) or acts(asks):
                continue
            self._known.add(key)
            self._waiting.append(route)

    def next(self) -> str | None:
        """Return the route to go to next; None if there is none, or enough were read."""
        if not self._waiting or self.read >= MOST_ROUTES:
            return None
        if len(self._waiting) > MOST_ROUTES - self.read:
            self._waiting.rotate(self._chance.randrange(len(self._waiting)))
        self.read += 1
        return self._waiting.popleft()
