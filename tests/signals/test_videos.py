"""Real encoded clips of photographs with cuts: found again however they were encoded anew."""

import asyncio
import os
import struct
import sys

import numpy as np
import psutil
import pytest
from PIL import Image

from domain.errors import Undecodable
from domain.signal import SignalType, View
from signals import video_frames
from signals.distance import pack_pdq
from signals.picture_hasher import PictureHasher
from signals.pictures import hash_image, hash_picture
from signals.pool import HashingPool
from signals.video import looks_like_video, video_kind
from signals.video_agreement import packed_frames, shares
from signals.wire import MAX_FRAMES, MAX_REGISTERED_FRAMES
from tests.signals.bits import bits_between
from tests.signals.moving_pictures import ENCODERS, SIZE, clip, photographs

DISTANCE = 31


@pytest.fixture(scope="module")
def six(photos):
    return photographs(photos[:6])


@pytest.fixture(scope="module")
def original(six):
    return clip(six, "mp4", seconds=1.0)


def length(signals):
    assert signals.duration_ms is not None
    return signals.duration_ms


def packed(pictures, written):
    return pack_pdq([hash_image(written(picture, "BMP")).pdq for picture in pictures])


def agreement(found, registered):
    upright = [
        signal
        for signal in registered.signals
        if signal.type is SignalType.PDQ and signal.view is View.UPRIGHT
    ]
    return shares(packed_frames(found.frames), pack_pdq([s.value for s in upright]), DISTANCE)


@pytest.mark.parametrize("way", ENCODERS)
def test_every_photo_shown_in_a_video_is_among_its_frames(way, six, written):
    signals = hash_image(clip(six, way))

    near = shares(packed_frames(signals.frames), packed(six, written), DISTANCE)
    assert near.of_registered == 1
    assert near.of_found == 1
    assert (signals.width, signals.height) == SIZE
    assert abs(length(signals) - 6000) < 200
    assert len(signals.frames) <= 9
    times = [frame.at_ms for frame in signals.frames]
    assert times == sorted(times)
    assert 0 <= times[0] < 300
    assert (signals.pdq, signals.phash) == (signals.frames[0].pdq, signals.frames[0].phash)


def test_a_frame_is_found_at_the_time_at_which_it_is_shown(original, six, written):
    signals = hash_image(original)

    for place, picture in enumerate(six):
        wanted = hash_image(written(picture, "BMP")).pdq
        at = [f.at_ms for f in signals.frames if bits_between(f.pdq, wanted) <= DISTANCE]
        assert at
        assert all(1000 * place <= at_ms < 1000 * (place + 1) for at_ms in at)


def zoomed(picture, share=0.03):
    """Cropped at every side, as whoever records a screen does, and laid out anew."""
    width, height = picture.size
    edge = (int(width * share / 2), int(height * share / 2))
    cropped = picture.crop((*edge, width - edge[0], height - edge[1]))
    return cropped.resize((640, 480))


@pytest.mark.parametrize(
    ("way", "change", "rate", "options"),
    [
        ("webm", lambda picture: picture.resize((320, 240)), 30, {"crf": "40"}),
        ("mp4", lambda picture: picture.resize((640, 480)), 8, {"crf": "38"}),
        ("ts", lambda picture: zoomed(picture, 0.02), 25, {}),
    ],
)
def test_a_video_encoded_anew_agrees_with_the_registered_one(way, change, rate, options, six):
    registered = hash_picture(clip(six, "mp4"))
    found = hash_image(clip([change(p) for p in six], way, seconds=0.8, rate=rate, options=options))

    near = agreement(found, registered)

    assert near.of_found >= 0.6
    assert near.of_registered >= 0.6


def test_another_video_shares_nothing(original, photos):
    other = hash_picture(clip(photographs(photos[10:16])))

    near = agreement(hash_image(original), other)

    assert (near.frames_found, near.frames_registered) == (0, 0)


def test_what_moves_between_key_frames_is_seen(photos):
    (wide,) = photographs(photos[:1], (2400, 360))
    pan = [wide.crop((16 * step, 0, 16 * step + 480, 360)) for step in range(120)]

    signals = hash_image(clip(pan, seconds=1 / 12, gop=1000))

    gaps = np.diff([frame.at_ms for frame in signals.frames])
    assert len(signals.frames) > 12
    assert gaps.max() <= 1_000


