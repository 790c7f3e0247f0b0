"""Which word in an address makes a picture smaller, learned from the pictures of one site.

Gallery programs publish a picture as ``boat.jpg``, ``boat_small.jpg`` and ``boat_thumb.jpg``, and
each has words of its own. So pictures whose addresses differ by one word are compared as they come
in. Once some of them have proved to be one picture, and none to be two, the word is believed.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from domain.picture_gaps import Gap, gaps_of
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY, ImageSignals

PROOF: Final = 3
"""Pairs of one picture, one of them smaller, from which on a word is believed."""

_SURELY_TWO: Final = 90
"""Bits from which on two addresses show two pictures. Those of one differ by up to MATCH_DISTANCE,
as a rule; a pair between, a very small size or a texture, proves nothing."""
_DOUBTFUL: Final = 0.25
"""Share of such pairs up to which a word is believed."""
_HEX: Final = 16
_MOST_WORDS: Final = 6
"""Words that fill one gap, beyond which they name different things."""
_MOST_GAPS: Final = 40_000
_MOST_RULES: Final = 20_000


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture as this crawl has seen it; ``pdq`` is a number of 256 bits, sizes are in pixels."""

    image_id: int
    pdq: int
    quality: int
    width: int
    height: int
    moves: bool

    @classmethod
    def of(cls, image_id: int, signals: ImageSignals) -> Self:
        """Take what is needed of an image that was hashed just now."""
        return cls(
            image_id,
            int(signals.pdq, _HEX),
            signals.pdq_quality,
            signals.width,
            signals.height,
            moves=signals.duration_ms is not None,
        )

    def tells(self) -> bool:
        """Say whether it can be compared: a still picture with enough in it."""
        return not self.moves and self.quality >= MIN_PDQ_QUALITY


@dataclass(slots=True, eq=False)
class SizeRule:
    """What is known of two words in one place: whether ``small`` shows what ``large`` shows.

    ``width`` and ``height`` are the most that was seen under ``small``, ``pairs`` those that were
    one picture, and ``smaller`` those among them in which ``small`` was the smaller one.
    """

    small: str
    large: str
    pairs: int = 0
    smaller: int = 0
    width: int = 0
    height: int = 0
    doubtful: int = 0
    refuted: bool = False

    @property
    def proven(self) -> bool:
        """Whether it is believed."""
        doubtful = self.doubtful > _DOUBTFUL * (self.pairs + self.doubtful)
        return self.smaller >= PROOF and not doubtful and not self.refuted

    def learn(self, small: SeenPicture, large: SeenPicture) -> None:
        """Compare one more pair."""
        apart = (small.pdq ^ large.pdq).bit_count()
        if apart >= _SURELY_TWO:
            self.refuted = True
        elif apart > MATCH_DISTANCE:
            self.doubtful += 1
        else:
            self.pairs += 1
            self.width, self.height = max(self.width, small.width), max(self.height, small.height)
            ahead = (large.width - small.width, large.height - small.height)
            self.smaller += min(ahead) >= 0 and max(ahead) > 0
            # Programs enlarge a small original, which has no word of its own, and nothing else.
            self.refuted = bool(self.large) and min(ahead) < 0

    def leaves(self, large: SeenPicture) -> bool:
        """Say whether what ``small`` shows of a picture is no larger than ``large``.

        It is made to fit within a frame of one size.
        """
        return self.width <= large.width or self.height <= large.height


class PicturePairs:
    """Learns the words of one site's sizes, within one crawl."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, dict[str, SeenPicture]] = OrderedDict()
        self._rules: dict[tuple[str, str, str], SizeRule] = {}
        self._believed: dict[tuple[str, str], list[SizeRule]] = {}
        self._refuted: list[SizeRule] = []
        self._news = False

    def see(self, address: str, picture: SeenPicture) -> list[int]:
        """Learn what an address shows; return what is left of the address without each word."""
        gaps = gaps_of(address)
        rests = [gap.rest for gap in gaps]
        for gap, rest in zip(gaps, rests, strict=True):
            filled = self._seen.get(rest)
            if filled is None:
                self._seen[rest] = {gap.word: picture}
                if len(self._seen) > _MOST_GAPS:
                    self._seen.popitem(last=False)
            elif filled.get(gap.word) != picture:  # on many pages, and compared once
                if len(filled) < _MOST_WORDS or gap.word in filled:
                    filled[gap.word] = picture
                if len(filled) < _MOST_WORDS and picture.tells():
                    self._compare(gap, picture, filled)
        return rests

    def larger(self, address: str) -> tuple[SizeRule, SeenPicture] | None:
        """Return a picture seen in this crawl that an address shows no larger, and by which rule.

        None if there is none, or nothing is believed that would say so.
        """
        for gap, rule in self._believed_of(address):
            picture = self._seen.get(gap.rest, {}).get(rule.large)
            if picture is not None and picture.tells() and rule.leaves(picture):
                return rule, picture
        return None

    def missing(self, address: str) -> list[int]:
        """Return the rests of an address under which a larger picture may yet be seen."""
        return [
            gap.rest
            for gap, rule in self._believed_of(address)
            if rule.large not in self._seen.get(gap.rest, {})
        ]

    def believes(self, place: str, word: str) -> bool:
        """Say whether a word in a place is believed to make a picture smaller."""
        return bool(self._believed.get((place, word)))

    def take_news(self) -> bool:
        """Say whether anything more is believed since the last call."""
        news, self._news = self._news, False
        return news

    def take_refuted(self) -> list[SizeRule]:
        """Return the rules that were believed and have turned out wrong since the last call."""
        refuted, self._refuted = self._refuted, []
        return refuted

    def _believed_of(self, address: str) -> Iterator[tuple[Gap, SizeRule]]:
        if not self._believed:
            return
        for gap in gaps_of(address):
            for rule in self._believed.get((gap.place, gap.word), ()):
                yield gap, rule

    def _compare(self, gap: Gap, picture: SeenPicture, filled: dict[str, SeenPicture]) -> None:
        for word, other in filled.items():
            if word == gap.word or not other.tells() or other.image_id == picture.image_id:
                continue
            self._learn(gap.place, gap.word, picture, word, other)
            self._learn(gap.place, word, other, gap.word, picture)

    def _learn(
        self, place: str, small: str, smaller: SeenPicture, large: str, larger: SeenPicture
    ) -> None:
        # The one without a word is the original, as far as one can tell.
        if not small:
            return
        key = place, small, large
        rule = self._rules.get(key)
        if rule is None:
            if len(self._rules) >= _MOST_RULES:
                self._forget_one()
            rule = self._rules[key] = SizeRule(small, large)
        believed = rule.proven
        if not rule.refuted:
            rule.learn(smaller, larger)
        if rule.proven and not believed:
            self._believed.setdefault((place, small), []).append(rule)
            self._news = True
        elif believed and not rule.proven:
            self._believed[place, small].remove(rule)
            self._refuted.append(rule)

    def _forget_one(self) -> None:
        """Make room, at the cost of something that is not believed."""
        oldest = next((key for key, rule in self._rules.items() if not rule.proven), None)
        if oldest is not None:
            del self._rules[oldest]
