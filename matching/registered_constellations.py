"""The registered constellations as of one version, compared with the places of found images.

They are held like the other signals (`matching.registry_snapshot`): those of a large registry in a
file that all crawls of this machine share, those of a small one as read from the database. Loads
compiled code, so it is imported only where a constellation is registered.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from domain.errors import InvalidInput
from domain.places import Alignment, FoundPlaces, FramePlaces, SecondLook, Wanted
from domain.signal import Agreement, SignalType, View
from matching.snapshot_facts import changes_beyond, facts_of
from signals.constellation import Constellation, unpack
from signals.laid_down import laid_down
from signals.place_index import PlaceIndex, Shown
from signals.recognition import propose
from signals.snapshot_file import DamagedSnapshotError
from signals.strength import strength
from storage import registry
from storage.database import Database
from storage.registry import RegistryChanges
from storage.snapshots import SnapshotFolder

SNAPSHOT_PICTURES: Final = 2_000
"""Registries with fewer are read from the database: under a second, and no copy on disk."""

RECENT_PICTURES: Final = 1_000
"""Added since the snapshot was made; beyond, it is made anew."""

_AT_ONCE: Final = 5_000
_LOCK: Final = "constellations"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A registered picture, or a frame of a registered video, that may be in a found image.

    ``at_ms`` is where the frame lies in the registered video; None for a still picture.
    """

    registration_id: int
    picture: Constellation
    alignment: Alignment
    at_ms: int | None = None

    def wanted(self) -> Wanted:
        """Give what to look for."""
        return Wanted(self.picture.packed(), self.alignment)


class RegisteredConstellations:
    """The constellations of every registration. Not for several threads at once.

    ``len`` counts pictures: a registered video has several.
    """

    def __init__(self, index: PlaceIndex, version: int) -> None:
        self._index = index
        self.version = version

    def __len__(self) -> int:
        return self._index.held

    @property
    def recent(self) -> int:
        """How many pictures were added since they were built or loaded."""
        return self._index.recent

    def apply(self, changes: RegistryChanges) -> None:
        """Bring them from an older version to that of the changes."""
        for registration_id in changes.withdrawn:
            self._index.remove(registration_id)
        for registration_id, signal in changes.added:
            if signal.type is SignalType.CONSTELLATION:
                picture = _read(registration_id, bytes.fromhex(signal.value))
                if picture is not None:
                    self._index.add(Shown(registration_id, signal.at_ms), picture)
        self.version = changes.version

    def those_of(self, registrations: Collection[int]) -> frozenset[int]:
        """Give those among registrations of which something is held."""
        return frozenset(each for each in registrations if self._index.holds(each))

    def propose(self, found: FramePlaces, *, but_for: Collection[int] = ()) -> list[Proposed]:
        """Say which registered pictures may be in an image or a frame, the likeliest first.

        Args:
            found: its places.
            but_for: registrations that need not be proposed.
        """
        proposals = propose(self._index, self._index, (found.upright, found.mirrored))
        proposed = []
        for proposal in proposals:
            owner, at_ms = self._index.shown(proposal.picture)
            if owner not in but_for:
                picture = self._index[proposal.picture]
                proposed.append(Proposed(owner, picture, proposal.alignment, at_ms))
        return proposed

    def warm_up(self) -> None:
        """Load whatever code proposing needs, for a moment when nobody waits for an answer."""
        if len(self._index):
            some = self._index[0]
            sure = np.zeros_like(some.bits)
            found = FoundPlaces(some.places, some.bits, sure, some.width, some.height)
            self.propose(FramePlaces(None, found, found))

    def save(self, folder: SnapshotFolder, session: Session) -> None:
        """Write them to this machine's file."""
        self._index.save(folder.constellations, facts_of(session, self.version))


