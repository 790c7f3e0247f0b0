"""Credit: what each page brought goes to its kind, and a share to the pages that led to it."""

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from crawler.errands import Errand, Leads
from domain.image import ImageReference, Outcome
from domain.page_likeness import Sketch, nearly_identical, sketch
from domain.page_yield import PageYield, Vain, Yields
from domain.renditions import rendition_key, size_of
from domain.same_page import page_key

_SHARE: Final = 0.5
"""Part of a page's credit that goes to the page that led to it, and so on upwards."""
_GENERATIONS: Final = 8
_MOST_GAIN: Final = 30
_ON_MANY_PAGES: Final = 3
_NEARLY_ALL: Final = 0.8
_SKETCHES: Final = 6
_MOST_SIZES: Final = 200_000
_PICTURE: Final = (Outcome.HASHED, Outcome.DUPLICATE, Outcome.UNCHANGED)
_NO_PICTURE: Final = (Outcome.TOO_SMALL, Outcome.UNDECODABLE)


class PageCredit:
    """Follows which pictures are new in this crawl, and whom that is to be thanked for.

    An address that was not met before counts as a new picture at once. If it turns out to be a
    copy of one met in this crawl, an icon or no picture at all, the credit is taken back.
    """

    def __init__(self, yields: Yields) -> None:
        self._yields = yields
        self._shown_on: Counter[str] = Counter()
        self._sizes: dict[str, float] = {}
        self._first_on: dict[str, Errand] = {}
        self._image_ids: set[int] = set()
        self._no_pictures: set[str] = set()
        self._sketches: dict[PageYield, deque[Sketch]] = {}
        self._pages = 0

    def brought(
        self,
        errand: Errand,
        images: Iterable[str],
        links: Sequence[str],
        leads: Leads,
        *,
        decorates: bool = False,
    ) -> None:
        """Credit a page with the image addresses on it; the links are judged in ``leads``.

        ``decorates``: it is a style sheet, whose images are a page's buttons as a rule.
        """
        if errand.settled:
            return
        self._pages += 1
        addresses = dict.fromkeys(images)
        unmet = [address for address in addresses if address not in self._shown_on]
        new = [] if decorates else [address for address in unmet if not self._is_smaller(address)]
        for address in new:
            self._first_on[address] = errand
        self._shown_on.update(addresses.keys())
        self._visited(errand)
        shows_known = not new and (bool(unmet) or self._shows_known(addresses))
        for each in errand.afresh:
            each.visited()
        if new or shows_known:  # a page without pictures says nothing about the thing it is about
            for each in errand.again:
                each.visited()
        if new:
            self._reward(errand, len(new))
        else:
            if errand.set_back:
                vain = Vain.REPEATED
            elif decorates or (shows_known and leads.again and not leads.new):
                vain = Vain.KNOWN
            elif not leads.more:
                vain = Vain.MORE if shows_known or leads.again else Vain.LEAF
            elif shows_known or self._is_like_another(errand, [*addresses, *map(page_key, links)]):
                vain = Vain.KNOWN
            else:
                vain = Vain.MORE
            self._in_vain(errand, vain)

    def brought_nothing(self, errand: Errand, *, known: bool = False) -> None:
        """Count a page that could not be read; ``known``: it is certain that nothing is there."""
        if not errand.settled:
            self._visited(errand)
            self._in_vain(errand, Vain.KNOWN if known else Vain.MORE)

    def image_ended(
        self, reference: ImageReference, outcome: Outcome, image_id: int | None
    ) -> None:
        """Learn what an image turned out to be, and take credit back if it is nothing new."""
        errand = self._first_on.pop(reference.address, None)
        if errand is None:
            return
        copy = image_id in self._image_ids
        if image_id is not None:
            self._image_ids.add(image_id)
        nothing = outcome in _NO_PICTURE or (outcome is Outcome.UNCHANGED and image_id is None)
        if nothing:
            self._no_pictures.add(reference.address)
        elif not copy:
            if outcome in _PICTURE and not errand.confirmed:
                errand.confirmed = True
                for each, row in errand.touched.items():
                    each.confirmed(row)
            return
        errand.gain -= 1
        if errand.gain == 0:
            for each in errand.touched:
                each.taken_back()
            errand.touched.clear()

    def _is_smaller(self, address: str) -> bool:
        """Say whether an address shows a picture that was met before as large or larger."""
        key, size = rendition_key(address), size_of(address)
        largest = self._sizes.get(key)
        if largest is None or largest < size:
            if len(self._sizes) < _MOST_SIZES or largest is not None:
                self._sizes[key] = size
            return False
        return size < math.inf  # two originals may be of two pictures all the same

    def _visited(self, errand: Errand) -> None:
        errand.settled = True
        for each in self._levels(errand):
            each.visited()

    def _in_vain(self, errand: Errand, vain: Vain) -> None:
        if not self._yields.site.fed:  # nothing is there to compare it with
            vain = min(vain, Vain.MORE)
        errand.yield_.in_vain(vain)
        if errand.kin is not None:
            errand.kin.in_vain(vain)
        self._yields.site.in_vain(min(vain, Vain.KNOWN))

    def _reward(self, errand: Errand, pictures: int) -> None:
        errand.gain = pictures
        gain: float = min(pictures, _MOST_GAIN)
        thanked: Errand | None = errand
        for _ in range(_GENERATIONS):
            if thanked is None:
                return
            # That a photo's page led to another photo's does not speak for seeing it again.
            alike = thanked is not errand and thanked.kin is errand.kin
            marks = () if alike else (*thanked.again, *thanked.afresh)
            for each in (*self._levels(thanked), *marks):
                if each is self._yields.site and thanked is not errand:
                    continue
                if each not in errand.touched:
                    errand.touched[each] = each.barren
                    each.rewarded(gain, first=True)
                else:
                    each.rewarded(gain, first=False)
            gain *= _SHARE
            thanked = thanked.parent

    def _levels(self, errand: Errand) -> Iterable[PageYield]:
        yield errand.yield_
        if errand.kin is not None:
            yield errand.kin
        yield self._yields.site

    def _shows_known(self, addresses: Iterable[str]) -> bool:
        """Say whether there are pictures of another page, and not only the site's own logo."""
        many = max(_ON_MANY_PAGES, self._pages * _NEARLY_ALL)
        return any(
            1 < self._shown_on[address] <= many and address not in self._no_pictures
            for address in addresses
        )

    def _is_like_another(self, errand: Errand, content: list[str]) -> bool:
        drawn = sketch(content)
        seen = self._sketches.setdefault(errand.yield_, deque(maxlen=_SKETCHES))
        alike = any(nearly_identical(drawn, other) for other in seen)
        seen.append(drawn)
        return alike
