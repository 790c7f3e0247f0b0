"""Hold constellation signals, by which edited reposts are found, and evidence of them.

What was registered before has none until it is registered anew: they are computed from the picture,
which is kept nowhere.

Going back, constellations are erased, and with them what they alone had found: an older version
would hold a match for which there is no evidence, and withdrawing would leave it behind.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BEFORE = "type IN ('sha256', 'md5', 'pdq', 'phash')"
_NOW = "type IN ('sha256', 'md5', 'pdq', 'phash', 'constellation')"


def upgrade() -> None:
    """Allow the new type."""
    _allow(_NOW)


def downgrade() -> None:
    """Erase what is of the new type, and allow it no longer."""
    signal = sa.table("signal", sa.column("type"))
    evidence = sa.table("evidence", sa.column("match_id"), sa.column("type"))
    match = sa.table("match", sa.column("match_id"))
    decision = sa.table("review_decision", sa.column("match_id"))
    of_type = evidence.c.type == "constellation"
    with_it = sa.select(evidence.c.match_id).where(of_type)
    with_others = sa.select(evidence.c.match_id).where(~of_type)
    # Not left to a cascade: SQLite may have none while a revision runs.
    for table in (decision, match):
        alone = table.c.match_id.in_(with_it) & table.c.match_id.not_in(with_others)
        op.execute(table.delete().where(alone))
    op.execute(evidence.delete().where(of_type))
    op.execute(signal.delete().where(signal.c.type == "constellation"))
    _allow(_BEFORE)


def _allow(types: str) -> None:
    for name in ("signal", "evidence"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(f"ck_{name}_type", type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_type"), types)
