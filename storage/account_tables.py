"""The tables of the people who work here: their accounts, and nothing of anyone they help."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.entering import Entered, LinkPurpose
from storage.row import Row, RowId, one_of


class AccountRow(Row):
    """A person who works with the console. ``name`` is what the audit chain calls her.

    ``session_key`` is new whenever what she signs in with is: whoever was half-way through signing
    in begins again. ``totp`` and ``recovery_codes`` are encrypted by the console, whose secret is
    not in the database. ``practice`` accounts are made by the demonstration alone.
    """

    __tablename__ = "account"

    account_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[list[str]]
    active: Mapped[bool]
    practice: Mapped[bool]
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    totp: Mapped[str | None] = mapped_column(Text)
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    recovery_codes: Mapped[list[str] | None]
    passkey_handle: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    provider_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    timezone: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str | None] = mapped_column(String(8))
    added_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]


class PasskeyRow(Row):
    """The public half of a key that somebody signs in with; ``name`` is what she calls it."""

    __tablename__ = "passkey"

    passkey_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.account_id", ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]]
    name: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountSessionRow(Row):
    """A browser that somebody is signed in with; of the token in its cookie only a digest.

    ``confirmed_at`` is when she last proved that it is still she who sits there.
    """

    __tablename__ = "account_session"
    __table_args__ = (CheckConstraint(one_of("entered_with", Entered), name="entered_with"),)

    account_session_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.account_id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(80))
    entered_with: Mapped[str] = mapped_column(String(16))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]


class EntryLinkRow(Row):
    """The one-time code that an account can be entered with once; of it only a digest."""

    __tablename__ = "entry_link"
    __table_args__ = (CheckConstraint(one_of("purpose", LinkPurpose), name="purpose"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.account_id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime]


class EntryAttemptRow(Row):
    """How often somebody tried in vain of late; ``subject`` is a digest of whom, or from where."""

    __tablename__ = "entry_attempt"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
