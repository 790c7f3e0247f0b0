"""Revisions of the schema, and how one is brought to the next on a given connection.

Every command and every crawl asks which revision a database stands at, and next to none changes it.
So that question is answered from the names of the revisions' files: Alembic and what it brings take
a tenth of a second to import.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from storage import analyst_views

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER: Final = Path(__file__).parent
_STANDS_IN: Final = "alembic_version"
_PATTERN: Final = "v[0-9][0-9][0-9][0-9]_*.py"


def head() -> str:
    """Return the revision that this version of Vigil works with."""
    return max(known())


def known() -> frozenset[str]:
    """Return every revision that this version of Vigil knows."""
    found = frozenset(path.name[1:5] for path in (_FOLDER / "versions").glob(_PATTERN))
    if not found:
        msg = f"no revision was found in {_FOLDER}: the installation is incomplete"
        raise RuntimeError(msg)
    return found


def current(connection: Connection) -> str | None:
    """Return the revision that a database stands at, None before the first."""
    if not inspect(connection).has_table(_STANDS_IN):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {_STANDS_IN}"))  # noqa: S608 - a constant
    return revision


def run_upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database forward, inside the transaction that the connection is in."""
    from alembic import command

    grants = analyst_views.drop(connection)
    command.upgrade(_config(connection), revision)
    if revision == "head":  # what they stand on is not all there before
        analyst_views.create(connection, grants)


def run_downgrade(connection: Connection, revision: str = "base") -> None:
    """Take a database back, inside the transaction that the connection is in.

    Analysts have their views again once it is brought forward.
    """
    from alembic import command

    analyst_views.drop(connection)
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    # A % would be read as the start of an interpolation.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
