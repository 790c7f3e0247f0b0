"""Look-alikes: what a case's registrations are not to be taken for.

A caseworker has seen that it is another picture. It is posted again and again, in other sizes and
formats, and nobody is to look at each. So its signals are kept with the case, and erased with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from domain.case import new_number
from domain.errors import NotFound, Refused
from domain.review import MatchState
from domain.sentence import sentence
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY, Agreement, SignalType
from storage import audit, wanted_looks
from storage.cases import case_row
from storage.matches import match_row
from storage.registrations import active_in, in_parts
from storage.tables import CaseRow, ImageRow, LookAlikeRow, MatchRow

_EXACT = frozenset({SignalType.SHA256, SignalType.MD5})


@dataclass(frozen=True, slots=True)
class LookAlike:
    """One look-alike of a case as listings show it; ``spared`` is how often it kept from flagging.

    ``by_pdq`` says that what is near it counts as well, where only PDQ speaks for a registration;
    else only the very same file does.
    """

    number: str
    case: str
    note: str
    actor: str
    added_at: datetime
    by_pdq: bool
    spared: int


def add_from_match(
    session: Session, match: str, *, note: str, actor: str, now: datetime
) -> LookAlike:
    """Keep the image of a rejected match as a look-alike of its case.

    One that the case has already is returned as it is.

    Raises:
        NotFound: there is no such match.
        Refused: it is not rejected.
    """
    row = match_row(session, match)
    if row.state != MatchState.REJECTED.value:
        msg = sentence(
            "Match %(match)s is %(state)s.",
            match=match,
            state=MatchState(row.state),
        ).with_command(
            " Only what was rejected can be kept as a look-alike: "
            f"vigil match reject {match} --reason …"
        )
        raise Refused(msg)
    case = session.get_one(CaseRow, row.case_id)
    return _add(session, case, row.image_id, note=note, actor=actor, now=now)


def add_of_match(
    session: Session, match: MatchRow, *, note: str, actor: str, now: datetime
) -> str | None:
    """Keep the image of a match as a look-alike of its case, and return its number.

    None if the case has it already: then it is not this match's to take away again.
    """
    case = session.get_one(CaseRow, match.case_id)
    before = _of_image(session, match.case_id, match.image_id)
    added = _add(session, case, match.image_id, note=note, actor=actor, now=now)
    return added.number if before is None else None


def add_from_image(
    session: Session, case: str, image_id: int, *, note: str, actor: str, now: datetime
) -> LookAlike:
    """Keep a sighted image as a look-alike of a case.

    Raises:
        NotFound: there is no such case or image.
        Refused: nothing is registered in the case that could be taken for it.
    """
    row = case_row(session, case)
    # Whatever a case holds is erased with the last of its registrations.
    if not active_in(session, row.case_id):
        msg = sentence(
            "Nothing is registered in case %(case)s that an image could be taken for.",
            case=case,
        )
        raise Refused(msg)
    return _add(session, row, image_id, note=note, actor=actor, now=now)


def list_look_alikes(session: Session, case: str, *, limit: int = 1000) -> list[LookAlike]:
    """Return the look-alikes of a case, in the order in which they were added.

    Raises:
        NotFound: there is no such case.
    """
    of = case_row(session, case)
    rows = session.scalars(
        select(LookAlikeRow)
        .where(LookAlikeRow.case_id == of.case_id)
        .order_by(LookAlikeRow.look_alike_id)
        .limit(limit)
    )
    return [_told(row, case) for row in rows]


def remove(session: Session, number: str, *, actor: str, now: datetime) -> None:
    """Erase a look-alike. What was not flagged because of it is flagged when it is matched again.

    Raises:
        NotFound: there is none of that number.
    """
    row = session.scalars(select(LookAlikeRow).where(LookAlikeRow.number == number)).first()
    if row is None:
        msg = sentence(
            "There is no look-alike %(number)s.",
            number=number,
        ).with_command(" `vigil look-alike list CASE` shows a case's.")
        raise NotFound(msg)
    _remove(session, row, actor=actor, now=now)


def remove_if_there(session: Session, number: str, *, actor: str, now: datetime) -> None:
    """Erase a look-alike, unless somebody else has done so."""
    row = session.scalars(select(LookAlikeRow).where(LookAlikeRow.number == number)).first()
    if row is not None:
        _remove(session, row, actor=actor, now=now)


def _remove(session: Session, row: LookAlikeRow, *, actor: str, now: datetime) -> None:
    number = row.number
    case = session.get_one(CaseRow, row.case_id).number
    wanted_looks.reopen_spared(session, row.case_id, now=now)
    session.delete(row)
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action="look-alike removed",
        subject=number,
        details={"case": case},
    )


def known_look_alike(
    session: Session, case_id: int, image_id: int, agreements: Sequence[Agreement]
) -> int | None:
    """Return the look-alike of a case for whose sake an image is not to be flagged; None without.

    It has the same bytes, or is as near to it as two reposts of one picture. What agrees by its
    bytes with a registration is flagged all the same, and so is what is nearer to a registration
    than to the look-alike: a repost of the person's picture may be near both. Where places of a
    registered picture are seen, only the very same bytes are spared: the picture may be a small
    part of the image, and the whole look like any screenshot of the app it was shown in.
    """
    held = session.execute(
        select(LookAlikeRow.look_alike_id, LookAlikeRow.sha256, LookAlikeRow.pdq)
        .where(LookAlikeRow.case_id == case_id)
        .order_by(LookAlikeRow.look_alike_id)
    ).all()
    if not held or any(agreement.type in _EXACT for agreement in agreements):
        return None
    image = session.get_one(ImageRow, image_id)
    for look_alike_id, sha256, _ in held:
        if sha256 == image.sha256:
            return look_alike_id
    by_places = any(agreement.type is SignalType.CONSTELLATION for agreement in agreements)
    if by_places or _pdq_of(image) is None:
        return None
    near = min(
        ((_bits_between(image.pdq, pdq), key) for key, _, pdq in held if pdq is not None),
        default=(MATCH_DISTANCE + 1, 0),
    )
    registered = [each.distance for each in agreements if each.type is SignalType.PDQ]
    if near[0] > min([MATCH_DISTANCE, *registered]):
        return None
    return near[1]


def count_spared(session: Session, look_alike_id: int) -> None:
    """Count that something was not flagged because of a look-alike."""
    session.execute(
        update(LookAlikeRow)
        .where(LookAlikeRow.look_alike_id == look_alike_id)
        .values(spared=LookAlikeRow.spared + 1)
    )


def erase_of_cases(session: Session, case_ids: Collection[int]) -> None:
    """Erase every look-alike of some cases."""
    for part in in_parts(case_ids):
        session.execute(delete(LookAlikeRow).where(LookAlikeRow.case_id.in_(part)))


def erase_of_images(session: Session, image_ids: Collection[int]) -> None:
    """Erase what was copied from images that are forgotten, in whatever case."""
    for part in in_parts(image_ids):
        session.execute(delete(LookAlikeRow).where(LookAlikeRow.image_id.in_(part)))


def erase_with_signals(session: Session, *, sha256: Collection[str], pdq: Collection[str]) -> None:
    """Erase look-alikes that hold one of these signals: of withdrawn pictures, nothing is left."""
    for part in in_parts([*sha256, *pdq]):
        session.execute(
            delete(LookAlikeRow).where(
                or_(LookAlikeRow.sha256.in_(part), LookAlikeRow.pdq.in_(part))
            )
        )


def _add(
    session: Session, case: CaseRow, image_id: int, *, note: str, actor: str, now: datetime
) -> LookAlike:
    image = session.get(ImageRow, image_id)
    if image is None:
        msg = sentence("That image is not known any more, so its signals cannot be kept.")
        raise NotFound(msg)
    held = _of_image(session, case.case_id, image_id)
    if held is not None:
        return _told(held, case.number)
    row = LookAlikeRow(
        number=new_number("L"),
        case_id=case.case_id,
        sha256=image.sha256,
        pdq=_pdq_of(image),
        constellation=image.constellation,
        image_id=image_id,
        note=audit.storable(note.strip()),
        actor=audit.storable(actor),
        added_at=now,
        spared=0,
    )
    session.add(row)
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action="look-alike added",
        subject=row.number,
        reason=note.strip() or None,
        details={"case": case.number},
    )
    return _told(row, case.number)


def _of_image(session: Session, case_id: int, image_id: int) -> LookAlikeRow | None:
    """Return the look-alike of a case that has the very bytes of an image."""
    return session.scalars(
        select(LookAlikeRow)
        .join(ImageRow, ImageRow.sha256 == LookAlikeRow.sha256)
        .where(LookAlikeRow.case_id == case_id, ImageRow.image_id == image_id)
    ).first()


def _pdq_of(image: ImageRow) -> str | None:
    """Return the PDQ signal of a still picture that may be compared.

    What moves is its frames: two videos may begin with the same one and show different things.
    """
    usable = image.duration_ms is None and image.pdq_quality >= MIN_PDQ_QUALITY
    return image.pdq if usable else None


def _bits_between(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _told(row: LookAlikeRow, case: str) -> LookAlike:
    return LookAlike(
        number=row.number,
        case=case,
        note=row.note,
        actor=row.actor,
        added_at=row.added_at,
        by_pdq=row.pdq is not None,
        spared=row.spared,
    )
