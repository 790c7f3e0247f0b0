"""Smaller sizes of pictures that a crawl has seen: left until last, and then not asked for.

What a word in an address means is learned within the crawl, and never beyond doubt. So some are
asked for all the same, chosen by chance; if one shows something else, the word is believed no
more, and whatever was left on its account is asked for.
"""

import asyncio
import hashlib
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from scrapy.exceptions import DontCloseSpider, DropItem

from domain.file_address import is_member
from domain.image import ImageReference, Outcome
from domain.picture_gaps import gaps_of
from domain.picture_pairs import SeenPicture, SizeRule
from domain.renditions import size_of
from pipelines.reasons import CrawlStopped
from pipelines.visit import Visit
from pipelines.waiting_sizes import WaitingSizes
from storage.seen_pictures import was_flagged_before

_ASKED_ALL_THE_SAME: Final = 16
"""One in so many smaller sizes is asked for, to see whether it is what it seems to be."""
_TRIED: Final = 5
"""Sizes of one word that are asked for at once, to see whether larger ones come."""
_IN_VAIN: Final = 40
"""Pictures that come in while others wait for larger ones, before nobody waits any longer."""
_LONGEST_WAIT: Final = 600.0
"""In seconds: a crawl may run into its time limit, and what still waits then was not seen."""
_MOST_WAITING: Final = 1_000
"""Each keeps its page open; one too many is asked for at once."""
_MOST_LEFT: Final = 10_000
_MOST_GUESSES: Final = 200
_MOST_SAID: Final = 20


@dataclass(slots=True)
class _Guess:
    """What is known of a word that seems to mean a small size, by its place in addresses."""

    tried: int = 0
    since: int | None = None
    """How many pictures had been seen when the first began to wait."""
    given_up: bool = False