def agreeing(
    frame: FramePlaces,
    proposed: Sequence[Proposed],
    looks: Sequence[SecondLook | None],
    *,
    least_strength: float,
) -> list[Agreement]:
    """Say which of the proposed pictures are in an image, or a frame, by a second look at it.

    Args:
        frame: the places of the image.
        proposed: what was looked for.
        looks: what was seen of each; None of what was not worth a full look.
        least_strength: how strongly it must speak for a picture, as `signals.strength` has it.

    Returns:
        One agreement for each registration, that of its strongest picture, in order of their ids.
    """
    found: dict[int, Agreement] = {}
    size = frame.upright.width, frame.upright.height
    for each, look in zip(proposed, looks, strict=True):
        if look is None or (strong := strength(look, each.picture)) < least_strength:
            continue
        before = found.get(each.registration_id)
        if before is not None and before.laid is not None and before.laid.strength >= strong:
            continue
        found[each.registration_id] = Agreement(
            each.registration_id,
            SignalType.CONSTELLATION,
            View.MIRRORED if look.mirrored else View.UPRIGHT,
            int(np.median(look.distances[look.in_view])),
            frame.at_ms,
            laid_down(look, each.picture, size, strong),
        )
    return [found[registration_id] for registration_id in sorted(found)]


def video_frames_seen(
    proposed: Sequence[Proposed],
    looks: Sequence[SecondLook | None],
    *,
    least_strength: float,
) -> list[tuple[int, int]]:
    """Say which frames of registered videos are in an image: registrations, each with a moment.

    Arguments are those of `agreeing`, which gives one frame of each registration.
    """
    return [
        (each.registration_id, each.at_ms)
        for each, look in zip(proposed, looks, strict=True)
        if each.at_ms is not None
        and look is not None
        and strength(look, each.picture) >= least_strength
    ]


def open_constellations(database: Database) -> RegisteredConstellations:
    """Give all registered constellations, as they are now or were a moment ago.

    Those of a large registry come from the snapshot of this machine, which is made if there is none
    to be relied on; processes that start together wait for the first to make it.
    """
    folder = database.snapshots
    with database.reading() as session:
        if folder is None or registry.constellation_count(session) < SNAPSHOT_PICTURES:
            return _from_database(session)
    try:
        with folder.alone(_LOCK):
            return _kept(database, folder)
    except OSError as error:  # a full disk must not stop the watch
        _log.warning("The snapshot of constellations cannot be used: %s", error.strerror)
        with database.reading() as session:
            return _from_database(session)


def none_yet() -> RegisteredConstellations:
    """Give what an empty registry holds."""
    return RegisteredConstellations(PlaceIndex(), 0)


def _kept(database: Database, folder: SnapshotFolder) -> RegisteredConstellations:
    """Load the snapshot, or make it anew; never is more than one held."""
    with database.reading() as session:
        held = _from_snapshot(session, folder)
        if held is not None and held.recent <= RECENT_PICTURES:
            return held
        held = None  # a large one takes 400 MB
        held = _from_database(session)
        held.save(folder, session)
        version = held.version
    held = None
    index, _ = PlaceIndex.load(folder.constellations)
    with database.reading() as session:
        if registry.last_withdrawal(session) > version:  # it came while that was written
            folder.drop_registry()
    return RegisteredConstellations(index, version)


def _from_snapshot(session: Session, folder: SnapshotFolder) -> RegisteredConstellations | None:
    """Load the snapshot and bring it up to date; None if there is none that fits."""
    try:
        index, facts = PlaceIndex.load(folder.constellations)
        changes = changes_beyond(session, facts)
    except FileNotFoundError:
        return None
    except (DamagedSnapshotError, KeyError) as error:
        _log.warning("%s", error)
        return None
    if changes is None:
        return None
    held = RegisteredConstellations(index, changes.version)
    held.apply(changes)
    return held


def _from_database(session: Session) -> RegisteredConstellations:
    version = registry.current_version(session)
    expected = registry.constellation_count(session)
    index = PlaceIndex.of(_pictures(session), expected=expected)
    return RegisteredConstellations(index, version)


def _pictures(session: Session) -> Iterator[tuple[Shown, Constellation]]:
    for chunk in registry.constellation_chunks(session, rows=_AT_ONCE):
        for owner, at_ms, packed in zip(chunk.ids.tolist(), chunk.at_ms, chunk.packed, strict=True):
            picture = _read(owner, packed)
            if picture is not None:
                yield Shown(owner, at_ms), picture


def _read(registration_id: int, packed: bytes) -> Constellation | None:
    """Read a constellation; None of another version, whose bits mean something else."""
    try:
        return unpack(packed)
    except InvalidInput as error:
        _log.warning("The constellation of registration %d is left out: %s", registration_id, error)
        return None
