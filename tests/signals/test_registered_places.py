"""What is registered so that edited reposts are found: of pictures and of frames, in proportion."""

import io

import numpy as np
import pytest
from PIL import Image

from domain.signal import MIN_PLACES, NoConstellation, SignalType, View
from signals import place_bits
from signals.constellation import REGISTERED_SIDE, _found, constellation_of, unpack
from signals.frames import HELD_SIDE
from signals.picture_hasher import PictureHasher
from signals.pictures import hash_picture
from signals.place_bits import distances, planes
from signals.scale_space import Workspace
from signals.wire import MAX_CONSTELLATION_FRAMES
from tests.signals.heic_files import heic
from tests.signals.moving_pictures import animation, clip, photographs

ORIENTATION = 0x0112


def constellations(signals):
    return [s for s in signals.signals if s.type is SignalType.CONSTELLATION]


def the_one(body):
    (signal,) = constellations(hash_picture(body))
    return unpack(bytes.fromhex(signal.value))


def in_full(picture):
    return constellation_of(picture.convert("L"), planes(), Workspace())


def share_found_in(picture, made):
    """The share of registered places that are, alike and where they should be, in a picture."""
    share = REGISTERED_SIDE / max(picture.size)
    size = [round(side * share) for side in picture.size]
    grey = picture.convert("L").resize(size, Image.Resampling.BOX)
    places, bits = _found(grey, planes(), Workspace(), 2_000)
    x, y = (np.subtract.outer(made.places[:, axis], places[:, axis]) for axis in (0, 1))
    near = (np.hypot(x, y) <= 4) & (distances(made.bits, bits) <= 24)
    return near.any(axis=1).mean()


def jpeg(picture, **options):
    body = io.BytesIO()
    picture.convert("RGB").save(body, "JPEG", quality=92, **options)
    return body.getvalue()


def test_a_photo_has_one_as_it_lies(photo):
    signals = hash_picture(photo)

    (constellation,) = constellations(signals)
    assert (constellation.view, constellation.at_ms, constellation.quality) == (
        View.UPRIGHT,
        None,
        None,
    )
    assert signals.no_constellation is None
    assert len(bytes.fromhex(constellation.value)) <= 820


@pytest.mark.parametrize(
    "size", [(1024, 768), (600, 600), (700, 1000), (3000, 2200), (4000, 700), (700, 4000)]
)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_it_is_made_of_all_the_detail_it_can_use_in_its_own_proportions(
    size, image_format, colours, written
):
    """A decoder that shrinks, or sides shrunken by different factors, must not show."""
    wide = colours.resize((1024, 1024)).resize(size, Image.Resampling.LANCZOS)

    made = the_one(
        written(wide, image_format, **({"quality": 92} if image_format == "JPEG" else {}))
    )

    assert max(made.width, made.height) >= REGISTERED_SIDE - 1
    assert abs(made.width / made.height - size[0] / size[1]) < 0.02 * size[0] / size[1]
    assert share_found_in(wide, made) >= 0.7


def test_a_photo_that_a_phone_turned_lies_upright(colours):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    turned = colours.transpose(Image.Transpose.ROTATE_90)

    made = the_one(jpeg(turned, exif=exif))

    assert made.width > made.height
    assert share_found_in(colours, made) >= 0.7


def test_a_heic_is_looked_at_in_as_much_detail(colours):
    made = the_one(heic([colours], 1, colours.size))

    assert made.width == REGISTERED_SIDE
    assert share_found_in(colours, made) >= 0.7


def test_what_is_held_of_a_frame_is_what_a_constellation_is_made_of():
    assert HELD_SIDE == REGISTERED_SIDE


