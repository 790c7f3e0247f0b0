"""A picture that is withdrawn while a crawl sees its copy again leaves nothing half-known."""

import asyncio
import os
import threading
import time
from datetime import UTC, datetime

from scrapy.exceptions import DropItem
from sqlalchemy import event, select

from casework import registering, withdrawing
from crawler.visiting import open_visit
from domain.image import ImageReference, KnownImage, Outcome
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from matching.sighted_images import SightedImages
from pipelines.record import RecordPipeline
from signals.snapshot_file import load_facts, load_snapshot
from storage import cases, sightings, sites
from storage.database import Database
from storage.tables import ImageUrlRow, SightingRow

ROUNDS = 25
PAGE = "https://forum.example/"


def test_a_copy_seen_again_is_kept_whole_or_forgotten_whole(database, config):
    now = datetime.now(UTC)
    digests = [os.urandom(32).hex() for _ in range(ROUNDS)]
    with database.writing() as session:
        sites.add(session, Site("forum", (PAGE,)), now=now)
        case = cases.open_case(session, now=now).number
        ids = [
            sightings.image_id_of(
                session,
                ImageSignals(d, d[:32], d, 90, d[:16], "JPEG", 9, 9, 9),
                now=now,
            )
            for d in digests
        ]
    numbers = [
        registering.register(
            database,
            case,
            PictureSignals((Signal(SignalType.SHA256, sha256),)),
            source="signals",
            actor="a",
            now=now,
            match_distance=31,
        ).number
        for sha256 in digests
    ]
    together = threading.Barrier(2)
    ended: list[str] = []

    async def see_again():
        visit = open_visit(config, "forum")
        record = RecordPipeline(visit)
        for n, image_id in enumerate(ids):
            address = f"https://forum.example/{n}.jpg"
            reference = ImageReference(PAGE, address, address, "img@src")
            visit.found()
            await asyncio.to_thread(together.wait, 60)
            for _ in range(3):
                known = KnownImage(reference, image_id, Outcome.UNCHANGED, '"etag"')
                try:
                    await record.process_item(known)
                    ended.append("seen")
                except DropItem:
                    ended.append("forgotten")
                    break
                visit.found()
            else:
                visit.counts.references -= 1
        await visit.close("finished")

    crawl = threading.Thread(target=lambda: asyncio.run(see_again()))
    crawl.start()
    for number in numbers:
        together.wait(60)
        withdrawing.withdraw(database, number, actor="a", reason=None, now=now)
    crawl.join(60)

    assert len(ended) >= ROUNDS
    with database.reading() as session:
        # A validator left would be answered with "not modified", and the picture never hashed.
        left = [(row.image_id, row.etag) for row in session.scalars(select(ImageUrlRow))]
        assert set(left) <= {(None, None)}
        assert session.scalars(select(SightingRow)).all() == []


def test_a_withdrawal_waits_for_a_copy_that_is_being_recorded(database, config):
    now = datetime.now(UTC)
    sha256 = "a" * 64
    with database.writing() as session:
        sites.add(session, Site("forum", (PAGE,)), now=now)
        case = cases.open_case(session, now=now).number
        image = ImageSignals(sha256, "a" * 32, sha256, 90, "a" * 16, "JPEG", 9, 9, 9)
        image_id = sightings.image_id_of(session, image, now=now)
    registering.register(
        database,
        case,
        PictureSignals((Signal(SignalType.SHA256, sha256),)),
        source="signals",
        actor="a",
        now=now,
        match_distance=31,
    )
    address = "https://forum.example/new.jpg"
    known = KnownImage(
        ImageReference(PAGE, address, address, "img@src"), image_id, Outcome.DUPLICATE, '"etag"'
    )

    def withdraw():
        withdrawing.withdraw(database, case, actor="a", reason=None, now=now)

    async def see_while_it_is_withdrawn():
        visit = open_visit(config, "forum")
        withdrawal = threading.Thread(target=withdraw)
        with database.writing() as session:
            assert RecordPipeline(visit)._sight_again(session, known, image_id)
            withdrawal.start()
            withdrawal.join(0.3)  # it comes before the commit, and has to wait
            assert withdrawal.is_alive()
        withdrawal.join(60)
        await visit.close("finished")

    asyncio.run(see_while_it_is_withdrawn())

    with database.reading() as session:
        assert session.scalars(select(SightingRow)).all() == []
        row = session.scalars(select(ImageUrlRow)).one()
        # With a validator, the site would say "not modified", and the picture stay unhashed.
        assert (row.image_id, row.etag) == (None, None)


def test_two_withdrawals_at_once_leave_the_sighted_images_kept(database, database_url):
    """The files beside the database hold millions: without them each is read from it again."""
    now = datetime.now(UTC)
    scenes = [os.urandom(32).hex() for _ in range(4)]
    digests = [os.urandom(32).hex() for _ in range(4)]
    with database.writing() as session:
        numbers = [cases.open_case(session, now=now).number for _ in range(2)]
        ids = [
            sightings.image_id_of(
                session, ImageSignals(d, d[:32], pdq, 90, d[:16], "JPEG", 9, 9, 9), now=now
            )
            for d, pdq in zip(digests, scenes, strict=True)
        ]
    video = tuple(Signal(SignalType.PDQ, pdq, quality=90, at_ms=1) for pdq in scenes[:1])
    picture = (Signal(SignalType.SHA256, digests[1]),)
    for number, signals in zip(numbers, (video, picture), strict=True):
        registering.register(
            database,
            number,
            PictureSignals(signals),
            source="signals",
            actor="a",
            now=now,
            match_distance=31,
        )
    assert SightedImages(database.snapshots, kept_images=1).keep_up(database) == len(ids)
    (kept,) = database.snapshots.images.glob("0*")
    other = Database(database_url, database.snapshots)
    threads: list[threading.Thread] = []

    def withdraw_the_picture():
        withdrawing.withdraw(other, numbers[1], actor="a", reason=None, now=now)

    def meanwhile(*happened):
        if "FROM signal" in happened[2] and not threads:
            threads.append(threading.Thread(target=withdraw_the_picture))
            threads[0].start()
            end = time.monotonic() + 20
            # Not until it has ended: it waits for whoever may still see what it has erased.
            while not load_facts(kept)["forgotten"]:
                assert time.monotonic() < end, "the other withdrawal does not come to an end"
                time.sleep(0.01)

    event.listen(database.engine, "after_cursor_execute", meanwhile)
    withdrawing.withdraw(database, numbers[0], actor="a", reason=None, now=now)
    threads[0].join(60)
    other.close()

    assert kept.exists(), "it was taken for one of another database"
    assert load_snapshot(kept).arrays["ids"].tolist() == ids[2:]
