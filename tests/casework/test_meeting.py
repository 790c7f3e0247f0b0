"""An image and a registration that arrive at the same moment always meet."""

import asyncio
import os
import threading
from datetime import UTC, datetime

from casework import registering, withdrawing
from crawler.visiting import open_visit
from domain.image import HashedImage, ImageReference, MatchedImage
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from pipelines.match import MatchPipeline
from pipelines.record import RecordPipeline
from storage import cases, matches, sites

ROUNDS = 40


def test_whoever_comes_first(database, config):
    now = datetime.now(UTC)
    with database.writing() as session:
        sites.add(session, Site("forum", ("https://forum.example/",)), now=now)
        case = cases.open_case(session, now=now).number
    digests = [os.urandom(32).hex() for _ in range(ROUNDS)]
    together = threading.Barrier(2)

    async def record_all(visit):
        match, record = MatchPipeline(visit.matcher), RecordPipeline(visit)
        for n, sha256 in enumerate(digests):
            address = f"https://forum.example/{n}.jpg"
            reference = ImageReference("https://forum.example/", address, address, "img@src")
            signals = ImageSignals(
                sha256, sha256[:32], sha256, 90, sha256[:16], "JPEG", 100, 100, 1000
            )
            visit.found()
            await asyncio.to_thread(together.wait, 60)
            matched = await match.process_item(HashedImage(reference, signals))
            await record.process_item(matched)
        await visit.close("finished")

    def crawl():
        asyncio.run(record_all(open_visit(config, "forum")))

    crawler = threading.Thread(target=crawl)
    crawler.start()
    numbers = []
    for sha256 in digests:
        together.wait(60)
        registered = registering.register(
            database,
            case,
            PictureSignals((Signal(SignalType.SHA256, sha256),)),
            source="signals",
            actor="a",
            now=datetime.now(UTC),
            match_distance=31,
        )
        numbers.append(registered.number)
    crawler.join(60)

    with database.reading() as session:
        assert len(matches.list_matches(session, case=case, limit=1000)) == ROUNDS


def test_what_is_withdrawn_while_it_is_recorded_is_not_flagged(database, config):
    now = datetime.now(UTC)
    with database.writing() as session:
        sites.add(session, Site("forum", ("https://forum.example/",)), now=now)
        case = cases.open_case(session, now=now).number
    sha256 = os.urandom(32).hex()
    signals = ImageSignals(sha256, sha256[:32], sha256, 90, sha256[:16], "JPEG", 100, 100, 1000)
    registering.register(
        database,
        case,
        PictureSignals((Signal(SignalType.SHA256, sha256),)),
        source="signals",
        actor="a",
        now=now,
        match_distance=31,
    )

    async def record():
        visit = open_visit(config, "forum")
        address = "https://forum.example/a.jpg"
        reference = ImageReference("https://forum.example/", address, address, "img@src")
        visit.found()
        matched = await MatchPipeline(visit.matcher).process_item(HashedImage(reference, signals))
        assert isinstance(matched, MatchedImage)
        assert len(matched.agreements) == 1
        withdrawing.withdraw(database, case, actor="a", reason=None, now=datetime.now(UTC))
        recorded = await RecordPipeline(visit).process_item(matched)
        assert isinstance(recorded, MatchedImage)
        assert recorded.agreements == ()
        await visit.close("finished")

    asyncio.run(record())

    with database.reading() as session:
        assert matches.list_matches(session) == []
