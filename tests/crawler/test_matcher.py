"""The registry that a crawl holds: read once for all images, caught up once for each change."""

import asyncio
from datetime import UTC, datetime

import pytest

from casework import registering, withdrawing
from domain.image import HashedImage, ImageReference
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from matching.sighted_images import SightedImages
from pipelines.database_thread import DatabaseThread
from pipelines.matcher import Matcher
from storage import cases, images, sightings
from storage.database import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://forum.example/new"
PDQ = "0f" * 32


@pytest.fixture
def register_pdq(database):
    def do():
        with database.writing() as session:
            case = cases.open_case(session, now=NOW).number
        picture = PictureSignals((Signal(SignalType.PDQ, PDQ, quality=100),))
        registering.register(
            database, case, picture, source="signals", actor="a", now=NOW, match_distance=31
        )
        return case

    return do


def test_many_images_ask_the_database_once_for_each_change(database, register_pdq):
    signals = ImageSignals("0" * 64, "0" * 32, PDQ, 100, "0" * 16, "JPEG", 9, 9, 9)
    image = HashedImage(ImageReference(PAGE, PAGE, PAGE, "img@src"), signals)
    asked = []
    register_pdq()

    async def scenario():
        thread = DatabaseThread(database)

        async def counted(work):
            asked.append(work)
            return await thread.do(work)

        matcher = Matcher(database, counted, match_distance=31)
        together = range(50)
        first = await asyncio.gather(*(matcher.match(image) for _ in together))
        assert [(len(m.agreements), m.registry_version) for m in first] == [(1, 1)] * 50
        assert asked == []

        case = await asyncio.to_thread(register_pdq)
        await asyncio.gather(*(matcher.catch_up(beyond=1) for _ in together))
        again = await asyncio.gather(*(matcher.match(image) for _ in together))
        assert [(len(m.agreements), m.registry_version) for m in again] == [(2, 2)] * 50
        assert len(asked) == 1

        await asyncio.to_thread(
            withdrawing.withdraw, database, case, actor="a", reason=None, now=NOW
        )
        await matcher.catch_up(beyond=2)
        after = await matcher.match(image)
        assert (len(after.agreements), after.registry_version) == (1, 3)
        thread.close()

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_crawl_that_hears_of_a_withdrawal_takes_it_out_of_the_files_here(database, register_pdq):
    """The withdrawal may have been made on another machine, and no scheduler may run on this."""
    case = register_pdq()
    with database.writing() as session:
        image_id = sightings.image_id_of(
            session,
            ImageSignals("0" * 64, "0" * 32, PDQ, 100, "0" * 16, "JPEG", 9, 9, 9),
            now=NOW,
        )
    registering_again = register_pdq()  # finds the image, so that it goes with both cases
    SightedImages(database.snapshots, kept_images=1).keep_up(database)
    elsewhere = Database(database.engine.url.render_as_string(hide_password=False), None)

    async def scenario():
        thread = DatabaseThread(database)
        matcher = Matcher(database, thread.do, match_distance=31)
        matcher.get_ready()
        await matcher.catch_up(beyond=0)
        for number in (case, registering_again):
            withdrawing.withdraw(elsewhere, number, actor="a", reason=None, now=NOW)
        held = b"".join(path.read_bytes() for path in database.snapshots.images.glob("[0-9]*"))
        assert bytes.fromhex(PDQ) in held
        await matcher.catch_up(beyond=3)
        thread.close()

    asyncio.run(asyncio.wait_for(scenario(), 60))
    elsewhere.close()
    with database.reading() as session:
        assert not images.still_known(session, [image_id])
    held = b"".join(
        path.read_bytes() for path in database.snapshots.path.rglob("*") if path.is_file()
    )
    assert bytes.fromhex(PDQ) not in held
