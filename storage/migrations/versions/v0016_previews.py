"""Hold who may see how much of a picture, how often each person looked, and what she has chosen.

Decisions get an index by who made them and when: how many there were today is asked on many pages.

Going back, all of this is lost, and every role may see as much as by default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_ROLES = "role IN ('operator', 'caseworker', 'analyst', 'supervisor', 'auditor')"
_LEVELS = "level IN ('off', 'heavy', 'lighter')"


def upgrade() -> None:
    """Add the tables and the index."""
    op.create_table(
        "preview_policy",
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_preview_policy"),
        sa.CheckConstraint(_ROLES, name=op.f("ck_preview_policy_role")),
        sa.CheckConstraint(_LEVELS, name=op.f("ck_preview_policy_level")),
    )
    op.create_table(
        "picture_look",
        sa.Column("look_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("looked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("look_id", name="pk_picture_look"),
        _account("picture_look"),
    )
    op.create_index(
        "ix_picture_look_account_id_looked_at", "picture_look", ["account_id", "looked_at"]
    )
    op.create_table(
        "exposure_care",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("heavy_only", sa.Boolean(), nullable=False),
        sa.Column("quiet_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_exposure_care"),
        _account("exposure_care"),
        sa.CheckConstraint("looks > 0 AND minutes > 0", name=op.f("ck_exposure_care_positive")),
    )
    op.create_index(
        "ix_review_decision_actor_decided_at", "review_decision", ["actor", "decided_at"]
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_review_decision_actor_decided_at", "review_decision")
    for table in ("exposure_care", "picture_look", "preview_policy"):
        op.drop_table(table)


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["account.account_id"],
        name=f"fk_{table}_account_id_account",
        ondelete="CASCADE",
    )
