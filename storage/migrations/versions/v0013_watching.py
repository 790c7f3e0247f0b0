"""Hold what operators ask of crawls, and what is known of sites at a glance.

The new pictures of each day are worked out from the crawls there are. What was counted of sites,
and what is amiss with them, is found at the next crawl of each. Going back, all of it is lost but
what the audit chain tells.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("ended_at IS NULL")
_KINDS = "'down', 'blocked', 'fewer', 'nothing_new', 'crashed', 'cut_short', 'log_in_missing'"


def upgrade() -> None:
    """Add the tables and columns, and count the days."""
    op.add_column("crawl", sa.Column("stop_asked_at", _MOMENT, nullable=True))
    op.add_column("crawl", sa.Column("stop_asked_by", sa.Text(), nullable=True))
    op.create_index("ix_crawl_site_id_crawl_id", "crawl", ["site_id", "crawl_id"])
    op.create_index("ix_crawl_state_crawl_id", "crawl", ["state", "crawl_id"])
    _add_days()
    op.create_table(
        "site_known",
        sa.Column("site_id", _ID, nullable=False, autoincrement=False),
        sa.Column("judged_at", _MOMENT, nullable=False),
        sa.Column("crawl_id", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("sightings", sa.BigInteger(), nullable=False),
        sa.Column("sightings_gone", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_site_known"),
        _of_site("site_known"),
    )
    _add_warnings()
    op.create_table(
        "wanted_crawl",
        sa.Column("wanted_crawl_id", _ID, nullable=False),
        sa.Column("site_id", _ID, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("wanted_crawl_id", name="pk_wanted_crawl"),
        _of_site("wanted_crawl"),
    )
    _one_open("wanted_crawl", ["site_id"])
    op.create_table(
        "recipe_check",
        sa.Column("recipe_check_id", _ID, nullable=False),
        sa.Column("site_id", _ID, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("alive_at", _MOMENT, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("image_references", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("recipe_check_id", name="pk_recipe_check"),
        _of_site("recipe_check"),
    )
    _one_open("recipe_check", ["site_id"])
    op.create_index(
        "ix_recipe_check_site_id_recipe_check_id", "recipe_check", ["site_id", "recipe_check_id"]
    )
    op.create_table(
        "former_policy",
        sa.Column("site_id", _ID, nullable=False, autoincrement=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_former_policy"),
        _of_site("former_policy"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in (
        "former_policy",
        "recipe_check",
        "wanted_crawl",
        "site_warning",
        "site_known",
        "site_day",
    ):
        op.drop_table(table)
    op.drop_index("ix_crawl_state_crawl_id", "crawl")
    op.drop_index("ix_crawl_site_id_crawl_id", "crawl")
    op.drop_column("crawl", "stop_asked_by")
    op.drop_column("crawl", "stop_asked_at")


def _add_days() -> None:
    op.create_table(
        "site_day",
        sa.Column("site_id", _ID, nullable=False, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("crawls", sa.Integer(), nullable=False),
        sa.Column("new_images", sa.BigInteger(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", name="pk_site_day"),
        _of_site("site_day"),
        sqlite_with_rowid=False,
    )
    day = (
        "date(ended_at)"
        if op.get_bind().dialect.name == "sqlite"
        else "(ended_at AT TIME ZONE 'UTC')::date"
    )
    op.execute(
        "INSERT INTO site_day (site_id, day, crawls, new_images, flagged) "  # noqa: S608 - ours
        f"SELECT site_id, {day}, count(*), sum(hashed), sum(flagged) FROM crawl "
        f"WHERE ended_at IS NOT NULL GROUP BY site_id, {day}"
    )


def _add_warnings() -> None:
    op.create_table(
        "site_warning",
        sa.Column("site_warning_id", _ID, nullable=False),
        sa.Column("site_id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("crawl_id", sa.BigInteger(), nullable=True),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("acknowledged_at", _MOMENT, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("site_warning_id", name="pk_site_warning"),
        _of_site("site_warning"),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_site_warning_kind")),
    )
    _one_open("site_warning", ["site_id", "kind"])
    op.create_index("ix_site_warning_ended_at", "site_warning", ["ended_at"])


def _of_site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site_id"], ["site.site_id"], name=f"fk_{table}_site_id_site")


def _one_open(table: str, columns: list[str]) -> None:
    op.create_index(
        f"uq_{table}_open",
        table,
        columns,
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
