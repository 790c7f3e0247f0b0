"""Let cases be closed, erased and have wishes; index what the audit chain is asked by.

What persons wished before is not known: such cases have no row of wishes, which counts as the most
careful of each. Going back, wishes and closings are lost; who changed them stays in the chain.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_BYTES = sa.LargeBinary()

_CHAIN_INDEXES = {
    "ix_audit_entry_happened_at": [],
    "ix_audit_entry_subject": ["subject"],
    "ix_audit_entry_actor": ["actor"],
    "ix_audit_entry_action": ["action"],
    "ix_audit_entry_actor_action": ["actor", "action"],
}


def upgrade() -> None:
    """Add the tables, columns and indexes."""
    for column in (
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_for", sa.String(16), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=True),
    ):
        op.add_column("case_file", column)
    op.create_index("ix_case_file_opened_at_case_id", "case_file", ["opened_at", "case_id"])
    op.create_index("ix_match_case_flagged", "match", ["case_id", "flagged_at", "match_id"])
    _add_wishes()
    op.create_table(
        "erased_registration",
        sa.Column("sequence", _ID, nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_erased_registration"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_erased_registration_withdrawn_version", "erased_registration", ["withdrawn_version"]
    )
    op.create_table(
        "audit_check",
        sa.Column("audit_check_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("checked_at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audit_check_id", name="pk_audit_check"),
        sa.CheckConstraint("audit_check_id = 1", name="ck_audit_check_single"),
    )
    op.drop_index("ix_audit_entry_subject", "audit_entry")
    for name, columns in _CHAIN_INDEXES.items():
        op.create_index(name, "audit_entry", [*columns, "happened_at", "sequence"])


def _add_wishes() -> None:
    op.create_table(
        "case_wishes",
        sa.Column("case_id", _ID, autoincrement=False, nullable=False),
        sa.Column("consent", sa.String(16), nullable=True),
        sa.Column("contact", sa.String(16), nullable=False),
        sa.Column("news", sa.String(16), nullable=False),
        sa.Column("name_in_notices", sa.Boolean(), nullable=False),
        sa.Column("police", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_wishes"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.case_id"],
            name="fk_case_wishes_case_id_case_file",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "consent IN ('spoken', 'written', 'online', 'representative')",
            name="ck_case_wishes_consent",
        ),
        sa.CheckConstraint(
            "contact IN ('nobody', 'number', 'trusted')", name="ck_case_wishes_contact"
        ),
        sa.CheckConstraint("news IN ('each', 'weekly', 'asked')", name="ck_case_wishes_news"),
    )


def downgrade() -> None:
    """Take them away."""
    for name in _CHAIN_INDEXES:
        op.drop_index(name, "audit_entry")
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    for table in ("audit_check", "erased_registration", "case_wishes"):
        op.drop_table(table)
    op.drop_index("ix_match_case_flagged", "match")
    op.drop_index("ix_case_file_opened_at_case_id", "case_file")
    for name in ("changed_at", "closed_for", "closed_at"):
        op.drop_column("case_file", name)
