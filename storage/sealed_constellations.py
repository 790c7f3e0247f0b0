"""Registered constellations as they stand in the database: encrypted, where there is a key.

Encrypted ones (AES-256-GCM) are told from plain ones by their first byte, which in these is a
version; both may stand side by side. Each is bound to the row where it stands: moved to another
registration, view or frame, it cannot be read.
"""

import secrets
import struct
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import ColumnElement, LargeBinary, func, select, type_coerce
from sqlalchemy.orm import Session

from domain.signal import Signal, SignalType, View
from storage.registry_keys import ID_BYTES, RegistryKey, RegistryKeys, UnusableKeyError
from storage.tables import SignalRow

FORM: Final = b"\xe1"
"""The first byte of an encrypted one, in the one form that there is. Versions count up from 1."""

KEYS: Final = "registry keys"
"""Under which name a session holds the keys of its database."""

PREFIX_BYTES: Final = len(FORM) + ID_BYTES
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = PREFIX_BYTES + _NONCE_BYTES

_LABEL: Final = b"vigil registered constellation"
_STILL: Final = -1
"""Stands for the moment of a still picture."""


class Place(NamedTuple):
    """The row that a constellation stands in."""

    registration_id: int
    view: str
    at_ms: int | None


def is_sealed(stored: bytes) -> bool:
    """Say whether what is stored of a constellation is encrypted."""
    return stored.startswith(FORM)


def prefix(key: RegistryKey) -> bytes:
    """Give what everything begins with that a key has encrypted."""
    return FORM + key.id


def stored_prefix() -> ColumnElement[bytes]:
    """Give the beginning of what is stored, for a statement: it tells whether, and by which key."""
    value = type_coerce(SignalRow.value, LargeBinary)
    return func.substr(value, 1, PREFIX_BYTES, type_=LargeBinary)


def seal(key: RegistryKey, place: Place, packed: bytes) -> bytes:
    """Encrypt a constellation for the row that it is to stand in."""
    # Drawn at random: a key would have to encrypt four thousand million of them before one in four
    # thousand million such registries had drawn one twice.
    nonce = secrets.token_bytes(_NONCE_BYTES)
    head = prefix(key)
    return head + nonce + key.cipher.encrypt(nonce, packed, _bound_to(head, place))


def unseal(key: RegistryKey, place: Place, stored: bytes) -> bytes | None:
    """Decrypt a constellation; None if it is damaged, or stood in another row."""
    head, nonce = stored[:PREFIX_BYTES], stored[PREFIX_BYTES:_HEAD_BYTES]
    try:
        return key.cipher.decrypt(nonce, stored[_HEAD_BYTES:], _bound_to(head, place))
    except (InvalidTag, ValueError):  # what is cut short may have no nonce
        return None


def opened(keys: RegistryKeys | None, place: Place, stored: bytes) -> bytes | None:
    """Give a constellation as it is, however it is stored; None if it cannot be read.

    For that its key is missing, or what is stored is damaged or stood in another row.
    """
    if not is_sealed(stored):
        return stored
    key = None if keys is None else keys.find(stored[len(FORM) : PREFIX_BYTES])
    return None if key is None else unseal(key, place, stored)


def keys_of(session: Session) -> RegistryKeys | None:
    """Give the keys of a session's database; None if it has none."""
    keys: RegistryKeys | None = session.info.get(KEYS)
    return keys


def unreadable_of(session: Session, registration_id: int) -> int:
    """Count the constellations of a registration that cannot be read here."""
    rows = session.execute(
        select(SignalRow.view, SignalRow.at_ms, SignalRow.value)
        .where(SignalRow.registration_id == registration_id)
        .where(SignalRow.type == SignalType.CONSTELLATION.value)
    ).all()
    keys = keys_of(session)
    return sum(
        opened(keys, Place(registration_id, view, at_ms), bytes.fromhex(value)) is None
        for view, at_ms, value in rows
    )


def check_key(session: Session, registration_id: int, number: str) -> None:
    """Refuse to go on without a key where a registration's constellations are encrypted.

    Raises:
        UnusableKeyError: there is none here, or its file cannot be used. A key that is lost is
            another matter: then there is one, and what it does not open has to be made anew.
    """
    keys = keys_of(session)
    problem = "there is no key here" if keys is None else keys.problem()
    if problem is not None and unreadable_of(session, registration_id):
        msg = (
            f"What {number} is found by in edited reposts is encrypted, and it cannot be read: "
            f"{problem}. Set VIGIL_REGISTRY_KEY_FILE as it is set for the scheduler. If the key is "
            "lost: vigil registry-key make, set the new one everywhere, and register again."
        )
        raise UnusableKeyError(msg)


def any_sealed(session: Session) -> bool:
    """Say whether any registered constellation is encrypted."""
    first = func.substr(type_coerce(SignalRow.value, LargeBinary), 1, 1, type_=LargeBinary)
    found = (
        select(SignalRow.registration_id)
        .where(SignalRow.type == SignalType.CONSTELLATION.value, first == FORM)
        .limit(1)
    )
    return session.scalar(found) is not None


def rows_of(
    session: Session, registration_id: int, signals: Iterable[Signal]
) -> list[dict[str, Any]]:
    """Give the rows that signals of a registration are stored as, constellations encrypted.

    Raises:
        UnusableKeyError: there is to be a key, and it cannot be used. Nothing is stored in plain
            then.
    """
    keys = keys_of(session)
    rows = []
    for signal in signals:
        value = signal.value
        if keys is not None and signal.type is SignalType.CONSTELLATION:
            place = Place(registration_id, signal.view.value, signal.at_ms)
            value = seal(keys.current(), place, bytes.fromhex(value)).hex()
        rows.append(
            {
                "registration_id": registration_id,
                "type": signal.type.value,
                "view": signal.view.value,
                "value": value,
                "quality": signal.quality,
                "at_ms": signal.at_ms,
            }
        )
    return rows


def signal_of(
    keys: RegistryKeys | None,
    registration_id: int,
    signal_type: str,
    value: str,
    view: str,
    quality: int | None,
    at_ms: int | None,
) -> Signal | None:
    """Make a signal of what is stored of it; None of a constellation that cannot be read."""
    kind = SignalType(signal_type)
    if kind is SignalType.CONSTELLATION:
        plain = opened(keys, Place(registration_id, view, at_ms), bytes.fromhex(value))
        if plain is None:
            return None
        value = plain.hex()
    return Signal(kind, value, View(view), quality, at_ms)


def _bound_to(head: bytes, place: Place) -> bytes:
    at_ms = _STILL if place.at_ms is None else place.at_ms
    where = struct.pack(">qq", place.registration_id, at_ms)
    return _LABEL + head + where + place.view.encode()
