"""Wanted looks: images to be fetched anew, since their stored signals propose a registration.

The constellation that is kept of an image is a small part of what is in it: enough to propose a
registered picture, too little to flag it. Only the image itself tells, and it is kept nowhere. So
the next crawl of a site where it is sighted asks for it in full, and looks.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.wanted_look import LookOutcome
from storage.registrations import in_parts
from storage.tables import (
    ImageRow,
    MatchRow,
    RegistrationRow,
    SightingRow,
    WantedLookRow,
)


@dataclass(frozen=True, slots=True)
class WantedCounts:
    """Wanted looks by what came of them.

    Of those that are ``open``, ``out_of_reach`` are of images that are sighted nowhere now.
    """

    open: int
    out_of_reach: int
    done: Mapping[LookOutcome, int]


def ask(session: Session, wanted: Iterable[tuple[int, int]], *, now: datetime) -> int:
    """Want looks at images, each with a registration; return how many are new.

    Asked again, one stays as it is, but for one that was given up: it counts as new. One whose
    image was forgotten, or whose registration was withdrawn, is left out. For a transaction that
    holds the registry.
    """
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    offer = make(WantedLookRow).on_conflict_do_update(
        index_elements=[WantedLookRow.image_id, WantedLookRow.registration_id],
        set_={"asked_at": now, "tries": 0, "done_at": None, "outcome": None},
        where=WantedLookRow.outcome == LookOutcome.GONE.value,
    )
    new = 0
    for part in in_parts(sorted(set(wanted))):
        images = set(
            session.scalars(
                select(ImageRow.image_id).where(ImageRow.image_id.in_({pair[0] for pair in part}))
            )
        )
        active = set(
            session.scalars(
                select(RegistrationRow.registration_id)
                .where(RegistrationRow.registration_id.in_({pair[1] for pair in part}))
                .where(RegistrationRow.withdrawn_at.is_(None))
            )
        )
        rows = [
            {"image_id": image_id, "registration_id": registration_id, "asked_at": now}
            for image_id, registration_id in part
            if image_id in images and registration_id in active
        ]
        if rows:
            made = session.execute(offer.returning(WantedLookRow.wanted_look_id), rows)
            new += len(made.all())
    return new


def done(
    session: Session,
    image_id: int,
    outcome: LookOutcome,
    *,
    now: datetime,
    registrations: Collection[int] | None = None,
) -> int:
    """Note what came of looking at an image; return how many wanted looks that ends.

    ``registrations`` are those for which it came out so; None for all that are open. What was given
    up is ended by whatever comes of it after all.
    """
    ends: ColumnElement[bool] = WantedLookRow.done_at.is_(None)
    if outcome is not LookOutcome.GONE:
        ends |= WantedLookRow.outcome == LookOutcome.GONE.value
    ended = 0
    parts = [None] if registrations is None else in_parts(sorted(registrations))
    for part in parts:
        change = update(WantedLookRow).where(WantedLookRow.image_id == image_id, ends)
        if part is not None:
            change = change.where(WantedLookRow.registration_id.in_(part))
        rows = session.execute(
            change.values(done_at=now, outcome=outcome.value).returning(
                WantedLookRow.wanted_look_id
            )
        )
        ended += len(rows.all())
    return ended


def reopen_spared(session: Session, case_id: int, *, now: datetime) -> int:
    """Want looks again that found a picture of a case, and flagged nothing; return how many.

    A look-alike kept the image from being flagged then.
    """
    of_case = select(RegistrationRow.registration_id).where(RegistrationRow.case_id == case_id)
    flagged = select(MatchRow.image_id).where(MatchRow.case_id == case_id)
    rows = session.execute(
        update(WantedLookRow)
        .where(WantedLookRow.outcome == LookOutcome.FOUND.value)
        .where(WantedLookRow.registration_id.in_(of_case))
        .where(WantedLookRow.image_id.not_in(flagged))
        .values(asked_at=now, tries=0, done_at=None, outcome=None)
        .returning(WantedLookRow.wanted_look_id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


def counts(session: Session) -> WantedCounts:
    """Count wanted looks by what came of them."""
    by_outcome = dict(
        session.execute(
            select(WantedLookRow.outcome, func.count()).group_by(WantedLookRow.outcome)
        ).all()
    )
    live = (
        select(SightingRow.sighting_id)
        .where(SightingRow.image_id == WantedLookRow.image_id, SightingRow.gone_at.is_(None))
        .exists()
    )
    out_of_reach = session.scalars(
        select(func.count()).where(WantedLookRow.done_at.is_(None), ~live)
    ).one()
    return WantedCounts(
        open=by_outcome.get(None, 0),
        out_of_reach=out_of_reach,
        done={outcome: by_outcome.get(outcome.value, 0) for outcome in LookOutcome},
    )


def forget(
    session: Session, *, image_ids: Collection[int] = (), registration_ids: Collection[int] = ()
) -> None:
    """Erase every wanted look at some images, and every one for the sake of some registrations."""
    for column, ids in (
        (WantedLookRow.image_id, image_ids),
        (WantedLookRow.registration_id, registration_ids),
    ):
        for part in in_parts(ids):
            session.execute(delete(WantedLookRow).where(column.in_(part)))
