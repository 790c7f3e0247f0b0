"""Unmuting: places count again, and what was let go meanwhile is looked at again."""

from dataclasses import dataclass
from datetime import datetime

from casework.comparing import Comparison
from casework.registering import want_looks
from matching.sighted_images import SightedImages
from storage import muted_places, registrations, sealed_constellations
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Unmuted:
    """How many places count again, and how many images are fetched again to be looked at."""

    places: int
    looks: int


def unmute(
    database: Database,
    number: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
    match_distance: int,
    video_share: int,
) -> Unmuted:
    """Have every place of a registration count again, for good.

    Raises:
        NotFound: there is no such registration.
        InvalidInput: no reason is given.
        Refused: it is withdrawn, or none of its places is muted.
        UnusableKeyError: what it is found by cannot be read here, so nothing could be looked for.
    """
    with database.reading() as session:
        row = registrations.registration_row(session, number)
        sealed_constellations.check_key(session, row.registration_id, number)
        picture = registrations.picture_of(session, row.registration_id)
        comparison = Comparison(
            picture,
            SightedImages(database.snapshots),
            match_distance=match_distance,
            video_share=video_share,
        )
        comparison.look(session)
    with database.writing() as session:
        places = muted_places.unmute(session, number, reason=reason, actor=actor, now=now)
        # While it is suspended nothing of it flags; resuming looks for all of it.
        suspended = registrations.registration_row(session, number).suspended_at is not None
        looks = () if suspended else want_looks(session, row.registration_id, comparison, now)
    return Unmuted(places, len(looks))
