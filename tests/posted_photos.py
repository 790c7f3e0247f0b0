"""Photographs that are registered, and posted on a practice site where a crawl has seen them."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from casework import registering
from domain.image import ImageReference
from domain.signal import ImageSignals, PictureSignals
from domain.site import Site
from practice.sites import PracticeSite
from signals.index import SignalIndex
from signals.pictures import hash_image, hash_picture
from storage import cases, flagging, matches, registry, sightings, sites
from storage.database import Database


@cache
def registered(photo: Path) -> PictureSignals:
    """Hash a photograph to register it, once for all tests."""
    return hash_picture(photo.read_bytes())


@cache
def found(body: bytes) -> ImageSignals:
    """Hash an image as a crawl does, once for all tests."""
    return hash_image(body)


def posted(
    database: Database,
    practice_site: PracticeSite,
    photo: Path,
    *paths: str,
    body: bytes | None = None,
    **policy: Any,
) -> str:
    """Register a photograph, post it at some paths, see it there; return the match's number.

    A path may name a file in an archive, or be an address that holds the picture itself.
    """
    now = datetime.now(UTC)
    body = photo.read_bytes() if body is None else body
    with database.writing() as session:
        case = cases.open_case(session, now=now).number
    registering.register(
        database,
        case,
        registered(photo),
        source="file",
        actor="a test",
        now=now,
        match_distance=31,
    )
    site = Site(name="album", start_urls=(practice_site.url("/"),), **policy)
    with database.writing() as session:
        site_id = sites.add(session, site, now=now).site_id
        image_id = sightings.image_id_of(session, found(body), now=now)
        for path in paths or ("/a.jpg",):
            inline = path.startswith("data:")
            url = path if inline else practice_site.url(path)
            if not inline:
                practice_site.write(path.partition("#")[0], body)
            reference = ImageReference(practice_site.url("/anna"), url, url, "img@src")
            sightings.sight(
                session, site_id, reference, image_id, etag=None, last_modified=None, now=now
            )
        index = SignalIndex()
        for registration_id, signal in registry.changes_since(session, 0).added:
            index.add(registration_id, signal)
        agreements = list(index.search(found(body), pdq_distance=31))
        flagging.flag(session, image_id=image_id, agreements=agreements, now=now)
    with database.reading() as session:
        return matches.list_matches(session)[0].number
