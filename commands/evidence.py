"""Evidence in words that a caseworker can weigh."""

from collections.abc import Sequence
from typing import Final

from commands.placement_words import grade, laid_in_words, strength_in_words
from domain.counted import counted
from domain.evidence import LAID_DOWN
from domain.likeness import likeness_in_words
from domain.signal import HEX_DIGITS, SignalType, View
from storage.matches import MatchSignal

NAMES: Final = {
    SignalType.SHA256: "SHA-256",
    SignalType.MD5: "MD5",
    SignalType.PDQ: "PDQ",
    SignalType.PHASH: "pHash",
    SignalType.CONSTELLATION: "constellation",
    SignalType.EMBEDDING: "embedding",
}

_EXACT: Final = (SignalType.SHA256, SignalType.MD5)

_TIMES_SAID: Final = 12
"""Moments of a video that are said; beyond, a caseworker knows where to look. JSON has them all."""

_SECOND: Final = 1000
_TENTH: Final = 100


def in_words(signal: MatchSignal, frames: int = 0) -> str:
    """Say what one signal shows, as ``PDQ differs by 4 of 256 bits (mirrored)``.

    Of what moves also where, of so many ``frames`` that were compared, as ``at 0:47; in 14 of 62
    frames: 0:12, 0:47, 1:03``, and what of a registered video it is nearest to, as ``from 0:09 of
    what is registered``. Of a constellation how strong it is, how much of the picture is seen, and
    where it lies in the found image; so also of a part of that, without how strong it is.
    """
    kind = SignalType(signal.signal)
    if kind in _EXACT:
        return f"{NAMES[kind]} is equal: the very same file"
    lies = LAID_DOWN[View(signal.view)]
    if kind is SignalType.EMBEDDING:
        said = likeness_in_words(signal.distance)
        return f"an embedding by the operator's model says {said} of 1"
    if kind in HEX_DIGITS:
        said = f"{NAMES[kind]} differs by {signal.distance} of {4 * HEX_DIGITS[kind]} bits"
        if signal.laid is not None:
            lies = ""  # said more precisely
            said = f"{said}, in a part of the found image; {laid_in_words(signal.laid)}"
    elif signal.laid is None:
        said = f"{NAMES[kind]} agrees"
    else:
        lies = ""  # said more precisely
        said = f"{NAMES[kind]}, {strength_in_words(signal.laid.strength)}"
        said = f"{said}; {laid_in_words(signal.laid)}"
    said = f"{said} ({lies})" if lies else said
    if signal.at_ms is not None:
        said = f"{said} at {clock(signal.at_ms)}"
    if signal.registered_at_ms is not None:
        said = f"{said} from {clock(signal.registered_at_ms)} of what is registered"
    if signal.moments:
        said = f"{said}; in {len(signal.moments):,} of {counted(frames, 'frame')}: {_times(signal)}"
    return said


def clock(milliseconds: int) -> str:
    """Write a moment or a length of a video as ``0:47`` or ``1:02:05``."""
    minutes, seconds = divmod(milliseconds // _SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length(milliseconds: int) -> str:
    """Write how long a video or an animation lasts: ``0.4 s``, ``0:47`` or ``1:02:05``."""
    if milliseconds < _SECOND:
        return f"{max(milliseconds, _TENTH) / _SECOND:.1f} s"
    return clock(milliseconds + 10)  # a clip of four seconds lasts 3.999 s, it says


def _times(signal: MatchSignal) -> str:
    # Frames of one second are one time to whoever looks for them.
    times = list(dict.fromkeys(clock(moment) for moment in signal.moments))
    said = ", ".join(times[:_TIMES_SAID])
    return f"{said} …" if len(times) > _TIMES_SAID else said


def in_short(signals: Sequence[MatchSignal]) -> str:
    """Say how near a match is, in short: ``exact copy``, ``4 bits``, ``edited, strong``."""
    if any(SignalType(signal.signal) in _EXACT for signal in signals):
        return "exact copy"
    of_pdq = [signal for signal in signals if signal.signal == SignalType.PDQ.value]
    if not of_pdq:
        return _edited(signals)
    nearest = min(of_pdq, key=lambda signal: signal.distance)
    lies = LAID_DOWN[View(nearest.view)]
    bits = "1 bit" if nearest.distance == 1 else f"{nearest.distance} bits"
    where = counted(len(nearest.moments), "frame") if nearest.moments else ""
    where = where or ("in a part" if nearest.laid is not None else "")
    return ", ".join(part for part in (bits, lies, where) if part)


def _edited(signals: Sequence[MatchSignal]) -> str:
    """Say how near what was edited is: only its places agree, not the picture as a whole."""
    laid = [signal.laid for signal in signals if signal.laid is not None]
    by_embedding = [each for each in signals if each.signal == SignalType.EMBEDDING.value]
    if not laid and by_embedding:
        nearest = min(each.distance for each in by_embedding)
        return f"embedding, {likeness_in_words(nearest)} of 1"
    if not laid:
        return "no PDQ"
    strongest = max(laid, key=lambda each: each.strength)
    mirrored = ", mirrored" if strongest.mirrored else ""
    return f"edited, {grade(strongest.strength)}{mirrored}"
