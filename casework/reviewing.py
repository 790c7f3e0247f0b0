"""Reviewing: a person decides about a flagged match, and may take it back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework import claiming, referring
from domain.errors import InvalidInput, Refused
from domain.review import (
    HOTLINE,
    KEPT_AS_LOOK_ALIKES,
    DecidedMeanwhile,
    HeldByAnother,
    MatchState,
    RejectionKind,
    Verdict,
    changes_of,
    check_decision,
    check_second_opinion,
    may_take_back,
    state_after,
)
from domain.sentence import sentence
from storage import audit, claims, look_alikes, matches, referrals
from storage.tables import MatchRow, ReviewDecisionRow


def decide(
    session: Session,
    number: str,
    verdict: Verdict,
    *,
    reason: str,
    actor: str,
    now: datetime,
    kind: RejectionKind | None = None,
    hotline: str = HOTLINE,
    settles: bool = True,
    known: int | None = None,
    batch: str | None = None,
) -> MatchState:
    """Record a decision about a match and return where the match stands now.

    Args:
        session: one that writes.
        number: the match's.
        verdict: what is said of it. It holds for all sightings of the image in the match's case,
            those to come as well.
        reason: in words, for the audit chain.
        actor: who decides.
        now: the present moment.
        kind: what is wrong, where it is rejected. A look-alike is kept as one of the case's.
        hotline: whom to report to, where it is referred.
        settles: whether she may decide what she or two others were unsure of.
        known: how often it had been decided or taken back as far as she was shown; see
            `domain.review.changes_of`. None to decide whatever happened meanwhile.
        batch: what is the same in all that are decided at once.

    Raises:
        NotFound: there is no such match.
        InvalidInput: no reason is given.
        Refused: it was decided so already, somebody else has it or has decided it meanwhile, or
            somebody else is to decide it.
    """
    reason = _checked(reason)
    match = matches.match_row(session, number, alone=True)
    decisions = _decisions(session, match)
    refers = verdict is Verdict.MAY_BE_UNDER_18  # that, anybody may say at any time
    if not refers:
        _check_not_held(session, match, actor=actor, now=now)
    _check_as_shown(match, decisions, known=known)
    if not _says_why_anew(decisions, verdict, kind):
        check_decision(number, MatchState(match.state), verdict)
    _check_not_referred_elsewhere(session, match)
    if not settles and not refers:
        check_second_opinion(number, _unsure(decisions), actor)
    row = ReviewDecisionRow(
        match_id=match.match_id,
        verdict=verdict.value,
        kind=None if kind is None else kind.value,
        reason=reason,
        actor=audit.storable(actor),
        decided_at=now,
        batch=batch,
    )
    session.add(row)
    decisions.append(row)
    match.state = state_after(verdict).value
    match.unsure = len(_unsure(decisions))
    session.flush()
    claims.end(session, match.match_id)
    if refers:
        referring.refer(session, match, hotline=hotline, actor=actor, now=now)
    _keep_look_alike(session, match, decisions, actor=actor, now=now)
    audit.append(
        session,
        now=now,
        actor=actor,
        action=f"match {verdict.value}",
        subject=number,
        reason=reason,
        details=None if kind is None else {"kind": kind.value},
    )
    return MatchState(match.state)


def undo(session: Session, number: str, *, actor: str, reason: str, now: datetime) -> MatchState:
    """Take the last decision in force back; the one before it, if any, is in force again.

    Raises:
        NotFound: there is no such match.
        InvalidInput: no reason is given.
        Refused: no decision is in force, or the image was referred in another case.
    """
    reason = _checked(reason)
    match = matches.match_row(session, number, alone=True)
    return _undo(session, match, _decisions(session, match), actor=actor, reason=reason, now=now)


def take_back(
    session: Session,
    number: str,
    *,
    actor: str,
    settles: bool,
    now: datetime,
    known: int | None = None,
    batch: str | None = None,
) -> MatchState:
    """Take the last decision in force back where somebody may simply do so.

    That is her own for a minute, and that she was unsure at any time. Whoever may settle matches
    may also take a referral back. She has the match to herself again, if it is to be decided.
    With a ``batch``, only a decision that is of it, and she does not hold all of them after that.
    ``known`` is as in `decide`, so that whoever presses twice does not take back the one before.

    Raises:
        NotFound: there is no such match.
        Refused: it is not hers, or more than a minute old: it can be decided anew. Or something
            else was decided or taken back meanwhile, or its image was referred in another case.
    """
    match = matches.match_row(session, number, alone=True)
    decisions = _decisions(session, match)
    if known is not None and known != changes_of(decisions):
        msg = sentence(
            "Match %(number)s stands otherwise than was shown, so nothing was taken back.",
            number=number,
        )
        raise Refused(msg)
    last = next((each for each in reversed(decisions) if each.undone_at is None), None)
    if last is not None and (
        (batch is not None and last.batch != batch)
        or not may_take_back(last, actor=actor, settles=settles, now=now)
    ):
        msg = sentence(
            "Match %(number)s was decided by %(actor)s, or more than a minute ago, so it is not "
            "simply taken back. Open it and decide anew: both decisions stay on record.",
            number=number,
            actor=last.actor,
        )
        raise Refused(msg)
    state = _undo(session, match, decisions, actor=actor, reason="Taken back.", now=now)
    if state is MatchState.FLAGGED and batch is None:
        claims.take(session, match.match_id, actor, now=now, ttl=claiming.HELD_FOR)
    return state


def preview_locked(session: Session, image_id: int) -> bool:
    """Say whether nobody may look at an image any more, for it may show somebody under 18.

    That holds for good and in every case, also for images that are nearly the same.
    """
    return referrals.preview_locked(session, image_id)


def _undo(
    session: Session,
    match: MatchRow,
    decisions: Sequence[ReviewDecisionRow],
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> MatchState:
    in_force = [each for each in decisions if each.undone_at is None]
    if not in_force:
        msg = sentence(
            "No decision about match %(number)s is in force, so there is none to take back.",
            number=match.number,
        )
        raise Refused(msg)
    last = in_force.pop()
    if last.verdict != Verdict.MAY_BE_UNDER_18.value:
        _check_not_referred_elsewhere(session, match)
    last.undone_at, last.undone_by = now, audit.storable(actor)
    state = state_after(Verdict(in_force[-1].verdict)) if in_force else MatchState.FLAGGED
    match.state = state.value
    match.unsure = len(_unsure(decisions))
    session.flush()
    if last.verdict == Verdict.MAY_BE_UNDER_18.value:
        referring.take_back(session, match, actor=actor, now=now)
    _keep_look_alike(session, match, decisions, actor=actor, now=now)
    audit.append(
        session,
        now=now,
        actor=actor,
        action="decision undone",
        subject=match.number,
        reason=reason,
        details={"verdict": last.verdict},
    )
    return state


def _keep_look_alike(
    session: Session,
    match: MatchRow,
    decisions: Sequence[ReviewDecisionRow],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Have the image among the case's look-alikes if, and only if, what is in force says so.

    One that was added in another way stays.
    """
    last = next((each for each in reversed(decisions) if each.undone_at is None), None)
    wanted = last is not None and last.kind in KEPT_AS_LOOK_ALIKES
    added = [each for each in decisions if each.look_alike is not None]
    if wanted and last is not None and not added:
        last.look_alike = look_alikes.add_of_match(
            session, match, note=last.reason, actor=actor, now=now
        )
    elif not wanted:
        for each in added:
            if each.look_alike is not None:
                look_alikes.remove_if_there(session, each.look_alike, actor=actor, now=now)
            each.look_alike = None
    session.flush()


