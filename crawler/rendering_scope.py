"""Which hosts the scripts of a rendered page are answered from, on each hop of a redirect."""

from collections.abc import Collection
from typing import Final

from scrapy import Request

from domain.acting_links import acts_by
from domain.address import canonical, host_of
from domain.errors import InvalidInput
from pipelines.reasons import RefusedRequest
from pipelines.visit import Visit

ABROAD: Final = "vigil_abroad"
"""Key in the meta of a request that a script has made: the hosts that it may lead to."""

HOPS: Final = "vigil_hops"
"""Key in its meta: a set that is given each address that it leads to."""

ACTS: Final = "Its address would have the site do something, as to delete or to log out."


def acts(url: str) -> bool:
    """Say whether an address has its site do something: a crawl asks for none of these."""
    try:
        return acts_by(canonical(url)) is not None
    except (InvalidInput, ValueError):
        return True


class AbroadHosts:
    """The hosts that are none of the site's own and have shown pictures of it."""

    def __init__(self, visit: Visit, known: Collection[str]) -> None:
        """Look at what the crawl has fetched so far: a picture, not a spacer that counts visits.

        Args:
            visit: the crawl.
            known: hosts of pictures that earlier crawls have sighted on the site. Without them it
                would depend on what is opened first whether a page gets its scripts.
        """
        self._site = visit.site
        self._hosts = set(known) | {
            host_of(address)
            for address, ended in visit.addresses.items()
            if not address.startswith("data:")
            and ended.done()
            and ended.result().image_id is not None
        }

    def take_what_is_sent(self, url: str) -> bool:
        """Say whether what the press of an age gate sends may go to an address."""
        return self._site.covers(url)

    def allow(self, url: str) -> bool:
        """Say whether scripts may ask for an address."""
        try:
            return self._site.covers(url) or host_of(url) in self._hosts
        except (InvalidInput, ValueError):  # too long, or at no host
            return False


class RenderingScope:
    """Refuse what a script asks for where it has no business, before even robots.txt is asked for.

    A redirect must not lead where the script could not.
    """

    def process_request(self, request: Request) -> None:
        """Judge each hop of a script's request; all others pass.

        Raises:
            RefusedRequest: it leads to a host that scripts are not answered from, or to an address
                by which the site does something.
        """
        abroad = request.meta.get(ABROAD)
        if not isinstance(abroad, AbroadHosts):
            return
        request.meta[HOPS].add(request.url)
        if not abroad.allow(request.url):
            msg = "It was redirected to a host that scripts are not answered from."
            raise RefusedRequest(msg)
        if request.method != "GET" and not abroad.take_what_is_sent(request.url):
            msg = "What the press of an age gate sends was redirected to another site."
            raise RefusedRequest(msg)
        if acts(request.url):
            raise RefusedRequest(ACTS)