def test_a_video_has_those_of_a_few_frames_spread_over_it(photos):
    shots = photographs(photos[:20], (640, 360))
    registered = hash_picture(clip(shots, seconds=0.5))

    found = constellations(registered)

    frames = {s.at_ms or 0 for s in registered.signals if s.type is SignalType.PDQ}
    times = [s.at_ms or 0 for s in found]
    assert len(frames) > MAX_CONSTELLATION_FRAMES == len(found)
    assert times == sorted(set(times))
    assert set(times) <= frames
    assert (times[0], times[-1]) == (min(frames), max(frames))
    assert np.diff(times).max() <= 2_000
    assert registered.no_constellation is None
    shares = [
        share_found_in(shots[signal.at_ms // 500], unpack(bytes.fromhex(signal.value)))
        for signal in found
    ]
    assert np.median(shares) >= 0.6


def test_an_animation_has_those_of_its_frames_in_proportion(photos):
    shots = photographs(photos[:3], (1500, 400))

    found = constellations(hash_picture(animation(shots, "WEBP", method=0)))

    assert [s.at_ms for s in found] == [0, 250, 500]
    made = [unpack(bytes.fromhex(signal.value)) for signal in found]
    assert all(abs(each.width / each.height - 1500 / 400) < 0.1 for each in made)
    assert np.median([share_found_in(*pair) for pair in zip(shots, made, strict=True)]) >= 0.6


@pytest.mark.parametrize(
    "picture",
    [Image.new("RGB", (640, 480), "teal"), Image.radial_gradient("L").resize((400, 400))],
    ids=["one colour", "a glow"],
)
def test_with_too_little_in_it_a_picture_has_none_and_it_is_said(picture, written):
    signals = hash_picture(written(picture))

    assert constellations(signals) == []
    assert signals.no_constellation is NoConstellation.TOO_LITTLE_DETAIL
    assert len(in_full(picture)) < MIN_PLACES


def test_frames_with_too_little_in_them_are_left_out(photos):
    plain = Image.new("RGB", (480, 360), "teal")
    glow = Image.radial_gradient("L").resize((480, 360)).convert("RGB")
    (shot,) = photographs(photos[:1])

    some = hash_picture(animation([glow, shot, plain], "GIF"))
    none = hash_picture(animation([glow, plain, glow.rotate(90)], "GIF"))

    assert [s.at_ms for s in constellations(some)] == [250]
    assert some.no_constellation is None
    assert constellations(none) == []


def test_with_the_planes_lost_all_other_signals_are_made(photo, monkeypatch):
    whole = hash_picture(photo)
    monkeypatch.setattr(place_bits, "FILE", "no.planes")
    planes.cache_clear()

    rest = hash_picture(photo)

    assert rest.no_constellation is NoConstellation.PLANES_LOST
    assert rest.signals == tuple(s for s in whole.signals if s.type is not SignalType.CONSTELLATION)


def odd_pictures():
    chance = np.random.default_rng(4)
    for width, height in [(1, 1), (1, 900), (900, 1), (20, 20), (6000, 30), (30, 6000), (64, 64)]:
        yield Image.fromarray(chance.integers(0, 256, (height, width), np.uint8))
    dots = np.full((300, 300), 255, np.uint8)
    for count in range(4):  # pictures of one place, of two and of three
        dots[40 + 70 * count :, 40 + 70 * count :][:12, :12] = 0
        yield Image.fromarray(dots.copy())
    yield Image.new("L", (512, 512), 90)


def test_a_confined_worker_makes_the_same_of_every_picture(photo, photos, written):
    """All compiled code was loaded before: none can be once the worker is confined."""
    bodies = [photo, *(written(picture) for picture in odd_pictures())]
    bodies += [path.read_bytes() for path in photos[:6]]
    bodies.append(animation(photographs(photos[:3], (320, 240)), "GIF"))

    with PictureHasher(demand_filter=True) as hasher:
        made = [hasher.hash(body) for body in bodies]

    assert made == [hash_picture(body) for body in bodies]


def test_a_confined_worker_makes_them_of_frames(photos):
    body = clip(photographs(photos[:3]), seconds=0.5)

    with PictureHasher(demand_filter=True) as hasher:
        made = hasher.hash(body)

    assert len(constellations(made)) == 3
    assert made == hash_picture(body)
