"""A registered video, and a registered picture in a found one, from either side and back again."""

import asyncio
import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from casework import registering, withdrawing
from crawler.visiting import open_visit
from domain.image import HashedImage, ImageReference
from domain.signal import FrameSignals, ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from pipelines.match import MatchPipeline
from pipelines.record import RecordPipeline
from signals.turning import turned_signals
from storage import cases, matches, registry, sites
from storage.tables import FrameRow, ImageRow, SignalRow

PAGE = "https://forum.example/"
SCENES = [os.urandom(32).hex() for _ in range(100)]


def found(*scenes):
    """A video or animation as a crawl has hashed it: these scenes, one a second."""
    frames = tuple(
        FrameSignals(1000 * n, SCENES[scene], 90, "0" * 16) for n, scene in enumerate(scenes)
    )
    return ImageSignals(
        os.urandom(32).hex(),
        os.urandom(16).hex(),
        frames[0].pdq,
        90,
        "0" * 16,
        "MP4",
        640,
        360,
        9,
        frames=frames,
        duration_ms=1000 * len(frames),
    )


def still(scene):
    return ImageSignals(
        os.urandom(32).hex(), os.urandom(16).hex(), SCENES[scene], 90, "0" * 16, "JPEG", 640, 360, 9
    )


def video(*scenes):
    """The same to register, in all eight views."""
    signals = [Signal(SignalType.SHA256, os.urandom(32).hex())]
    for n, scene in enumerate(scenes):
        turned = turned_signals(Signal(SignalType.PDQ, SCENES[scene], quality=90))
        signals += [Signal(s.type, s.value, s.view, s.quality, 1000 * n) for s in turned]
    return PictureSignals(tuple(signals))


def picture(scene):
    return PictureSignals(tuple(turned_signals(Signal(SignalType.PDQ, SCENES[scene], quality=90))))


@pytest.fixture
def case(database):
    now = datetime.now(UTC)
    with database.writing() as session:
        sites.add(session, Site("forum", (PAGE,)), now=now)
        return cases.open_case(session, now=now).number


@pytest.fixture
def register(database, case):
    def do(signals, **more):
        return registering.register(
            database,
            case,
            signals,
            source="file",
            actor="a",
            now=datetime.now(UTC),
            match_distance=31,
            **more,
        )

    return do


@pytest.fixture
def crawl(config):
    """Match and record images as the last two stages of a crawl; return how many were flagged."""

    def do(*hashed):
        async def line():
            visit = open_visit(config, "forum")
            match, record = MatchPipeline(visit.matcher), RecordPipeline(visit)
            for n, signals in enumerate(hashed):
                address = f"{PAGE}{n}"
                visit.found()
                reference = ImageReference(PAGE, address, address, "video@src")
                matched = await match.process_item(HashedImage(reference, signals))
                await record.process_item(matched)
            await visit.close("finished")
            return visit.counts.flagged

        return asyncio.run(line())

    return do


@pytest.fixture
def flags(database):
    """Say for each match how many moments it was seen at, None for a still picture."""

    def do():
        with database.reading() as session:
            listed = matches.list_matches(session)
        return sorted((len(match.signals[0].moments) if match.frames else -1) for match in listed)

    return do


ALIKE = [found(5, 6, 7), found(*range(30, 90), 1, 2), still(3), found(9)]
"""A clip of what is registered, little of it in a long video, a picture of it, and one frame."""
UNLIKE = [found(0, *range(30, 90)), still(95), found(96)]


@pytest.mark.parametrize("first", ["crawl", "registration"])
def test_a_registered_video_is_found_by_what_is_shared(first, register, crawl, flags):
    whole, short = video(*range(10)), video(1, 2, 15)
    if first == "crawl":
        assert crawl(*ALIKE[:1], *ALIKE[2:], *UNLIKE) == 0
        assert register(whole).images == 3
    else:
        assert register(whole).frames == 10
        assert crawl(*ALIKE[:1], *ALIKE[2:], *UNLIKE) == 3
    assert flags() == [-1, 1, 3]
    assert crawl(ALIKE[1]) == 1, "two of ten registered frames are twenty percent"
    assert register(short).images == 1, "the same video shows two of its three frames"


@pytest.mark.parametrize("first", ["crawl", "registration"])
def test_a_registered_picture_is_found_in_a_long_video(first, register, crawl, flags):
    long = [found(*range(30, 90), 4, 91, 4), found(*range(30, 90))]
    if first == "crawl":
        assert crawl(*long) == 0
        assert register(picture(4)).images == 1
    else:
        assert register(picture(4)).frames == 0
        assert crawl(*long) == 1
    assert flags() == [2]


def test_the_share_is_the_installations(register, crawl, config, environment):
    from config import load_config

    strict = load_config({**environment, "VIGIL_VIDEO_SHARE": "31"})
    assert crawl(found(0, 1, 2, *range(50, 57))) == 0
    assert register(video(*range(3), *range(60, 67)), video_share=strict.video_share).images == 0
    assert config.video_share == 20
    assert register(video(*range(3), *range(60, 68))).images == 1


def test_what_is_withdrawn_is_in_no_frame_match_or_not(database, register, crawl, flags):
    """A video that shows too little to be a match holds the very signal of a registered frame."""
    crawl(found(5, 6, 7), found(8, *range(50, 90)), found(*range(40, 50)), still(96))
    withdrawn = register(video(*range(10)))
    kept = register(picture(44))
    assert flags() == [1, 3]

    gone = withdrawing.withdraw(
        database, withdrawn.number, actor="a", reason=None, now=datetime.now(UTC)
    )

    assert (gone.registrations, gone.matches, gone.images) == (1, 1, 2)
    assert flags() == [1]
    with database.reading() as session:
        assert {match.signals[0].registration for match in matches.list_matches(session)} == {
            kept.number
        }
        values = set(session.scalars(select(FrameRow.pdq))) | set(
            session.scalars(select(ImageRow.pdq))
        )
        assert not values & set(SCENES[:10])
        assert not set(session.scalars(select(SignalRow.at_ms))) - {None}
        assert registry.changes_since(session, 0).added
