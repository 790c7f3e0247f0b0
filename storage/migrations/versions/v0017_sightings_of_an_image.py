"""Index the sightings of an image by when they were first seen, and whether they are gone.

A match page counts them, draws how they spread and shows the newest, however many there are. The
index by image alone is the beginning of the new one.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index what people are shown of sightings."""
    op.create_index("ix_sighting_of_image", "sighting", ["image_id", "first_seen", "gone_at"])
    op.drop_index("ix_sighting_image_id", "sighting")


def downgrade() -> None:
    """Index them by image alone."""
    op.create_index("ix_sighting_image_id", "sighting", ["image_id"])
    op.drop_index("ix_sighting_of_image", "sighting")
