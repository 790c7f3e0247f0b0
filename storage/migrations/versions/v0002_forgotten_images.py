"""Remember the ids of images that were forgotten, for machines that keep copies of signals.

A machine may hold a snapshot of the signals of sighted images. When a withdrawal erases an image,
the machine that did it erases its copy at once; the others learn from this table what to erase.
An id says nothing about the image, and is never given again. Rows that are there already need no
change: no snapshot is older than this revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "forgotten_image",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_forgotten_image"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("forgotten_image")