class SmallerPictures:
    """Says of each image of one crawl whether it is worth its request."""

    def __init__(
        self,
        visit: Visit,
        enter: Callable[[ImageReference], Awaitable[None]],
        look_whether_it_is_over: Callable[[], None],
    ) -> None:
        """Begin.

        Args:
            visit: the crawl.
            enter: sends a reference down the whole line once more.
            look_whether_it_is_over: is called when one has ended that was not asked for: nothing
                else would tell the engine soon.
        """
        self._visit = visit
        self._look_whether_it_is_over = look_whether_it_is_over
        self._pairs = visit.pairs
        self._enter = enter
        self._began = visit.now()
        self._waiting = WaitingSizes()
        self._tired: set[tuple[str, str]] = set()
        self._guesses: dict[tuple[str, str], _Guess] = {}
        self._left: dict[SizeRule, list[ImageReference]] = {}
        self._number_left = 0
        self._number_seen = 0
        self._chance = secrets.token_bytes(16)
        self._under_way: set[asyncio.Task[None]] = set()
        self._last_turn = False
        visit.on_seen = self.seen
        visit.on_ended.append(self.ended)
        visit.on_close.append(self._tell)

    async def look_at(self, item: ImageReference) -> None:
        """Return if an image is to be asked for now.

        Raises:
            DropItem: it is not. It has ended, or comes again later.
        """
        if item.url.startswith("data:") or is_member(item.address):
            return
        found = self._pairs.larger(item.address)
        if found is not None:
            await self._leave_unless_wanted(item, *found)
        elif self._may_wait(item):
            rests = self._pairs.missing(item.address) or self._guessed(item)
            if rests and self._waiting.put(item, rests, time.monotonic()):
                msg = "it waits for a larger size of it"
                raise DropItem(msg)

    def seen(self, address: str, picture: SeenPicture) -> None:
        """Learn what an address shows; what has waited for it comes again."""
        self._number_seen += 1
        rests = self._pairs.see(address, picture)
        if self._pairs.take_news() or self._give_up_guesses():
            self._come_again(self._waiting.take_all())
        else:
            self._come_again(self._waiting.take(rests))
        self._come_again(self._waiting.take_since(time.monotonic() - _LONGEST_WAIT), tired=True)
        for rule in self._pairs.take_refuted():
            for item in self._left.pop(rule, []):
                self._visit.found()  # it has ended, and is a reference of its own from here on
                self._send(replace(item, awaited=False))

    def ended(self, reference: ImageReference, _: Outcome, image_id: int | None) -> None:
        """Learn that an address has ended; what has waited for it in vain comes again."""
        if image_id is None and self._waiting:
            rests = (gap.rest for gap in gaps_of(reference.address))
            self._come_again(self._waiting.take(rests), tired=True)

    def spider_idle(self) -> None:
        """Have all that waits come again, now that no larger size is on its way any more.

        Raises:
            DontCloseSpider: the crawl is not over.
        """
        self._last_turn = True
        self._come_again(self._waiting.take_all())
        if self._under_way:
            raise DontCloseSpider

    def _may_wait(self, item: ImageReference) -> bool:
        of = item.page_url, item.address
        if of in self._tired:
            self._tired.discard(of)
            return False
        return not self._last_turn and len(self._waiting) < _MOST_WAITING

    async def _leave_unless_wanted(
        self, item: ImageReference, rule: SizeRule, larger: SeenPicture
    ) -> None:
        if self._number_left >= _MOST_LEFT or self._is_chosen(item.address):
            return
        # Of a picture that is near a registration all places are wanted, once that is known.
        if await self._visit.read(lambda s: was_flagged_before(s, larger.image_id, self._began)):
            return
        self._left.setdefault(rule, []).append(item)
        self._number_left += 1
        await self._visit.ended(item, Outcome.DUPLICATE, image_id=larger.image_id)
        msg = "a larger size of it was seen"
        raise DropItem(msg)

    def _is_chosen(self, address: str) -> bool:
        """Say by chance whether an address is asked for all the same, on each page alike."""
        drawn = hashlib.sha256(self._chance + address.encode("utf-8", "replace")).digest()
        return int.from_bytes(drawn[:4]) % _ASKED_ALL_THE_SAME == 0

    def _guessed(self, item: ImageReference) -> list[int]:
        """Return what a larger size would leave of an address, if one is likely to come.

        That is where a picture leads on, its address names a small size, and nobody knows yet
        what becomes of such.
        """
        if item.links_to is None or size_of(item.address) == math.inf:
            return []
        gaps = [each for each in gaps_of(item.address) if each.says_a_small_size]
        if not gaps:
            return []
        gap = gaps[-1]
        of = gap.place, gap.word
        guess = self._guesses.get(of)
        if guess is None:
            if len(self._guesses) >= _MOST_GUESSES:
                return []
            guess = self._guesses[of] = _Guess()
        if guess.given_up:
            return []
        if guess.tried < _TRIED:
            guess.tried += 1
            return []
        if guess.since is None:
            guess.since = self._number_seen
        return [gap.rest]

    def _give_up_guesses(self) -> bool:
        """Believe in no word any longer that has kept others waiting and was not confirmed."""
        gave_up = False
        for (place, word), guess in self._guesses.items():
            if guess.given_up or guess.since is None or self._pairs.believes(place, word):
                continue
            if self._number_seen - guess.since >= _IN_VAIN:
                guess.given_up = gave_up = True
        return gave_up

    def _come_again(self, items: Iterable[ImageReference], *, tired: bool = False) -> None:
        for item in items:
            if tired:
                self._tired.add((item.page_url, item.address))
            self._send(item)

    def _send(self, item: ImageReference) -> None:
        async def send() -> None:
            with suppress(CrawlStopped):
                await self._enter(item)
            self._under_way.discard(task)
            self._look_whether_it_is_over()

        task = asyncio.get_running_loop().create_task(send())
        self._under_way.add(task)

    async def _tell(self) -> None:
        most = sorted(self._left.items(), key=lambda each: -len(each[1]))
        for rule, items in most[:_MOST_SAID]:
            place = f"with “{rule.large}” in its place" if rule.large else "without it"
            reason = (
                f"{len(items):,} image references with “{rule.small}” in their address were not "
                f"asked for: {place} the same pictures were seen, as large or larger. So it was in "
                f"all {rule.pairs:,} pairs that were compared."
            )
            self._visit.remark("sizes", items[0].page_url, reason)