def test_a_cut_between_key_frames_is_seen(six, written):
    body = clip(six, "mp4 uncut", seconds=0.25, gop=1000)

    near = shares(packed_frames(hash_image(body).frames), packed(six, written), DISTANCE)

    assert near.of_registered == 1


def test_a_phones_video_lies_as_it_is_shown(six, written):
    body = clip(six[:1])
    # The matrix in the track's header: a quarter turn to the right, as a phone held upright writes.
    at = body.index(b"tkhd") + 4 + 40
    assert struct.unpack_from(">9i", body, at)[0] == 1 << 16
    turned = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    signals = hash_image(body[:at] + turned + body[at + 36 :])

    upright = hash_image(written(six[0].rotate(-90, expand=True), "BMP"))
    assert (signals.width, signals.height) == (360, 480)
    assert bits_between(signals.pdq, upright.pdq) <= DISTANCE


@pytest.mark.parametrize(("way", "options"), [("mp4", {"crf": "5"}), ("avi", {"qmin": "1"})])
def test_a_pale_frame_is_as_good_to_match_as_the_pale_picture(way, options, six, written):
    pale = Image.blend(six[0], Image.new("RGB", SIZE, "grey"), 0.9)

    still, frame = hash_image(written(pale, "BMP")), hash_image(clip([pale], way, options=options))

    assert 30 < still.pdq_quality < 90
    assert abs(frame.pdq_quality - still.pdq_quality) <= 5


def test_a_long_video_keeps_frames_of_all_of_its_length(photos):
    pictures = photographs(photos, (160, 120))
    turned = [picture.rotate(angle) for angle in (0, 90, 180, 270, 45) for picture in pictures]

    body = clip(turned, seconds=0.5, rate=4)
    signals = hash_image(body)
    registered = hash_picture(body).signals

    assert len(signals.frames) == MAX_FRAMES
    assert signals.frames[-1].at_ms > 0.95 * length(signals)
    assert len({s.at_ms for s in registered} - {None}) == MAX_REGISTERED_FRAMES


def test_a_video_is_registered_by_its_frames_in_every_view(original):
    signals = hash_picture(original).signals

    upright = {s.at_ms for s in signals if s.type is SignalType.PDQ}
    assert len(upright) >= 6
    places = {s.at_ms for s in signals if s.type is SignalType.CONSTELLATION}
    assert places == upright
    assert len(signals) == 2 + len(upright) * (16 + 1)
    assert {s.view for s in signals if s.type is SignalType.PDQ} == set(View)


def test_a_still_is_found_in_a_video_when_it_lies_mirrored_there(six, written):
    mirrored = [p.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for p in six]
    found = packed_frames(hash_image(clip(mirrored)).frames)
    rows = [s for s in hash_picture(written(six[2])).signals if s.type is SignalType.PDQ]

    near = shares(found, pack_pdq([s.value for s in rows]), DISTANCE)

    assert [row.view for row, is_near in zip(rows, near.registered, strict=True) if is_near] == [
        View.MIRRORED
    ]


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("way", ["webm", "ts", "avi"])
def test_a_video_cut_short_is_hashed_as_far_as_it_goes(way, kept, six):
    whole = clip(six, way)

    signals = hash_image(whole[: int(len(whole) * kept)])

    assert 1 <= len(signals.frames) <= 8
    assert length(signals) < 6000


def test_bytes_overwritten_in_the_middle_cost_some_frames(six, written):
    body = bytearray(clip(six, "ts"))
    middle = len(body) // 2
    body[middle : middle + 2_000] = b"\xa5" * 2_000

    near = shares(packed_frames(hash_image(bytes(body)).frames), packed(six, written), DISTANCE)

    assert near.frames_registered >= 4


@pytest.mark.parametrize(
    "body",
    [
        b"\0\0\0\x18ftypisom" + bytes(5_000),
        b"\x1a\x45\xdf\xa3" + os.urandom(5_000),
        b"FLV\x01\x05\0\0\0\x09" + bytes(5_000),
        b"RIFF\xff\xff\xff\xffAVI LIST" + b"\xff" * 5_000,
        b"\x00\x00\x01\xba" + b"\x00\x00\x01\xe0\xff\xff" * 500,
        (b"\x47\x40\x00\x10" + b"\xff" * 184) * 50,
        b"OggS" + bytes(24) + b"\x80theora" + bytes(5_000),
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + b"\xff" * 5_000,
    ],
)
def test_what_only_begins_like_a_video_is_undecodable(body):
    assert looks_like_video(body[:4096])
    with pytest.raises(Undecodable, match="video"):
        hash_image(body)


