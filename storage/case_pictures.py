"""The registered pictures of a case, some at a time, with what of each does not flag."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.review import MatchState
from domain.sentence import sentence
from domain.video import Showing, showing
from storage import muted_places
from storage.cases import case_row
from storage.referrals import stops_a_match
from storage.registrations import registration_row
from storage.tables import EvidenceRow, MatchRow, RegistrationRow, SignalRow


@dataclass(frozen=True, slots=True)
class CasePicture:
    """One registered picture. ``types`` are those of its signals; a withdrawn one has none.

    ``muted`` is how many of its places do not count. ``flagged`` and ``confirmed`` are matches that
    it speaks for, alone or with others; those whose image was referred elsewhere do not wait.
    """

    number: str
    source: str
    registered_at: datetime
    showing: Showing | None
    frames: int
    duration_ms: int | None
    types: tuple[str, ...]
    withdrawn_at: datetime | None
    suspended_at: datetime | None
    suspended_for: str | None
    muted: int
    flagged: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class CasePictures:
    """Some pictures of a case, and the number of the last if there are more after it."""

    pictures: list[CasePicture]
    after: str | None


def pictures_of_case(
    session: Session, number: str, *, after: str | None = None, limit: int
) -> CasePictures:
    """Return the registered pictures of a case in the order in which they came.

    Raises:
        NotFound: there is no case, or no registration, of that number.
    """
    case = case_row(session, number)
    wanted = (
        select(RegistrationRow)
        .where(RegistrationRow.case_id == case.case_id)
        .order_by(RegistrationRow.registration_id)
        .limit(limit + 1)
    )
    if after is not None:
        last = registration_row(session, after).registration_id
        wanted = wanted.where(RegistrationRow.registration_id > last)
    rows = list(session.scalars(wanted))
    shown = rows[:limit]
    return CasePictures(_told(session, shown), shown[-1].number if len(rows) > limit else None)


def picture_of_case(session: Session, case: str, number: str) -> CasePicture:
    """Return one registered picture of a case.

    Raises:
        NotFound: there is no registration of that number in the case.
    """
    row = registration_row(session, number)
    if row.case_id != case_row(session, case).case_id:
        msg = sentence(
            "There is no registration %(number)s in case %(case)s.",
            number=number,
            case=case,
        )
        raise NotFound(msg)
    return _told(session, [row])[0]


def _told(session: Session, rows: list[RegistrationRow]) -> list[CasePicture]:
    ids = [row.registration_id for row in rows]
    types: dict[int, set[str]] = {}
    frames: dict[int, int] = {}
    for registration_id, kind, moments in session.execute(
        select(SignalRow.registration_id, SignalRow.type, func.count(SignalRow.at_ms.distinct()))
        .where(SignalRow.registration_id.in_(ids))
        .group_by(SignalRow.registration_id, SignalRow.type)
    ):
        types.setdefault(registration_id, set()).add(kind)
        frames[registration_id] = max(moments, frames.get(registration_id, 0))
    matched = {
        (registration_id, state): count
        for registration_id, state, count in session.execute(
            select(
                EvidenceRow.registration_id,
                MatchRow.state,
                func.count(MatchRow.match_id.distinct()),
            )
            .join(MatchRow, MatchRow.match_id == EvidenceRow.match_id)
            .where(
                EvidenceRow.registration_id.in_(ids),
                or_(MatchRow.state != MatchState.FLAGGED.value, ~stops_a_match()),
            )
            .group_by(EvidenceRow.registration_id, MatchRow.state)
        )
    }
    muted = muted_places.counted(session, ids)
    return [
        CasePicture(
            number=row.number,
            source=row.source,
            registered_at=row.registered_at,
            showing=(
                None
                if row.withdrawn_at is not None
                else showing(frames=frames.get(row.registration_id, 0), file_format=row.format)
            ),
            frames=frames.get(row.registration_id, 0),
            duration_ms=row.duration_ms,
            types=tuple(sorted(types.get(row.registration_id, ()))),
            withdrawn_at=row.withdrawn_at,
            suspended_at=row.suspended_at,
            suspended_for=row.suspended_for,
            muted=muted.get(row.registration_id, 0),
            flagged=matched.get((row.registration_id, MatchState.FLAGGED.value), 0),
            confirmed=matched.get((row.registration_id, MatchState.CONFIRMED.value), 0),
        )
        for row in rows
    ]
