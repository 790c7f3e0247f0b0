"""The tables of the people who work here: their accounts, and nothing of anyone they help."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.row import Row, RowId


class AccountRow(Row):
    """A person who works with the console. ``name`` is what the audit chain calls her.

    ``session_key`` is in each of her sessions: a new one ends them all.
    """

    __tablename__ = "account"

    account_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[list[str]]
    active: Mapped[bool]
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str | None] = mapped_column(String(8))
    added_at: Mapped[datetime]