def test_frames_too_large_are_refused_from_the_header(six):
    body = bytearray(clip(six[:1], "mp4"))
    at = body.index(b"avc1", body.index(b"stsd")) + 4 + 24
    assert struct.unpack_from(">HH", body, at) == SIZE
    struct.pack_into(">HH", body, at, 16_000, 16_000)
    # The stream itself says the true size, and that is what is believed.
    assert hash_image(bytes(body)).width == SIZE[0]


def test_a_video_of_8000_pixels_is_refused(monkeypatch, original):
    monkeypatch.setattr(video_frames, "MAX_FRAME_PIXELS", 100_000)

    with pytest.raises(Undecodable, match="480 x 360 pixels; at most 100,000"):
        hash_image(original)


def test_a_time_that_lies_does_no_harm(six):
    body = bytearray(clip(six, "mp4"))
    at = body.index(b"mvhd") + 4 + 16
    struct.pack_into(">I", body, at, 2**32 - 1)
    assert abs(length(hash_image(bytes(body))) - 6000) < 200

    film = clip(six, "webm")
    slow = film.replace(b"\x2a\xd7\xb1\x83\x0f\x42\x40", b"\x2a\xd7\xb1\x83\xff\xff\xff")
    signals = hash_image(slow)
    assert slow != film
    assert 90_000 < length(signals) <= 2**31 - 1
    assert len(signals.frames) >= 6


def test_sound_alone_and_pictures_are_no_videos(photo, colours, written):
    assert not looks_like_video(b"\0\0\0\x18ftypM4A \0\0\0\0")
    for body in (
        photo,
        written(colours, "AVIF"),
        written(colours, "WEBP"),
        b"",
        b"OggS" + bytes(99),
    ):
        assert video_kind(body) is None


def run(scenario, **options):
    async def with_pool():
        pool = HashingPool(**{"workers": 1, **options})
        try:
            return await asyncio.wait_for(scenario(pool), 60)
        finally:
            await pool.close()

    return asyncio.run(with_pool())


def workers():
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "signals.worker" in child.cmdline()
    ]


def test_a_confined_worker_reads_every_kind_of_video_without_a_thread(six):
    bodies = [clip(six[:3], way, seconds=0.5) for way in ENCODERS]

    async def scenario(pool):
        found = [await pool.signals_of(body) for body in bodies]
        (worker,) = workers()
        assert worker.num_threads() == 1
        if sys.platform == "linux":
            # With what it takes by itself, under the 600 MB that no process may pass.
            most, _ = worker.rlimit(psutil.RLIMIT_AS)
            assert most <= worker.memory_info().vms + 352 * 2**20
            assert worker.memory_info().rss + 352 * 2**20 < 620_000_000
        return found

    assert run(scenario) == [hash_image(body) for body in bodies]
    assert workers() == []


def test_only_the_worker_for_videos_loads_ffmpeg(photo, original):
    async def scenario(pool):
        await asyncio.gather(pool.signals_of(photo), pool.signals_of(original))
        loaded = [
            any("libavcodec" in mapped.path for mapped in worker.memory_maps())
            for worker in workers()
        ]
        assert sorted(loaded) == [False, True]

    run(scenario)


def test_a_video_that_kills_its_worker_costs_itself(photo, original):
    async def scenario(pool):
        before = await pool.signals_of(original)
        (worker,) = workers()
        worker.suspend()
        lost = asyncio.create_task(pool.signals_of(original))
        await asyncio.sleep(0.2)
        assert (await pool.signals_of(photo)).width == 1024
        worker.kill()
        with pytest.raises(Undecodable, match="killed by SIGKILL"):
            await lost
        assert await pool.signals_of(original) == before

    run(scenario)


def test_two_large_files_in_turn_do_not_meet_in_a_workers_memory():
    """As large as is allowed: with the first still there, the second leaves no room to work in."""
    large = b"\0\0\0\x18ftypisom" + bytes(256 * 2**20)

    async def scenario(pool):
        for _ in range(3):
            with pytest.raises(Undecodable, match="begins like an MP4 video and cannot be read"):
                await pool.signals_of(large)

    run(scenario)


def test_a_video_is_registered_through_a_worker(photo, original):
    with PictureHasher() as hasher:
        assert hasher.hash(original) == hash_picture(original)
        assert hasher.hash(photo) == hash_picture(photo)
    assert workers() == []
