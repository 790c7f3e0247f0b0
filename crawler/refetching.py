"""Images that a crawl asks for anew before it reads any page: to look at them once more.

Nothing is kept that could be looked at. So where a registered picture may be in an image, or where
an image was last seen by a version that saw less, the site is asked for it in full, at the pace
and by the rules of any request.
"""

import logging

from domain.errors import OutsideDown
from domain.file_address import is_member
from domain.image import ImageReference
from domain.refetching import MOST_TRIES, earlier_in_a_crawl, wanted_in_a_crawl
from pipelines.visit import Visit
from storage import refetching
from storage.refetching import SightedAt

_log = logging.getLogger(__name__)


class Refetching:
    """The images of one crawl that are asked for anew."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._wanted: dict[int, str] = {}
        visit.on_close.append(self._give_up)

    async def references(self) -> list[ImageReference]:
        """Return what is to be asked for, what somebody waits for first.

        What stands in a page has no address of its own: its page is read in full when its turn
        comes. What is in an archive comes with the archive.
        """
        if self._visit.first:
            return []
        site_id, pages = self._visit.site_id, self._visit.site.max_pages
        wanted = await self._visit.read(
            lambda s: refetching.wanted_at(s, site_id, limit=wanted_in_a_crawl(pages))
        )
        earlier = await self._visit.read(
            lambda s: refetching.seen_before_at(s, site_id, limit=earlier_in_a_crawl(pages))
        )
        self._wanted = {each.image_id: self._reference(each).address for each in wanted}
        references = {each.address: each for each in map(self._reference, (*wanted, *earlier))}
        self._visit.ask_anew.update(references)
        within = [each for each in references.values() if each.url.startswith("data:")]
        self._visit.ask_anew.update(each.page_url for each in within)
        self._say(len(self._wanted), len(earlier))
        return [each for each in references.values() if each not in within]

    def _reference(self, place: SightedAt) -> ImageReference:
        address, links_to = place.address, place.links_to
        if is_member(address):
            address, links_to = address.partition("#")[0], None
        return ImageReference(
            place.page_url, address, address, place.found_in, links_to=links_to, awaited=False
        )

    def _say(self, wanted: int, earlier: int) -> None:
        start = self._visit.site.start_urls[0]
        if wanted:
            reason = f"Images asked for anew, to look for registered pictures in them: {wanted:,}."
            self._visit.remark("images", start, reason)
        if earlier:
            reason = (
                "Images asked for anew, since they are known by their whole frame only: "
                f"{earlier:,}."
            )
            self._visit.remark("images", start, reason)

    def _in_vain(self) -> set[int]:
        """Return the images that were asked for, of which an answer came; looks end by themselves.

        What the crawl did not come to, or was stopped at, was not tried. Nor was anything while
        places cannot be looked at here.
        """
        visit = self._visit
        if visit.pool.places_lost is not None:
            return set()
        stopped = visit.stopping or visit.stop_reason is not None
        tried: set[int] = set()
        for image_id, address in self._wanted.items():
            future = visit.addresses.get(address)
            if future is None or not future.done() or future.cancelled():
                continue
            if not (stopped and future.result().again):
                tried.add(image_id)
        return tried

    async def _give_up(self) -> None:
        """Count as gone what no crawl has got hold of for a while."""
        tried = self._in_vain()
        try:
            await self._visit.write(
                lambda s: refetching.give_up(
                    s,
                    self._visit.site_id,
                    tried,
                    tries=MOST_TRIES,
                    now=self._visit.now(),
                )
            )
        except OutsideDown as error:  # the next crawl gives it up
            _log.warning("Images that cannot be fetched are not given up: %s", error)
