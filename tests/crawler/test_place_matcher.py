"""Edited images matched by their places: looked at, let go, and wanted again if need be."""

import asyncio
import io
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select

from casework import registering, withdrawing
from domain.image import HashedImage, ImageReference
from domain.signal import SignalType, View
from pipelines.database_thread import DatabaseThread
from pipelines.match import MatchPipeline
from pipelines.matcher import Matcher
from signals.pictures import hash_picture
from signals.pool import HashingPool
from storage import cases
from storage.tables import RegistrationRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://forum.example/new"
REFERENCE = ImageReference(PAGE, PAGE, PAGE, "img@src")
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


class Crawl(NamedTuple):
    matcher: Matcher
    pipeline: MatchPipeline
    pool: HashingPool


def opened(photo):
    with Image.open(photo) as picture:
        return picture.convert("RGB")


def part_of(photo):
    """Half of a photo, mirrored: nothing that PDQ would know."""
    picture = ImageOps.mirror(opened(photo))
    width, height = picture.size
    return picture.crop((width // 8, height // 8, width * 7 // 8, height * 3 // 4))


def jpeg(picture):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return out.getvalue()


def animation(pictures):
    out = io.BytesIO()
    first, *others = [ImageOps.fit(each, (640, 480)) for each in pictures]
    first.save(out, "WEBP", save_all=True, append_images=others, duration=500, quality=80, method=0)
    return out.getvalue()


@pytest.fixture
def register_body(database):
    """Register what a file shows, in a case of its own; return the case."""

    def do(body):
        with database.writing() as session:
            case = cases.open_case(session, now=NOW).number
        registering.register(
            database,
            case,
            hash_picture(body),
            source="file",
            actor="a",
            now=NOW,
            match_distance=31,
        )
        return case

    return do


@pytest.fixture
def ids(database):
    """Give the ids of all registrations, in order."""

    def of():
        with database.reading() as session:
            wanted = select(RegistrationRow.registration_id).order_by(
                RegistrationRow.registration_id
            )
            return list(session.scalars(wanted))

    return of


@pytest.fixture
def played(database):
    """Play a scenario with a matcher, a pipeline around it and a pool of one worker."""

    def play(scenario):
        async def whole():
            pool = HashingPool(1)
            thread = DatabaseThread(database)
            matcher = Matcher(database, thread.do, match_distance=31)
            try:
                return await scenario(Crawl(matcher, MatchPipeline(matcher), pool))
            finally:
                thread.close()
                await pool.close()

        return asyncio.run(asyncio.wait_for(whole(), 100))

    return play


async def hashed(pool, body):
    held = await pool.hash(body)
    return HashedImage(REFERENCE, held.signals, held=held)


def of_places(matched):
    return [a for a in matched.agreements if a.type is SignalType.CONSTELLATION]


@ONLY_SQLITE
def test_a_part_of_a_picture_is_found_and_the_worker_is_free_again(
    register_body, ids, played, photos
):
    register_body(photos[0].read_bytes())
    register_body(photos[1].read_bytes())

    async def scenario(crawl):
        # The second would wait for ever for a worker that is still held.
        return [
            await crawl.pipeline.process_item(await hashed(crawl.pool, jpeg(picture)))
            for picture in (part_of(photos[1]), opened(photos[5]))
        ]

    part, other = played(scenario)
    (agreement,) = part.agreements
    assert (agreement.registration_id, agreement.view) == (ids()[1], View.MIRRORED)
    assert agreement.at_ms is None
    assert agreement.laid.strength > 6
    assert agreement.laid.mirrored
    assert agreement.laid.in_view >= agreement.laid.seen > 5
    left, top, right, bottom = agreement.laid.part
    assert [left, top, right, bottom] == pytest.approx([1 / 8, 1 / 8, 7 / 8, 3 / 4], abs=0.03)
    assert other.agreements == ()


@ONLY_SQLITE
def test_what_is_known_by_pdq_is_not_looked_for(register_body, ids, played, photos):
    register_body(photos[0].read_bytes())

    async def scenario(crawl):
        return await crawl.pipeline.process_item(await hashed(crawl.pool, jpeg(opened(photos[0]))))

    matched = played(scenario)
    assert {a.type for a in matched.agreements} == {SignalType.PDQ, SignalType.PHASH}
    assert matched.looked.isdisjoint(ids())


@ONLY_SQLITE
def test_the_worker_is_free_again_when_matching_fails(database, register_body, played, photos):
    register_body(photos[0].read_bytes())

    async def scenario(crawl):
        image = await hashed(crawl.pool, photos[1].read_bytes())
        with pytest.raises(ValueError, match="PDQ distance"):
            await MatchPipeline(
                Matcher(database, crawl.matcher._in_thread, match_distance=999)
            ).process_item(image)
        return await crawl.pool.signals_of(photos[2].read_bytes())

    assert played(scenario).sha256


@ONLY_SQLITE
def test_what_is_registered_too_late_to_be_looked_for_is_wanted(
    database, register_body, ids, played, photos
):
    """The picture that was found before stays found, and is gone once it is withdrawn."""
    case = register_body(photos[0].read_bytes())
    two = Image.new("RGB", (900, 400))
    for number in (0, 1):
        two.paste(ImageOps.fit(opened(photos[number]), (440, 400)), (460 * number, 0))

    async def scenario(crawl):
        first = await crawl.pipeline.process_item(await hashed(crawl.pool, jpeg(two)))
        await asyncio.to_thread(register_body, photos[1].read_bytes())
        await asyncio.to_thread(register_body, photos[9].read_bytes())
        await crawl.matcher.catch_up(beyond=first.registry_version)
        second = await crawl.matcher.match(first.hashed, before=first)
        await asyncio.to_thread(
            withdrawing.withdraw, database, case, actor="a", reason=None, now=NOW
        )
        await crawl.matcher.catch_up(beyond=second.registry_version)
        third = await crawl.matcher.match(first.hashed, before=second)
        return first, second, third

    first, second, third = played(scenario)
    found, late, _ = ids()
    assert [a.registration_id for a in of_places(first)] == [found]
    assert first.wanted_looks == ()
    assert of_places(second) == of_places(first)
    assert late in second.wanted_looks
    assert of_places(third) == []
    assert late in third.wanted_looks
    assert found not in third.wanted_looks
    assert third.registry_version > second.registry_version > first.registry_version


@ONLY_SQLITE
def test_what_a_glance_had_to_do_for_is_not_wanted_again(register_body, ids, played, photos):
    """One wall has a few places like another, and that is seen at a glance."""
    register_body(photos[1].read_bytes())

    async def scenario(crawl):
        first = await crawl.pipeline.process_item(await hashed(crawl.pool, photos[16].read_bytes()))
        await asyncio.to_thread(register_body, photos[5].read_bytes())
        await crawl.matcher.catch_up(beyond=first.registry_version)
        return first, await crawl.matcher.match(first.hashed, before=first)

    first, second = played(scenario)
    assert first.agreements == second.agreements == ()
    assert first.looked == {ids()[0]}, "it was proposed, or this shows nothing"
    assert second.wanted_looks == ()


@ONLY_SQLITE
def test_the_first_picture_registered_during_a_crawl_is_found(register_body, ids, played, photos):
    async def scenario(crawl):
        before = await crawl.pipeline.process_item(
            await hashed(crawl.pool, jpeg(part_of(photos[3])))
        )
        await asyncio.to_thread(register_body, photos[3].read_bytes())
        await crawl.matcher.catch_up(beyond=before.registry_version)
        after = await crawl.pipeline.process_item(
            await hashed(crawl.pool, jpeg(part_of(photos[3])))
        )
        return before, after

    before, after = played(scenario)
    assert before.agreements == ()
    assert [a.registration_id for a in of_places(after)] == ids()


@ONLY_SQLITE
def test_a_part_of_a_picture_in_one_frame_is_found_with_its_moment(
    register_body, ids, played, photos
):
    register_body(photos[0].read_bytes())
    moving = animation([opened(photos[7]), part_of(photos[0]), opened(photos[8])])

    async def scenario(crawl):
        return await crawl.pipeline.process_item(await hashed(crawl.pool, moving))

    (agreement,) = of_places(played(scenario))
    assert agreement.registration_id == ids()[0]
    assert 400 <= agreement.at_ms <= 600


@ONLY_SQLITE
def test_a_part_of_any_frame_of_a_registered_video_is_found(register_body, ids, played, photos):
    register_body(animation([opened(photo) for photo in photos[:5]]))

    async def scenario(crawl):
        return [
            await crawl.pipeline.process_item(await hashed(crawl.pool, jpeg(part_of(photo))))
            for photo in photos[:5]
        ]

    found = played(scenario)
    assert sum(bool(of_places(matched)) for matched in found) >= 4
    assert {a.registration_id for matched in found for a in of_places(matched)} == set(ids())


@ONLY_SQLITE
def test_one_frame_of_a_registered_video_is_not_that_video(register_body, ids, played, photos):
    """Videos share a title: so, as for whole frames, two must agree where there are two."""
    register_body(animation([opened(photo) for photo in photos[:5]]))
    one = animation([opened(photos[7]), part_of(photos[1]), opened(photos[8])])
    again = ImageOps.mirror(part_of(photos[1]))
    held = animation([part_of(photos[1]), opened(photos[8]), again])
    two = animation([opened(photos[7]), part_of(photos[1]), part_of(photos[3])])

    async def scenario(crawl):
        return [
            await crawl.pipeline.process_item(await hashed(crawl.pool, body))
            for body in (one, held, two)
        ]

    shares_one, shows_it_twice, shares_two = played(scenario)
    assert of_places(shares_one) == []
    assert of_places(shows_it_twice) == []
    assert {a.registration_id for a in of_places(shares_two)} == set(ids())
    assert len({a.at_ms for a in of_places(shares_two)}) == 2


class LostAfterOneLook:
    """A held image whose worker is there for a single look, as one that dies then."""

    def __init__(self, held):
        self.held = held
        self.found = held.found
        self.looks = 0

    async def look(self, frame, wanted):
        self.looks += 1
        try:
            return await self.held.look(frame, wanted)
        finally:
            self.held.let_go()

    def let_go(self):
        self.held.let_go()


@ONLY_SQLITE
def test_what_one_frame_was_not_looked_at_for_stays_wanted(
    database, register_body, ids, played, photos
):
    """It was looked for in the other frame, and that is no answer when the registry has moved."""
    case = register_body(photos[1].read_bytes())
    moving = animation([part_of(photos[1]), ImageOps.mirror(part_of(photos[1]))])

    async def scenario(crawl):
        in_thread = crawl.matcher._in_thread
        matcher = Matcher(database, in_thread, match_distance=31, strength_wanted=lambda _: 99.0)
        held = LostAfterOneLook(await crawl.pool.hash(moving))
        image = HashedImage(REFERENCE, held.held.signals, held=held)
        first = await matcher.match(image)
        assert held.looks == 2, "it is proposed in both"
        await asyncio.to_thread(register_body, photos[9].read_bytes())
        await matcher.catch_up(beyond=first.registry_version)
        second = await matcher.match(image, before=first)
        await asyncio.to_thread(
            withdrawing.withdraw, database, case, actor="a", reason=None, now=NOW
        )
        await matcher.catch_up(beyond=second.registry_version)
        return first, second, await matcher.match(image, before=second)

    first, second, third = played(scenario)
    found, _ = ids()
    assert first.wanted_looks == (found,)
    assert found in second.wanted_looks
    assert found not in third.wanted_looks
