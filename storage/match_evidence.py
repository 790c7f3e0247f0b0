"""What is known around a match: its picture's size, near matches, other cases, its sites.

Every question is bounded and asked by an index: a match page must not wait for an image that was
sighted forty thousand times, nor for a case with tens of thousands of matches.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import LargeBinary, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from domain.errors import NotFound
from domain.review import MatchState
from domain.sentence import sentence
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY
from storage.review_tables import MatchSiteRow
from storage.tables import (
    CaseRow,
    CrawlRow,
    ImageRow,
    LookAlikeRow,
    MatchRow,
    RegistrationRow,
    SiteRow,
)

COMPARED_OF_A_STATE: Final = 500
"""Matches of a case, of each state, that an image is compared with: those that are most urgent."""

LOOK_ALIKES_COMPARED: Final = 1_000

NEAR_SHOWN: Final = 12
ELSEWHERE_SHOWN: Final = 50
SITES_SHOWN: Final = 6

MATCHES_OF_A_SITE: Final = 300
"""Matches of a site, the newest, that its history is told by."""


@dataclass(frozen=True, slots=True)
class MatchedImage:
    """The image of a match; ``pdq`` is None of what moves, and where it is too plain to compare."""

    match_id: int
    case_id: int
    image_id: int
    format: str
    width: int
    height: int
    pdq: int | None


@dataclass(frozen=True, slots=True)
class NearMatch:
    """A match of the same case whose image is near, in bits of PDQ."""

    number: str
    state: MatchState
    distance: int


@dataclass(frozen=True, slots=True)
class NearMatches:
    """Matches of the same case that look alike, the nearest first, and how many of each state.

    ``all_compared``: the case has no more matches than were compared.
    """

    nearest: tuple[NearMatch, ...]
    states: Mapping[MatchState, int]
    all_compared: bool


@dataclass(frozen=True, slots=True)
class NearLookAlike:
    """A picture that the case is known not to mean, and how near the image is to it."""

    number: str
    note: str
    distance: int


@dataclass(frozen=True, slots=True)
class OtherMatch:
    """A match of the very same image in another case."""

    number: str
    case: str
    state: MatchState


@dataclass(frozen=True, slots=True)
class SiteHistory:
    """What is known of a site: how its matches ended so far, since when, and its last crawl.

    ``all_counted``: there are no more than those counted; else the newest were.
    """

    site: str
    watched: bool
    states: Mapping[MatchState, int]
    all_counted: bool
    first_match: datetime | None
    last_crawl: datetime | None
    last_crawl_state: str | None


@dataclass(frozen=True, slots=True)
class SiteHistories:
    """The history of the first few sites of a match, and how many sites it has."""

    sites: tuple[SiteHistory, ...]
    of: int


_NEAR: Final = (
    select(MatchRow.number, type_coerce(ImageRow.pdq, LargeBinary))
    .join(ImageRow, ImageRow.image_id == MatchRow.image_id)
    .where(
        MatchRow.case_id == bindparam("of_case"),
        MatchRow.state == bindparam("standing"),
        MatchRow.image_id != bindparam("shown"),
        ImageRow.duration_ms.is_(None),
        ImageRow.pdq_quality >= MIN_PDQ_QUALITY,
    )
    .order_by(MatchRow.urgency.desc(), MatchRow.match_id.desc())
    .limit(COMPARED_OF_A_STATE)
)

_NEWEST_OF_SITE = (
    select(MatchSiteRow.match_id)
    .where(MatchSiteRow.site_id == bindparam("site"))
    .order_by(MatchSiteRow.match_id.desc())
    .limit(MATCHES_OF_A_SITE)
    .subquery()
)
_STATES_OF_SITE: Final = (
    select(MatchRow.state, func.count())
    .join(_NEWEST_OF_SITE, _NEWEST_OF_SITE.c.match_id == MatchRow.match_id)
    .group_by(MatchRow.state)
)
_FIRST_OF_SITE: Final = select(MatchRow.flagged_at).where(
    MatchRow.match_id
    == select(func.min(MatchSiteRow.match_id))
    .where(MatchSiteRow.site_id == bindparam("site"))
    .scalar_subquery()
)
_LAST_CRAWL: Final = (
    select(CrawlRow.started_at, CrawlRow.state)
    .where(CrawlRow.site_id == bindparam("site"))
    .order_by(CrawlRow.started_at.desc())
    .limit(1)
)


def matched_image(session: Session, match: str) -> MatchedImage:
    """Return the image of a match.

    Raises:
        NotFound: there is no match of that number.
    """
    row = session.execute(
        select(
            MatchRow.match_id,
            MatchRow.case_id,
            ImageRow.image_id,
            ImageRow.format,
            ImageRow.width,
            ImageRow.height,
            ImageRow.pdq,
            ImageRow.pdq_quality,
            ImageRow.duration_ms,
        )
        .join(ImageRow, ImageRow.image_id == MatchRow.image_id)
        .where(MatchRow.number == match)
    ).first()
    if row is None:
        msg = sentence("There is no match %(match)s.", match=match)
        raise NotFound(msg)
    comparable = row.duration_ms is None and row.pdq_quality >= MIN_PDQ_QUALITY
    return MatchedImage(*row[:6], int(row.pdq, 16) if comparable else None)


def places_in_case(session: Session, registrations: Collection[str]) -> dict[str, int]:
    """Return as which of its case's pictures each registration was registered, from 1."""
    before = aliased(RegistrationRow)
    place = (
        select(func.count())
        .where(
            before.case_id == RegistrationRow.case_id,
            before.registration_id <= RegistrationRow.registration_id,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(RegistrationRow.number, place).where(RegistrationRow.number.in_(registrations))
    )
    return dict(rows.all())


def near_matches(session: Session, image: MatchedImage) -> NearMatches | None:
    """Return matches of the same case that look like an image; None if it cannot be compared."""
    if image.pdq is None:
        return None
    connection = session.connection()
    near: list[NearMatch] = []
    all_compared = True
    for state in MatchState:
        asked = {"of_case": image.case_id, "standing": state.value, "shown": image.image_id}
        rows = connection.execute(_NEAR, asked).all()
        all_compared = all_compared and len(rows) < COMPARED_OF_A_STATE
        for number, pdq in rows:
            distance = _bits_between(image.pdq, pdq)
            if distance <= MATCH_DISTANCE:
                near.append(NearMatch(number, state, distance))
    near.sort(key=lambda each: each.distance)
    states = Counter(each.state for each in near)
    return NearMatches(tuple(near[:NEAR_SHOWN]), states, all_compared)


def near_look_alikes(session: Session, image: MatchedImage) -> tuple[NearLookAlike, ...]:
    """Return the case's look-alikes that an image is near, the nearest first."""
    if image.pdq is None:
        return ()
    rows = session.execute(
        select(LookAlikeRow.number, LookAlikeRow.note, type_coerce(LookAlikeRow.pdq, LargeBinary))
        .where(LookAlikeRow.case_id == image.case_id, LookAlikeRow.pdq.is_not(None))
        .limit(LOOK_ALIKES_COMPARED)
    )
    near = (
        NearLookAlike(number, note, _bits_between(image.pdq, pdq)) for number, note, pdq in rows
    )
    kept = sorted(
        (each for each in near if each.distance <= MATCH_DISTANCE), key=lambda each: each.distance
    )
    return tuple(kept[:NEAR_SHOWN])


def other_matches(session: Session, image: MatchedImage) -> tuple[OtherMatch, ...]:
    """Return matches of the very same image in other cases, the oldest first, so many at most."""
    rows = session.execute(
        select(MatchRow.number, CaseRow.number, MatchRow.state)
        .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
        .where(MatchRow.image_id == image.image_id, MatchRow.match_id != image.match_id)
        .order_by(MatchRow.match_id)
        .limit(ELSEWHERE_SHOWN)
    )
    return tuple(OtherMatch(number, case, MatchState(state)) for number, case, state in rows)


def site_histories(session: Session, image: MatchedImage) -> SiteHistories:
    """Return the history of the sites that an image was sighted on, by name."""
    of_match = MatchSiteRow.match_id == image.match_id
    number = session.scalars(select(func.count()).select_from(MatchSiteRow).where(of_match)).one()
    rows = session.execute(
        select(SiteRow.site_id, SiteRow.name, SiteRow.removed_at, SiteRow.paused_at)
        .join(MatchSiteRow, MatchSiteRow.site_id == SiteRow.site_id)
        .where(of_match)
        .order_by(SiteRow.name)
        .limit(SITES_SHOWN)
    ).all()
    histories = tuple(
        _history(session, site_id, name, watched=removed is None and paused is None)
        for site_id, name, removed, paused in rows
    )
    return SiteHistories(histories, number)


def _history(session: Session, site_id: int, name: str, *, watched: bool) -> SiteHistory:
    connection, asked = session.connection(), {"site": site_id}
    states = {
        MatchState(state): number
        for state, number in connection.execute(_STATES_OF_SITE, asked).all()
    }
    crawl = connection.execute(_LAST_CRAWL, asked).first()
    return SiteHistory(
        site=name,
        watched=watched,
        states=states,
        all_counted=sum(states.values()) < MATCHES_OF_A_SITE,
        first_match=connection.execute(_FIRST_OF_SITE, asked).scalar(),
        last_crawl=None if crawl is None else crawl.started_at,
        last_crawl_state=None if crawl is None else crawl.state,
    )


def _bits_between(one: int, other: bytes) -> int:
    return (one ^ int.from_bytes(other)).bit_count()
