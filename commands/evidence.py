"""Evidence in words that a caseworker can weigh."""

from collections.abc import Sequence
from typing import Final

from domain.signal import HEX_DIGITS, SignalType, View
from storage.matches import MatchSignal

_VIEWS: Final = {
    View.UPRIGHT: "",
    View.TURNED_90: "turned by a quarter",
    View.TURNED_180: "upside down",
    View.TURNED_270: "turned by three quarters",
    View.MIRRORED: "mirrored",
    View.MIRRORED_90: "mirrored and turned by a quarter",
    View.MIRRORED_180: "mirrored and upside down",
    View.MIRRORED_270: "mirrored and turned by three quarters",
}

_NAMES: Final = {
    SignalType.SHA256: "SHA-256",
    SignalType.MD5: "MD5",
    SignalType.PDQ: "PDQ",
    SignalType.PHASH: "pHash",
}

_EXACT: Final = (SignalType.SHA256, SignalType.MD5)


def in_words(signal_type: str, view: str, distance: int) -> str:
    """Say what one signal shows, as ``PDQ differs by 4 of 256 bits (mirrored)``."""
    kind = SignalType(signal_type)
    if kind in _EXACT:
        return f"{_NAMES[kind]} is equal: the very same file"
    laid = _VIEWS[View(view)]
    said = f"{_NAMES[kind]} differs by {distance} of {4 * HEX_DIGITS[kind]} bits"
    return f"{said} ({laid})" if laid else said


def in_short(signals: Sequence[MatchSignal]) -> str:
    """Say how near a match is in a few words for a table: ``exact copy``, ``4 bits, mirrored``."""
    if any(SignalType(signal.signal) in _EXACT for signal in signals):
        return "exact copy"
    of_pdq = [signal for signal in signals if signal.signal == SignalType.PDQ.value]
    if not of_pdq:
        return "no PDQ"
    nearest = min(of_pdq, key=lambda signal: signal.distance)
    laid = _VIEWS[View(nearest.view)]
    bits = "1 bit" if nearest.distance == 1 else f"{nearest.distance} bits"
    return f"{bits}, {laid}" if laid else bits
