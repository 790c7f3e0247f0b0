"""Hold the figures of each week and site, and find decisions by when they were made.

The figures are counted when somebody first looks at them. Going back, they are lost: they hold
nothing that is not in other tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_WEEKS = {
    "figure_match_week": (("signal", "week", "site_id", "state"), ("matches",)),
    "figure_decision_week": (("week", "site_id", "verdict", "kind"), ("decisions",)),
    "figure_crawl_week": (
        ("week", "site_id", "state"),
        (
            "crawls",
            "pages_fetched",
            "pages_failed",
            "image_references",
            "hashed",
            "failed",
            "flagged",
        ),
    ),
}


def upgrade() -> None:
    """Add the tables and the index."""
    for table, (keys, counts) in _WEEKS.items():
        op.create_table(
            table,
            *(sa.Column(name, _type(name), nullable=False, autoincrement=False) for name in keys),
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
            sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}"),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "figure_count",
        sa.Column("figure_count_id", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("figure_count_id", name="pk_figure_count"),
        sa.CheckConstraint("figure_count_id = 1", name=op.f("ck_figure_count_single")),
    )
    op.create_index("ix_review_decision_decided_at", "review_decision", ["decided_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_review_decision_decided_at", "review_decision")
    for table in ("figure_count", *_WEEKS):
        op.drop_table(table)


def _type(name: str) -> sa.types.TypeEngine[Any]:
    if name == "week":
        return sa.Date()
    return _ID if name == "site_id" else sa.String(16)
