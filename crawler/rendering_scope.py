"""Which hosts the scripts of a rendered page are answered from, on each hop of a redirect."""

from typing import Final

from scrapy import Request

from domain.address import host_of
from pipelines.reasons import RefusedRequest
from pipelines.visit import Visit

ABROAD: Final = "vigil_abroad"
"""Key in the meta of a request that a script has made: the hosts that it may lead to."""


class AbroadHosts:
    """The hosts that are none of the site's own and have shown pictures of it."""

    def __init__(self, visit: Visit) -> None:
        """Look at what the crawl has fetched so far: a picture, not a spacer that counts visits."""
        self._site = visit.site
        self._hosts = {
            host_of(address)
            for address, ended in visit.addresses.items()
            if not address.startswith("data:")
            and ended.done()
            and ended.result().image_id is not None
        }

    def allow(self, url: str) -> bool:
        """Say whether scripts may ask for an address."""
        return self._site.covers(url) or host_of(url) in self._hosts


class RenderingScope:
    """Refuse what a script asks for where it has no business, before even robots.txt is asked for.

    A redirect must not lead where the script could not.
    """

    def process_request(self, request: Request) -> None:
        """Judge each hop of a script's request; all others pass.

        Raises:
            RefusedRequest: it leads to a host that scripts are not answered from.
        """
        abroad = request.meta.get(ABROAD)
        if isinstance(abroad, AbroadHosts) and not abroad.allow(request.url):
            msg = "It was redirected to a host that scripts are not answered from."
            raise RefusedRequest(msg)
