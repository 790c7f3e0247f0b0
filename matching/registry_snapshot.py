"""The registry as an index: from the snapshot on this machine where there is one, or the database.

The database is the truth. A snapshot spares reading every signal of a large registry at the start
of each crawl, and the memory of holding it once a process. It carries the version and the standing
of the registry that it was made of; one that does not fit the database, after a restored backup
or with another database, is not used.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from sqlalchemy.orm import Session

from domain.signal import COMPARED_BY_BITS, HEX_DIGITS, MATCH_DISTANCE, SignalType
from matching.registered_embeddings import RegisteredEmbeddings
from matching.snapshot_facts import changes_beyond, facts_of
from signals.index import SignalIndex, SignalRows
from signals.snapshot_file import DamagedSnapshotError, load_facts
from storage import registry
from storage.database import Database
from storage.snapshots import SnapshotFolder

if TYPE_CHECKING:
    from matching.registered_constellations import RegisteredConstellations

SNAPSHOT_SIGNALS: Final = 50_000
"""Registries with fewer are read from the database: under a second, and no copy on disk."""

RECENT_SIGNALS: Final = 8_192
"""Added since the snapshot was made; beyond, it is made anew. So many more are scanned in 20 µs."""

_LOCK: Final = "registry"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RegistryIndex:
    """The registered signals as of one version.

    ``constellations`` are None where none is registered: comparing them takes compiled code, which
    whoever has none does without. ``embeddings`` are None where no model makes any of found images;
    they may be of a later moment than the rest.
    """

    index: SignalIndex
    version: int
    constellations: "RegisteredConstellations | None" = None
    embeddings: RegisteredEmbeddings | None = None


def open_registry(database: Database, *, with_embeddings: bool = False) -> RegistryIndex:
    """Give the whole registry, as it is now or was a moment ago; embeddings only if asked for.

    A large one comes from the snapshot of this machine, which is made if there is none to be
    relied on; processes that start together wait for the first to make it.
    """
    held = _opened(database)
    held.index.warm_up(pdq_distance=MATCH_DISTANCE)
    held = _with_constellations(database, held)
    if with_embeddings:
        held = replace(held, embeddings=RegisteredEmbeddings.read(database))
    return held


def constellations_after(
    held: "RegisteredConstellations | None", changes: registry.RegistryChanges
) -> "RegisteredConstellations | None":
    """Bring constellations from an older version to that of the changes; there may be none yet."""
    if held is None and (
        changes.unreadable
        or any(signal.type is SignalType.CONSTELLATION for _, signal in changes.added)
    ):
        from matching.registered_constellations import none_yet  # noqa: PLC0415

        held = none_yet()
    if held is not None:
        held.apply(changes)
    return held


def _with_constellations(database: Database, held: RegistryIndex) -> RegistryIndex:
    with database.reading() as session:
        if not registry.constellation_count(session):
            return held
    from matching.registered_constellations import open_constellations  # noqa: PLC0415

    constellations = open_constellations(database)
    constellations.warm_up()
    if constellations.version == held.version:
        return RegistryIndex(held.index, held.version, constellations)
    with database.reading() as session:  # something was registered while one of them was read
        changes = registry.changes_since(session, held.version)
        apply_changes(held.index, changes)
        constellations.apply(registry.changes_since(session, constellations.version))
    drop_outdated(database)
    return RegistryIndex(held.index, changes.version, constellations)


def _opened(database: Database) -> RegistryIndex:
    folder = database.snapshots
    with database.reading() as session:
        if folder is None or registry.signal_count(session) < SNAPSHOT_SIGNALS:
            return _from_database(session)
    try:
        with folder.alone(_LOCK):
            return _kept(database, folder)
    except OSError as error:  # a full disk must not stop the watch
        _log.warning("The registry's snapshot cannot be used: %s", error.strerror)
        with database.reading() as session:
            return _from_database(session)


def drop_outdated(database: Database) -> bool:
    """Erase this machine's snapshots if something in one may have been withdrawn since; say if so.

    One that cannot be read may hold anything.
    """
    folder = database.snapshots
    if folder is None:
        return False
    versions = []
    for path in (folder.registry, folder.constellations):
        try:
            versions.append(int(load_facts(path)["version"]))
        except FileNotFoundError:
            continue
        except (DamagedSnapshotError, KeyError):
            return folder.drop_registry()
    if not versions:
        return False
    with database.reading() as session:
        outdated = registry.last_withdrawal(session) > min(versions)
    return folder.drop_registry() if outdated else False


def _kept(database: Database, folder: SnapshotFolder) -> RegistryIndex:
    """Load the snapshot, or make it anew."""
    with database.reading() as session:
        held = _from_snapshot(session, folder)
        if held is not None and held.index.recent <= RECENT_SIGNALS:
            return held
        if held is None:
            held = _from_database(session)
        facts = facts_of(session, held.version)
    held.index.save(folder.registry, facts)
    index, _ = SignalIndex.load(folder.registry)
    drop_outdated(database)  # withdrawn while it was written
    return RegistryIndex(index, held.version)


def apply_changes(index: SignalIndex, changes: registry.RegistryChanges) -> None:
    """Bring an index from an older version to that of the changes."""
    for registration_id in changes.withdrawn:
        index.remove(registration_id)
    for registration_id, signal in changes.added:
        index.add(registration_id, signal)


def _from_snapshot(session: Session, folder: SnapshotFolder) -> RegistryIndex | None:
    """Load the snapshot and bring it up to date; None if there is none that fits."""
    try:
        index, facts = SignalIndex.load(folder.registry)
        changes = changes_beyond(session, facts)
    except FileNotFoundError:
        return None
    except (DamagedSnapshotError, KeyError) as error:
        _log.warning("%s", error)
        return None
    if changes is None:
        return None
    apply_changes(index, changes)
    return RegistryIndex(index, changes.version)


def _from_database(session: Session) -> RegistryIndex:
    version = registry.current_version(session)
    return RegistryIndex(SignalIndex.build(_all_rows(session)), version)


def _all_rows(session: Session) -> Iterator[SignalRows]:
    for signal_type in COMPARED_BY_BITS:
        chunks = list(registry.signal_chunks(session, signal_type))
        nothing = np.empty((0, HEX_DIGITS[signal_type] // 2), np.uint8)
        yield SignalRows(
            signal_type,
            codes=np.concatenate([nothing, *(chunk.codes for chunk in chunks)]),
            registrations=np.concatenate(
                [np.empty(0, np.int64), *(chunk.registrations for chunk in chunks)]
            ),
            views=np.concatenate([np.empty(0, np.uint8), *(chunk.views for chunk in chunks)]),
        )
