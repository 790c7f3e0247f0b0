"""The registered constellations as of one version, compared with the places of found images.

They are held like the other signals (`matching.registry_snapshot`): those of a large registry in a
file that all crawls of this machine share, those of a small one as read from the database, and so
are those that are encrypted there. Loads compiled code, so it is imported only where a
constellation is registered.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from domain.errors import InvalidInput
from domain.muting import Muted
from domain.places import FoundPlaces, FramePlaces
from domain.signal import SignalType
from matching.proposed_pictures import Proposed
from matching.snapshot_facts import changes_beyond, facts_of
from signals.constellation import Constellation, unpack
from signals.place_index import PlaceIndex, Shown
from signals.recognition import propose
from signals.snapshot_file import DamagedSnapshotError
from storage import muted_places, registry
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


class RegisteredConstellations:
    """The constellations of every registration. Not for several threads at once.

    ``len`` counts pictures: a registered video has several. ``unreadable`` are those that are not
    held since they could not be decrypted.
    """

    def __init__(self, index: PlaceIndex, version: int, unreadable: int = 0) -> None:
        self._index = index
        self._muted: Mapping[tuple[int, int | None], Muted] = {}
        self.version = version
        self.unreadable = unreadable

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
        # Should one come again, its places may have other numbers than those that were muted.
        self._muted = {
            shown: each for shown, each in self._muted.items() if shown[0] not in changes.withdrawn
        }
        for registration_id, signal in changes.added:
            if signal.type is SignalType.CONSTELLATION:
                picture = _read(registration_id, bytes.fromhex(signal.value))
                if picture is not None:
                    self._index.add(Shown(registration_id, signal.at_ms), picture)
        _tell(changes.unreadable)
        self.unreadable += changes.unreadable
        self.version = changes.version

    def mute(self, muted: Mapping[tuple[int, int | None], Muted]) -> None:
        """Have some places say nothing from now on, by registration and moment; all others do."""
        self._muted = muted

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
            if owner in but_for:
                continue
            picture = self._index[proposal.picture]
            muted = self._muted_of(owner, at_ms, len(picture))
            if muted is None or not muted[proposal.alignment.pairs[:, 0]].all():
                proposed.append(Proposed(owner, picture, proposal.alignment, at_ms, muted))
        return proposed

    def _muted_of(self, owner: int, at_ms: int | None, count: int) -> NDArray[np.bool_] | None:
        muted = self._muted.get((owner, at_ms))
        if muted is None or muted.of != count:
            return None
        return np.array([bool(muted.places >> place & 1) for place in range(count)])

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


def open_constellations(database: Database) -> RegisteredConstellations:
    """Give all registered constellations as `_opened` does, with what is muted of them now."""
    held = _opened(database)
    with database.reading() as session:
        held.mute(muted_places.all_muted(session))
    return held


def _opened(database: Database) -> RegisteredConstellations:
    """Give all registered constellations, as they are now or were a moment ago.

    Those of a large registry come from the snapshot of this machine, which is made if there is none
    to be relied on; processes that start together wait for the first to make it. Where they are
    encrypted there is none: the database is read each time, 100,000 in six seconds.
    """
    folder = database.snapshots
    if database.keys is not None:
        _drop_plain(folder)
        folder = None
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
        if held.unreadable:  # a file without these would be used when they can be read again
            return held
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
    unreadable: list[int] = []
    index = PlaceIndex.of(_pictures(session, unreadable), expected=expected)
    _tell(sum(unreadable))
    return RegisteredConstellations(index, version, sum(unreadable))


def _tell(unreadable: int) -> None:
    if unreadable:
        _log.warning(
            "%d registered constellations are left out, since they cannot be decrypted: edited "
            "reposts of those pictures are missed. See: vigil doctor",
            unreadable,
        )


def _drop_plain(folder: SnapshotFolder | None) -> None:
    """Erase what was kept before there was a key."""
    try:
        if folder is not None and folder.drop_constellations():
            _log.info("The snapshot of constellations, which was not encrypted, is erased.")
    except OSError as error:  # must not stop the watch
        _log.warning("The snapshot of constellations cannot be erased: %s", error.strerror)


def _pictures(session: Session, unreadable: list[int]) -> Iterator[tuple[Shown, Constellation]]:
    """Give each that can be read, and to a list how many cannot."""
    for chunk in registry.constellation_chunks(session, rows=_AT_ONCE):
        unreadable.append(chunk.unreadable)
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
