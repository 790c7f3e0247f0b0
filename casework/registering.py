"""Registering: a picture's signals join the registry and are matched with everything ever seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from casework.comparing import Comparison
from domain.errors import Refused
from domain.signal import NoConstellation, PictureSignals
from domain.video import VIDEO_SHARE, Showing, showing
from matching.sighted_images import SightedImages
from signals.distance import is_usable_pdq
from storage import audit, cases, flagging, images, registrations, registry
from storage.database import Database
from storage.registrations import Source
from storage.tables import CaseRow


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering one picture or video.

    ``places`` are those where it still was when last seen, on ``sites``; ``weak`` says that it has
    no usable PDQ signal, so that only exact copies can be found. ``frames`` are those of what moves
    that copies are found by; 0 for a picture. ``no_constellation`` is why it will not be found in
    edited reposts; None where it may be, and of signals that were computed elsewhere.
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

    The same picture twice in one case changes nothing; what it finds now is counted again, and
    whether it is a video and how long it takes is kept if that was not known.

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
    sighted = SightedImages(database.snapshots)
    limits = {"match_distance": match_distance, "video_share": video_share}
    comparison = Comparison(compared, sighted, **limits)
    with database.reading() as session:
        comparison.look(session)
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
        elif row.format is None:
            row.format, row.duration_ms = picture.format, picture.duration_ms
        if compared.signals == comparison.picture.signals:
            comparison.look(session, after=through)
        else:  # somebody else has registered it meanwhile
            comparison = Comparison(compared, sighted, **limits)
            comparison.look(session)
        found = comparison.found(session, row.registration_id)
        for image_id, agreements in found.items():
            flagging.flag(session, image_id=image_id, agreements=agreements, now=now)
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
        )


def _open_case(session: Session, case_number: str) -> CaseRow:
    case = cases.case_row(session, case_number)
    if case.withdrawn_at is not None:
        msg = (
            f"Case {case_number} was withdrawn on {case.withdrawn_at:%d %B %Y}, so nothing can "
            "be registered in it. To start anew: vigil case open"
        )
        raise Refused(msg)
    return case


def _as_held(session: Session, case: CaseRow, picture: PictureSignals) -> PictureSignals:
    """Return a picture as the case holds it already, or as it is."""
    # What is held may be of another quality, and it is what a crawl compares with.
    row = registrations.registered(session, case.case_id, picture)
    return picture if row is None else registrations.picture_of(session, row.registration_id)
