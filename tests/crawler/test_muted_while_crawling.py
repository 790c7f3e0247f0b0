"""What a registered picture shares with others stops flagging once people have rejected that."""

import asyncio
import io
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select

from casework import registering, reviewing
from domain.content import ContentChoice
from domain.image import HashedImage, ImageReference
from domain.review import Verdict
from domain.signal import SignalType
from pipelines.database_thread import DatabaseThread
from pipelines.matcher import Matcher
from signals.pictures import hash_picture
from signals.pool import HashingPool
from storage import cases, flagging, muted_places, sightings
from storage.tables import MatchRow, SeenPlacesRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://forum.example/new"
REFERENCE = ImageReference(PAGE, PAGE, PAGE, "img@src")
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
SIZE = (900, 700)
WALL = 9
"""The number of the photo that hangs behind every picture of these tests."""


def fitted(photo, size=SIZE):
    with Image.open(photo) as picture:
        return ImageOps.fit(picture.convert("RGB"), size)


def before(wall, photo, share):
    """A picture in front of another, of which it leaves the rest to be seen."""
    width, height = (round(share * side) for side in SIZE)
    sheet = fitted(wall)
    sheet.paste(fitted(photo, (width, height)), ((SIZE[0] - width) // 2, (SIZE[1] - height) // 2))
    return sheet


def jpeg(picture):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture
def register_body(database):
    def do(body):
        with database.writing() as session:
            case = cases.open_case(session, now=NOW).number
        registering.register(
            database,
            case,
            hash_picture(body, ContentChoice.WHOLE),
            source="file",
            actor="a",
            now=NOW,
            match_distance=31,
        )

    return do


@pytest.fixture
def found(database):
    """Match images as a crawl that begins now, and record them; say which it flags by places."""

    def do(bodies, *, strength):
        async def whole():
            pool, thread = HashingPool(1), DatabaseThread(database)
            matcher = Matcher(
                database, thread.do, match_distance=31, strength_wanted=lambda _: strength
            )
            try:
                return [await one(pool, matcher, body) for body in bodies]
            finally:
                thread.close()
                await pool.close()

        async def one(pool, matcher, body):
            held = await pool.hash(body)
            try:
                image = HashedImage(REFERENCE, held.signals, held=held)
                return recorded(await matcher.match(image))
            finally:
                held.let_go()

        def recorded(matched):
            agreements = [a for a in matched.agreements if a.type is SignalType.CONSTELLATION]
            with database.writing() as session:
                image_id = sightings.image_id_of(session, matched.hashed.signals, now=NOW)
                flagging.flag(session, image_id=image_id, agreements=agreements, now=NOW)
                muted_places.remember(session, image_id, matched.places_seen, now=NOW)
            return bool(agreements)

        return asyncio.run(asyncio.wait_for(whole(), 100))

    return do


def reject_all(database):
    with database.writing() as session:
        for number in session.scalars(select(MatchRow.number)).all():
            reviewing.decide(session, number, Verdict.REJECTED, reason="a wall", actor="a", now=NOW)


def muted(database):
    with database.reading() as session:
        return list(muted_places.all_muted(session).values())


@ONLY_SQLITE
def test_a_wall_behind_the_picture_flags_no_more_and_the_picture_still_does(
    database, register_body, found, photos
):
    hers = before(photos[WALL], photos[1], 0.7)
    register_body(jpeg(hers))
    # Some of the practice photos are like each other, and would be flagged for that.
    others = [
        jpeg(before(photos[WALL], photo, 0.7)) for photo in (*photos[2:6], photos[8], photos[10])
    ]

    assert found(others[:4], strength=3.2) == [True] * 4
    assert muted(database) == []
    reject_all(database)

    (wall,) = muted(database)
    assert wall.images == 4
    assert 10 <= wall.count <= wall.of // 2
    assert found(others[4:], strength=3.2) == [False] * 2
    # Cut out of it, in front of the wall and without any.
    bare = fitted(photos[1], (500, 400))
    assert found([jpeg(hers.crop((150, 120, 800, 650))), jpeg(bare)], strength=3.2) == [True] * 2


@ONLY_SQLITE
def test_reposts_that_stay_unflagged_never_mute_their_own_picture(
    database, register_body, found, photos
):
    """Stickers over the middle leave the same places to be seen, as the frame of an app would."""
    register_body(jpeg(fitted(photos[0])))
    hidden = [jpeg(before(photos[0], photo, 0.75)) for photo in photos[1:9]]
    cut = [jpeg(fitted(photos[0]).crop((left, 0, left + 500, 700))) for left in (0, 200, 400)]

    assert found([*hidden, *cut], strength=99.0) == [False] * 11
    with database.reading() as session:
        remembered = session.scalars(select(SeenPlacesRow)).all()

    assert len(remembered) >= 3, "enough of them to mute something, had anybody judged them"
    assert muted(database) == []


@ONLY_SQLITE
def test_a_crawl_remembers_what_it_saw_and_the_next_one_knows_what_is_muted(
    database, practice_site, add_site, crawl, register, photos, tmp_path
):
    hers = tmp_path / "hers.jpg"
    hers.write_bytes(jpeg(before(photos[0], photos[1], 0.5)))
    register(hers)
    names = [f"other{number}.jpg" for number in range(3)]
    for name, photo in zip(names, photos[2:5], strict=True):
        practice_site.write(f"/{name}", jpeg(before(photos[0], photo, 0.5)))
    practice_site.write("/", "".join(f"<img src={name}>" for name in names).encode())
    add_site("album", practice_site.url("/"))

    assert crawl("album").flagged == 3
    reject_all(database)

    (wall,) = muted(database)
    assert (wall.images, wall.count) == (3, wall.of // 2)
