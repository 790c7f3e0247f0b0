"""The keys that registered constellations are encrypted with: a file that the operator keeps.

It stands outside of the database, so that who has that alone has nothing. It holds a key in each
line, in base64: the first one encrypts, each of them decrypts, so that keys can be changed while
crawls go on.
"""

import base64
import binascii
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import Refused

KEY_BYTES: Final = 32
ID_BYTES: Final = 8

_FOR_OTHERS: Final = 0o077
_NAMED_BY: Final = b"vigil registry key"


class UnusableKeyError(Refused):
    """The file of keys is not there, or is not one that can be relied on."""


@dataclass(frozen=True, slots=True)
class RegistryKey:
    """One key. ``id`` names it, and tells nothing of it: a digest's beginning."""

    id: bytes
    cipher: AESGCM = field(repr=False, compare=False)

    @classmethod
    def of(cls, secret: bytes) -> "RegistryKey":
        """Take up 32 random bytes."""
        return cls(hashlib.sha256(_NAMED_BY + secret).digest()[:ID_BYTES], AESGCM(secret))

    @property
    def name(self) -> str:
        """Its id as it is shown."""
        return self.id.hex()


class RegistryKeys:
    """The keys of one file; what cannot be read of it is told when a key is needed.

    The file is read again once it has changed, so that a crawl under way knows a key that was made
    meanwhile. Should it then not be readable, what was read stays.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._looked_at: tuple[int, ...] | None = None
        self._keys: tuple[RegistryKey, ...] = ()
        self._error: str | None = None

    def current(self) -> RegistryKey:
        """Give the key that encrypts.

        Raises:
            UnusableKeyError: the file cannot be used as it is now.
        """
        return self.all()[0]

    def all(self) -> tuple[RegistryKey, ...]:
        """Give every key, the one that encrypts first.

        Raises:
            UnusableKeyError: the file cannot be used as it is now.
        """
        now = _state(self.path)
        if now is None or now != self._looked_at:
            try:
                self._keys = tuple(RegistryKey.of(secret) for secret in read_secrets(self.path))
                self._error = None
            except UnusableKeyError as error:
                self._error = str(error)
            self._looked_at = now
        if self._error is not None:
            raise UnusableKeyError(self._error)
        return self._keys

    def find(self, key_id: bytes) -> RegistryKey | None:
        """Give the key of an id; None if there is none, or the file cannot be used."""
        for key in self._keys:
            if key.id == key_id:
                return key
        try:
            return next((key for key in self.all() if key.id == key_id), None)
        except UnusableKeyError:
            return None

    def problem(self) -> str | None:
        """Say why the file cannot be used; None if it can."""
        try:
            self.all()
        except UnusableKeyError as error:
            return str(error)
        return None


def read_secrets(path: Path) -> tuple[bytes, ...]:
    """Read the keys of a file; there is one at least.

    Raises:
        UnusableKeyError: it cannot be read, others may read it, or a line is no key.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & _FOR_OTHERS:
                msg = (
                    f"The registry's key file {path} can be read by others on this machine (mode "
                    f"{mode:o}). To use it: chmod 600 {path}"
                )
                raise UnusableKeyError(msg)
            content = file.read()
    except OSError as error:
        msg = (
            f"The registry's key file {path} cannot be read: {error.strerror}. Put it back, or "
            "name another one in VIGIL_REGISTRY_KEY_FILE. To make one: vigil registry-key make PATH"
        )
        raise UnusableKeyError(msg) from error
    lines = [(number, line.strip()) for number, line in enumerate(content.splitlines(), start=1)]
    found = tuple(_secret(path, number, line) for number, line in lines if line)
    if not found:
        msg = f"The registry's key file {path} is empty. Put back the one that was there."
        raise UnusableKeyError(msg)
    if len(set(found)) != len(found):
        msg = f"The registry's key file {path} holds a key twice. Take one of the lines out."
        raise UnusableKeyError(msg)
    return found


def new_secret() -> bytes:
    """Make a key."""
    return secrets.token_bytes(KEY_BYTES)


def written(found: Sequence[bytes]) -> bytes:
    """Give keys as a file holds them."""
    return b"".join(base64.b64encode(secret) + b"\n" for secret in found)


def _secret(path: Path, number: int, line: bytes) -> bytes:
    # Nothing of the line itself is told: it may be a key, but for a letter.
    try:
        secret = base64.b64decode(line, validate=True)
    except binascii.Error:
        what = f"is not base64 ({len(line)} characters)"
    else:
        if len(secret) == KEY_BYTES:
            return secret
        what = f"holds {len(secret)} bytes, and a key has {KEY_BYTES}"
    msg = (
        f"Line {number} of the registry's key file {path} {what}. "
        "Put back the file as vigil registry-key made it."
    )
    raise UnusableKeyError(msg)


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_ino, now.st_size, now.st_mtime_ns, now.st_mode
