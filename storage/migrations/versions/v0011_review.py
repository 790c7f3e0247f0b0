"""Order matches for review, hold who has one, why one was rejected, and what was referred.

Matches of before get their places from what is known of their sightings. Their strength is that of
the strongest evidence alone, a little too low where several types agree, until their evidence is
next added to. Decisions of before have no kind.

Going back, all of this is lost: what was referred is flagged again.
"""

import math
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)

_STATES = "state IN ('flagged', 'confirmed', 'rejected'{})"
_VERDICTS = "verdict IN ('confirmed', 'rejected', 'unsure'{})"
_UNSURE = sa.text("unsure > 0")
_KINDS = "kind IN ('look_alike', 'same_scene', 'consented', 'not_intimate', 'other')"

_INDEXES = (
    ("ix_match_queue", "match", ["state", "urgency", "match_id", "strength", "unsure"]),
    ("ix_match_waiting", "match", ["state", "flagged_at", "match_id"]),
    ("ix_match_case_queue", "match", ["case_id", "state", "urgency", "match_id"]),
    ("ix_review_decision_of_actor", "review_decision", ["actor", "decision_id"]),
    ("ix_review_decision_batch", "review_decision", ["batch"]),
)

_AT_ONCE = 1000

_MATCH = sa.table(
    "match",
    sa.column("match_id", _ID),
    sa.column("image_id", _ID),
    sa.column("state", sa.String),
    sa.column("flagged_at", _MOMENT),
    sa.column("strength", sa.Float),
    sa.column("places", sa.Integer),
    sa.column("urgency", sa.Float),
    sa.column("unsure", sa.Integer),
)
_SIGHTING = sa.table(
    "sighting",
    sa.column("image_id", _ID),
    sa.column("page_id", _ID),
    sa.column("first_seen", _MOMENT),
)
_PAGE = sa.table("page", sa.column("page_id", _ID), sa.column("site_id", _ID))
_EVIDENCE = sa.table(
    "evidence",
    sa.column("match_id", _ID),
    sa.column("type", sa.String),
    sa.column("distance", sa.Integer),
    sa.column("strength", sa.Float),
)
_DECISION = sa.table(
    "review_decision",
    sa.column("match_id", _ID),
    sa.column("verdict", sa.String),
    sa.column("actor", sa.Text),
    sa.column("undone_at", _MOMENT),
)
_MATCH_SITE = sa.table("match_site", sa.column("site_id", _ID), sa.column("match_id", _ID))


def upgrade() -> None:
    """Add the columns and the tables, and fill them from what is known."""
    with op.batch_alter_table("match") as table:
        table.drop_index("ix_match_state")
        table.drop_constraint("ck_match_state", type_="check")
        table.create_check_constraint(op.f("ck_match_state"), _STATES.format(", 'referred'"))
        for name, kind in (
            ("strength", sa.Float()),
            ("places", sa.Integer()),
            ("urgency", sa.Float()),
            ("unsure", sa.Integer()),
        ):
            table.add_column(sa.Column(name, kind, server_default="0", nullable=False))
    with op.batch_alter_table("review_decision") as table:
        table.drop_constraint("ck_review_decision_verdict", type_="check")
        table.create_check_constraint(
            op.f("ck_review_decision_verdict"), _VERDICTS.format(", 'may_be_under_18'")
        )
        for name in ("kind", "batch", "look_alike"):
            table.add_column(sa.Column(name, sa.String(16), nullable=True))
        table.create_check_constraint(op.f("ck_review_decision_kind"), _KINDS)
    _create_tables()
    _fill()
    for name, of, columns in _INDEXES:
        op.create_index(name, of, columns)
    op.create_index(
        "ix_match_unsure",
        "match",
        ["state", "unsure"],
        sqlite_where=_UNSURE,
        postgresql_where=_UNSURE,
    )


def downgrade() -> None:
    """Take all of it away."""
    op.execute(_MATCH.update().where(_MATCH.c.state == "referred").values(state="flagged"))
    op.execute(_DECISION.delete().where(_DECISION.c.verdict == "may_be_under_18"))
    op.drop_index("ix_match_unsure", "match")
    for name, of, _ in reversed(_INDEXES):
        op.drop_index(name, of)
    for name in ("referral", "match_site", "claim"):
        op.drop_table(name)
    with op.batch_alter_table("review_decision") as table:
        table.drop_constraint("ck_review_decision_kind", type_="check")
        table.drop_constraint("ck_review_decision_verdict", type_="check")
        for name in ("look_alike", "batch", "kind"):
            table.drop_column(name)
        table.create_check_constraint(op.f("ck_review_decision_verdict"), _VERDICTS.format(""))
    for name in ("unsure", "urgency", "places", "strength"):
        op.drop_column("match", name)
    op.create_index("ix_match_state", "match", ["state"])
    # SQLite changes a condition by copying the table and dropping the old one, which takes evidence
    # and decisions with it unless foreign keys are off. No older version writes what it allows.
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("ck_match_state", "match", type_="check")
        op.create_check_constraint(op.f("ck_match_state"), "match", _STATES.format(""))


