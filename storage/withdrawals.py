"""Withdrawing: the signals of a registration and what only it matched, erased from every table."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from domain.address import digest
from domain.file_address import is_member
from domain.signal import SignalType
from storage import look_alikes, muted_places, wanted_looks
from storage.registrations import in_parts
from storage.tables import (
    CrawlErrorRow,
    EvidenceRow,
    ForgottenImageRow,
    FrameRow,
    ImageRow,
    ImageUrlRow,
    MatchRow,
    PageRow,
    RegistrationRow,
    SightingRow,
    SignalRow,
)


def erase(
    session: Session,
    rows: Collection[RegistrationRow],
    *,
    version: int,
    now: datetime,
    alike: Collection[int] = (),
) -> tuple[int, int, int]:
    """Withdraw registrations; return how many signals, matches and images were erased with them.

    Their signals and evidence go, and matches that no evidence is left for, with their decisions.
    Images that nobody else's registration matches are forgotten: a found image has signals of its
    own, and those of an exact copy are the very ones that were withdrawn. ``alike`` are images that
    hold such signals without being a match. With the last registration of a case, its look-alikes
    go as well.
    """
    matched: set[int] = set(alike)
    digests: set[str] = set()
    pdqs: set[str] = set()
    signals = 0
    for ids in in_parts(row.registration_id for row in rows):
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
        for signal_type, values in ((SignalType.SHA256, digests), (SignalType.PDQ, pdqs)):
            values.update(
                session.scalars(
                    select(SignalRow.value).where(of_these, SignalRow.type == signal_type.value)
                )
            )
        session.execute(delete(EvidenceRow).where(EvidenceRow.registration_id.in_(ids)))
        session.execute(delete(SignalRow).where(of_these))
        session.execute(
            update(RegistrationRow)
            .where(RegistrationRow.registration_id.in_(ids))
            .values(
                picture=None,
                format=None,
                duration_ms=None,
                withdrawn_at=now,
                withdrawn_version=version,
                suspended_at=None,
                suspended_for=None,
                suspension_version=None,
                unmuted_at=None,
            )
        )
        wanted_looks.forget(session, registration_ids=ids)
        muted_places.forget(session, registration_ids=ids)
    _forget_look_alikes(session, {row.case_id for row in rows}, digests, pdqs)
    matches, forgotten = drop_bare_matches(session, matched)
    for part in in_parts(forgotten):
        digests.update(session.scalars(select(ImageRow.sha256).where(ImageRow.image_id.in_(part))))
    forget(session, forgotten)
    _forget_in_errors(session, digests)
    return signals, matches, len(forgotten)


def _forget_look_alikes(
    session: Session, case_ids: Collection[int], sha256: Collection[str], pdq: Collection[str]
) -> None:
    """Erase those of cases that are left with no registration, and copies of what is withdrawn."""
    left: set[int] = set()
    for part in in_parts(sorted(case_ids)):
        left.update(
            session.scalars(
                select(RegistrationRow.case_id)
                .distinct()
                .where(RegistrationRow.case_id.in_(part), RegistrationRow.withdrawn_at.is_(None))
            )
        )
    look_alikes.erase_of_cases(session, set(case_ids) - left)
    look_alikes.erase_with_signals(session, sha256=sha256, pdq=pdq)


def drop_bare_matches(session: Session, image_ids: Iterable[int]) -> tuple[int, list[int]]:
    """Delete matches without evidence; return how many, and the images no match is left of."""
    dropped = 0
    unmatched: list[int] = []
    for part in in_parts(sorted(image_ids)):
        # In the order in which whoever decides many at once takes them, or each might wait for the
        # other.
        bare = session.scalars(
            select(MatchRow.match_id)
            .where(
                MatchRow.image_id.in_(part),
                ~exists().where(EvidenceRow.match_id == MatchRow.match_id),
            )
            .order_by(MatchRow.match_id)
            .with_for_update()
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
    for part in in_parts(named):
        session.execute(
            update(CrawlErrorRow).where(CrawlErrorRow.crawl_error_id.in_(part)).values(url="data:")
        )


def forget(session: Session, image_ids: Iterable[int]) -> None:
    """Erase images with everything known of them, and have their pages read in full next time."""
    for part in in_parts(image_ids):
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
        _ask_for_archives_in_full(session, part)
        wanted_looks.forget(session, image_ids=part)
        muted_places.forget(session, image_ids=part)
        look_alikes.erase_of_images(session, part)
        session.execute(delete(SightingRow).where(SightingRow.image_id.in_(part)))
        session.execute(delete(ImageUrlRow).where(ImageUrlRow.image_url_id.in_(of_data)))
        session.execute(delete(FrameRow).where(FrameRow.image_id.in_(part)))
        session.execute(delete(ImageRow).where(ImageRow.image_id.in_(part)))
        session.execute(insert(ForgottenImageRow), [{"image_id": image_id} for image_id in part])


def _ask_for_archives_in_full(session: Session, image_ids: Collection[int]) -> None:
    """Have the archives that images lie in unpacked next time: nobody is asked for one file."""
    addresses = session.scalars(
        select(ImageUrlRow.url)
        .distinct()
        .join(SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id)
        .where(SightingRow.image_id.in_(image_ids), ImageUrlRow.url.contains("#"))
    )
    archives = {address.partition("#")[0] for address in addresses if is_member(address)}
    for digests in in_parts(map(digest, sorted(archives))):
        session.execute(
            update(ImageUrlRow)
            .where(ImageUrlRow.url_digest.in_(digests))
            .values(etag=None, last_modified=None)
        )
