"""Keep the frames of what moves, of found and of registered videos, and where they were seen.

What was found and registered before keeps its signals as they are: stills have no frames, and of an
animation only its first frame is known until its bytes change. Going back, the signals of frames
are erased, since an older version holds one of each type and view; a registered video is then found
by its exact bytes alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_STILLS = sa.text("at_ms IS NULL")


def upgrade() -> None:
    """Add the table, the columns, and what keeps signals from being held twice."""
    op.create_table(
        "frame",
        sa.Column("image_id", _WIDE, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("pdq", sa.LargeBinary(), nullable=False),
        sa.Column("pdq_quality", sa.Integer(), nullable=False),
        sa.Column("phash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "place", name="pk_frame"),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.image_id"], name="fk_frame_image_id_image", ondelete="CASCADE"
        ),
        sa.CheckConstraint("pdq_quality BETWEEN 0 AND 100", name="ck_frame_quality"),
        sqlite_with_rowid=False,
    )
    op.add_column("image", sa.Column("duration_ms", sa.BigInteger(), nullable=True))
    op.add_column("evidence", sa.Column("at_ms", sa.BigInteger(), nullable=True))
    op.add_column("evidence", sa.Column("moments", sa.JSON(), nullable=True))
    with op.batch_alter_table("signal") as table:
        table.add_column(sa.Column("at_ms", sa.BigInteger(), nullable=True))
        table.drop_constraint("uq_signal_registration_id_type_view", type_="unique")
        table.create_unique_constraint(
            "uq_signal_registration_id_type_view_at_ms",
            ["registration_id", "type", "view", "at_ms"],
        )
    op.create_index(
        "uq_signal_still",
        "signal",
        ["registration_id", "type", "view"],
        unique=True,
        sqlite_where=_OF_STILLS,
        postgresql_where=_OF_STILLS,
    )


def downgrade() -> None:
    """Take all of it away."""
    signal = sa.table("signal", sa.column("at_ms"))
    op.execute(signal.delete().where(signal.c.at_ms.is_not(None)))
    op.drop_index("uq_signal_still", "signal")
    with op.batch_alter_table("signal") as table:
        table.drop_constraint("uq_signal_registration_id_type_view_at_ms", type_="unique")
        table.create_unique_constraint(
            "uq_signal_registration_id_type_view", ["registration_id", "type", "view"]
        )
        table.drop_column("at_ms")
    op.drop_column("evidence", "moments")
    op.drop_column("evidence", "at_ms")
    op.drop_column("image", "duration_ms")
    op.drop_table("frame")
