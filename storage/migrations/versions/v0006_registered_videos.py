"""Keep whether a registered file that moves is a video or an animation, and how long it takes.

What was registered before says only that it moves, until the same file is registered again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("registration", sa.Column("format", sa.String(16), nullable=True))
    op.add_column("registration", sa.Column("duration_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("registration", "duration_ms")
    op.drop_column("registration", "format")
