"""Hold embeddings of what is registered and of what is found, and evidence of them.

What is there has none: they are computed from pictures, by a model that the operator supplies.

Going back, embeddings are erased, and with them what they alone had found: an older version would
hold a match for which there is no evidence, and withdrawing would leave it behind.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BEFORE = "type IN ('sha256', 'md5', 'pdq', 'phash', 'constellation')"
_NOW = "type IN ('sha256', 'md5', 'pdq', 'phash', 'constellation', 'embedding')"


def upgrade() -> None:
    """Allow the new type, and add the column."""
    _allow(_NOW)
    op.add_column("image", sa.Column("embedding", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Erase what is of the new type, and allow it no longer."""
    op.drop_column("image", "embedding")
    signal = sa.table("signal", sa.column("type"))
    evidence = sa.table("evidence", sa.column("match_id"), sa.column("type"))
    match = sa.table("match", sa.column("match_id"))
    decision = sa.table("review_decision", sa.column("match_id"))
    of_type = evidence.c.type == "embedding"
    with_it = sa.select(evidence.c.match_id).where(of_type)
    with_others = sa.select(evidence.c.match_id).where(~of_type)
    # Not left to a cascade: SQLite may have none while a revision runs.
    for table in (decision, match):
        alone = table.c.match_id.in_(with_it) & table.c.match_id.not_in(with_others)
        op.execute(table.delete().where(alone))
    op.execute(evidence.delete().where(of_type))
    op.execute(signal.delete().where(signal.c.type == "embedding"))
    _allow(_BEFORE)


def _allow(types: str) -> None:
    for name in ("signal", "evidence"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(f"ck_{name}_type", type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_type"), types)
