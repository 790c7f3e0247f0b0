"""Keep the frames of what moves, of found and of registered videos, and where they were seen.

What was found and registered before keeps its signals as they are: stills have no frames, and of an
animation only its first frame is known until its bytes change.

Older versions could open neither videos nor HEIC pictures, found fewer pictures on a page, and
passed no age gate. As long as sites answer "not modified", none of that would ever be made up for.
So every page, and every address that gave no picture, is asked for in full once after the upgrade:
the first crawl of each site is spared no page, and takes longer than those before.

Going back, the signals of frames are erased, since an older version holds one of each type and
view. A registered video is then found by its exact bytes alone; after another upgrade it can be
registered again, with its frames. A found video or animation keeps its row, its matches and its
first frame. Its other frames are lost for good: the bytes are known then, and are not hashed again
until they change.
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
    _ask_in_full()


def _ask_in_full() -> None:
    """Have all pages, and all addresses that gave no picture, read once with what is new."""
    for name, which in (("image_url", "image_id IS NULL"), ("page", "TRUE")):
        table = sa.table(name, sa.column("etag"), sa.column("last_modified"))
        known = sa.or_(table.c.etag.is_not(None), table.c.last_modified.is_not(None))
        op.execute(
            table.update().where(sa.text(which), known).values(etag=None, last_modified=None)
        )


def downgrade() -> None:
    """Take all of it away."""
    signal = sa.table("signal", sa.column("registration_id"), sa.column("at_ms"))
    registration = sa.table("registration", sa.column("registration_id"), sa.column("picture"))
    of_frames = signal.c.at_ms.is_not(None)
    # Or the case would hold the same video already when it is registered again, without frames.
    op.execute(
        registration.update()
        .where(
            registration.c.registration_id.in_(sa.select(signal.c.registration_id).where(of_frames))
        )
        .values(picture=None)
    )
    op.execute(signal.delete().where(of_frames))
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
