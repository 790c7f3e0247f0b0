"""What the demo planted beside what was flagged: by edit, one example, and the last line."""

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from commands.evidence import in_words
from commands.match_outline import write_outline
from commands.output import say, show_table
from domain.evidence import figure_of
from domain.signal import SignalType
from practice.plan import PlantedRepost
from practice.reposts import EDITS
from practice.reworked import REWORKED
from storage import matches
from storage.matches import MatchSummary

_KINDS: Final = (*EDITS, *REWORKED)
"""Edits in the order of the table: the slight ones first."""

_WIDE: Final = 100
"""Signs of a line of evidence."""

_LEGEND: Final = (
    "As a whole: so many of the 256 bits of PDQ differ. In a part: so many do in a part of what",
    "was posted. By places: what stands out in the picture stands there in the same arrangement,",
    "which is so many times likelier of this picture than of another.",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A repost, the number of the case that its original belongs to, and where it stands."""

    repost: PlantedRepost
    case: str
    url: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was planted and flagged, planted and missed, and flagged and never planted."""

    found: tuple[tuple[Planted, MatchSummary], ...]
    missed: tuple[Planted, ...]
    wrong: tuple[MatchSummary, ...]

    @property
    def complete(self) -> bool:
        """Say whether everything planted was flagged, and nothing else."""
        return not self.missed and not self.wrong

    @property
    def line(self) -> str:
        """The demo's last line."""
        return (
            f"demo: {len(self.found) + len(self.missed)} reposts planted, {len(self.found)} "
            f"flagged, {len(self.missed)} missed, {len(self.wrong)} wrong flags"
        )


def compare(planted: Sequence[Planted], flagged: Iterable[MatchSummary]) -> Findings:
    """Lay what was flagged beside what was planted: the same case at the same address."""
    seen = {(match.case, match.image_url or ""): match for match in flagged}
    found, missed = [], []
    for each in planted:
        match = seen.pop((each.case, each.url), None)
        if match is None:
            missed.append(each)
        else:
            found.append((each, match))
    return Findings(tuple(found), tuple(missed), tuple(seen.values()))


def show_findings(findings: Findings) -> None:
    """Print a line for each edit, and one for whatever was missed or wrongly flagged."""
    planted = [*(each for each, _ in findings.found), *findings.missed]
    edits = Counter(each.repost.edit for each in planted)
    rows = []
    for edit in sorted(edits, key=_KINDS.index):
        flagged = [match for each, match in findings.found if each.repost.edit == edit]
        rows.append((edit, edits[edit], len(flagged), _recognised_by(flagged)))
    show_table(("What was posted", "Planted", "Flagged", "Recognised"), rows)
    say()
    for line in _LEGEND:
        say(line)
    for each in findings.missed:
        say(f"Missed: {each.repost.original}, {each.repost.edit}, at {each.url}")
    for match in findings.wrong:
        say(f"Wrongly flagged: {match.number} for {match.case}, at {match.image_url}")


def show_example(session: Session, findings: Findings, file: Path) -> str | None:
    """Say how one edited repost was recognised, and draw where the picture lies in it.

    Returns:
        The number of its match; None if nothing was recognised by its places.
    """
    by_places = [
        (each, match, signal)
        for each, match in findings.found
        for signal in match.signals
        if signal.signal == SignalType.CONSTELLATION
    ]
    if not by_places:
        return None
    # Of the last edit in the table, which does the most to a picture.
    each, match, signal = max(by_places, key=lambda found: _KINDS.index(found[0].repost.edit))
    say(f"One of them ({each.repost.edit}) is {match.number}, at {match.image_url}:")
    said = f"{signal.registration}: {in_words(signal)}"
    say(textwrap.fill(said, _WIDE, initial_indent="  ", subsequent_indent="  "))
    detail = matches.get_match(session, match.number)
    write_outline(session, detail, file, registration=signal.registration, force=True)
    return match.number


def _recognised_by(flagged: Sequence[MatchSummary]) -> str:
    """Say by what they were recognised, as ``2 as a whole (4 to 6 bits), 1 by places (10^7)``."""
    nearest = [max(match.signals, key=figure_of) for match in flagged]
    whole = [each.distance for each in nearest if each.signal == SignalType.PDQ and not each.laid]
    part = [each.distance for each in nearest if each.signal == SignalType.PDQ and each.laid]
    places = [
        math.floor(each.laid.strength)
        for each in nearest
        if each.signal == SignalType.CONSTELLATION and each.laid
    ]
    said = [
        f"{len(figures)} {how} ({_range(figures, before)}{after})"
        for figures, how, before, after in (
            (whole, "as a whole", "", " bits"),
            (part, "in a part", "", " bits"),
            (places, "by places", "10^", ""),
        )
        if figures
    ]
    return ", ".join(said)


def _range(figures: Sequence[int], before: str) -> str:
    least, most = min(figures), max(figures)
    return f"{before}{least}" if least == most else f"{before}{least} to {before}{most}"
