"""What every command works with: who acts, at what time, on which database."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from config import Config, load_config

if TYPE_CHECKING:
    from storage.database import Database


class App:
    """The surroundings of one command. The database is opened when it is first needed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._database: Database | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    @cached_property
    def config(self) -> Config:
        """The settings of this installation."""
        return load_config(self.environment)

    @property
    def database(self) -> "Database":
        """The database, with its schema checked."""
        if self._database is None:
            # Not above: help and usage errors would wait for SQLAlchemy to load.
            from storage.database import open_database  # noqa: PLC0415

            self._database = open_database(self.config)
        return self._database

    @property
    def actor(self) -> str:
        """Who is named in the audit chain."""
        return self.config.actor

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)


pass_app = click.make_pass_decorator(App)
