"""Hold the accounts of the people who work with the console. Going back, they are lost."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "account",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("session_key", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp", sa.Text(), nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=True),
        sa.Column("recovery_codes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("passkey_handle", sa.LargeBinary(), nullable=False),
        sa.Column("provider_subject", sa.String(255), nullable=True),
        sa.Column("timezone", sa.String(64), nullable=True),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("theme", sa.String(8), nullable=True),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("entered_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.UniqueConstraint("session_key", name="uq_account_session_key"),
        sa.UniqueConstraint("passkey_handle", name="uq_account_passkey_handle"),
        sa.UniqueConstraint("provider_subject", name="uq_account_provider_subject"),
    )
    op.create_table(
        "passkey",
        sa.Column("passkey_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("passkey_id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
        _of_account("passkey"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"])
    op.create_table(
        "account_session",
        sa.Column("account_session_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("entered_with", sa.String(16), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "entered_with IN ('password+code', 'password+passkey', 'password+backup', "
            "'passkey', 'provider', 'visit')",
            name=op.f("ck_account_session_entered_with"),
        ),
        sa.PrimaryKeyConstraint("account_session_id", name="pk_account_session"),
        sa.UniqueConstraint("digest", name="uq_account_session_digest"),
        _of_account("account_session"),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])
    op.create_table(
        "entry_link",
        sa.Column("account_id", _ID, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.CheckConstraint("purpose IN ('set up', 'visit')", name=op.f("ck_entry_link_purpose")),
        sa.PrimaryKeyConstraint("account_id", name="pk_entry_link"),
        sa.UniqueConstraint("digest", name="uq_entry_link_digest"),
        _of_account("entry_link"),
    )
    op.create_table(
        "entry_attempt",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_entry_attempt"),
    )
    op.create_index("ix_entry_attempt_last_at", "entry_attempt", ["last_at"])


def downgrade() -> None:
    """Take them away."""
    for table in ("entry_attempt", "entry_link", "account_session", "passkey", "account"):
        op.drop_table(table)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["account.account_id"],
        name=f"fk_{table}_account_id_account",
        ondelete="CASCADE",
    )
