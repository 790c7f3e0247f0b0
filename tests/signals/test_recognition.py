"""Reposts are recognised, wherever the picture is in them; other pictures are not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from practice.photographs import ORIGINALS, open_photo, photo_names
from signals.constellation import constellation_of
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import distances, planes
from signals.place_index import LikePlaces, PlaceIndex
from signals.recognition import propose, recognise
from signals.scale_space import Workspace

STRONG = 4.0
WORKSPACE = Workspace()
REGISTERED = list(ORIGINALS)


@pytest.fixture(scope="module")
def constellations():
    return [
        constellation_of(open_photo(name).convert("L"), planes(), WORKSPACE) for name in REGISTERED
    ]


@pytest.fixture(scope="module")
def index(constellations):
    return PlaceIndex(constellations)


@pytest.fixture
def seen(index, constellations):
    """What is recognised in a picture, as name → the way it lies there."""

    def look(picture):
        grey = scaled_for_looking(picture.convert("L"))
        space = space_of(grey, WORKSPACE)
        proposals = propose(index, constellations, found_places(space, planes()))
        recognised = recognise(space, constellations, proposals, planes())
        return {
            REGISTERED[each.picture]: each.look for each in recognised if each.strength >= STRONG
        }

    return look


def cut(photo, share):
    width, height = (round(side * share**0.5) for side in photo.size)
    left, top = (photo.width - width) // 3, (photo.height - height) // 2
    return photo.crop((left, top, left + width, top + height))


def compressed(photo, quality):
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue()))


def captioned(photo):
    taller = ImageOps.expand(photo, (0, photo.height // 5, 0, 0), "white")
    ImageDraw.Draw(taller).text((20, 20), "look at this", "black", font_size=48)
    return taller


def on_a_phone(photo):
    screen = Image.new("RGB", (540, 1170), "white")
    draw = ImageDraw.Draw(screen)
    draw.text((20, 20), "09:41   somebody", "black", font_size=30)
    screen.paste(ImageOps.contain(photo, (540, 800)), (0, 160))
    draw.text((20, 1000), "1,204 likes\nexclusive", "black", font_size=26)
    return screen


REPOSTS = {
    "as it is": lambda photo: photo,
    "half of its area": lambda photo: cut(photo, 0.5),
    "mirrored": ImageOps.mirror,
    "turned by 20 degrees": lambda photo: photo.rotate(20, Image.Resampling.BICUBIC),
    "upside down": ImageOps.flip,
    "captioned": captioned,
    "a screenshot": on_a_phone,
    "small and compressed": lambda photo: compressed(ImageOps.contain(photo, (220, 220)), 35),
    "mirrored, cut and compressed": lambda p: compressed(ImageOps.mirror(cut(p, 0.6)), 40),
}


@pytest.mark.parametrize("repost", REPOSTS.values(), ids=REPOSTS.keys())
def test_reposts_are_recognised_and_only_as_what_they_are(seen, repost):
    for name in REGISTERED:
        assert list(seen(repost(open_photo(name)))) == [name]


def test_every_picture_of_a_collage_is_recognised_where_it_is(seen):
    sheet = Image.new("RGB", (900, 900))
    for number, name in enumerate(REGISTERED[:4]):
        tile = ImageOps.fit(open_photo(name), (450, 450))
        sheet.paste(tile, (450 * (number % 2), 450 * (number // 2)))
    looks = seen(sheet)

    assert set(looks) == set(REGISTERED[:4])
    for number, name in enumerate(REGISTERED[:4]):
        way = looks[name].map
        middle = way @ [256, 170, 1]  # about the middle of what was registered
        scale = 900 / np.sqrt(480_000)
        across, down = middle * max(scale, 1)
        assert (across // 450, down // 450) == (number % 2, number // 2)


def test_a_mirrored_picture_is_said_to_be_mirrored(seen):
    name = REGISTERED[1]

    assert not seen(open_photo(name))[name].mirrored
    assert seen(ImageOps.mirror(open_photo(name)))[name].mirrored


def test_other_pictures_are_not_recognised(seen):
    for name in photo_names():
        if name not in REGISTERED:
            assert seen(open_photo(name)) == {}


@pytest.mark.parametrize("kind", ["noise", "checkerboard", "wallpaper", "stripes", "one colour"])
def test_pictures_of_nothing_are_not_recognised(seen, kind):
    chance = np.random.default_rng(6)
    pixels = {
        "noise": lambda: chance.integers(0, 256, (600, 800)),
        "checkerboard": lambda: np.kron(np.indices((75, 100)).sum(0) % 2, np.ones((8, 8))) * 255,
        "wallpaper": lambda: np.tile(chance.integers(0, 256, (40, 40)), (15, 20)),
        "stripes": lambda: np.tile(np.arange(800) // 10 % 2 * 255, (600, 1)),
        "one colour": lambda: np.full((600, 800), 77),
    }[kind]()

    assert seen(Image.fromarray(pixels.astype(np.uint8))) == {}


def test_a_long_screenshot_is_looked_through_to_its_end(seen):
    name = REGISTERED[3]
    long = Image.new("RGB", (1080, 20_000), "white")
    long.paste(ImageOps.contain(open_photo(name), (1080, 1080)), (0, 18_500))

    assert list(seen(long)) == [name]


def test_an_index_of_many_finds_what_a_comparison_of_all_finds(constellations):
    chance = np.random.default_rng(7)
    many = list(constellations)
    for number in range(1_200):
        model = constellations[number % len(constellations)]
        bits = model.bits ^ chance.integers(0, 2**64, model.bits.shape, np.uint64)
        many.append(type(model)(model.places, bits, model.width, model.height))
    chance.shuffle(many)
    index = PlaceIndex(many)
    for name, own in zip(REGISTERED, constellations, strict=True):
        space = space_of(scaled_for_looking(captioned(open_photo(name)).convert("L")), WORKSPACE)
        upright, _ = found_places(space, planes())
        likest: LikePlaces = next(iter(index.like(upright)))
        near = np.argwhere(distances(own.bits, upright.bits) <= 38)

        assert many[likest.picture] is own
        assert {tuple(pair) for pair in likest.pairs} == {tuple(pair) for pair in near}


def test_an_index_of_nothing_finds_nothing():
    index = PlaceIndex([])
    space = space_of(scaled_for_looking(open_photo(REGISTERED[0]).convert("L")), WORKSPACE)

    assert list(index.like(found_places(space, planes())[0])) == []
