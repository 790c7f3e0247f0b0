"""What stands before a site, whether its pages are rendered, and which pages are of which type.

Sites that are there already have no age gate and no log-in, say nothing of types of pages, and are
rendered where little is found without.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("site", sa.Column("render", sa.String(4), nullable=False, server_default="auto"))
    op.add_column("site", sa.Column("age_gate", sa.Text(), nullable=True))
    for name in ("login", "listing", "item", "image"):
        op.add_column("site", sa.Column(name, sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    for name in ("image", "item", "listing", "login", "age_gate", "render"):
        op.drop_column("site", name)
