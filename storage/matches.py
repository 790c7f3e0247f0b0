"""Matches as listings and reviewers are shown them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.evidence import combined, figure_of
from domain.image import may_be_a_part
from domain.laid import Laid
from domain.review import MatchState
from domain.sentence import sentence
from domain.signal import MIN_PDQ_QUALITY, SignalType
from storage.match_places import MatchSighting, first_sightings, sightings, stands
from storage.registered_moments import registered_moments
from storage.tables import (
    CaseRow,
    EvidenceRow,
    FrameRow,
    ImageRow,
    MatchRow,
    PageRow,
    RegistrationRow,
    ReviewDecisionRow,
    SightingRow,
    SiteRow,
)

# PDQ is what a distance means to people; equal bytes have none.
_EXACT = (SignalType.SHA256.value, SignalType.MD5.value)
_ORDER = {
    signal_type.value: place
    for place, signal_type in enumerate(
        (
            SignalType.SHA256,
            SignalType.MD5,
            SignalType.CONSTELLATION,
            SignalType.PDQ,
            SignalType.PHASH,
            SignalType.EMBEDDING,
        )
    )
}
"""Of what speaks as strongly, which comes first."""
_PARAMETERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MatchSignal:
    """One signal type of one registration that agreed.

    In what moves, ``at_ms`` is where it was nearest, and ``moments`` are all the places where it
    was near, in milliseconds from the beginning. ``registered_at_ms`` is what it was nearest to in
    a registered video, from the beginning of that one.

    Of a constellation, and of PDQ of a part of the image, ``strength`` is a logarithm of odds to
    base 10, and ``laid`` says how the registered picture lies in the image. The ``distance`` of a
    constellation is the median of its places, that of an embedding what its likeness lacks to 1, in
    thousandths.
    """

    signal: str
    view: str
    distance: int
    registration: str
    at_ms: int | None = None
    moments: tuple[int, ...] = ()
    registered_at_ms: int | None = None
    strength: float | None = None
    laid: Laid | None = None


@dataclass(frozen=True, slots=True)
class MatchSummary:
    """One match as listings show it; ``site``, ``page``, ``image_url`` are of its first sighting.

    ``distance`` is the smallest in bits of PDQ, 0 for equal bytes, None where only a constellation
    agrees; ``gone`` says that no sighting of it is left. What moves has a length and ``frames``,
    those that were compared; a still picture has neither. ``in_part``: as far as its size in bytes
    tells, only the beginning of a video was read, and it lasts longer. ``links_to`` is what a click
    on the first sighting opens. ``strength`` is that of all evidence together: see
    `domain.evidence.combined`. ``last_seen`` is None also where it was not looked for.
    """

    number: str
    case: str
    state: str
    site: str | None
    page: str | None
    image_url: str | None
    signals: tuple[MatchSignal, ...]
    distance: int | None
    sightings: int
    gone: bool
    first_seen: datetime | None
    last_seen: datetime | None
    flagged_at: datetime
    duration_ms: int | None = None
    frames: int = 0
    links_to: str | None = None
    in_part: bool = False
    strength: float | None = None


@dataclass(frozen=True, slots=True)
class MatchDecision:
    """One decision about a match, with when and by whom it was taken back.

    ``kind`` says of a rejection what is wrong.
    """

    verdict: str
    reason: str
    actor: str
    decided_at: datetime
    undone_at: datetime | None
    undone_by: str | None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class MatchDetail:
    """One match with every sighting and decision."""

    summary: MatchSummary
    sightings: tuple[MatchSighting, ...]
    decisions: tuple[MatchDecision, ...]


def list_matches(
    session: Session,
    *,
    state: str | None = None,
    case: str | None = None,
    site: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[MatchSummary]:
    """Return matches, the newest flag first."""
    wanted = (
        select(MatchRow, CaseRow.number)
        .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
        .order_by(MatchRow.flagged_at.desc(), MatchRow.match_id.desc())
        .limit(limit)
        .offset(offset)
    )
    if state is not None:
        wanted = wanted.where(MatchRow.state == state)
    if case is not None:
        wanted = wanted.where(CaseRow.number == case)
    if site is not None:
        wanted = wanted.where(
            select(SightingRow.sighting_id)
            .join(PageRow, PageRow.page_id == SightingRow.page_id)
            .join(SiteRow, SiteRow.site_id == PageRow.site_id)
            .where(SightingRow.image_id == MatchRow.image_id, SiteRow.name == site)
            .exists()
        )
    found = session.execute(wanted).all()
    return list(_summaries(session, [(row, number) for row, number in found]))


def get_match(
    session: Session, number: str, *, places: int = 1000, most_read: int | None = None
) -> MatchDetail:
    """Return one match with its decisions and, of its sightings, up to ``places``.

    When it was last seen is looked for among ``most_read`` sightings at most: with more, it is not.

    Raises:
        NotFound: there is none of that number.
    """
    row = match_row(session, number)
    case = session.get_one(CaseRow, row.case_id)
    decisions = session.scalars(
        select(ReviewDecisionRow)
        .where(ReviewDecisionRow.match_id == row.match_id)
        .order_by(ReviewDecisionRow.decision_id)
    )
    return MatchDetail(
        summary=next(_summaries(session, [(row, case.number)], most_read=most_read)),
        sightings=tuple(sightings(session, row.image_id, limit=places)),
        decisions=tuple(
            MatchDecision(
                d.verdict, d.reason, d.actor, d.decided_at, d.undone_at, d.undone_by, d.kind
            )
            for d in decisions
        ),
    )


def summaries_of(
    session: Session, numbers: Collection[str], *, most_read: int | None = None
) -> dict[str, MatchSummary]:
    """Return matches by their numbers; those that are not there any more are left out.

    When one was last seen is looked for among ``most_read`` sightings at most: with more, it is
    not.
    """
    rows = session.execute(
        select(MatchRow, CaseRow.number)
        .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
        .where(MatchRow.number.in_(numbers))
    ).all()
    found = _summaries(session, [(row, case) for row, case in rows], most_read=most_read)
    return {summary.number: summary for summary in found}


def match_row(session: Session, number: str, *, alone: bool = False) -> MatchRow:
    """Return the row of a match; ``alone`` keeps others from changing it until the commit.

    Raises:
        NotFound: there is none of that number.
    """
    wanted = select(MatchRow).where(MatchRow.number == number)
    if alone:
        # Crawls may still add evidence to it meanwhile.
        wanted = wanted.with_for_update(key_share=True)
    row = session.scalars(wanted).first()
    if row is None:
        msg = sentence(
            "There is no match %(number)s.",
            number=number,
        ).with_command(" `vigil match list` shows those there are.")
        raise NotFound(msg)
    return row


def count_by_state(session: Session, *, case: str | None = None) -> dict[str, int]:
    """Return how many matches stand in each state."""
    wanted = select(MatchRow.state, func.count()).group_by(MatchRow.state)
    if case is not None:
        wanted = wanted.join(CaseRow, CaseRow.case_id == MatchRow.case_id)
        wanted = wanted.where(CaseRow.number == case)
    counted = dict(session.execute(wanted).all())
    return {state.value: counted.get(state.value, 0) for state in MatchState}


def _summaries(
    session: Session, matched: Sequence[tuple[MatchRow, str]], *, most_read: int | None = None
) -> Iterator[MatchSummary]:
    """Yield summaries in the order given, with as many queries for a hundred as for one."""
    for start in range(0, len(matched), _PARAMETERS_AT_ONCE):
        part = matched[start : start + _PARAMETERS_AT_ONCE]
        signals = signals_of(session, {row.match_id: row.image_id for row, _ in part})
        image_ids = {row.image_id for row, _ in part}
        standing = stands(session, image_ids, most_read=most_read)
        firsts = first_sightings(session, image_ids)
        lengths = _lengths(session, image_ids)
        for row, case in part:
            stand = standing.get(row.image_id)
            first = firsts.get(row.image_id)
            duration_ms, in_part, frames = lengths.get(row.image_id, (None, False, 0))
            agreeing = signals.get(row.match_id, ())
            strength = combined(agreeing)
            yield MatchSummary(
                number=row.number,
                case=case,
                state=row.state,
                site=first.site if first else None,
                page=first.page if first else None,
                image_url=first.image_url if first else None,
                signals=agreeing,
                distance=_distance(agreeing),
                sightings=stand.sightings if stand else 0,
                gone=stand is not None and stand.still_there == 0,
                first_seen=stand.first_seen if stand else None,
                last_seen=stand.last_seen if stand else None,
                flagged_at=row.flagged_at,
                duration_ms=duration_ms,
                in_part=in_part,
                frames=frames,
                links_to=first.links_to if first else None,
                strength=None if strength is None else strength.figure,
            )


def _distance(signals: Sequence[MatchSignal]) -> int | None:
    if any(signal.signal in _EXACT for signal in signals):
        return 0
    of_pdq = (signal.distance for signal in signals if signal.signal == SignalType.PDQ.value)
    return min(of_pdq, default=None)


def signals_of(session: Session, images: Mapping[int, int]) -> dict[int, tuple[MatchSignal, ...]]:
    """Return the evidence of matches, given with their images, the strongest first."""
    rows = session.execute(
        select(EvidenceRow, RegistrationRow.number)
        .join(RegistrationRow, RegistrationRow.registration_id == EvidenceRow.registration_id)
        .where(EvidenceRow.match_id.in_(images))
        .order_by(EvidenceRow.distance, EvidenceRow.evidence_id)
    ).all()
    registered_at = registered_moments(session, [row for row, _ in rows], images)
    found: dict[int, list[MatchSignal]] = {}
    for row, number in rows:
        signal = MatchSignal(
            row.type,
            row.view,
            row.distance,
            number,
            row.at_ms,
            tuple(row.moments or ()),
            registered_at.get(row.evidence_id),
            row.strength,
            row.laid,
        )
        found.setdefault(row.match_id, []).append(signal)
    return {
        match_id: tuple(sorted(signals, key=lambda s: (-figure_of(s), _ORDER[s.signal])))
        for match_id, signals in found.items()
    }


def _lengths(
    session: Session, image_ids: Collection[int]
) -> dict[int, tuple[int | None, bool, int]]:
    """Return what is known of images that move.

    That is how long they last in milliseconds, whether only their beginning was read, and how many
    frames of each were compared.
    """
    compared = (
        select(func.count())
        .select_from(FrameRow)
        .where(FrameRow.image_id == ImageRow.image_id, FrameRow.pdq_quality >= MIN_PDQ_QUALITY)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ImageRow.image_id, ImageRow.duration_ms, ImageRow.byte_size, compared).where(
            ImageRow.image_id.in_(image_ids)
        )
    )
    return {
        image_id: (duration_ms, duration_ms is not None and may_be_a_part(size), frames)
        for image_id, duration_ms, size, frames in rows
    }
