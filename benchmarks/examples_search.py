"""Photos are registered, reposts of them are made, and each is looked for as a crawl would."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.edit_folder import open_photo, seed_of
from benchmarks.edit_kinds import MOST_OTHERS, edited, find_edit
from domain.errors import InvalidInput
from domain.places import SecondLook
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY, SignalType
from signals.constellation import Constellation, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.pictures import hash_found, hash_picture
from signals.place_bits import planes
from signals.place_index import PlaceIndex
from signals.recognition import Recognised, propose, recognise
from signals.scale_space import Workspace

SEEN_BITS: Final = 30
"""Bits up to which a place counts as seen: another picture is as near in one of 60 places."""

FURTHEST: Final = 256


@dataclass(frozen=True, slots=True)
class Photo:
    """A registered photo: upright, in RGB, as large as reposts are made of; and its signals."""

    name: str
    picture: Image.Image = field(repr=False)
    constellation: Constellation | None
    pdq: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One repost and what came of looking for its photo.

    ``look`` is None where the photo was not even proposed. ``pdq`` is the least distance in bits
    from any of the photo's views, FURTHEST where there is too little in the repost to hash.
    ``false`` are other registered photos at the threshold or over it, each as if the repost were
    one of it; none where the repost really shows several.
    """

    photo: Photo
    edit: str
    repost: Image.Image = field(repr=False)
    looked_in: tuple[int, int]
    strength: float | None
    look: SecondLook | None = field(repr=False)
    pdq: int
    false: "tuple[Case, ...]" = ()

    def found(self, threshold: float) -> bool:
        """Say whether the repost would be flagged, by its places or by PDQ."""
        return self.found_by_places(threshold) or self.found_by_pdq

    def found_by_places(self, threshold: float) -> bool:
        """Say whether its places alone are enough."""
        return self.strength is not None and self.strength >= threshold

    @property
    def found_by_pdq(self) -> bool:
        """Say whether PDQ of the whole picture finds it, mirrored and turned ways included."""
        return self.pdq <= MATCH_DISTANCE

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Say which registered places were seen in the repost."""
        if self.look is None:
            return np.zeros(0, np.bool_)
        seen: NDArray[np.bool_] = self.look.in_view & (self.look.distances <= SEEN_BITS)
        return seen


def register(paths: Sequence[Path]) -> list[Photo]:
    """Register photos as a person's pictures are.

    Raises:
        Undecodable: one is no picture.
    """
    photos = []
    for path in paths:
        signals = hash_picture(path.read_bytes()).signals
        held = [each.value for each in signals if each.type is SignalType.CONSTELLATION]
        pdq = [bytes.fromhex(each.value) for each in signals if each.type is SignalType.PDQ]
        photos.append(
            Photo(
                path.name,
                open_photo(path),
                unpack(bytes.fromhex(held[0])) if held else None,
                np.frombuffer(b"".join(pdq), np.uint8).reshape(len(pdq), FURTHEST // 8),
            )
        )
    return photos


class Search:
    """All registered photos, among which reposts are looked for."""

    def __init__(self, photos: Sequence[Photo], threshold: float) -> None:
        self._with_places = [photo for photo in photos if photo.constellation is not None]
        if not self._with_places:
            msg = "None of the photos has enough places to be registered by them: choose others."
            raise InvalidInput(msg)
        self._photos = photos
        self._threshold = threshold
        self._constellations = [
            photo.constellation for photo in photos if photo.constellation is not None
        ]
        self._index = PlaceIndex(self._constellations)
        self._workspace = Workspace()
        self._planes = planes()

    def cases(self, photo: Photo, edits: Sequence[str], seed: int) -> Iterator[Case]:
        """Make reposts of one photo, by edits in their order, and look for each."""
        own_seed = seed_of(photo.name, seed)
        beside = [other for other in self._photos if other is not photo]
        Random(own_seed).shuffle(beside)  # noqa: S311 - to be repeated, not to be secret
        others = [other.picture for other in beside[:MOST_OTHERS]]
        for edit in edits:
            body = edited(edit, photo.picture, others, own_seed).body
            yield self._case(photo, edit, body)

    def _case(self, photo: Photo, edit: str, body: bytes) -> Case:
        with Image.open(io.BytesIO(body)) as opened:
            repost = opened.convert("RGB")
        grey = scaled_for_looking(repost.convert("L"))
        space = space_of(grey, self._workspace)
        found = found_places(space, self._planes)
        proposals = propose(self._index, self._constellations, found)
        recognised = recognise(space, self._constellations, proposals, self._planes)
        own = next((e for e in recognised if self._with_places[e.picture] is photo), None)
        alone = find_edit(edit).others == 0
        signals = hash_found(body, None).signals

        def case_of(looked_for: Photo, of: Recognised | None) -> Case:
            return Case(
                looked_for,
                edit,
                repost,
                (space.width, space.height),
                None if of is None else of.strength,
                None if of is None else of.look,
                _nearest(looked_for, signals.pdq, signals.pdq_quality),
            )

        false = [
            case_of(self._with_places[each.picture], each)
            for each in recognised
            if alone and each is not own and each.strength >= self._threshold
        ]
        return replace(case_of(photo, own), false=tuple(false))


def _nearest(photo: Photo, pdq: str, quality: int) -> int:
    if quality < MIN_PDQ_QUALITY or len(photo.pdq) == 0:
        return FURTHEST
    value = np.frombuffer(bytes.fromhex(pdq), np.uint8)
    return int(np.bitwise_count(photo.pdq ^ value).sum(axis=1).min())
