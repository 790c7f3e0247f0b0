"""Registrations: the signals of one picture, kept until they are withdrawn."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from domain.case import new_number
from domain.errors import NotFound
from domain.signal import PictureSignals, Signal, SignalType, View
from storage.tables import (
    CaseRow,
    CrawlErrorRow,
    EvidenceRow,
    ForgottenImageRow,
    ImageRow,
    ImageUrlRow,
    MatchRow,
    PageRow,
    RegistrationRow,
    SightingRow,
    SignalRow,
)

Source = Literal["file", "signals"]
_PARAMETERS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class RegistrationSummary:
    """One registration as listings show it; a withdrawn one has no signals."""

    number: str
    source: str
    registered_at: datetime
    signals: int
    withdrawn_at: datetime | None


def registered(session: Session, case_id: int, picture: PictureSignals) -> RegistrationRow | None:
    """Return the registration of exactly this picture in a case."""
    return session.scalars(
        select(RegistrationRow).where(
            RegistrationRow.case_id == case_id, RegistrationRow.picture == _digest(picture)
        )
    ).first()


def add(
    session: Session,
    case_id: int,
    picture: PictureSignals,
    *,
    source: Source,
    version: int,
    now: datetime,
) -> RegistrationRow:
    """Keep a picture's signals; ``version`` is the registry's, as moved on for it."""
    row = RegistrationRow(
        number=new_number("R"),
        case_id=case_id,
        picture=_digest(picture),
        source=source,
        registered_at=now,
        added_version=version,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(SignalRow),
        [
            {
                "registration_id": row.registration_id,
                "type": signal.type.value,
                "view": signal.view.value,
                "value": signal.value,
                "quality": signal.quality,
            }
            for signal in picture.signals
        ],
    )
    return row


def picture_of(session: Session, registration_id: int) -> PictureSignals:
    """Return the signals that are held of a registration that is not withdrawn."""
    rows = session.scalars(
        select(SignalRow)
        .where(SignalRow.registration_id == registration_id)
        .order_by(SignalRow.signal_id)
    )
    return PictureSignals(
        tuple(Signal(SignalType(row.type), row.value, View(row.view), row.quality) for row in rows)
    )


def list_registrations(session: Session, case_number: str) -> list[RegistrationSummary]:
    """Return a case's registrations in the order in which they came."""
    signals = (
        select(func.count())
        .select_from(SignalRow)
        .where(SignalRow.registration_id == RegistrationRow.registration_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(RegistrationRow, signals)
        .join(CaseRow, CaseRow.case_id == RegistrationRow.case_id)
        .where(CaseRow.number == case_number)
        .order_by(RegistrationRow.registration_id)
    )
    return [
        RegistrationSummary(row.number, row.source, row.registered_at, number, row.withdrawn_at)
        for row, number in rows
    ]


def registration_row(session: Session, number: str) -> RegistrationRow:
    """Return the row of a registration, to be changed.

    Raises:
        NotFound: there is none of that number.
    """
    row = session.scalars(select(RegistrationRow).where(RegistrationRow.number == number)).first()
    if row is None:
        msg = f"There is no registration {number}. `vigil case show CASE` lists a case's."
        raise NotFound(msg)
    return row


def active_in(session: Session, case_id: int) -> list[RegistrationRow]:
    """Return a case's registrations that are not withdrawn."""
    return list(
        session.scalars(
            select(RegistrationRow)
            .where(RegistrationRow.case_id == case_id, RegistrationRow.withdrawn_at.is_(None))
            .order_by(RegistrationRow.registration_id)
        )
    )


def erase(
    session: Session, rows: Collection[RegistrationRow], *, version: int, now: datetime
) -> tuple[int, int, int]:
    """Withdraw registrations; return how many signals, matches and images were erased with them.

    Their signals and evidence go, and matches that no evidence is left for, with their decisions.
    Images that nobody else's registration matches are forgotten: a found image has signals of its
    own, and those of an exact copy are the very ones that were withdrawn.
    """
    matched: set[int] = set()
    digests: set[str] = set()
    signals = 0
    for ids in _parts(row.registration_id for row in rows):
        matched.update(
            session.scalars(
                select(MatchRow.image_id)
                .join(EvidenceRow, EvidenceRow.match_id == MatchRow.match_id)
                .where(EvidenceRow.registration_id.in_(ids))
            )
        )
        of_these = SignalRow.registration_id.in_(ids)
        signals += session.scalars(
            select(func.count()).select_from(SignalRow).where(of_these)
        ).one()
        digests.update(
            session.scalars(
                select(SignalRow.value).where(of_these, SignalRow.type == SignalType.SHA256.value)
            )
        )
        session.execute(delete(EvidenceRow).where(EvidenceRow.registration_id.in_(ids)))
        session.execute(delete(SignalRow).where(of_these))
        session.execute(
            update(RegistrationRow)
            .where(RegistrationRow.registration_id.in_(ids))
            .values(picture=None, withdrawn_at=now, withdrawn_version=version)
        )
    matches, forgotten = _drop_bare_matches(session, matched)
    for part in _parts(forgotten):
        digests.update(session.scalars(select(ImageRow.sha256).where(ImageRow.image_id.in_(part))))
    _forget(session, forgotten)
    _forget_in_errors(session, digests)
    return signals, matches, len(forgotten)


def _drop_bare_matches(session: Session, image_ids: Iterable[int]) -> tuple[int, list[int]]:
    """Delete matches without evidence; return how many, and the images no match is left of."""
    dropped = 0
    unmatched: list[int] = []
    for part in _parts(sorted(image_ids)):
        bare = session.scalars(
            select(MatchRow.match_id).where(
                MatchRow.image_id.in_(part),
                ~exists().where(EvidenceRow.match_id == MatchRow.match_id),
            )
        ).all()
        session.execute(delete(MatchRow).where(MatchRow.match_id.in_(bare)))
        left = set(session.scalars(select(MatchRow.image_id).where(MatchRow.image_id.in_(part))))
        dropped += len(bare)
        unmatched += [image_id for image_id in part if image_id not in left]
    return dropped, unmatched


def _forget_in_errors(session: Session, digests: Collection[str]) -> None:
    """Take the digests out of crawl errors: an image in the page itself has one for an address."""
    rows = session.execute(
        select(CrawlErrorRow.crawl_error_id, CrawlErrorRow.url).where(
            CrawlErrorRow.url.like("data:%")
        )
    ).all()
    named = [error_id for error_id, url in rows if url.rpartition("sha256=")[2] in digests]
    for part in _parts(named):
        session.execute(
            update(CrawlErrorRow).where(CrawlErrorRow.crawl_error_id.in_(part)).values(url="data:")
        )


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    # A case from a signals file may hold more pictures than SQLite takes parameters.
    left = list(ids)
    for start in range(0, len(left), _PARAMETERS_AT_ONCE):
        yield left[start : start + _PARAMETERS_AT_ONCE]


def _forget(session: Session, image_ids: list[int]) -> None:
    for part in _parts(image_ids):
        # What is still posted is to be read in full next time, and hashed like any other image.
        pages = select(SightingRow.page_id).where(SightingRow.image_id.in_(part))
        session.execute(
            update(PageRow)
            .where(PageRow.page_id.in_(pages))
            .values(etag=None, last_modified=None, image_references=[])
        )
        # An image in the page itself has its digest for an address.
        session.execute(
            update(ImageUrlRow)
            .where(ImageUrlRow.image_id.in_(part))
            .values(etag=None, last_modified=None, image_id=None)
        )
        inline = select(SightingRow.image_url_id).where(SightingRow.image_id.in_(part))
        of_data = list(
            session.scalars(
                select(ImageUrlRow.image_url_id).where(
                    ImageUrlRow.image_url_id.in_(inline), ImageUrlRow.url.like("data:%")
                )
            )
        )
        session.execute(delete(SightingRow).where(SightingRow.image_id.in_(part)))
        session.execute(delete(ImageUrlRow).where(ImageUrlRow.image_url_id.in_(of_data)))
        session.execute(delete(ImageRow).where(ImageRow.image_id.in_(part)))
        session.execute(insert(ForgottenImageRow), [{"image_id": image_id} for image_id in part])


def _digest(picture: PictureSignals) -> str:
    lines = sorted(f"{s.type.value} {s.view.value} {s.value}" for s in picture.signals)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
