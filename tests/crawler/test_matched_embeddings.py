"""A crawl's matcher and embeddings: caught up with what is registered, changed and withdrawn."""

import asyncio
import os
from datetime import UTC, datetime

import pytest

from casework import registering, withdrawing
from domain.image import HashedImage, ImageReference
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from pipelines.database_thread import DatabaseThread
from pipelines.matcher import Matcher
from storage import cases, images, sightings, suspensions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://forum.example/new"
ONE, OTHER = "00" * 8, "01" * 8
NUMBERS = bytes(range(1, 65)).hex()
PDQ = os.urandom(32).hex()


def image(embedding):
    signals = ImageSignals(
        sha256=os.urandom(32).hex(),
        md5=os.urandom(16).hex(),
        pdq=os.urandom(32).hex(),
        pdq_quality=100,
        phash="0" * 16,
        format="JPEG",
        width=9,
        height=9,
        byte_size=9,
        embedding=embedding,
    )
    return HashedImage(ImageReference(PAGE, PAGE, PAGE, "img@src"), signals)


@pytest.fixture
def add(database):
    """Register one picture with an embedding by a model; give its case, number and what came."""

    def do(model, case=None):
        if case is None:
            with database.writing() as session:
                case = cases.open_case(session, now=NOW).number
        picture = PictureSignals(
            (
                Signal(SignalType.PDQ, PDQ, quality=100),
                Signal(SignalType.EMBEDDING, model + NUMBERS),
            )
        )
        done = registering.register(
            database,
            case,
            picture,
            source="file",
            actor="a",
            now=NOW,
            match_distance=31,
            embedding_least=0.9,
        )
        return case, done

    return do


def test_a_crawl_keeps_up_with_what_is_registered_changed_suspended_and_withdrawn(database, add):
    async def scenario():
        thread = DatabaseThread(database)
        matcher = Matcher(database, thread.do, match_distance=31, embedding_least=0.9)
        plain = Matcher(database, thread.do, match_distance=31)
        found = image(ONE + NUMBERS)

        async def seen(version):
            await matcher.catch_up(beyond=version)
            matched = await matcher.match(found)
            assert (await plain.match(found)).agreements == (), "no embeddings are wanted there"
            assert (await matcher.match(image(OTHER + NUMBERS))).agreements == ()
            assert (await matcher.match(image(None))).agreements == ()
            return [(each.type.value, each.distance) for each in matched.agreements]

        first, _ = add(ONE)
        assert await seen(0) == [("embedding", 0)]
        _, done = await asyncio.to_thread(add, ONE)
        assert await seen(1) == [("embedding", 0)] * 2

        def suspended():
            with database.writing() as session:
                suspensions.suspend(session, done.number, reason="?", actor="a", now=NOW)

        await asyncio.to_thread(suspended)
        assert await seen(2) == [("embedding", 0)]
        await asyncio.to_thread(
            withdrawing.withdraw, database, first, actor="a", reason=None, now=NOW
        )
        assert await seen(3) == []
        await asyncio.to_thread(add, "02" * 8)
        assert await seen(4) == []
        thread.close()

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_registered_again_with_another_model_a_crawl_compares_by_that_one(database, add):
    async def scenario():
        thread = DatabaseThread(database)
        matcher = Matcher(database, thread.do, match_distance=31, embedding_least=0.9)
        case, _ = add(OTHER)
        assert (await matcher.match(image(ONE + NUMBERS))).agreements == ()
        _, again = await asyncio.to_thread(add, ONE, case)
        assert (again.already, again.completed) == (True, True)
        await matcher.catch_up(beyond=1)
        assert len((await matcher.match(image(ONE + NUMBERS))).agreements) == 1
        assert (await matcher.match(image(OTHER + NUMBERS))).agreements == ()
        thread.close()

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_withdrawing_erases_images_with_the_very_embedding_though_they_are_no_match(database, add):
    """They came when it was suspended, or before embeddings flagged anything."""
    case, _ = add(ONE)
    with database.writing() as session:
        same, other = (
            sightings.image_id_of(session, image(made).signals, now=NOW)
            for made in (ONE + NUMBERS, ONE + bytes(range(2, 66)).hex())
        )

    done = withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)

    assert (done.matches, done.images) == (0, 1)
    with database.reading() as session:
        assert images.still_known(session, [same, other]) == [other]
