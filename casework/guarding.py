"""Guarding against registrations that would be found in everything, before they flag anything.

A screenshot has the bars of its app, a picture from a site has the site's logo, and a template is
posted with other words each day. Places of such things are seen in images that have nothing else in
common. A picture of which that many are seen already is registered, but suspended, until a person
has said what it is: one that is posted everywhere, cut and pasted, looks the same to a machine.

So is one that is near a great many by an embedding: what a model of somebody's finds alike is not
known. PDQ needs no such guard: images within 31 bits of one signal are within 62 of each other, so
that what is near a registration looks alike. Blank pictures have no PDQ signal that counts, and no
constellation.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from domain.signal import FrameSignals, ImageSignals, PictureSignals, SignalType
from storage import images, suspensions
from storage.unlike_images import UNLIKE_BITS

MOST_UNLIKE: Final = 25
"""Sighted images that look unlike each other and in which one picture may be seen all the same.

Of 36 edits of one picture, PDQ does not find 14 to 19; 6 to 12 of these look unlike each other.
"""

LEAST_AGREEING: Final = 4
"""Places that agree where something recurs. Of 501,972 pairs among 710 photos, 13 have as many, all
of clothes on one hook; of two screenshots of one app, a sixth to two thirds."""

_MOST_READ: Final = 5_000


def recurs_in(session: Session, picture: PictureSignals, proposed: Collection[int]) -> int | None:
    """Say in how many images, unlike each other, a picture is seen, if that is too many.

    Args:
        session: to read what is stored of those images.
        picture: that is being registered. Of a video, the frame counts that is seen in most.
        proposed: ids of images of which stored places agree with it, without those that match it.

    Returns:
        At least so many; None if there are no more than MOST_UNLIKE.
    """
    held = [signal.value for signal in picture.signals if signal.type is SignalType.CONSTELLATION]
    if not held or len(proposed) <= MOST_UNLIKE:
        return None
    # Loads compiled code, which a registration that is seen nowhere does without.
    from signals.agreeing_places import agreeing  # noqa: PLC0415
    from signals.constellation import unpack  # noqa: PLC0415

    frames = [unpack(bytes.fromhex(value)) for value in held]
    unlike: list[list[int]] = [[] for _ in frames]
    for pdq, constellation in _shown(session, proposed):
        for frame, looks in zip(frames, unlike, strict=True):
            if any((pdq ^ other).bit_count() <= UNLIKE_BITS for other in looks):
                continue
            if len(agreeing(frame, constellation)) >= LEAST_AGREEING:
                looks.append(pdq)
                if len(looks) > MOST_UNLIKE:
                    return len(looks)
    return None


def alike_in(session: Session, image_ids: Collection[int]) -> int | None:
    """Say how many images, unlike each other, a picture is near by its embedding, if too many.

    Args:
        session: to read what is stored of those images.
        image_ids: ids of images that nothing but an embedding finds near.

    Returns:
        At least so many; None if there are no more than MOST_UNLIKE.
    """
    if len(image_ids) <= MOST_UNLIKE:
        return None
    unlike: list[int] = []
    for _, signals in images.signals_of(session, list(islice(sorted(image_ids), _MOST_READ))):
        pdq = int(signals.pdq, 16)
        if all((pdq ^ other).bit_count() > UNLIKE_BITS for other in unlike):
            unlike.append(pdq)
            if len(unlike) > MOST_UNLIKE:
                return len(unlike)
    return None


def quarantine(session: Session, number: str, unlike: int, *, actor: str, now: datetime) -> None:
    """Suspend a registration that was just made, since it would be found in everything."""
    reason = (
        f"Places of it are seen in {unlike} or more sighted images that do not look alike. It may "
        "show something that is everywhere, such as the bars of an app, a logo or a template."
    )
    suspensions.suspend(session, number, reason=reason, actor=actor, now=now)


def quarantine_alike(
    session: Session, number: str, unlike: int, *, actor: str, now: datetime
) -> None:
    """Suspend a registration that was just made, since its embedding is near everything."""
    reason = (
        f"Its embedding is near those of {unlike} or more sighted images that do not look alike. "
        "The model may not be able to tell it from others, or VIGIL_EMBEDDING_LEAST is too low."
    )
    suspensions.suspend(session, number, reason=reason, actor=actor, now=now)


def _shown(session: Session, image_ids: Collection[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the PDQ signals and stored constellations of images, and of their frames."""
    some = list(islice(sorted(image_ids), _MOST_READ))
    for _, signals in images.signals_of(session, some):
        shown: tuple[ImageSignals | FrameSignals, ...] = (signals, *signals.frames)
        for each in shown:
            if each.constellation is not None:
                yield int(each.pdq, 16), bytes.fromhex(each.constellation)
