"""What agrees with a registered picture, in whole sentences that a caseworker can weigh."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from babel.numbers import format_compact_decimal
from flask_babel import format_decimal, get_locale, lazy_gettext, ngettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from console.evidence_placement import lies_by_corners, placement
from console.evidence_terms import GRADES, TERMS
from domain.evidence import NEARLY_THE_SAME, Grade, combined, figure_of, grade_of
from domain.likeness import likeness_in_words
from domain.signal import HEX_DIGITS, SignalType, View
from storage.matches import MatchSignal

_LIES: Final[Mapping[View, LazyString | str]] = MappingProxyType(
    {
        View.UPRIGHT: "",
        View.TURNED_90: lazy_gettext("turned by a quarter"),
        View.TURNED_180: lazy_gettext("upside down"),
        View.TURNED_270: lazy_gettext("turned by three quarters"),
        View.MIRRORED: lazy_gettext("mirrored"),
        View.MIRRORED_90: lazy_gettext("mirrored and turned by a quarter"),
        View.MIRRORED_180: lazy_gettext("mirrored and upside down"),
        View.MIRRORED_270: lazy_gettext("mirrored and turned by three quarters"),
    }
)

_EXACT: Final = (SignalType.SHA256, SignalType.MD5)
_MOST_POWERS: Final = 15
_TIMES_SAID: Final = 12
_SECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal type that agrees with one registered picture.

    ``says`` is the sentence that matters, ``more`` are others that go on from it; ``name`` and
    ``meaning`` are of the signal type.
    """

    signal: MatchSignal
    grade: Grade
    name: str
    meaning: str
    says: str
    more: tuple[str, ...]


def headline(signals: Sequence[MatchSignal]) -> tuple[Grade, str]:
    """Give the verdict in one line, as ``Very strong: nearly the same picture, mirrored``."""
    strength = combined(signals)
    if strength is None:
        return Grade.WEAK, _("Nothing is known any more of why this was flagged.")
    grade = grade_of(strength.figure)
    strongest = max(signals, key=figure_of)
    said = {"grade": str(GRADES[grade]), "what": _alike(strongest)}
    lies = _lies(strongest)
    if lies:
        return grade, _("%(grade)s: %(what)s, %(lies)s", lies=lies, **said)
    return grade, _("%(grade)s: %(what)s", **said)


def strength_says(signals: Sequence[MatchSignal]) -> str | None:
    """Say how strong everything together is; None of the same bytes, and of nothing."""
    strength = combined(signals)
    if strength is None or strength.certain:
        return None
    return times_likelier(strength.figure)


def times_likelier(strength: float) -> str:
    """Say a strength in numbers that are not powers, as far as anybody can picture them."""
    if strength <= 0:
        return _("What was seen is no likelier of this picture than of another one.")
    if strength >= _MOST_POWERS:
        return _("What was seen is more than a million billion times likelier of this picture.")
    times = format_compact_decimal(_rounded(10**strength), format_type="long", locale=get_locale())
    return _(
        "What was seen is about %(times)s times likelier of this picture than of another one.",
        times=times,
    )


def finding(signal: MatchSignal, frames: int) -> Finding:
    """Say what one signal shows, of what moves also in how many of so many frames."""
    kind = SignalType(signal.signal)
    name, meaning = TERMS[kind]
    more = [*_measured(signal, kind), *_laid(signal), *_moving(signal, frames)]
    return Finding(
        signal=signal,
        grade=grade_of(figure_of(signal)),
        name=name,
        meaning=str(meaning),
        says=_sentence(signal),
        more=tuple(more),
    )


def clock(milliseconds: int) -> str:
    """Write a moment of a video as ``0:47`` or ``1:02:05``."""
    minutes, seconds = divmod(milliseconds // _SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _alike(signal: MatchSignal) -> str:
    kind = SignalType(signal.signal)
    if kind in _EXACT:
        return _("the very same file")
    if kind is SignalType.EMBEDDING:
        return _("only a model says that they are alike")
    if kind is SignalType.CONSTELLATION:
        return _("an edited copy, recognised by its places")
    if kind is SignalType.PHASH:
        return _("the rough layout is the same")
    near = signal.distance < NEARLY_THE_SAME
    if signal.laid is not None:
        return (
            _("a part of the image is nearly the same picture")
            if near
            else _("a part of the image is a similar picture")
        )
    return _("nearly the same picture") if near else _("a similar picture")


def _sentence(signal: MatchSignal) -> str:
    kind = SignalType(signal.signal)
    if kind in _EXACT:
        return _("It is the very same file as the one that was registered.")
    if kind is SignalType.EMBEDDING:
        likeness = likeness_in_words(signal.distance)
        return _("The model says %(likeness)s, where 1 is the same picture.", likeness=likeness)
    lies = _lies(signal)
    what = _alike(signal)
    said = _("%(what)s, %(lies)s", what=what, lies=lies) if lies else what
    return _("%(sentence)s.", sentence=said[:1].upper() + said[1:])


def _measured(signal: MatchSignal, kind: SignalType) -> Iterable[str]:
    if kind in HEX_DIGITS and kind not in _EXACT:
        bits = 4 * HEX_DIGITS[kind]
        yield (
            _("It does not differ in any of %(bits)d bits.", bits=bits)
            if not signal.distance
            else ngettext(
                "It differs in %(num)d of %(bits)d bits.",
                "It differs in %(num)d of %(bits)d bits.",
                signal.distance,
                bits=bits,
            )
        )


def _laid(signal: MatchSignal) -> Iterable[str]:
    laid = signal.laid
    if laid is None:
        return
    if laid.in_view:  # or else PDQ of a part agreed, which knows of no places
        yield _(
            "Of its %(expected)s places that should be visible, %(seen)s are seen where they "
            "should be.",
            expected=format_decimal(laid.in_view),
            seen=format_decimal(laid.seen),
        )
    yield from placement(laid)


def _moving(signal: MatchSignal, frames: int) -> Iterable[str]:
    if signal.at_ms is not None:
        yield _("It is nearest at %(time)s.", time=clock(signal.at_ms))
    if signal.registered_at_ms is not None:
        yield _(
            "That is like %(time)s of the registered video.", time=clock(signal.registered_at_ms)
        )
    if signal.moments:
        times = list(dict.fromkeys(map(clock, signal.moments)))
        said = ", ".join(times[:_TIMES_SAID]) + (" …" if len(times) > _TIMES_SAID else "")
        yield _(
            "It agrees in %(some)s of the %(all)s frames that were compared: %(times)s",
            some=format_decimal(len(signal.moments)),
            all=format_decimal(frames),
            times=said,
        )


def _lies(signal: MatchSignal) -> str:
    if SignalType(signal.signal) in {*_EXACT, SignalType.EMBEDDING}:
        return ""
    if signal.laid is not None:
        return lies_by_corners(signal.laid)
    return str(_LIES[View(signal.view)])


def _rounded(number: float) -> int:
    """Keep the first digit alone: nothing finer is known."""
    power = int(10 ** math.floor(math.log10(max(number, 1))))
    return round(number / power) * power
