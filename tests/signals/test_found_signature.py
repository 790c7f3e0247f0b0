"""What is stored of a found image: few places, by which it is still met when it was edited."""

import time

import numpy as np
import pytest
from PIL import Image, ImageOps

from domain.places import FoundPlaces
from domain.signal import MIN_PLACES
from signals.alignment import align
from signals.constellation import MOST_PLACES, REGISTERED_SIDE, constellation_of, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.found_signature import signature_of
from signals.place_bits import distances, planes
from signals.place_index import MOST_DISTANCE
from signals.scale_space import Workspace

WORKSPACE = Workspace()


def places_of(picture):
    space = space_of(scaled_for_looking(picture.convert("L")), WORKSPACE)
    return found_places(space, planes())[0]


def votes(registered, signature):
    """How many places agree about where a registered picture lies in what is stored."""
    differ = distances(registered.bits, signature.bits)
    pairs = np.argwhere(differ <= MOST_DISTANCE)
    weights = (1.0 + MOST_DISTANCE - differ[tuple(pairs.T)]).astype(np.float32)
    way = align(registered.places, signature.places, pairs, weights, mirrored=False)
    return 0 if way is None else way.votes


@pytest.fixture(scope="module")
def pictures(photos):
    opened = []
    for path in photos[:8]:
        with Image.open(path) as picture:
            opened.append(picture.convert("RGB"))
    return opened


@pytest.fixture(scope="module")
def registered(pictures):
    return [constellation_of(each.convert("L"), planes(), WORKSPACE) for each in pictures]


EDITS = {
    "small": lambda p: p.resize((400, 300)),
    "cropped": lambda p: p.crop((60, 50, p.width - 90, p.height - 40)),
    "turned": lambda p: p.rotate(90, expand=True),
    "bordered": lambda p: ImageOps.expand(p, 120, "white"),
    "faded": lambda p: p.point(lambda level: 90 + level // 2),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_repost_is_proposed_by_what_is_stored_of_it(edit, pictures, registered):
    stored = [signature_of(places_of(EDITS[edit](each))) for each in pictures]

    proposed = [votes(one, two) >= 3 for one, two in zip(registered, stored, strict=True)]
    assert sum(proposed) >= 7


def test_other_pictures_are_hardly_ever_proposed(pictures, registered):
    stored = [signature_of(places_of(each)) for each in pictures]

    others = [votes(registered[n], stored[m]) >= 3 for n in range(8) for m in range(8) if n != m]
    assert sum(others) <= 1


def test_it_is_stored_as_registered_ones_are(pictures):
    signature = signature_of(places_of(pictures[0]))

    assert signature is not None
    assert len(signature) == MOST_PLACES
    assert max(signature.width, signature.height) == REGISTERED_SIDE
    assert len(signature.packed()) <= 820
    again = unpack(signature.packed())
    assert (again.bits == signature.bits).all()
    assert np.abs(again.places[:, :2] - signature.places[:, :2]).max() <= 1
    assert np.abs(again.places[:, 2] - signature.places[:, 2]).max() <= 0.125


def test_with_too_few_places_nothing_is_stored(pictures):
    found = places_of(pictures[0])
    for count in (0, 1, MIN_PLACES - 1):
        part = FoundPlaces(
            found.places[:count], found.bits[:count], found.unsure[:count], found.width, 600
        )
        assert signature_of(part) is None
    plain = places_of(Image.new("L", (640, 480), 90))
    assert signature_of(plain) is None


def test_it_is_chosen_in_little_time(pictures):
    found = places_of(pictures[0])
    signature_of(found)
    began = time.process_time()
    for _ in range(20):
        signature_of(found)
    assert (time.process_time() - began) / 20 < 0.02  # one millisecond on a quiet machine
