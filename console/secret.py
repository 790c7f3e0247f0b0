"""The secret that sessions are signed with, in a file that nobody else can read.

It is made when the console starts for the first time. Whoever has it can be anybody in the console,
so it lies beside the database and is as well kept. Second factors are encrypted with it: without
it, all are signed out and have to set up theirs anew.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from config import Config
from domain.errors import OutsideDown, Refused

_BYTES: Final = 32


def secret_file(config: Config) -> Path:
    """Return where the secret lies, or is to lie."""
    return config.data / "console.secret"


def read_secret(path: Path) -> bytes:
    """Return the secret, making its file if there is none.

    Raises:
        Refused: others on this machine can read it, or it holds something else.
        OutsideDown: it can be neither read nor made.
    """
    try:
        if not path.exists():
            _make(path)
        refuse_if_open(path)
        return _secret(path, path.read_text("ascii", errors="replace"))
    except OSError as error:
        msg = f"The console's secret {path} cannot be used: {error.strerror or error}."
        raise OutsideDown(msg) from error


def refuse_if_open(path: Path) -> None:
    """Refuse a secret that others on this machine can read.

    Raises:
        Refused: they can.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        msg = (
            f"{path} can be read by others on this machine (mode {mode:o}), and whoever reads it "
            f"can be anybody in the console. If nobody has: chmod 600 {path}. Otherwise delete it: "
            "the console makes another one, all are signed out, and second factors are set up anew."
        )
        raise Refused(msg)


def _secret(path: Path, text: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        msg = (
            f"{path} is to hold {2 * _BYTES} hexadecimal digits and holds something else. Put the "
            "right file back, or delete it: the console makes another one, all are signed out, "
            "and second factors are set up anew."
        )
        raise Refused(msg)
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole before it has its name, so that nobody who starts beside us reads half of it.
    new = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"{secrets.token_hex(_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        # Never over one that is there: somebody else may have made it a moment ago.
        os.link(new, path)
    except FileExistsError:
        return
    finally:
        new.unlink(missing_ok=True)
