"""Which images a crawl asks for anew, and what came of it.

There are two kinds. Somebody registered a picture that may be in one: a wanted look. Or it was
sighted before constellations were kept, and has none: it is known by its whole frame only.
"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, Subquery, func, select, update
from sqlalchemy.orm import Session

from domain.refetching import LEAST_QUALITY, NO_PLACES
from domain.signal import Agreement
from domain.wanted_look import LookOutcome
from storage import wanted_looks
from storage.registrations import in_parts
from storage.tables import (
    FrameRow,
    ImageRow,
    ImageUrlRow,
    PageRow,
    RegistrationRow,
    SightingRow,
    SiteRow,
    WantedLookRow,
)

_NOT_SUSPENDED: Final = WantedLookRow.registration_id.not_in(
    select(RegistrationRow.registration_id).where(RegistrationRow.suspended_at.is_not(None))
)

_OPEN: Final = (WantedLookRow.done_at.is_(None), _NOT_SUSPENDED)

_TO_BE_ANSWERED: Final = (
    WantedLookRow.done_at.is_(None) | (WantedLookRow.outcome == LookOutcome.GONE.value),
    _NOT_SUSPENDED,
)
"""With what was given up: once the image is here after all, it is looked at."""

_EARLIER: Final = (
    ImageRow.constellation.is_(None),
    ImageRow.pdq_quality >= LEAST_QUALITY,
)


@dataclass(frozen=True, slots=True)
class SightedAt:
    """An image, and a place where it was sighted and is not known to be gone."""

    image_id: int
    address: str
    page_url: str
    found_in: str
    links_to: str | None


def wanted_at(session: Session, site_id: int, *, limit: int) -> list[SightedAt]:
    """Return images in which somebody's registered picture is to be looked for, oldest first.

    Those that crawls have asked for in vain come after the others, or some that can never be
    fetched would stand before all others. What stands in a page or an archive is among them: it
    comes with that. A registration that is suspended wants nothing meanwhile.
    """
    asked = (
        select(
            WantedLookRow.image_id,
            func.min(WantedLookRow.tries).label("tries"),
            func.min(WantedLookRow.wanted_look_id).label("first"),
        )
        .where(*_OPEN)
        .group_by(WantedLookRow.image_id)
        .subquery()
    )
    place = _places(site_id).where(SightingRow.image_id.in_(select(asked.c.image_id))).subquery()
    rows = session.execute(
        _told(place)
        .join(asked, asked.c.image_id == place.c.image_id)
        .order_by(asked.c.tries, asked.c.first)
        .limit(limit)
    )
    return [SightedAt(*row) for row in rows]


def seen_before_at(session: Session, site_id: int, *, limit: int) -> list[SightedAt]:
    """Return images sighted before constellations were kept, the newest sightings first.

    Half of them are drawn at random: else some that can never be fetched would stand before all
    others for ever.
    """
    last = session.scalars(select(func.max(ImageRow.image_id))).one() or 0
    somewhere = random.randint(0, last)  # noqa: S311 - nobody gains from guessing it
    place = (
        _places(site_id)
        .join(ImageRow, ImageRow.image_id == SightingRow.image_id)
        .where(*_EARLIER, ImageUrlRow.url.not_like("data:%"), ImageUrlRow.url.not_like("%#%"))
        .subquery()
    )
    newest = session.execute(
        _told(place).order_by(place.c.last_seen.desc(), place.c.image_id).limit(limit)
    )
    first = [SightedAt(*row) for row in newest]
    if len(first) < limit:
        return first
    drawn = session.execute(
        _told(place).where(place.c.image_id >= somewhere).order_by(place.c.image_id).limit(limit)
    )
    kept = first[: limit - limit // 2]
    return _one_of_each([*kept, *(SightedAt(*row) for row in drawn), *first], limit)


def is_to_be_looked_at(session: Session, image_id: int) -> bool:
    """Say whether bytes that are known are worth looking at, now that they are here once more."""
    earlier = select(ImageRow.image_id).where(ImageRow.image_id == image_id, *_EARLIER)
    wanted = select(WantedLookRow.wanted_look_id).where(
        WantedLookRow.image_id == image_id, *_TO_BE_ANSWERED
    )
    return any(session.scalars(each.limit(1)).first() is not None for each in (earlier, wanted))


def looked(
    session: Session, image_id: int, agreements: Iterable[Agreement], *, now: datetime
) -> None:
    """Note that an image was looked at in full, and which registered pictures were seen in it.

    To be called where it is recorded, once its constellation is.
    """
    session.execute(
        update(ImageRow)
        .where(ImageRow.image_id == image_id, ImageRow.constellation.is_(None))
        .values(constellation=NO_PLACES)
        .execution_options(synchronize_session=False)
    )
    wanted = set(
        session.scalars(
            select(WantedLookRow.registration_id).where(
                WantedLookRow.image_id == image_id, *_TO_BE_ANSWERED
            )
        )
    )
    seen = {agreement.registration_id for agreement in agreements}
    for outcome, of in (
        (LookOutcome.FOUND, wanted & seen),
        (LookOutcome.NOT_FOUND, wanted - seen),
    ):
        wanted_looks.done(session, image_id, outcome, now=now, registrations=of)


def give_up(
    session: Session,
    site_id: int,
    asked_for: Collection[int],
    *,
    tries: int,
    now: datetime,
) -> int:
    """Count one crawl more that got no look at images, and give up those it is the last one for.

    Those that are sighted nowhere any more count as asked for: no crawl can come closer to them.
    One that another site still shows is not given up. Whatever is may be looked at all the same,
    if it comes again.

    Args:
        session: of the database.
        site_id: of the site.
        asked_for: images that the crawl which ends now has asked for, and did not get.
        tries: crawls that are to ask for an image before it is given up, this one among them.
        now: the present moment.

    Returns:
        How many images are given up.
    """
    sighted = (
        select(SightingRow.sighting_id)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .where(SightingRow.image_id == WantedLookRow.image_id)
    )
    there = sighted.where(SightingRow.gone_at.is_(None))
    elsewhere = there.join(SiteRow, SiteRow.site_id == PageRow.site_id).where(
        PageRow.site_id != site_id, SiteRow.removed_at.is_(None)
    )
    nowhere = session.scalars(
        select(WantedLookRow.image_id)
        .where(*_OPEN, sighted.where(PageRow.site_id == site_id).exists(), ~there.exists())
        .distinct()
    )
    given_up: set[int] = set()
    for part in in_parts(sorted({*asked_for, *nowhere})):
        of_these = (WantedLookRow.image_id.in_(part), *_OPEN)
        session.execute(
            update(WantedLookRow)
            .where(*of_these)
            .values(tries=WantedLookRow.tries + 1)
            .execution_options(synchronize_session=False)
        )
        given_up.update(
            session.scalars(
                update(WantedLookRow)
                .where(*of_these, WantedLookRow.tries >= tries, ~elsewhere.exists())
                .values(done_at=now, outcome=LookOutcome.GONE.value)
                .returning(WantedLookRow.image_id)
                .execution_options(synchronize_session=False)
            )
        )
    return len(given_up)


def fetched_since(session: Session, *, since: datetime, through: int) -> dict[int, list[bytes]]:
    """Return the constellations of images, known before a moment, that were fetched since.

    They may have had none before. ``through``: the highest id among them.
    """
    again = session.scalars(
        select(ImageUrlRow.image_id)
        .join(ImageRow, ImageRow.image_id == ImageUrlRow.image_id)
        .where(ImageUrlRow.checked_at >= since, ImageRow.image_id <= through)
        .where(ImageRow.constellation.is_not(None) | ImageRow.duration_ms.is_not(None))
        .distinct()
    )
    held: dict[int, list[bytes]] = {}
    for part in in_parts(sorted(each for each in again if each is not None)):
        for image_id, value in (
            (ImageRow.image_id, ImageRow.constellation),
            (FrameRow.image_id, FrameRow.constellation),
        ):
            rows = session.execute(
                select(image_id, value).where(image_id.in_(part), value.is_not(None))
            )
            for owner, packed in rows:
                if packed is not None:
                    held.setdefault(owner, []).append(bytes.fromhex(packed))
    return held


def any_seen_before(session: Session) -> bool:
    """Say whether any image was sighted before constellations were kept."""
    return session.scalars(select(ImageRow.image_id).where(*_EARLIER).limit(1)).first() is not None


def _places(site_id: int) -> Select[int, str, str, str, str | None, datetime, int]:
    """Ask for the places of a site's images, of each image the one where it was seen last first."""
    latest = func.row_number().over(
        partition_by=SightingRow.image_id,
        order_by=(SightingRow.last_seen.desc(), SightingRow.sighting_id),
    )
    return (
        select(
            SightingRow.image_id,
            ImageUrlRow.url.label("address"),
            PageRow.url.label("page_url"),
            SightingRow.found_in,
            SightingRow.links_to,
            SightingRow.last_seen,
            latest.label("latest"),
        )
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
        .where(PageRow.site_id == site_id, SightingRow.gone_at.is_(None))
    )


def _told(place: Subquery) -> Select[int, str, str, str, str | None]:
    """Ask for one place of each image: a banner stands on every page."""
    columns = place.c
    return select(
        columns.image_id, columns.address, columns.page_url, columns.found_in, columns.links_to
    ).where(columns.latest == 1)


def _one_of_each(places: Iterable[SightedAt], limit: int) -> list[SightedAt]:
    """Take the first place of each image, of so many images."""
    chosen: dict[int, SightedAt] = {}
    for place in places:
        if len(chosen) == limit:
            break
        chosen.setdefault(place.image_id, place)
    return list(chosen.values())
