"""What a database driver says when something outside is down, as a sentence for a person."""

import sqlite3
from typing import Final

import psycopg2
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.errors import OutsideDown

_SQLITE: Final = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists and that you may "
    "read and write it",
    sqlite3.SQLITE_PERM: "cannot be opened: check its owner and permissions",
    sqlite3.SQLITE_READONLY: "is read-only: check the permissions of the file and its folder, "
    "and that the disk is mounted for writing",
    sqlite3.SQLITE_FULL: "could not be written because the disk is full; nothing half-done was "
    "kept. Free some space, then do it again",
    sqlite3.SQLITE_IOERR: "could not be read or written: the disk reports an error. Check it, "
    "and its free space",
    sqlite3.SQLITE_BUSY: "is locked: another process has been writing to it for too long. Wait "
    "for it or stop it, then do it again",
    sqlite3.SQLITE_LOCKED: "is locked: another process is using it. Do it again",
    sqlite3.SQLITE_CORRUPT: "is damaged. Stop everything that uses it and restore a backup",
    sqlite3.SQLITE_NOTADB: "is no SQLite database: check VIGIL_DATABASE_URL",
}

# SQLSTATE codes, or the class that their first two signs name.
_POSTGRESQL: Final = {
    "28": "does not accept this user or password: check VIGIL_DATABASE_URL",
    "3D": "does not exist on that server: create it, or check VIGIL_DATABASE_URL",
    "08": "lost the connection. Check the server and the network, then do it again",
    "53100": "could not be written because the server's disk is full; nothing half-done was "
    "kept. Free some space there, then do it again",
    "53": "has run out of connections or memory. Stop something that uses it, then do it again",
    "57P": "is shutting down or starting. Wait until it is up, then do it again",
    "57014": "gave up a statement that ran into the server's time limit. Do it again",
    "58": "could not be read or written: the server's disk reports an error",
    "25006": "is read-only: this server is a standby, or is set to read-only transactions",
    "40": "was busy with another writer that wanted the same rows. Do it again",
    "55P03": "is locked by another writer. Do it again",
    "XX001": "is damaged. Restore a backup",
}


def place(url: URL) -> str:
    """Name a database without its user or password: fit for any message or log."""
    if url.get_backend_name() == "sqlite":
        return f"The database {url.database}"
    host = url.host or url.query.get("host") or "local socket"
    port = f":{url.port}" if url.port else ""
    return f"The database {url.database!r} on {host if isinstance(host, str) else host[0]}{port}"


def outside_down(error: Exception, url: URL) -> OutsideDown | None:
    """Put a driver's error into words; None if it is a mistake of ours and no outside trouble."""
    if isinstance(error, PoolTimeoutError):
        return OutsideDown(f"{place(url)} is in use by too many threads at once. Do it again.")
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the kind; the rest only refines it. Errors that the module itself
        # raises (a closed cursor) carry no code.
        code = getattr(error.orig, "sqlite_errorcode", None)
        said = None if code is None else _SQLITE.get(code & 0xFF)
    elif isinstance(error.orig, psycopg2.Error):
        said = _said_by_postgresql(error.orig, url)
    else:
        said = None
    return None if said is None else OutsideDown(f"{place(url)} {said}.")


def _said_by_postgresql(error: psycopg2.Error, url: URL) -> str | None:
    code = error.pgcode
    if code is None:
        if not isinstance(error, psycopg2.OperationalError):
            return None
        # Before or after a connection there is no code, only libpq's text.
        text = _without_password(str(error), url)
        for sign, key in (
            ("password authentication", "28"),
            ("no password supplied", "28"),
            ("pg_hba.conf", "28"),
            ("role ", "28"),
            ("too many clients", "53"),
            ("starting up", "57P"),
            ("shutting down", "57P"),
        ):
            if sign in text:
                return _POSTGRESQL[key]
        if "database " in text and "does not exist" in text:
            return _POSTGRESQL["3D"]
        first = next(
            (line.strip() for line in text.splitlines() if line.strip()), "no reason given"
        )
        return f"does not answer ({first}). Check that the server runs and VIGIL_DATABASE_URL"
    return next(
        (_POSTGRESQL[key] for key in (code, code[:3], code[:2]) if key in _POSTGRESQL), None
    )


def _without_password(text: str, url: URL) -> str:
    asked = url.query.get("password")
    secrets = [url.password, *([asked] if isinstance(asked, str) else asked or ())]
    for secret in secrets:
        if secret:
            text = text.replace(str(secret), "***")
    return text
