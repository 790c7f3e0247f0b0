"""What becomes of a flagged match: a person's decision, its reason, and taking it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from domain.errors import InvalidInput, Refused
from domain.sentence import sentence


class HeldByAnother(Refused):
    """Somebody else has the match open at the moment."""

    def __init__(self, number: str, holder: str) -> None:
        super().__init__(
            f"{holder} has match {number} open at the moment, so nothing was decided. It is free "
            "again once it is left, or has not been touched for ten minutes."
        )
        self.holder = holder


class DecidedMeanwhile(Refused):
    """Somebody else decided since the page was shown that a decision was made on."""

    def __init__(self, number: str, who: str, state: str) -> None:
        super().__init__(
            f"{who} was quicker: match {number} is {state} now. Nothing was changed; look at it "
            "again if you think otherwise."
        )
        self.who = who
        self.state = state


class ForSomebodyElse(Refused):
    """Whoever was unsure does not decide, and in the end a supervisor does."""


class MatchState(StrEnum):
    """Where a match stands. Every match starts as flagged; only a person moves it.

    Referred is one whose picture may show somebody under 18: it is a hotline's matter from then on.
    """

    FLAGGED = "flagged"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REFERRED = "referred"


class Verdict(StrEnum):
    """What a caseworker says of a match. Unsure leaves it flagged for someone else."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    MAY_BE_UNDER_18 = "may_be_under_18"


class RejectionKind(StrEnum):
    """Why a match is not what is looked for. The first two are pictures that will come again."""

    LOOK_ALIKE = "look_alike"
    SAME_SCENE = "same_scene"
    CONSENTED = "consented"
    NOT_INTIMATE = "not_intimate"
    OTHER = "other"


KEPT_AS_LOOK_ALIKES: Final = frozenset({RejectionKind.LOOK_ALIKE, RejectionKind.SAME_SCENE})
"""Kinds whose image is not to be flagged again for the same case."""

NEARLY_THE_SAME_BITS: Final = 10
"""Bits of PDQ within which two images are one picture: reposts in other sizes and formats."""

SECOND_OPINIONS: Final = 2
"""How many people may be unsure of a match before somebody who may settle it has to decide."""

MOST_NOTED: Final = 500
"""Characters that a note may have."""

HOTLINE: Final = "your national hotline (INHOPE member)"
"""Whom to report to where nobody has said: hotlines of that network know what to do with it."""

UNDO_FOR: Final = timedelta(minutes=1)
"""How long whoever decided may simply take it back in the console."""

UNDO_LATEST: Final = UNDO_FOR + timedelta(seconds=15)
"""The same with what pages and people need: pressed in the last second, it still counts."""

SAID: Final = MappingProxyType(
    {
        Verdict.CONFIRMED: "It is the person's picture.",
        Verdict.REJECTED: "It is not what is looked for.",
        Verdict.UNSURE: "It cannot be told; somebody else is to look.",
        Verdict.MAY_BE_UNDER_18: "Whoever is shown may be under 18.",
    }
)
"""What the audit chain says of a verdict that came without words."""

SAID_OF_KIND: Final = MappingProxyType(
    {
        RejectionKind.LOOK_ALIKE: "It is another picture that looks alike.",
        RejectionKind.SAME_SCENE: "It is the same scene with another person.",
        RejectionKind.CONSENTED: "It was published with the person's consent.",
        RejectionKind.NOT_INTIMATE: "It is the person's picture, and not an intimate one.",
        RejectionKind.OTHER: "It is not what is looked for, for another reason.",
    }
)
"""The same of a rejection, which says more."""


class Decided(Protocol):
    """A decision, as far as it tells whether it was taken back."""

    @property
    def undone_at(self) -> datetime | None:
        """When it was taken back; None if it is in force."""