def _check_not_held(session: Session, match: MatchRow, *, actor: str, now: datetime) -> None:
    held = claims.claim_of(session, match.match_id)
    if held is not None and held.actor != actor and held.holds(now):
        raise HeldByAnother(match.number, held.actor)


def _check_as_shown(
    match: MatchRow, decisions: Sequence[ReviewDecisionRow], *, known: int | None
) -> None:
    if known is not None and known != changes_of(decisions):
        if not decisions:
            msg = sentence(
                "Match %(number)s stands otherwise than was shown. Look at it again.",
                number=match.number,
            )
            raise Refused(msg)
        last = max(decisions, key=lambda each: each.undone_at or each.decided_at)
        raise DecidedMeanwhile(match.number, last.undone_by or last.actor, match.state)


def _check_not_referred_elsewhere(session: Session, match: MatchRow) -> None:
    referral = referrals.standing(session, match.image_id)
    if referral is not None and referral.match != match.number:
        msg = sentence(
            "The image of match %(number)s was referred to the hotline in another case: nothing "
            "is decided or taken back here.",
            number=match.number,
        )
        raise Refused(msg)


def _says_why_anew(
    decisions: Sequence[ReviewDecisionRow], verdict: Verdict, kind: RejectionKind | None
) -> bool:
    """Say whether what is rejected already is rejected for another reason from now on."""
    last = next((each for each in reversed(decisions) if each.undone_at is None), None)
    rejected = Verdict.REJECTED.value
    return (
        (last is not None and last.verdict == rejected == verdict.value)
        and kind is not None
        and last.kind != kind.value
    )


def _unsure(decisions: Sequence[ReviewDecisionRow]) -> frozenset[str]:
    return frozenset(
        each.actor
        for each in decisions
        if each.verdict == Verdict.UNSURE.value and each.undone_at is None
    )


def _decisions(session: Session, match: MatchRow) -> list[ReviewDecisionRow]:
    return list(
        session.scalars(
            select(ReviewDecisionRow)
            .where(ReviewDecisionRow.match_id == match.match_id)
            .order_by(ReviewDecisionRow.decision_id)
        )
    )


def _checked(reason: str) -> str:
    if not reason.strip():
        msg = sentence(
            "A decision needs a reason; it is kept with it.",
        ).with_command(" Give one with --reason.")
        raise InvalidInput(msg)
    return audit.storable(reason.strip())
