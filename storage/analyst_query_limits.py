"""How much one query of an analyst may take, and what the process that runs it answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

SECONDS: Final = 10
"""How long a query may run."""

ROWS: Final = 10_000
"""How many rows it may give."""

COLUMNS: Final = 100

LETTERS: Final = 1000
"""How long a value may be; what is longer is cut."""

BYTES: Final = 8 * 1024 * 1024
"""How much all values together may come to."""

QUERY_LETTERS: Final = 10_000
"""How long a query may be."""

Value: TypeAlias = str | int | float | bool | None


class Trouble(StrEnum):
    """Why a query gave no answer."""

    OFF = "off"  # there is no role for analysts
    UNSAFE = "unsafe"  # that role may do more than it should
    LACKING = "lacking"  # that role cannot read a view
    NOT_LET_IN = "not_let_in"
    BUSY = "busy"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    NOT_SELECT = "not_select"
    NOT_ONE = "not_one"
    NO_COLUMNS = "no_columns"
    MANY_COLUMNS = "many_columns"
    TABLE = "table"
    FUNCTION = "function"
    LATE = "late"
    LARGE = "large"
    WRONG = "wrong"  # the database does not understand it, and says why


class QueryStoppedError(Exception):
    """A query that gave no answer; ``detail`` is what the trouble is about."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}" if detail else trouble.value)
        self.trouble = trouble
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Table:
    """What a query gave; ``cut`` says that there was more."""

    columns: list[str]
    rows: list[list[Value]]
    cut: bool


class Collected:
    """Takes rows as they come, until there are too many."""

    def __init__(self, columns: list[str]) -> None:
        self._columns = columns
        self._rows: list[list[Value]] = []
        self._bytes = 0
        self._cut = False

    def add(self, row: Any) -> bool:
        """Take one more row; False if it is one too many."""
        values = [plain(value) for value in row]
        self._bytes += sum(len(value) if isinstance(value, str) else 8 for value in values)
        if len(self._rows) == ROWS or self._bytes > BYTES:
            self._cut = True
            return False
        self._rows.append(values)
        return True

    def table(self) -> Table:
        """Return what came."""
        return Table(self._columns, self._rows, self._cut)


def plain(value: Any) -> Value:
    """Make of a value what every page and file can show."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | memoryview):
        return f"({len(value)} bytes)"
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"
