"""Keep what finding edited reposts in crawls needs.

That is constellations of what is found, how strong evidence is and how a registered picture lies in
an image, which images are to be looked at again, what a case's registrations are not to be taken
for, and which registrations are suspended.

What was hashed before has no constellation until its bytes are fetched anew: no picture is kept
that it could be computed from.

Going back, all of this is lost. Registrations that are suspended flag again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NOT_LOOKED_AT = sa.text("constellation IS NULL")
_IS_SUSPENDED = sa.text("suspended_at IS NOT NULL")


def upgrade() -> None:
    """Add the columns and the tables."""
    for name in ("image", "frame"):
        op.add_column(name, sa.Column("constellation", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_image_not_looked_at",
        "image",
        ["image_id"],
        sqlite_where=_NOT_LOOKED_AT,
        postgresql_where=_NOT_LOOKED_AT,
    )
    op.add_column("evidence", sa.Column("strength", sa.Float(), nullable=True))
    op.add_column("evidence", sa.Column("laid", sa.JSON(), nullable=True))
    op.add_column("registration", sa.Column("suspended_at", _MOMENT, nullable=True))
    op.add_column("registration", sa.Column("suspended_for", sa.Text(), nullable=True))
    op.add_column("registration", sa.Column("suspension_version", sa.BigInteger(), nullable=True))
    op.create_index("ix_registration_suspension_version", "registration", ["suspension_version"])
    op.create_index(
        "ix_registration_suspended_at",
        "registration",
        ["suspended_at"],
        sqlite_where=_IS_SUSPENDED,
        postgresql_where=_IS_SUSPENDED,
    )
    _create_wanted_look()
    _create_look_alike()


def _create_wanted_look() -> None:
    op.create_table(
        "wanted_look",
        sa.Column("wanted_look_id", _ID, nullable=False),
        sa.Column("image_id", _ID, nullable=False),
        sa.Column("registration_id", _ID, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("wanted_look_id", name="pk_wanted_look"),
        sa.UniqueConstraint(
            "image_id", "registration_id", name="uq_wanted_look_image_id_registration_id"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["image.image_id"],
            name="fk_wanted_look_image_id_image",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.registration_id"],
            name="fk_wanted_look_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "outcome IN ('found', 'not_found', 'gone')", name="ck_wanted_look_outcome"
        ),
        sa.CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="ck_wanted_look_done"),
    )
    op.create_index("ix_wanted_look_registration_id", "wanted_look", ["registration_id"])


def _create_look_alike() -> None:
    op.create_table(
        "look_alike",
        sa.Column("look_alike_id", _ID, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("pdq", sa.LargeBinary(), nullable=True),
        sa.Column("constellation", sa.LargeBinary(), nullable=True),
        sa.Column("image_id", _ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("spared", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("look_alike_id", name="pk_look_alike"),
        sa.UniqueConstraint("number", name="uq_look_alike_number"),
        sa.UniqueConstraint("case_id", "sha256", name="uq_look_alike_case_id_sha256"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.case_id"],
            name="fk_look_alike_case_id_case_file",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["image.image_id"],
            name="fk_look_alike_image_id_image",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_look_alike_image_id", "look_alike", ["image_id"])


def downgrade() -> None:
    """Take all of it away."""
    op.drop_table("look_alike")
    op.drop_table("wanted_look")
    op.drop_index("ix_registration_suspended_at", "registration")
    op.drop_index("ix_image_not_looked_at", "image")
    op.drop_index("ix_registration_suspension_version", "registration")
    for name, column in (
        ("registration", "suspension_version"),
        ("registration", "suspended_for"),
        ("registration", "suspended_at"),
        ("evidence", "laid"),
        ("evidence", "strength"),
        ("frame", "constellation"),
        ("image", "constellation"),
    ):
        op.drop_column(name, column)
