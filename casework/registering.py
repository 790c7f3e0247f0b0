"""Registering: a picture's signals join the registry and are matched with everything ever seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.signal import PictureSignals, SignalType
from domain.video import VIDEO_SHARE
from matching.seen_in_video import seen_in
from matching.sighted_images import SightedImages
from signals.distance import is_usable_pdq
from signals.index import SignalIndex
from storage import audit, cases, flagging, images, registrations, registry
from storage.database import Database
from storage.registrations import Source


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering one picture or video.

    ``places`` are those where it still was when last seen, on ``sites``; ``weak`` says that it has
    no usable PDQ signal, so that only exact copies can be found. ``frames`` are those of a video
    that copies are found by; 0 for a picture.
    """

    number: str
    already: bool
    images: int
    places: int
    places_gone: int
    sites: int
    weak: bool
    frames: int


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
) -> Registered:
    """Register a picture or video in a case and flag every image ever sighted that is near it.

    The same picture twice in one case changes nothing; what it finds now is counted again.

    Raises:
        NotFound: there is no such case.
        Refused: the case was withdrawn.
    """
    with database.writing() as session:
        # Taken before anything is read: a crawl that records an image meanwhile waits, and then
        # finds the registry moved on.
        version = registry.bump(session)
        case = cases.case_row(session, case_number)
        if case.withdrawn_at is not None:
            msg = (
                f"Case {case_number} was withdrawn on {case.withdrawn_at:%d %B %Y}, so nothing can "
                "be registered in it. To start anew: vigil case open"
            )
            raise Refused(msg)
        row = registrations.registered(session, case.case_id, picture)
        already = row is not None
        if row is not None:
            # What is held may be of another quality, and it is what a crawl compares with.
            picture = registrations.picture_of(session, row.registration_id)
        else:
            row = registrations.add(
                session, case.case_id, picture, source=source, version=version, now=now
            )
        found = _match_all(
            session,
            row.registration_id,
            picture,
            SightedImages(database.snapshots),
            match_distance=match_distance,
            video_share=video_share,
            now=now,
        )
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
        return Registered(
            number=row.number,
            already=already,
            images=len(found),
            places=places.still_there,
            places_gone=places.gone,
            sites=places.sites,
            weak=not any(is_usable_pdq(signal) for signal in picture.signals),
            frames=len({s.at_ms for s in picture.signals if is_usable_pdq(s)} - {None}),
        )


def _match_all(
    session: Session,
    registration_id: int,
    picture: PictureSignals,
    sighted: SightedImages,
    *,
    match_distance: int,
    video_share: int,
    now: datetime,
) -> set[int]:
    """Flag every image near a registration; return their ids."""
    near = set(
        images.with_same_bytes(
            session,
            sha256=[s.value for s in picture.signals if s.type is SignalType.SHA256],
            md5=[s.value for s in picture.signals if s.type is SignalType.MD5],
        )
    )
    near |= sighted.near(session, picture.signals, pdq_distance=match_distance)
    index = SignalIndex()
    for signal in picture.signals:
        index.add(registration_id, signal)
    flagged: set[int] = set()
    for image_id, signals in images.signals_of(session, near):
        agreements = index.search(signals, pdq_distance=match_distance)
        if signals.frames:
            agreements = seen_in(
                signals,
                agreements,
                {registration_id: picture.signals},
                pdq_distance=match_distance,
                video_share=video_share,
            )
        if agreements:
            flagging.flag(session, image_id=image_id, agreements=agreements, now=now)
            flagged.add(image_id)
    return flagged
