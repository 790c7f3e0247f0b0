"""What is drawn over a picture hides it, and does not speak against it."""

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from practice.photographs import open_photo, photo_names
from signals.constellation import constellation_of
from signals.drawn_over import drawn_over
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import planes
from signals.place_index import PlaceIndex
from signals.recognition import propose, recognise
from signals.scale_space import Workspace

STRONG = 4.0
WORKSPACE = Workspace()
NAMES = photo_names()[:10]


@pytest.fixture(scope="module")
def registered():
    return [constellation_of(open_photo(name).convert("L"), planes(), WORKSPACE) for name in NAMES]


def strengths(registered, found):
    """Give how strongly an image speaks for each registered picture, by number."""
    index = PlaceIndex(registered)
    space = space_of(scaled_for_looking(found.convert("L")), WORKSPACE)
    proposals = propose(index, registered, found_places(space, planes()))
    recognised = recognise(space, registered, proposals, planes())
    return {each.picture: each.strength for each in recognised}


def covered(photo, share, seed):
    """Draw labels all over a photo until so much of it is hidden."""
    chance = random.Random(seed)
    photo = photo.copy()
    hidden = Image.new("1", photo.size)
    while np.asarray(hidden).mean() < share:
        left, top = chance.randrange(photo.width) - 60, chance.randrange(photo.height) - 20
        box = (left, top, left + 170, top + 70)
        dark = chance.random() < 0.5
        draw = ImageDraw.Draw(photo)
        draw.rounded_rectangle(box, 12, "black" if dark else "white")
        draw.text((left + 15, top + 18), "only here", "white" if dark else "black", font_size=30)
        ImageDraw.Draw(hidden).rectangle(box, 1)
    return photo, np.asarray(hidden)


def test_photos_with_labels_over_nearly_half_of_them_are_recognised(registered):
    found = {}
    for number, name in enumerate(NAMES):
        seen = strengths(registered, covered(open_photo(name), 0.45, seed=number)[0])
        found[name] = seen.pop(number, 0) >= STRONG
        assert all(strength < STRONG for strength in seen.values())

    assert sum(found.values()) >= len(NAMES) - 2, found


def test_labels_are_drawn_and_photos_are_not():
    for name in NAMES:
        photo, hidden = covered(open_photo(name), 0.3, seed=1)
        space = space_of(photo.convert("L"), WORKSPACE)
        across, down = np.meshgrid(np.arange(20, space.width, 25), np.arange(20, space.height, 25))
        count = across.size
        places = np.column_stack(
            [across.ravel(), down.ravel(), np.full(count, 1.5), np.zeros(count)]
        ).astype(np.float32)

        drawn = drawn_over(space, places)

        under = hidden[down.ravel(), across.ravel()]
        bare = space_of(open_photo(name).convert("L"), WORKSPACE)
        assert drawn[under].mean() > 0.4
        assert drawn_over(bare, places).mean() < 0.1


def test_what_lies_outside_an_image_is_not_drawn():
    space = space_of(covered(open_photo(NAMES[0]), 0.5, seed=1)[0].convert("L"), WORKSPACE)
    places = np.array([[-500, 50, 1.5, 0], [50, 1e5, 1.5, 0], [5e4, 5e4, 9, 0]], np.float32)

    assert not drawn_over(space, places).any()
