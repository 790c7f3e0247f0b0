"""An index of places while pictures are registered and withdrawn, and as a file on disk."""

import weakref
from collections import Counter

import numpy as np
import pytest

from practice.photographs import ORIGINALS, open_photo
from signals.constellation import Constellation, constellation_of, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import planes
from signals.place_index import RECENT_PICTURES, PlaceIndex, Shown
from signals.place_tables import PIECE_BITS
from signals.recognition import propose
from signals.scale_space import Workspace
from signals.snapshot_file import DamagedSnapshotError, load_snapshot, save_snapshot

WORKSPACE = Workspace()
NAMES = list(ORIGINALS)[:4]
MANY = 10
SIZES = [most for most, _ in PIECE_BITS][:-1]


@pytest.fixture(scope="module")
def pictures():
    """Constellations as they are stored, by name."""
    return {
        name: unpack(constellation_of(open_photo(name).convert("L"), planes(), WORKSPACE).packed())
        for name in NAMES
    }


@pytest.fixture(scope="module")
def found():
    """The places of a smaller copy of each, and of its mirror image."""
    copies = {name: open_photo(name).convert("L").reduce(2) for name in NAMES}
    return {
        name: found_places(space_of(scaled_for_looking(copy), WORKSPACE), planes())
        for name, copy in copies.items()
    }


def others(number, seed=0):
    """Pictures of nothing, so many."""
    chance = np.random.default_rng(seed)
    return [
        Constellation(
            np.column_stack([chance.integers(0, 250, (42, 2)) * 2, chance.integers(4, 20, 42) / 4,
                             chance.integers(0, 64, 42) * 5.625]).astype(np.float32),
            chance.integers(0, 2**64, (42, 2), np.uint64),
            512,
            384,
        )
        for _ in range(number)
    ]  # fmt: skip


def proposed(index, places):
    """Whose pictures are proposed by many places; by three, some are by chance."""
    return {
        index.shown(proposal.picture)
        for proposal in propose(index, index, places)
        if proposal.alignment.votes >= MANY
    }


def held_in(index, picture):
    """Say whether the bits of a picture are anywhere in the arrays of an index."""
    needle = picture.bits[7].tobytes()
    return any(needle in array.tobytes() for part in index._built for array in [part.rows.bits])


def test_a_picture_is_found_from_when_it_is_added_to_when_it_is_removed(pictures, found):
    first, *rest = NAMES
    index = PlaceIndex([pictures[first], *others(50)])
    for number, name in enumerate(rest):
        assert proposed(index, found[name]) == set()
        index.add(Shown(1_000 + number, None), pictures[name])
        assert proposed(index, found[name]) == {Shown(1_000 + number, None)}
    for number, name in enumerate(rest):
        assert index.remove(1_000 + number) == 1
        assert proposed(index, found[name]) == set()
        assert index.remove(1_000 + number) == 0
    assert proposed(index, found[first]) == {Shown(0, None)}
    assert (index.held, index.recent) == (51, 0)


def test_all_frames_of_a_video_come_and_go_with_it(pictures, found):
    index = PlaceIndex(others(3))
    for number, name in enumerate(NAMES):
        index.add(Shown(77, 1_000 * number), pictures[name])

    assert proposed(index, found[NAMES[2]]) == {Shown(77, 2_000)}
    assert index.remove(77) == len(NAMES)
    assert all(proposed(index, places) == set() for places in found.values())


