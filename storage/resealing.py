"""Encrypting what is stored of registered constellations, under another key, or no longer at all.

It goes on while crawls do: some at a time, each time all or nothing. Interrupted, it is begun
again and finds what is left to do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import LargeBinary, Row, Select, func, select, type_coerce, update
from sqlalchemy.orm import Session

from domain.signal import SignalType
from storage import registry
from storage.database import Database
from storage.registry_keys import RegistryKey, RegistryKeys, UnusableKeyError
from storage.sealed_constellations import (
    FORM,
    Place,
    is_sealed,
    keys_of,
    opened,
    prefix,
    seal,
    stored_prefix,
)
from storage.tables import SignalRow

_AT_ONCE: Final = 500
"""Crawls wait for so many before they record: a twentieth of a second."""

_READ_AT_ONCE: Final = 5_000

NO_KEY: Final = (
    "VIGIL_REGISTRY_KEY_FILE is not set, so there is no key. To make one: vigil registry-key make "
    "PATH. Then set the variable to that path, here and where crawls run."
)

Told = Callable[[int, int], None]
"""Hears how many are done, and how many there are to do."""

_Stored = Row[int, int, str, int | None, bytes]
_Wanted = Select[int, int, str, int | None, bytes]


@dataclass(frozen=True, slots=True)
class StoredConstellations:
    """How registered constellations are stored, those of suspended registrations included.

    ``current`` are encrypted with the key that encrypts now, ``older`` with another of the file.
    ``unreadable`` are encrypted with a key that is not there, damaged, or in a row that is not
    theirs.
    """

    plain: int
    current: int
    older: int
    unreadable: int

    @property
    def all(self) -> int:
        """How many there are."""
        return self.plain + self.current + self.older + self.unreadable


@dataclass(frozen=True, slots=True)
class Resealed:
    """What came of it: how many were changed, and how many cannot be read and stay as they are."""

    changed: int
    unreadable: int


def stored_constellations(session: Session) -> StoredConstellations:
    """Count constellations by how they are stored; reads and decrypts every one."""
    keys = keys_of(session)
    now = _current(keys)
    plain = current = older = unreadable = 0
    found = session.execute(_rows().execution_options(yield_per=_READ_AT_ONCE))
    for row in found:
        stored = bytes(row[-1])
        if not is_sealed(stored):
            plain += 1
        elif opened(keys, _place(row), stored) is None:
            unreadable += 1
        elif now is not None and stored.startswith(prefix(now)):
            current += 1
        else:
            older += 1
    return StoredConstellations(plain, current, older, unreadable)


def encrypt(database: Database, *, told: Told) -> Resealed:
    """Encrypt, with the key that encrypts now, every constellation that is not.

    Raises:
        UnusableKeyError: there is no key, or it cannot be used.
    """
    key = _needed(database).current()

    def change(place: Place, plain: bytes) -> bytes:
        return seal(key, place, plain)

    return _changed(database, _rows().where(stored_prefix() != prefix(key)), change, told)


def decrypt(database: Database, *, told: Told) -> Resealed:
    """Store every constellation in plain that can be read.

    Raises:
        UnusableKeyError: there is no key, or it cannot be used.
    """
    _needed(database).current()
    sealed = func.substr(stored_prefix(), 1, len(FORM), type_=LargeBinary) == FORM
    return _changed(database, _rows().where(sealed), lambda _, plain: plain, told)


def under(session: Session, key: RegistryKey) -> int:
    """Count what is encrypted with a key."""
    counted = _rows().where(stored_prefix() == prefix(key)).order_by(None).subquery()
    return session.scalars(select(func.count()).select_from(counted)).one()


def _changed(
    database: Database,
    wanted: _Wanted,
    change: Callable[[Place, bytes], bytes],
    told: Told,
) -> Resealed:
    with database.reading() as session:
        counted = wanted.order_by(None).subquery()
        to_do = session.scalars(select(func.count()).select_from(counted)).one()
    changed = unreadable = 0
    for read, left in _in_turn(database, wanted, change):
        changed += read
        unreadable += left
        told(changed + unreadable, to_do)
    return Resealed(changed, unreadable)


def _in_turn(
    database: Database,
    wanted: _Wanted,
    change: Callable[[Place, bytes], bytes],
) -> Iterator[tuple[int, int]]:
    """Change some at a time; yield how many were, and how many cannot be read."""
    after = 0
    while True:
        with database.writing() as session:
            # Alone, since whoever withdraws would otherwise wait for what waits for it.
            registry.hold(session)
            some = session.execute(wanted.where(SignalRow.signal_id > after).limit(_AT_ONCE)).all()
            if not some:
                return
            after = some[-1][0]
            keys = keys_of(session)
            values = []
            for row in some:
                place = _place(row)
                plain = opened(keys, place, bytes(row[-1]))
                if plain is not None:
                    value = change(place, plain).hex()
                    values.append({"signal_id": row[0], "value": value})
            if values:
                session.execute(update(SignalRow), values)
        yield len(values), len(some) - len(values)


def _rows() -> _Wanted:
    # The bytes are wanted as they are: turning each into digits and back would cost the most.
    value = type_coerce(SignalRow.value, LargeBinary)
    return (
        select(
            SignalRow.signal_id, SignalRow.registration_id, SignalRow.view, SignalRow.at_ms, value
        )
        .where(SignalRow.type == SignalType.CONSTELLATION.value)
        .order_by(SignalRow.signal_id)
    )


def _place(row: _Stored) -> Place:
    _, registration_id, view, at_ms, _ = row
    return Place(registration_id, view, at_ms)


def _current(keys: RegistryKeys | None) -> RegistryKey | None:
    try:
        return None if keys is None else keys.current()
    except UnusableKeyError:
        return None


def _needed(database: Database) -> RegistryKeys:
    if database.keys is None:
        raise UnusableKeyError(NO_KEY)
    return database.keys
