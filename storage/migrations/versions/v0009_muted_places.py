"""Remember which places of registered pictures are seen in images of something else.

What was looked at before is not known: it is remembered from now on.

Going back, all of it is lost, and every place counts again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STILL = sa.text("at_ms IS NULL")


def upgrade() -> None:
    """Add the table and the column."""
    op.add_column("registration", sa.Column("unmuted_at", _MOMENT, nullable=True))
    op.create_table(
        "seen_places",
        sa.Column("seen_places_id", _ID, nullable=False),
        sa.Column("registration_id", _ID, nullable=False),
        sa.Column("image_id", _ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=True),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("of_places", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seen_places_id", name="pk_seen_places"),
        sa.UniqueConstraint(
            "registration_id",
            "image_id",
            "at_ms",
            name="uq_seen_places_registration_id_image_id_at_ms",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.registration_id"],
            name="fk_seen_places_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["image.image_id"],
            name="fk_seen_places_image_id_image",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_seen_places_image_id", "seen_places", ["image_id"])
    op.create_index(
        "uq_seen_places_still",
        "seen_places",
        ["registration_id", "image_id"],
        unique=True,
        sqlite_where=_STILL,
        postgresql_where=_STILL,
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("seen_places")
    op.drop_column("registration", "unmuted_at")
