"""The review queue: what waits for a decision, in the order in which it should be looked at.

Every listing goes along an index and goes on from where it ended, so that the last page of fifty
thousand is as quick as the first.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from domain.evidence import Grade, figures_of, grade_of
from domain.review import SECOND_OPINIONS, MatchState
from storage import claims
from storage.claims import Claim
from storage.matches import MatchSignal, signals_of
from storage.referrals import stops_a_match
from storage.review_decisions import was_unsure
from storage.review_tables import ClaimRow, MatchSiteRow, ReferralRow
from storage.tables import CaseRow, ImageRow, MatchRow, SiteRow

_Asked: TypeAlias = Select[*tuple[Any, ...]]

_WAITING: Final = MatchState.FLAGGED.value

# Written out, for SQLite cannot tell that a parameter is what the index asks for.
_SOMEBODY_WAS_UNSURE: Final = MatchRow.unsure > literal_column("0")

_FEW: Final = 2_000
"""Of a site with up to so many matches, all are gathered; of others, the queue is walked along."""

_SITES_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the queue, and in which order. Without anything, all of it.

    ``unsure``: only what somebody was unsure of. ``mine``: only what I have to myself now.
    ``oldest_first``: by how long it waits, instead of how urgent it is.
    """

    case: str | None = None
    site: str | None = None
    grade: Grade | None = None
    unsure: bool = False
    mine: bool = False
    oldest_first: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.case or self.site or self.grade or self.unsure or self.mine)


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One match that waits. ``sites`` are some of those where it was seen, of ``all_sites``."""

    number: str
    case: str
    grade: Grade
    places: int
    sites: tuple[str, ...]
    all_sites: int
    flagged_at: datetime
    unsure: int
    moves: bool
    claim: Claim | None
    signals: tuple[MatchSignal, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """The queue at a glance.

    ``waiting`` leaves out what was referred in another case; ``to_settle`` waits for somebody who
    may settle it; ``held`` are open with others at this moment.
    """

    waiting: int
    oldest_at: datetime | None
    unsure: int
    to_settle: int
    mine: int
    held: int
    referred: int


@dataclass(frozen=True, slots=True)
class Free:
    """A match that nobody has."""

    match_id: int
    number: str


def counts(session: Session, *, actor: str, now: datetime) -> QueueCounts:
    """Count what waits, and say since when the oldest does."""
    waiting = MatchRow.state == _WAITING

    def count(*conditions: ColumnElement[bool]) -> int:
        wanted = select(func.count()).select_from(MatchRow).where(*conditions)
        return session.execute(wanted).scalar_one()

    referred = select(ReferralRow.image_id).where(ReferralRow.undone_at.is_(None))
    # By the few images that were referred, whatever state: not by the many matches that wait.
    of_referred = dict(
        session.execute(
            select(MatchRow.state, func.count())
            .where(MatchRow.image_id.in_(referred))
            .group_by(MatchRow.state)
        ).all()
    )
    held = select(func.count()).select_from(ClaimRow).where(ClaimRow.until > now)
    oldest = session.scalars(
        select(MatchRow.flagged_at)
        .where(waiting, ~stops_a_match())
        .order_by(MatchRow.flagged_at)
        .limit(1)
    ).first()
    return QueueCounts(
        waiting=count(waiting) - of_referred.get(_WAITING, 0),
        oldest_at=oldest,
        unsure=count(waiting, _SOMEBODY_WAS_UNSURE),
        to_settle=count(waiting, _SOMEBODY_WAS_UNSURE, MatchRow.unsure >= SECOND_OPINIONS),
        mine=session.execute(held.where(ClaimRow.actor == actor)).scalar_one(),
        held=session.execute(held.where(ClaimRow.actor != actor)).scalar_one(),
        referred=count(MatchRow.state == MatchState.REFERRED.value),
    )


def entries(
    session: Session,
    wanted: Wanted,
    *,
    actor: str,
    now: datetime,
    after: str | None = None,
    limit: int,
) -> list[QueueEntry]:
    """Return what waits, in order, going on after a match if one is named."""
    asked = _narrowed(session, select(MatchRow, CaseRow.number, ImageRow.duration_ms), wanted)
    if wanted.mine:
        asked = asked.where(_held_by(actor, now))
    asked = (
        _ordered(session, asked, wanted, after)
        .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
        .join(ImageRow, ImageRow.image_id == MatchRow.image_id)
        .limit(limit)
    )
    rows = session.execute(asked).all()
    ids = [row.match_id for row, _, _ in rows]
    signals = signals_of(session, {row.match_id: row.image_id for row, _, _ in rows})
    sites = _sites(session, ids)
    held = claims.claims_of(session, ids)
    return [
        QueueEntry(
            number=row.number,
            case=case,
            grade=grade_of(row.strength),
            places=row.places,
            sites=tuple(sites.get(row.match_id, ())[:_SITES_SAID]),
            all_sites=len(sites.get(row.match_id, ())),
            flagged_at=row.flagged_at,
            unsure=row.unsure,
            moves=duration_ms is not None,
            claim=held.get(row.match_id),
            signals=signals.get(row.match_id, ()),
        )
        for row, case, duration_ms in rows
    ]


def site_names(session: Session, *, limit: int) -> list[str]:
    """Return the names of watched sites, which a queue may be narrowed to."""
    wanted = select(SiteRow.name).where(SiteRow.removed_at.is_(None))
    return list(session.scalars(wanted.order_by(SiteRow.name).limit(limit)))


def is_site(session: Session, name: str) -> bool:
    """Say whether there is, or was, a site of this name."""
    return session.scalars(select(SiteRow.site_id).where(SiteRow.name == name)).first() is not None


def next_free(
    session: Session,
    wanted: Wanted,
    *,
    actor: str,
    settles: bool,
    now: datetime,
    after: str | None = None,
    without: str | None = None,
) -> Free | None:
    """Return the first match in order that is for this person and that nobody else has.

    Its row is hers until the commit: others who ask at the same moment are given the next.

    Args:
        session: one that writes.
        wanted: which part of the queue.
        actor: who asks. What she was unsure of is for others.
        settles: whether she may decide what two people were unsure of.
        now: the present moment.
        after: go on after this match.
        without: leave this match out.
    """
    asked = _narrowed(session, select(MatchRow.match_id, MatchRow.number), wanted)
    asked = asked.where(
        ~_held_by_another(actor, now),
        or_(MatchRow.unsure == 0, ~was_unsure(actor)),
    )
    if wanted.mine:
        asked = asked.where(_held_by(actor, now))
    if not settles:
        asked = asked.where(MatchRow.unsure < SECOND_OPINIONS)
    if without is not None:
        asked = asked.where(MatchRow.number != without)
    row = session.execute(
        _ordered(session, asked, wanted, after)
        .limit(1)
        .with_for_update(of=MatchRow, skip_locked=True, key_share=True)
    ).first()
    return None if row is None else Free(*row)


def _narrowed(session: Session, asked: _Asked, wanted: Wanted) -> _Asked:
    asked = asked.where(MatchRow.state == _WAITING, ~stops_a_match())
    if wanted.case is not None:
        of_case = select(CaseRow.case_id).where(CaseRow.number == wanted.case).scalar_subquery()
        asked = asked.where(MatchRow.case_id == of_case)
    if wanted.site is not None:
        asked = asked.where(_seen_on(session, wanted.site))
    if wanted.grade is not None:
        least, below = figures_of(wanted.grade)
        asked = asked.where(MatchRow.strength >= least, MatchRow.strength < below)
    if wanted.unsure:
        asked = asked.where(_SOMEBODY_WAS_UNSURE)
    return asked


def _ordered(session: Session, asked: _Asked, wanted: Wanted, after: str | None) -> _Asked:
    start = None
    if after is not None:
        start = session.execute(
            select(MatchRow.urgency, MatchRow.flagged_at, MatchRow.match_id).where(
                MatchRow.number == after
            )
        ).first()
    if wanted.oldest_first:
        if start is not None:
            here = tuple_(MatchRow.flagged_at, MatchRow.match_id)
            asked = asked.where(here > tuple_(start.flagged_at, start.match_id))
        return asked.order_by(MatchRow.flagged_at, MatchRow.match_id)
    if start is not None:
        here = tuple_(MatchRow.urgency, MatchRow.match_id)
        asked = asked.where(here < tuple_(start.urgency, start.match_id))
    return asked.order_by(MatchRow.urgency.desc(), MatchRow.match_id.desc())


def _seen_on(session: Session, site: str) -> ColumnElement[bool]:
    site_id = session.scalars(select(SiteRow.site_id).where(SiteRow.name == site)).first()
    here = select(MatchSiteRow.match_id).where(MatchSiteRow.site_id == site_id)
    if len(session.scalars(here.limit(_FEW + 1)).all()) <= _FEW:
        return MatchRow.match_id.in_(here)
    return here.where(MatchSiteRow.match_id == MatchRow.match_id).correlate(MatchRow).exists()


def _held_by(actor: str, now: datetime) -> ColumnElement[bool]:
    """Ask it of the few that she has, and not of each that waits."""
    hers = select(ClaimRow.match_id).where(ClaimRow.actor == actor, ClaimRow.until > now)
    return MatchRow.match_id.in_(hers)


def _held_by_another(actor: str, now: datetime) -> ColumnElement[bool]:
    return (
        select(ClaimRow.match_id)
        .where(
            ClaimRow.match_id == MatchRow.match_id, ClaimRow.actor != actor, ClaimRow.until > now
        )
        .correlate(MatchRow)
        .exists()
    )


def _sites(session: Session, match_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for match_id, name in session.execute(
        select(MatchSiteRow.match_id, SiteRow.name)
        .join(SiteRow, SiteRow.site_id == MatchSiteRow.site_id)
        .where(MatchSiteRow.match_id.in_(match_ids))
        .order_by(SiteRow.name)
    ):
        found.setdefault(match_id, []).append(name)
    return found
