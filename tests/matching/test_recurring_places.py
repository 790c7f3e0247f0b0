"""What a picture shares with another lies in one spot; what an edit leaves of it does not."""

import numpy as np
import pytest

from domain.muting import Muted
from domain.places import Alignment, FoundPlaces, FramePlaces, SecondLook
from matching.proposed_pictures import Proposed, agreeing
from matching.recurring_places import places_seen, shares_one_spot
from matching.registered_constellations import RegisteredConstellations
from signals.constellation import Constellation
from signals.place_index import PlaceIndex, Shown

WAY = np.array([[1.0, 0, 0], [0, 1.0, 0]])
ALL = np.ones(42, bool)
SPOT = np.arange(42) % 7 < 2
"""Two columns of seven: what lies on the left of the picture."""


@pytest.fixture
def picture():
    """A picture with its places in six rows of seven."""
    chance = np.random.default_rng(1)
    across, down = np.meshgrid(np.arange(7) * 70 + 46, np.arange(6) * 60 + 40)
    places = np.column_stack(
        [across.ravel(), down.ravel(), np.full(42, 1.5), chance.integers(0, 64, 42) * 5.625]
    )
    bits = chance.integers(0, 2**64, (42, 2), np.uint64)
    return Constellation(places.astype(np.float32), bits, 512, 384)


def look(seen, in_view=ALL):
    distances = np.where(seen, 10, 60).astype(np.uint8)
    return SecondLook(distances, in_view, np.zeros_like(in_view), WAY, mirrored=False)


def proposed(picture, registration_id=7, at_ms=None, muted=None):
    pairs = np.column_stack([np.arange(42), np.arange(42)])
    alignment = Alignment(WAY, mirrored=False, pairs=pairs, weight=99.0)
    return Proposed(registration_id, picture, alignment, at_ms, muted)


def frame(picture):
    sure = np.zeros_like(picture.bits)
    found = FoundPlaces(picture.places, picture.bits, sure, picture.width, picture.height)
    return FramePlaces(None, found, found)


def as_number(places):
    return sum(1 << int(place) for place in np.flatnonzero(places))


def test_what_lies_on_one_side_is_shared_and_what_lies_all_over_is_not(picture):
    spread = np.random.default_rng(2).permutation(ALL & (np.arange(42) < 16))
    cut_off = np.arange(42) % 7 < 3

    assert shares_one_spot(picture, ALL, SPOT)
    assert not shares_one_spot(picture, ALL, spread)
    assert not shares_one_spot(picture, cut_off, cut_off), "a part of it, and all of that is seen"
    assert not shares_one_spot(picture, ALL, np.arange(42) < 3), "three are seen by chance"


def test_places_are_told_of_what_is_flagged_and_of_what_shares_one_spot(picture):
    spread = np.arange(42) % 5 < 2
    wanted = [proposed(picture, number) for number in (1, 2, 3, 4)]
    looks = [look(ALL), look(SPOT), look(spread), None]

    told = places_seen(wanted, looks, {1})

    assert [(each.registration_id, each.flagged) for each in told] == [(1, True), (2, False)]
    assert [each.places for each in told] == [as_number(ALL), as_number(SPOT)]
    assert all((each.of, each.at_ms) == (42, None) for each in told)


def test_of_two_looks_at_one_picture_the_one_that_saw_more_is_told(picture):
    fewer = SPOT & (np.arange(42) > 10)

    told = places_seen([proposed(picture)] * 2, [look(fewer), look(SPOT)], ())

    assert [each.places for each in told] == [as_number(SPOT)]


def test_muted_places_flag_nothing_and_the_rest_still_does(picture):
    shown = np.arange(42) % 7 < 5
    plain, muted = proposed(picture), proposed(picture, muted=shown)

    def flagged(which, seen):
        return agreeing(frame(picture), [which], [look(seen)], least_strength=3.0)

    assert flagged(plain, shown)
    assert flagged(muted, shown) == []
    (agreement,) = flagged(muted, ALL)
    assert (agreement.laid.seen, agreement.laid.in_view) == (12, 12)


def test_what_agrees_by_muted_places_alone_is_not_proposed(picture):
    held = RegisteredConstellations(PlaceIndex.of([(Shown(7, None), picture)], expected=1), 1)
    part = Constellation(picture.places[SPOT], picture.bits[SPOT], 512, 384)

    def proposes(found):
        return {each.registration_id for each in held.propose(frame(found))}

    assert proposes(part) == {7}
    held.mute({(7, None): Muted(as_number(SPOT), of=42, images=3)})
    assert proposes(part) == set()
    whole, *_ = held.propose(frame(picture))
    assert whole.muted is not None
    assert (whole.muted == SPOT).all()
    # A picture that was given another constellation since has other places.
    held.mute({(7, None): Muted(as_number(SPOT), of=30, images=3)})
    assert proposes(part) == {7}