def test_a_video_of_one_scene_leaves_room_for_the_pictures_of_others(pictures, found):
    """Thirty frames that all show the same, of two videos; and a photo of it in another case."""
    name = NAMES[2]
    chance = np.random.default_rng(5)
    shown = [Shown(1 + n // 15, 40 * n) for n in range(30)]
    frames = [
        Constellation(
            pictures[name].places,
            pictures[name].bits ^ (np.uint64(1) << chance.integers(0, 64, (42, 2), np.uint64)),
            pictures[name].width,
            pictures[name].height,
        )
        for _ in shown
    ]
    faint = pictures[name].bits.copy()
    faint[12:] = ~faint[12:]  # an older version of it: less of it is seen, and it comes last
    photo = Constellation(pictures[name].places, faint, pictures[name].width, pictures[name].height)
    given = [*zip(shown, frames, strict=True), (Shown(3, None), photo)]
    built = PlaceIndex([each for _, each in given], [each for each, _ in given])
    added = PlaceIndex()
    for each, picture in given:
        added.add(each, picture)

    for index in (built, added):
        owners = [index.shown(each.picture) for each in propose(index, index, found[name])]

        counts = Counter(owner.registration_id for owner in owners)
        assert counts == {1: 2, 2: 2, 3: counts[3]}
        assert counts[3] >= 1


def test_an_index_that_is_read_as_it_is_made_is_the_same(tmp_path, pictures):
    given = [(Shown(9 - n, n or None), each) for n, each in enumerate(others(150))]
    given[70] = (Shown(77, None), pictures[NAMES[0]])

    read = PlaceIndex.of(iter(given), expected=3)

    made = PlaceIndex([each for _, each in given], [shown for shown, _ in given])
    assert len(read) == len(made) == read.held == 150
    for number, (shown, picture) in enumerate(given):
        assert read.shown(number) == made.shown(number) == shown
        assert read[number].packed() == picture.packed()
    read.save(tmp_path / "kept" / "read", {})
    made.save(tmp_path / "kept" / "made", {})
    assert (tmp_path / "kept" / "read").read_bytes() == (tmp_path / "kept" / "made").read_bytes()
    assert len(PlaceIndex.of([], expected=1_000)) == 0


def test_of_pictures_that_are_read_one_after_the_other_none_is_kept():
    """A hundred thousand by themselves take a gigabyte, their rows a third of that."""
    bits = []

    def one_after_the_other():
        for number in range(200):
            (picture,) = others(1, number)
            bits.append(weakref.ref(picture.bits))
            yield Shown(number, None), picture
            del picture
            assert sum(each() is not None for each in bits) <= 1

    assert PlaceIndex.of(one_after_the_other(), expected=200).held == 200


def test_many_additions_get_tables_and_keep_their_numbers(pictures, found):
    index = PlaceIndex(others(20))
    numbers: dict[str, int] = {}
    for number, other in enumerate(others(3 * RECENT_PICTURES, seed=1)):
        index.add(Shown(5_000 + number, None), other)
        if number % RECENT_PICTURES == 9 and len(numbers) < len(NAMES):
            name = NAMES[len(numbers)]
            numbers[name] = index.add(Shown(9_000 + len(numbers), None), pictures[name])
            index.remove(5_000 + number)

    for name, number in numbers.items():
        (likest, *_) = propose(index, index, found[name])
        assert likest.picture == number
        assert np.array_equal(index[number].bits, pictures[name].bits)
    assert index.held == 20 + 3 * RECENT_PICTURES


@pytest.mark.parametrize("photos", [1, *(most // 42 + 10 for most in SIZES[:2])])
def test_a_saved_index_is_the_same_and_can_go_on_living(tmp_path, pictures, found, photos):
    first, second, third, fourth = NAMES
    index = PlaceIndex([pictures[first], pictures[second], *others(photos)])
    index.add(Shown(60_000, 250), pictures[third])
    index.remove(1)
    index.save(tmp_path / "kept" / "places", {"version": 3})

    loaded, facts = PlaceIndex.load(tmp_path / "kept" / "places")

    assert facts == {"version": 3}
    assert (loaded.held, loaded.recent) == (2 + photos, 0)
    assert proposed(loaded, found[first]) == {Shown(0, None)}
    assert proposed(loaded, found[second]) == set()
    assert proposed(loaded, found[third]) == {Shown(60_000, 250)}
    loaded.add(Shown(70_000, None), pictures[fourth])
    assert loaded.remove(60_000) == 1
    assert proposed(loaded, found[third]) == set()
    assert proposed(loaded, found[fourth]) == {Shown(70_000, None)}


def test_what_is_removed_is_neither_in_memory_nor_in_what_is_saved(tmp_path, pictures):
    for index in (
        PlaceIndex([*others(5), pictures[NAMES[0]]]),
        PlaceIndex(others(5)),
    ):
        if index.held == 5:
            index.add(Shown(5, None), pictures[NAMES[0]])
        index.remove(5)
        assert not held_in(index, pictures[NAMES[0]])
        index.save(tmp_path / "kept" / "places", {})
        kept = (tmp_path / "kept" / "places").read_bytes()
        assert all(word.tobytes() not in kept for word in pictures[NAMES[0]].bits.ravel())


def test_a_file_whose_tables_do_not_fit_is_damaged(tmp_path, pictures):
    path = tmp_path / "kept" / "places"
    PlaceIndex([pictures[NAMES[0]]]).save(path, {})
    arrays = dict(load_snapshot(path).arrays)
    for name in ("tables.heads", "bits"):
        save_snapshot(path, {**arrays, name: arrays[name][1:]}, {})

        with pytest.raises(DamagedSnapshotError, match="made anew"):
            PlaceIndex.load(path)


def test_an_index_of_nothing_can_be_saved_and_loaded(tmp_path, found):
    PlaceIndex().save(tmp_path / "kept" / "places", {})

    loaded, _ = PlaceIndex.load(tmp_path / "kept" / "places")

    assert proposed(loaded, found[NAMES[0]]) == set()
    assert len(loaded) == 0
    with pytest.raises(IndexError, match="no picture has the number 0"):
        loaded.shown(0)
