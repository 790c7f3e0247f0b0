"""What lies before somebody who opens a match: what is known of it, and what she may do with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.review import (
    MatchState,
    Verdict,
    changes_of,
    check_second_opinion,
    may_take_back,
)
from storage import claims, matches, nearly_the_same, referrals, review_decisions
from storage.claims import Claim
from storage.matches import MatchDecision, MatchDetail, MatchSummary
from storage.referrals import Referral

MOST_READ: Final = 2_000
"""Sightings that are read to say when an image was last seen. With more it is seen all the time."""


class Blocked(StrEnum):
    """Why somebody may not decide a match at the moment."""

    HELD = "held"
    LAPSED = "lapsed"
    WAS_UNSURE = "was unsure"
    TO_SETTLE = "to settle"
    REFERRED = "referred"
    REFERRED_ELSEWHERE = "referred elsewhere"


@dataclass(frozen=True, slots=True)
class Desk:
    """A match and what one person may do with it; its places are told with its evidence.

    ``changes`` goes along with her decision, so that none is made on what is not so any more.
    ``last`` is the decision in force. ``nearly_the_same`` counts other matches of the case that may
    be decided together with it. ``may_refer``: that somebody may be under 18, she may say also
    where she may not decide otherwise. ``unsure`` are those who were.
    """

    detail: MatchDetail
    changes: int
    blocked: Blocked | None
    claim: Claim | None
    last: MatchDecision | None
    may_refer: bool
    may_take_back: bool
    referral: Referral | None
    nearly_the_same: int
    unsure: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """A match that may be decided together with another, unless it is ``blocked``."""

    summary: MatchSummary
    bits: int
    claim: Claim | None
    blocked: Blocked | None


def desk_of(session: Session, number: str, *, actor: str, settles: bool, now: datetime) -> Desk:
    """Return a match as it lies before one person.

    Raises:
        NotFound: there is no such match.
    """
    row = matches.match_row(session, number)
    detail = matches.get_match(session, number, places=0, most_read=MOST_READ)
    in_force = [each for each in detail.decisions if each.undone_at is None]
    last = in_force[-1] if in_force else None
    unsure = frozenset(each.actor for each in in_force if each.verdict == Verdict.UNSURE.value)
    claim = claims.claim_of(session, row.match_id)
    referral = referrals.standing(session, row.image_id)
    blocked = _blocked(row.number, row.state, claim, referral, unsure, actor, settles, now)
    waits = row.state == MatchState.FLAGGED.value
    return Desk(
        detail=detail,
        changes=changes_of(detail.decisions),
        blocked=blocked,
        claim=claim,
        last=last,
        may_refer=blocked not in {Blocked.REFERRED, Blocked.REFERRED_ELSEWHERE},
        may_take_back=last is not None
        and blocked is not Blocked.REFERRED_ELSEWHERE
        and may_take_back(last, actor=actor, settles=settles, now=now),
        referral=referral,
        nearly_the_same=len(nearly_the_same.nearly_the_same(session, number)) if waits else 0,
        unsure=tuple(sorted(unsure)),
    )


def alike_of(
    session: Session, number: str, *, actor: str, settles: bool, now: datetime
) -> list[Alike]:
    """Return what waits in a match's case and is nearly the same picture, nearest first.

    Raises:
        NotFound: there is no such match.
    """
    near = nearly_the_same.nearly_the_same(session, number)
    listed = matches.summaries_of(session, [each.number for each in near], most_read=MOST_READ)
    ids = [each.match_id for each in near]
    held = claims.claims_of(session, ids)
    unsure = review_decisions.unsure_of(session, ids)
    return [
        Alike(
            summary=listed[each.number],
            bits=each.bits,
            claim=held.get(each.match_id),
            blocked=_blocked(
                each.number,
                MatchState.FLAGGED.value,
                held.get(each.match_id),
                referrals.standing(session, each.image_id),
                unsure.get(each.match_id, frozenset()),
                actor,
                settles,
                now,
            ),
        )
        for each in near
        if each.number in listed
    ]


def _blocked(
    number: str,
    state: str,
    claim: Claim | None,
    referral: Referral | None,
    unsure: frozenset[str],
    actor: str,
    settles: bool,
    now: datetime,
) -> Blocked | None:
    if referral is not None:
        return Blocked.REFERRED if referral.match == number else Blocked.REFERRED_ELSEWHERE
    if claim is not None and claim.actor != actor and state == MatchState.FLAGGED.value:
        return Blocked.HELD if claim.holds(now) else Blocked.LAPSED
    if settles:
        return None
    try:
        check_second_opinion(number, unsure, actor)
    except Refused:
        return Blocked.WAS_UNSURE if actor in unsure else Blocked.TO_SETTLE
    return None
