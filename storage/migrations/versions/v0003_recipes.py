"""What a site's recipe says, where a thumbnail leads to, and how many pages a crawl left out.

Sites that are there already get an empty recipe: everything is followed, at any hour, and
certificates are verified. What was sighted before is not known to be a thumbnail, and crawls that
have ended left out pages that nobody counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("site", sa.Column("follow", sa.JSON(), nullable=True))
    op.add_column("site", sa.Column("leave", sa.JSON(), nullable=True))
    op.add_column("site", sa.Column("quiet_hours", sa.JSON(), nullable=True))
    op.add_column("site", sa.Column("certificates_reason", sa.Text(), nullable=True))
    op.add_column("site", sa.Column("proxy", sa.Text(), nullable=True))
    op.add_column("sighting", sa.Column("links_to", sa.Text(), nullable=True))
    op.add_column(
        "crawl", sa.Column("pages_left", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("crawl", "pages_left")
    op.drop_column("sighting", "links_to")
    for name in ("proxy", "certificates_reason", "quiet_hours", "leave", "follow"):
        op.drop_column("site", name)
