"""Column types that keep a promise about every value they hold."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from domain.laid import Laid


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on both databases.

    SQLite gives back naive moments even for ``DateTime(timezone=True)``, and would store a naive
    one without a word; here a naive moment is refused on the way in.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; bring any other to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value.isoformat()} has no time zone; Vigil stores aware moments only"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every moment back aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hex(TypeDecorator[str]):
    """Hexadecimal digits in Python, half as many bytes in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Pack the digits."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Unpack to lower-case digits."""
        return None if value is None else bytes(value).hex()


class LaidDown(TypeDecorator[Laid]):
    """How a registered picture lies in a found image, as JSON with the names of its fields."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Laid | None, dialect: Dialect) -> dict[str, Any] | None:
        """Name the fields."""
        return None if value is None else asdict(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Laid | None:
        """Make of them what they were; JSON knows no tuples."""
        if value is None:
            return None
        corners = tuple((float(x), float(y)) for x, y in value["corners"])
        left, top, right, bottom = map(float, value["part"])
        return Laid(**{**value, "corners": corners, "part": (left, top, right, bottom)})
