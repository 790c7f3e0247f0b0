"""What every view works with: the settings, the database, the time and who is there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from flask import Flask, current_app
from flask_login import current_user
from sqlalchemy.orm import Session

from config import Config
from storage.accounts import Account
from storage.database import Database

Clock = Callable[[], datetime]

_NAME: Final = "vigil"


class Surroundings:
    """The settings, database and clock of one application."""

    def __init__(self, config: Config, database: Database, clock: Clock | None) -> None:
        self.config: Final = config
        self.database: Final = database
        self.clock = clock or _machine_time

    def belong_to(self, app: Flask) -> None:
        """Be what the views of an application find."""
        app.extensions[_NAME] = self


def config() -> Config:
    """Return the settings of this installation."""
    return _here().config


def database() -> Database:
    """Return the database; most views want `reading` or `writing`."""
    return _here().database


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return _here().clock()


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that sees one moment and can write nothing."""
    with _here().database.reading() as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """Open a session that commits at the end; keep it short, crawls wait for it."""
    with _here().database.writing() as session:
        yield session


def account() -> Account:
    """Return the account of whoever asks; only views behind a permission may call this."""
    found: Account = current_user.account
    return found


def actor() -> str:
    """Return what the audit chain calls whoever asks."""
    return account().name


def _here() -> Surroundings:
    found: Surroundings = current_app.extensions[_NAME]
    return found


def _machine_time() -> datetime:
    return datetime.now(UTC)
