"""Registering: a picture's signals join the registry and are matched with everything ever seen."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework import guarding
from casework.comparing import Comparison
from domain.errors import Refused
from domain.sentence import day, sentence
from domain.signal import MODEL_BYTES, NoConstellation, PictureSignals, Signal, SignalType
from domain.video import VIDEO_SHARE, Showing, showing
from matching.sighted_constellations import Told
from matching.sighted_images import SightedImages
from signals.distance import is_usable_pdq
from storage import (
    audit,
    cases,
    flagging,
    images,
    later_signals,
    refetching,
    registrations,
    registry,
    sealed_constellations,
    wanted_looks,
)
from storage.database import Database
from storage.registrations import Source
from storage.tables import CaseRow, RegistrationRow, SignalRow

CLOCKS_APART: Final = timedelta(minutes=10)
"""How far the clock of a machine that crawls may be from ours."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering one picture or video.

    ``places`` are those where it still was when last seen, on ``sites``; ``weak`` says that it has
    no usable PDQ signal, so that only exact copies can be found. ``frames`` are those of what moves
    that copies are found by; 0 for a picture. ``no_constellation`` is why it will not be found in
    edited reposts; None where it may be, and of signals that were computed elsewhere. ``looks`` are
    the images seen before that may show it edited, and are fetched again by the next crawls.
    ``completed``: it was there already, and has signals now that an earlier version did not make.
    ``content`` and ``unsure`` are as in PictureSignals. ``same_file`` is another registration of
    the same file in the case, of which something else was cut off.
    ``suspended_for`` is why nothing of it flags; None for one that does.
    """

    number: str
    already: bool
    images: int
    places: int
    places_gone: int
    sites: int
    weak: bool
    frames: int
    showing: Showing
    no_constellation: NoConstellation | None
    looks: int = 0
    completed: bool = False
    suspended_for: str | None = None
    content: str | None = None
    unsure: str | None = None
    same_file: str | None = None


def register(
    database: Database,
    case_number: str,
    picture: PictureSignals,
    *,
    source: Source,
    actor: str,
    now: datetime,
    match_distance: int,
    video_share: int = VIDEO_SHARE,
    embedding_least: float | None = None,
    told: Told | None = None,
    despite_recurring: bool = False,
) -> Registered:
    """Register a picture or video in a case and flag every image ever sighted that is near it.

    Images that may show it edited are not flagged: they are wanted to be looked at once more. The
    same picture twice in one case changes nothing; what it finds now is counted again, and what was
    not known of it is kept: whether it is a video, how long it takes, its constellations, which
    earlier versions did not make, and its embedding by the model that is in use now. Images are
    flagged by their embeddings from ``embedding_least`` on; None for not at all. ``told`` hears
    how far the comparing is. One that is seen in too many images that have nothing else in common
    is suspended at once, unless ``despite_recurring``: see `casework.guarding`.

    Raises:
        NotFound: there is no such case.
        Refused: the case was withdrawn.
    """
    with database.writing() as session:
        # Held for a moment, in which nobody records: so it is known up to which image all of them
        # can be seen from now on.
        registry.hold(session)
        compared = _as_held(session, _open_case(session, case_number), picture)
        through = images.settled_through(session)
    began = datetime.now(UTC) - CLOCKS_APART
    sighted = SightedImages(database.snapshots)
    compare = partial(
        Comparison,
        sighted=sighted,
        match_distance=match_distance,
        video_share=video_share,
        embedding_least=embedding_least,
    )
    comparison = compare(compared)
    with database.reading() as session:
        # Asked first: images of an earlier version are given what is compared when one is fetched.
        some_earlier = refetching.any_seen_before(session)
        comparison.look(session, told=told)
        recurs_in = guarding.recurs_in(session, compared, comparison.proposed(session))
        alike_in = guarding.alike_in(session, comparison.only_alike)
    with database.writing() as session:
        # Taken before anything is read: a crawl that records an image meanwhile waits, and then
        # finds the registry moved on.
        version = registry.bump(session)
        case = _open_case(session, case_number)
        compared = _as_held(session, case, picture)
        row = registrations.registered(session, case.case_id, picture)
        already = row is not None
        if row is None:
            row = registrations.add(
                session, case.case_id, picture, source=source, version=version, now=now
            )
            if recurs_in is not None and not despite_recurring:
                guarding.quarantine(session, row.number, recurs_in, actor=actor, now=now)
            elif alike_in is not None and not despite_recurring:
                guarding.quarantine_alike(session, row.number, alike_in, actor=actor, now=now)
        elif row.format is None:
            row.format, row.duration_ms = picture.format, picture.duration_ms
        completed = already and _complete(session, row, picture, version)
        if compared.signals == comparison.picture.signals:
            comparison.look(session, after=through)
            if some_earlier or comparison.by_embedding:
                comparison.look_at_fetched(session, since=began, through=through)
        else:  # somebody else has registered it meanwhile
            comparison = compare(compared)
            comparison.look(session)
        # Not what only an embedding finds, of one that is suspended: it may be everything.
        but_alike = row.suspended_at is not None
        found = flag_near(session, row.registration_id, comparison, now, but_alike=but_alike)
        looks: Collection[int] = ()
        if row.suspended_at is None:
            looks = want_looks(session, row.registration_id, comparison, now)
        places = images.places_of(session, found)
        if not already:
            audit.append(
                session,
                now=now,
                actor=actor,
                action="picture registered",
                subject=row.number,
                details={"case": case_number, "source": source, "images found": len(found)},
            )
        elif completed:
            audit.append(
                session,
                now=now,
                actor=actor,
                action="picture completed",
                subject=row.number,
                details={"case": case_number},
            )
        frames = {signal.at_ms for signal in compared.signals} - {None}
        return Registered(
            number=row.number,
            already=already,
            images=len(found),
            places=places.still_there,
            places_gone=places.gone,
            sites=places.sites,
            weak=not any(is_usable_pdq(signal) for signal in compared.signals),
            frames=len({s.at_ms for s in compared.signals if is_usable_pdq(s)} - {None}),
            showing=showing(frames=len(frames), file_format=row.format),
            no_constellation=picture.no_constellation,
            looks=len(looks),
            completed=completed,
            suspended_for=row.suspended_for,
            content=picture.content,
            unsure=picture.unsure,
            same_file=_same_file(session, case, row, picture),
        )


def flag_near(
    session: Session,
    registration_id: int,
    comparison: Comparison,
    now: datetime,
    *,
    but_alike: bool = False,
) -> Collection[int]:
    """Flag every image that is near a registration; return their ids.

    ``but_alike``: not for what only an embedding says.
    """
    found = comparison.found(session, registration_id, but_alike=but_alike)
    for image_id, agreements in found.items():
        flagging.flag(session, image_id=image_id, agreements=agreements, now=now)
    return found.keys()


def want_looks(
    session: Session, registration_id: int, comparison: Comparison, now: datetime
) -> Collection[int]:
    """Want looks at the images that may show a registered picture edited; return their ids."""
    proposed = comparison.proposed(session)
    wanted_looks.ask(session, ((each, registration_id) for each in proposed), now=now)
    return proposed


def _open_case(session: Session, case_number: str) -> CaseRow:
    case = cases.case_row(session, case_number)
    if case.withdrawn_at is not None:
        msg = sentence(
            "Case %(case_number)s was withdrawn on %(withdrawn_at)s, so nothing can be registered "
            "in it.",
            case_number=case_number,
            withdrawn_at=day(case.withdrawn_at),
        ).with_command(" To start anew: vigil case open")
        raise Refused(msg)
    return case


def _same_file(
    session: Session, case: CaseRow, row: RegistrationRow, picture: PictureSignals
) -> str | None:
    """Return the number of another registration that a case holds of the same file."""
    values = [signal.value for signal in picture.signals if signal.type is SignalType.SHA256]
    return session.scalar(
        select(RegistrationRow.number)
        .join(SignalRow, SignalRow.registration_id == RegistrationRow.registration_id)
        .where(RegistrationRow.case_id == case.case_id)
        .where(RegistrationRow.registration_id != row.registration_id)
        .where(SignalRow.type == SignalType.SHA256.value, SignalRow.value.in_(values))
        .order_by(RegistrationRow.registration_id)
        .limit(1)
    )


def _as_held(session: Session, case: CaseRow, picture: PictureSignals) -> PictureSignals:
    """Return a picture as the case holds it already, with what it lacks, or as it is."""
    # What is held may be of another quality, and it is what a crawl compares with.
    row = registrations.registered(session, case.case_id, picture)
    if row is None:
        return picture
    held = registrations.picture_of(session, row.registration_id)
    lacking = _lacking(session, row, held, picture)
    kept = held.signals
    if any(signal.type is SignalType.CONSTELLATION for signal in lacking):
        kept = tuple(signal for signal in kept if signal.type is not SignalType.CONSTELLATION)
    if any(signal.type is SignalType.EMBEDDING for signal in lacking):
        kept = tuple(signal for signal in kept if signal.type is not SignalType.EMBEDDING)
    return replace(held, signals=(*kept, *lacking))


def _complete(
    session: Session, row: RegistrationRow, picture: PictureSignals, version: int
) -> bool:
    """Give a registration the signals that it lacks; say whether it lacked any."""
    held = registrations.picture_of(session, row.registration_id)
    lacking = _lacking(session, row, held, picture)
    if not lacking:
        return False
    later_signals.add(session, row, lacking, version=version)
    return True


def _lacking(
    session: Session, row: RegistrationRow, held: PictureSignals, picture: PictureSignals
) -> tuple[Signal, ...]:
    """Return what a picture is held without.

    That is its constellations if it is held without any, or with some that cannot be read any more;
    and its embedding if there is none by the model that made this one.

    Raises:
        UnusableKeyError: constellations are there, and only the key to them is not here.
    """
    sealed_constellations.check_key(session, row.registration_id, row.number)
    has_places = any(signal.type is SignalType.CONSTELLATION for signal in held.signals)
    if sealed_constellations.unreadable_of(session, row.registration_id):
        has_places = False
    models = {_model_of(s) for s in held.signals if s.type is SignalType.EMBEDDING}
    return tuple(
        signal
        for signal in picture.signals
        if (signal.type is SignalType.CONSTELLATION and not has_places)
        or (signal.type is SignalType.EMBEDDING and _model_of(signal) not in models)
    )


def _model_of(embedding: Signal) -> str:
    return embedding.value[: 2 * MODEL_BYTES]
