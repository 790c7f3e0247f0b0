"""How strongly everything that agrees speaks for a match, as one figure, and why, in plain words.

The figure is a logarithm of odds to base 10: 6 says that what was seen is a million times likelier
if the registered picture is in the image than if it is not. It orders matches for review; whether
a match is the person's picture is for a person to say.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from domain.laid import Laid
from domain.likeness import likeness_in_words
from domain.signal import HEX_DIGITS, SignalType, View

CERTAIN: Final = 99.0
"""The figure of equal bytes: no other evidence reaches it."""

MOST_UNCERTAIN: Final = 60.0
"""The greatest figure of anything else."""

LAID_DOWN: Final = {
    View.UPRIGHT: "",
    View.TURNED_90: "turned by a quarter",
    View.TURNED_180: "upside down",
    View.TURNED_270: "turned by three quarters",
    View.MIRRORED: "mirrored",
    View.MIRRORED_90: "mirrored and turned by a quarter",
    View.MIRRORED_180: "mirrored and upside down",
    View.MIRRORED_270: "mirrored and turned by three quarters",
}
"""How a registered picture lies in what was found, in words."""

_EXACT: Final = (SignalType.SHA256, SignalType.MD5)


class Grade(StrEnum):
    """How strong evidence is, in one word; see `grade_of`."""

    CERTAIN = "certain"
    VERY_STRONG = "very strong"
    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


_GRADES: Final = (
    (CERTAIN, Grade.CERTAIN),
    (10.0, Grade.VERY_STRONG),
    (6.0, Grade.STRONG),
    (4.0, Grade.FAIR),
)
"""From which figure on it is called what. Of 1,060,415 pairs of different photos, two reach 5 and
none 5.2; of 864 reposts, 841 reach 6 by their places alone. From 10 on, PDQ and places agree, or
PDQ is all but equal."""

_PDQ_EQUAL: Final = 11.0
_PDQ_A_BIT: Final = 0.12
"""Of 251,695 pairs among 710 photos, none is within 72 bits, and the share within so many bits
falls tenfold for each 10.5. Carried on from there, and compared with 864 reposts of 24 of them."""

NEARLY_THE_SAME: Final = 16
"""Bits of PDQ below which two pictures are called nearly the same."""

_PHASH: Final = 1.0
_EMBEDDING: Final = 0.0
"""Nobody has counted how often an operator's model is wrong: it points to an image, and adds
nothing to what else agrees."""
_SHARE_OF_OTHERS: Final = 0.5
_WHOLE: Final = 0.95


class Agreeing(Protocol):
    """One signal type of one registration that agreed, as a match has it."""

    @property
    def signal(self) -> str:
        """The signal's type."""

    @property
    def view(self) -> str:
        """The registered view that agreed."""

    @property
    def distance(self) -> int:
        """In bits."""

    @property
    def registration(self) -> str:
        """The registration's number."""

    @property
    def strength(self) -> float | None:
        """Where ``laid`` is there, a logarithm of odds to base 10."""

    @property
    def laid(self) -> Laid | None:
        """Of a constellation, and of PDQ of a part of the image, how it lies there."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong the evidence is as a whole: a logarithm of odds to base 10, and its reasons.

    ``certain``: a registered file and what was found have the same bytes. ``reasons`` are in plain
    words, the strongest first.
    """

    figure: float
    certain: bool
    reasons: tuple[str, ...]


def combined(signals: Iterable[Agreeing]) -> Strength | None:
    """Put together what agrees with an image; None if nothing does.

    Of one registration, the strongest type counts in full and each other half: all of them look at
    the same picture, and what deceives one often deceives another. Of several registrations the
    strongest counts, since a person may register pictures that are much alike.
    """
    ordered = sorted(signals, key=lambda signal: -figure_of(signal))
    if not ordered:
        return None
    by_registration: dict[str, dict[str, float]] = {}
    for signal in ordered:
        of_types = by_registration.setdefault(signal.registration, {})
        of_types.setdefault(signal.signal, figure_of(signal))
    certain = figure_of(ordered[0]) == CERTAIN
    figure = max(_together(list(figures.values())) for figures in by_registration.values())
    return Strength(
        figure=CERTAIN if certain else round(min(MOST_UNCERTAIN, figure), 2),
        certain=certain,
        reasons=tuple(dict.fromkeys(map(reason_of, ordered))),
    )


def grade_of(figure: float) -> Grade:
    """Say in one word how strong evidence is: a logarithm of odds to base 10."""
    return next((grade for least, grade in _GRADES if figure >= least), Grade.WEAK)


def figures_of(grade: Grade) -> tuple[float, float]:
    """Return from which figure on, and below which, evidence is called by a word."""
    below = math.inf
    for least, called in _GRADES:
        if called is grade:
            return least, below
        below = least
    return -math.inf, below


def figure_of(signal: Agreeing) -> float:
    """Say how strong one signal's agreement is alone, as a logarithm of odds to base 10."""
    kind = SignalType(signal.signal)
    if kind in _EXACT:
        return CERTAIN
    if kind is SignalType.PDQ:
        return pdq_figure(signal.distance)
    if kind is SignalType.PHASH:
        return _PHASH
    if kind is SignalType.EMBEDDING:
        return _EMBEDDING
    # Evidence of before strengths were kept says that it agreed, and no more.
    return 0.0 if signal.strength is None else min(MOST_UNCERTAIN, signal.strength)


def pdq_figure(distance: int) -> float:
    """Say how strong it is alone that PDQ differs in so many bits, as `figure_of` does."""
    return max(0.0, _PDQ_EQUAL - _PDQ_A_BIT * distance)


def reason_of(signal: Agreeing) -> str:
    """Say in plain words what one signal shows."""
    kind = SignalType(signal.signal)
    if kind in _EXACT:
        return "the very same file"
    laid_down = LAID_DOWN[View(signal.view)]
    ending = f", {laid_down}" if laid_down else ""
    if kind is SignalType.CONSTELLATION:
        return f"{_places(signal)}{ending}"
    if kind is SignalType.EMBEDDING:
        said = likeness_in_words(signal.distance)
        return f"an embedding by the operator's model says {said} of 1"
    differs = f"differs in {signal.distance} of {4 * HEX_DIGITS[kind]} bits"
    if kind is SignalType.PHASH:
        return f"the rough layout is the same (pHash {differs}){ending}"
    alike = "nearly the same picture" if signal.distance < NEARLY_THE_SAME else "a similar picture"
    where = "" if signal.laid is None else ", in a part of the image"
    return f"{alike} (PDQ {differs}){where}{ending}"


def _places(signal: Agreeing) -> str:
    if signal.laid is None:
        return f"places of {signal.registration} are seen in the same arrangement"
    laid = signal.laid
    said = (
        f"{laid.seen} of {laid.in_view} places of {signal.registration} that should be visible "
        "are seen where they should be"
    )
    left, top, right, bottom = laid.part
    shown = max(0.0, right - left) * max(0.0, bottom - top)
    return said if shown >= _WHOLE else f"{said}, in {max(1, round(100 * shown))} % of the picture"


def _together(figures: Sequence[float]) -> float:
    strongest, *others = sorted(figures, reverse=True)
    return strongest + _SHARE_OF_OTHERS * sum(max(0.0, each) for each in others)