class Made(Protocol):
    """A decision, as far as it tells who made it, when, and which."""

    @property
    def verdict(self) -> str:
        """A verdict's value."""

    @property
    def actor(self) -> str:
        """Who decided."""

    @property
    def decided_at(self) -> datetime:
        """When."""


def changes_of(decisions: Iterable[Decided]) -> int:
    """Count decisions and how many were taken back: any other number tells of a change."""
    return sum(1 + (each.undone_at is not None) for each in decisions)


def state_after(verdict: Verdict) -> MatchState:
    """Say where a match stands once ``verdict`` is given."""
    if verdict is Verdict.CONFIRMED:
        return MatchState.CONFIRMED
    if verdict is Verdict.REJECTED:
        return MatchState.REJECTED
    if verdict is Verdict.MAY_BE_UNDER_18:
        return MatchState.REFERRED
    return MatchState.FLAGGED


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody says of a match: the verdict, what is wrong if she rejects it, and a note."""

    verdict: Verdict
    kind: RejectionKind | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.kind is not None) and self.verdict is not Verdict.REJECTED:
            msg = sentence(
                "Only a rejection says what is wrong; %(value)s does not.",
                value=self.verdict.value,
            )
            raise InvalidInput(msg)
        if len(self.note) > MOST_NOTED:
            msg = sentence(
                "A note has %(most_noted)s characters at most; this one has %(note)s.",
                most_noted=MOST_NOTED,
                note=len(self.note),
            )
            raise InvalidInput(msg)

    @property
    def reason(self) -> str:
        """What the audit chain keeps: a sentence, and the note if there is one."""
        said = SAID[self.verdict] if self.kind is None else SAID_OF_KIND[self.kind]
        note = self.note.strip()
        return f"{said} {note}" if note else said


def check_decision(number: str, state: MatchState, verdict: Verdict) -> None:
    """Refuse a verdict that repeats the one in force; a different one may replace it.

    What was referred is with the hotline, and nobody decides about it any more.

    Raises:
        Refused: the match already stands there, or it was referred.
    """
    if verdict is not Verdict.UNSURE and state_after(verdict) is state:
        msg = sentence(
            "Match %(number)s is already %(state)s.",
            number=number,
            state=state,
        ).with_command(f" To take that back: vigil match undo {number}")
        raise Refused(msg)
    if state is MatchState.REFERRED:
        msg = sentence(
            "Match %(number)s was referred to the hotline: nothing else is decided about it.",
            number=number,
        ).with_command(
            f" If that was a mistake, a supervisor can take it back: vigil match undo {number}"
        )
        raise Refused(msg)


def check_second_opinion(number: str, unsure: frozenset[str], actor: str) -> None:
    """Refuse a decision of somebody who was unsure, and any once so many were.

    Whoever may settle matches is not asked: hers is the last word.

    Args:
        number: the match's.
        unsure: who said that she was unsure of it, and has not taken that back.
        actor: who wants to decide.

    Raises:
        ForSomebodyElse: so it is.
    """
    if actor in unsure:
        msg = sentence(
            "You were unsure about match %(number)s, so somebody else decides it. To decide it "
            "yourself, first take back that you were unsure.",
            number=number,
        )
        raise ForSomebodyElse(msg)
    if len(unsure) >= SECOND_OPINIONS:
        msg = sentence(
            "%(unsure)s people were unsure about match %(number)s, so a supervisor decides it.",
            unsure=len(unsure),
            number=number,
        )
        raise ForSomebodyElse(msg)


def may_take_back(last: Made, *, actor: str, settles: bool, now: datetime) -> bool:
    """Say whether somebody may simply take a decision back.

    Her own for a minute; that she was unsure at any time, for nobody has decided it since. Whoever
    may settle matches may also take back a referral.
    """
    own = last.actor == actor
    if own and last.verdict == Verdict.UNSURE.value:
        return True
    if settles and last.verdict == Verdict.MAY_BE_UNDER_18.value:
        return True
    return own and now - last.decided_at <= UNDO_LATEST