def _create_tables() -> None:
    op.create_table(
        "claim",
        sa.Column("match_id", _ID, nullable=False, autoincrement=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("claimed_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("match_id", name="pk_claim"),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.match_id"], name="fk_claim_match_id_match", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_claim_actor", "claim", ["actor"])
    op.create_table(
        "match_site",
        sa.Column("site_id", _ID, nullable=False, autoincrement=False),
        sa.Column("match_id", _ID, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("site_id", "match_id", name="pk_match_site"),
        sa.ForeignKeyConstraint(["site_id"], ["site.site_id"], name="fk_match_site_site_id_site"),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.match_id"],
            name="fk_match_site_match_id_match",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_site_match_id", "match_site", ["match_id"])
    op.create_table(
        "referral",
        sa.Column("referral_id", _ID, nullable=False),
        sa.Column("image_id", _ID, nullable=False),
        sa.Column("match_id", _ID, nullable=True),
        sa.Column("hotline", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("referred_at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("referral_id", name="pk_referral"),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["image.image_id"],
            name="fk_referral_image_id_image",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.match_id"],
            name="fk_referral_match_id_match",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_referral_image_id", "referral", ["image_id"])
    op.create_index("ix_referral_match_id", "referral", ["match_id"])


def _fill() -> None:
    connection = op.get_bind()
    of_image = _SIGHTING.c.image_id == _MATCH.c.image_id
    connection.execute(
        _MATCH_SITE.insert().from_select(
            ["site_id", "match_id"],
            sa.select(_PAGE.c.site_id, _MATCH.c.match_id)
            .join_from(_MATCH, _SIGHTING, of_image)
            .join(_PAGE, _PAGE.c.page_id == _SIGHTING.c.page_id)
            .distinct(),
        )
    )
    unsure = _DECISION.c.verdict == "unsure"
    asked = sa.select(
        _MATCH.c.match_id,
        _MATCH.c.flagged_at,
        sa.select(sa.func.count())
        .select_from(_SIGHTING)
        .where(of_image)
        .scalar_subquery()
        .label("places"),
        sa.select(sa.func.max(_SIGHTING.c.first_seen, type_=_MOMENT))
        .where(of_image)
        .scalar_subquery()
        .label("newest"),
        sa.select(sa.func.count(_DECISION.c.actor.distinct()))
        .where(_DECISION.c.match_id == _MATCH.c.match_id, unsure, _DECISION.c.undone_at.is_(None))
        .scalar_subquery()
        .label("unsure"),
    )
    last = 0
    while True:
        some = asked.where(_MATCH.c.match_id > last).order_by(_MATCH.c.match_id).limit(_AT_ONCE)
        rows = connection.execute(some).all()
        if not rows:
            return
        last = rows[-1].match_id
        strengths = _strengths(connection, rows[0].match_id, last)
        connection.execute(
            _MATCH.update()
            .where(_MATCH.c.match_id == sa.bindparam("of"))
            .values(
                strength=sa.bindparam("new_strength"),
                places=sa.bindparam("new_places"),
                urgency=sa.bindparam("new_urgency"),
                unsure=sa.bindparam("new_unsure"),
            ),
            [
                {
                    "of": row.match_id,
                    "new_strength": strengths.get(row.match_id, 0.0),
                    "new_places": row.places,
                    "new_unsure": row.unsure,
                    "new_urgency": _urgency(
                        row.newest or row.flagged_at, row.places, strengths.get(row.match_id, 0.0)
                    ),
                }
                for row in rows
            ],
        )


def _strengths(connection: sa.Connection, first: int, last: int) -> dict[int, float]:
    found: dict[int, float] = {}
    for match_id, kind, distance, strength in connection.execute(
        sa.select(
            _EVIDENCE.c.match_id, _EVIDENCE.c.type, _EVIDENCE.c.distance, _EVIDENCE.c.strength
        ).where(_EVIDENCE.c.match_id.between(first, last))
    ):
        alone = {
            "sha256": 99.0,
            "md5": 99.0,
            "pdq": max(0.0, 11.0 - 0.12 * distance),
            "phash": 1.0,
            "constellation": min(60.0, strength or 0.0),
        }.get(kind, 0.0)
        found[match_id] = max(found.get(match_id, 0.0), alone)
    return found


def _urgency(newest: datetime, places: int, strength: float) -> float:
    """Work out what `domain.urgency` did when this was written."""
    aware = newest if newest.tzinfo is not None else newest.replace(tzinfo=UTC)
    fresh = (aware - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds() / 3600
    certain = 24.0 * min(max(strength, 0.0), 12.0) / 12.0
    return round(fresh + 6.0 * math.log2(max(1, places)) + certain, 3)
