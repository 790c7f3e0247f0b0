"""Reading a page in the browser: its age gate is pressed, it is read to its end, then its routes.

What was found before something went wrong is kept: a browser that ends over the fortieth route of
a page takes nothing with it of the thirty-nine.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from crawler.age_gate import GateWords
from crawler.findings import MAX_LINKS, MAX_REFERENCES, Extracted
from crawler.rendered_documents import read_asked, read_shown, together
from crawler.rendering_devtools import BrowserGone, CallRefused, CallTooSlow
from crawler.rendering_gate import GatePressed
from crawler.rendering_page import PageStuck, RenderedPage, Written
from crawler.rendering_routes import MOST_ROUTES, Routes, leading_to
from domain.site import Site

_MOST_IN_MEMORY: Final = 8_000_000
"""Characters of pictures that a page's routes, all together, may hold in memory only."""

_BUSY: Final = "It went on when the time of a rendered page was over, and was read as it was."


@dataclass(slots=True)
class PageShown:
    """What a page has shown.

    ``ended``: whether it was shown to its end, and ``said`` why not. ``lost`` is what has ended the
    browser while the page's routes were read. ``routes`` were gone to, and ``new`` counts addresses
    of pictures that the crawl had not met before. ``html`` is the page before its routes.
    """

    html: str = ""
    extracted: Extracted = field(default_factory=Extracted)
    gate: GatePressed = field(default_factory=GatePressed)
    ended: bool = True
    said: list[str] = field(default_factory=list)
    lost: Exception | None = None
    routes: int = 0
    new: int = 0


@dataclass(slots=True)
class PageReader:
    """Reads pages in the browser for one crawl.

    ``met`` says whether the crawl has met an image's address before, and ``turn`` which crawl it is
    (`rendering_routes.Routes`).
    """

    site: Site
    met: Callable[[str], bool]
    turn: int

    async def read(
        self,
        page: RenderedPage,
        url: str,
        depth: int,
        *,
        gate: GateWords | None,
        follow: bool,
    ) -> PageShown:
        """Read an opened page.

        Args:
            page: the page.
            url: its address, canonical.
            depth: how many links away from a start page it is.
            gate: what is to be pressed on it as an age gate, if anything.
            follow: whether its routes are gone to.

        Raises:
            PageStuck, BrowserGone: it was given up before it was read.
        """
        shown = PageShown()
        if gate is not None:
            shown.gate = await page.press(gate)
        written = await page.read()
        shown.html = written.html
        if not written.ended:
            shown.ended = False
            shown.said.append(_BUSY)
        shown.extracted = await self._read(written, url, depth)
        try:
            await self._follow_routes(page, url, depth, shown, follow=follow)
        except (PageStuck, BrowserGone, CallRefused, CallTooSlow) as error:
            shown.ended, shown.lost = False, error
        asked = page.requests.asked
        found = await asyncio.to_thread(read_asked, asked, url, self.site.hosts, depth)
        shown.extracted = together(shown.extracted, found)
        return shown

    async def _follow_routes(
        self, page: RenderedPage, url: str, depth: int, shown: PageShown, *, follow: bool
    ) -> None:
        met = await page.routes()
        routes = Routes(url, met or (), turn=self.turn)
        page.begin_routes()
        in_memory, unread = 0, met is None
        while follow and (route := routes.next()) is not None:
            page.requests.begin_route()
            written = await page.go(route)
            in_memory += sum(map(len, written.pictures))
            if in_memory > _MOST_IN_MEMORY:
                written, unread = replace(written, pictures=()), True
            unread = unread or not written.ended
            found = await self._read(written, url, depth)
            known = {each.address for each in shown.extracted.references}
            new = [each.address for each in found.references if each.address not in known]
            shown.new += sum(not self.met(each) for each in new)
            shown.extracted = together(shown.extracted, leading_to(route, found, new))
            shown.routes = routes.read
            met = await page.routes()
            routes.meet(met or ())
            unread = unread or met is None
            found_all = len(shown.extracted.references), len(shown.extracted.links)
            if page.is_over() or found_all[0] >= MAX_REFERENCES or found_all[1] >= MAX_LINKS:
                break
        if routes:
            shown.ended = False
        if routes and follow:
            shown.said.append(
                f"It has {len(routes):,} more routes behind # than the {MOST_ROUTES} that are "
                "followed from one page, or than its time allows."
            )
        if unread:
            shown.ended = False
            shown.said.append("Not all of its routes behind # were shown to their end.")

    async def _read(self, written: Written, url: str, depth: int) -> Extracted:
        return await asyncio.to_thread(read_shown, written, url, self.site.hosts, depth)
