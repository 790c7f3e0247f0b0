"""Resuming: a registration that was suspended flags again, also what was sighted meanwhile."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session

from casework.comparing import Comparison
from casework.registering import CLOCKS_APART, Registered, flag_near, want_looks
from domain.video import VIDEO_SHARE, showing
from matching.sighted_images import SightedImages
from signals.distance import is_usable_pdq
from storage import (
    images,
    refetching,
    registrations,
    registry,
    sealed_constellations,
    suspensions,
)
from storage.database import Database


def resume(
    database: Database,
    number: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
    match_distance: int,
    video_share: int = VIDEO_SHARE,
    embedding_least: float | None = None,
) -> Registered:
    """Have a registration flag again, and compare it with everything ever sighted.

    It is compared first, and resumed in the transaction that keeps what was found: whatever stops
    it in between, it is either suspended still or has met all that came meanwhile. The limits are
    those of `casework.registering.register`.

    Raises:
        NotFound: there is no such registration.
        Refused: it is withdrawn, or not suspended.
        UnusableKeyError: what it is found by cannot be read here, so nothing could be looked for.
    """
    sighted = SightedImages(database.snapshots)
    compare = partial(
        Comparison,
        sighted=sighted,
        match_distance=match_distance,
        video_share=video_share,
        embedding_least=embedding_least,
    )
    with database.writing() as session:
        # Held for a moment, in which nobody records: see `casework.registering.register`.
        registry.hold(session)
        row = suspensions.suspended(session, number)
        sealed_constellations.check_key(session, row.registration_id, number)
        picture = registrations.picture_of(session, row.registration_id)
        through = images.settled_through(session)
    began = datetime.now(UTC) - CLOCKS_APART
    comparison = compare(picture)
    with database.reading() as session:
        some_earlier = refetching.any_seen_before(session)
        comparison.look(session)
    with database.writing() as session:
        registration_id = suspensions.resume(session, number, actor=actor, now=now, reason=reason)
        picture = registrations.picture_of(session, registration_id)
        if picture.signals == comparison.picture.signals:
            comparison.look(session, after=through)
            if some_earlier or comparison.by_embedding:
                comparison.look_at_fetched(session, since=began, through=through)
        else:  # it was completed meanwhile
            comparison = compare(picture)
            comparison.look(session)
        return _flagged(session, registration_id, number, comparison, now)


def _flagged(
    session: Session, registration_id: int, number: str, comparison: Comparison, now: datetime
) -> Registered:
    """Flag what is near a registration that was resumed, and want looks at what may show it."""
    found = flag_near(session, registration_id, comparison, now)
    looks = want_looks(session, registration_id, comparison, now)
    places = images.places_of(session, found)
    picture = comparison.picture
    usable = [signal for signal in picture.signals if is_usable_pdq(signal)]
    frames = {signal.at_ms for signal in picture.signals} - {None}
    return Registered(
        number=number,
        already=True,
        images=len(found),
        places=places.still_there,
        places_gone=places.gone,
        sites=places.sites,
        weak=not usable,
        frames=len({signal.at_ms for signal in usable} - {None}),
        showing=showing(frames=len(frames), file_format=picture.format),
        no_constellation=picture.no_constellation,
        looks=len(looks),
    )
