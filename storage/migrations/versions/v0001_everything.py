"""Make every table, the registry and the head of the audit chain, and protect its entries.

Revision: 0001, the first.

Audit entries are refused any change by triggers: a statement written in error, or by someone
with an SQL prompt, stops there. It is no lock against whoever may drop a trigger; the chain of
digests is what shows such a change.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "site",
    "page",
    "image",
    "image_url",
    "sighting",
    "case_file",
    "registry",
    "registration",
    "signal",
    "match",
    "evidence",
    "review_decision",
    "crawl",
    "crawl_error",
    "audit_entry",
    "audit_head",
    "lease",
    "apscheduler_jobs",
)
"""In the order in which they are made; they are dropped in the opposite one."""

SIGNAL_TYPES = "type IN ('sha256', 'md5', 'pdq', 'phash')"
VIEWS = (
    "view IN ('upright', 'turned_90', 'turned_180', 'turned_270', "
    "'mirrored', 'mirrored_90', 'mirrored_180', 'mirrored_270')"
)


def upgrade() -> None:
    """Make everything, with its two single rows."""
    _found()
    _registered()
    _matched()
    _crawled()
    _kept_by_vigil()
    _single_rows()
    if op.get_bind().dialect.name == "sqlite":
        _protect_on_sqlite()
    else:
        _protect_on_postgresql()


def downgrade() -> None:
    """Drop everything. The triggers go with their table."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")


def _found() -> None:
    op.create_table(
        "site",
        _row_id("site_id"),
        sa.Column("name", sa.String(63), nullable=False),
        _json("start_urls"),
        _json("hosts"),
        _count("interval_seconds"),
        sa.Column("rate", sa.Float(), nullable=False),
        _count("max_pages"),
        _count("max_depth"),
        sa.Column("obey_robots", sa.Boolean(), nullable=False),
        sa.Column("robots_reason", sa.Text()),
        _json("headers"),
        _json("cookies"),
        _moment("added_at"),
        _moment("changed_at"),
        _moment("paused_at", nullable=True),
        _moment("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("site_id", name="pk_site"),
        sa.UniqueConstraint("name", name="uq_site_name"),
        sa.CheckConstraint(
            "obey_robots OR robots_reason IS NOT NULL", name="ck_site_robots_reason"
        ),
        sa.CheckConstraint("interval_seconds > 0 AND rate > 0", name="ck_site_positive"),
    )
    op.create_table(
        "page",
        _row_id("page_id"),
        _to("site_id"),
        sa.Column("url", sa.Text(), nullable=False),
        _digest("url_digest"),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        _json("links"),
        _json("image_references"),
        _moment("first_seen"),
        _moment("last_seen"),
        _moment("gone_at", nullable=True),
        sa.PrimaryKeyConstraint("page_id", name="pk_page"),
        sa.ForeignKeyConstraint(["site_id"], ["site.site_id"], name="fk_page_site_id_site"),
        sa.UniqueConstraint("site_id", "url_digest", name="uq_page_site_id_url_digest"),
    )
    op.create_table(
        "image",
        _row_id("image_id"),
        _digest("sha256"),
        _digest("md5"),
        _digest("pdq"),
        _count("pdq_quality"),
        _digest("phash"),
        sa.Column("format", sa.String(16), nullable=False),
        _count("width"),
        _count("height"),
        _count("byte_size"),
        _moment("first_seen"),
        sa.PrimaryKeyConstraint("image_id", name="pk_image"),
        sa.UniqueConstraint("sha256", name="uq_image_sha256"),
        sa.CheckConstraint("pdq_quality BETWEEN 0 AND 100", name="ck_image_quality"),
        sqlite_autoincrement=True,  # a crawl under way may still hold the id of a forgotten image
    )
    op.create_index("ix_image_md5", "image", ["md5"])
    op.create_table(
        "image_url",
        _row_id("image_url_id"),
        sa.Column("url", sa.Text(), nullable=False),
        _digest("url_digest"),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        _to("image_id", nullable=True),
        _moment("checked_at"),
        sa.PrimaryKeyConstraint("image_url_id", name="pk_image_url"),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["image.image_id"],
            name="fk_image_url_image_id_image",
            ondelete="SET NULL",
        ),
        sa.UniqueConstraint("url_digest", name="uq_image_url_url_digest"),
    )
    op.create_index("ix_image_url_image_id", "image_url", ["image_id"])
    op.create_table(
        "sighting",
        _row_id("sighting_id"),
        _to("page_id"),
        _to("image_url_id"),
        _to("image_id"),
        sa.Column("found_in", sa.String(64), nullable=False),
        _moment("first_seen"),
        _moment("last_seen"),
        _moment("gone_at", nullable=True),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_sighting"),
        sa.ForeignKeyConstraint(["page_id"], ["page.page_id"], name="fk_sighting_page_id_page"),
        sa.ForeignKeyConstraint(
            ["image_url_id"],
            ["image_url.image_url_id"],
            name="fk_sighting_image_url_id_image_url",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["image.image_id"],
            name="fk_sighting_image_id_image",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "page_id", "image_url_id", "image_id", name="uq_sighting_page_id_image_url_id_image_id"
        ),
        sa.CheckConstraint("first_seen <= last_seen", name="ck_sighting_order"),
    )
    op.create_index("ix_sighting_image_url_id", "sighting", ["image_url_id"])
    op.create_index("ix_sighting_image_id", "sighting", ["image_id"])


def _registered() -> None:
    op.create_table(
        "case_file",
        _row_id("case_id"),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        _moment("opened_at"),
        _moment("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_file"),
        sa.UniqueConstraint("number", name="uq_case_file_number"),
    )
    op.create_table(
        "registry",
        sa.Column("registry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registry_id", name="pk_registry"),
        sa.CheckConstraint("registry_id = 1", name="ck_registry_single"),
    )
    op.create_table(
        "registration",
        _row_id("registration_id"),
        sa.Column("number", sa.String(16), nullable=False),
        _to("case_id"),
        sa.Column("picture", sa.LargeBinary()),
        sa.Column("source", sa.String(16), nullable=False),
        _moment("registered_at"),
        sa.Column("added_version", sa.BigInteger(), nullable=False),
        _moment("withdrawn_at", nullable=True),
        sa.Column("withdrawn_version", sa.BigInteger()),
        sa.PrimaryKeyConstraint("registration_id", name="pk_registration"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.case_id"], name="fk_registration_case_id_case_file"
        ),
        sa.UniqueConstraint("number", name="uq_registration_number"),
        sa.UniqueConstraint("case_id", "picture", name="uq_registration_case_id_picture"),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR picture IS NULL", name="ck_registration_erased"
        ),
    )
    op.create_index("ix_registration_case_id", "registration", ["case_id"])
    op.create_index("ix_registration_added_version", "registration", ["added_version"])
    op.create_index("ix_registration_withdrawn_version", "registration", ["withdrawn_version"])
    op.create_table(
        "signal",
        _row_id("signal_id"),
        _to("registration_id"),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("view", sa.String(16), nullable=False),
        _digest("value"),
        sa.Column("quality", sa.Integer()),
        sa.PrimaryKeyConstraint("signal_id", name="pk_signal"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.registration_id"],
            name="fk_signal_registration_id_registration",
        ),
        sa.UniqueConstraint(
            "registration_id", "type", "view", name="uq_signal_registration_id_type_view"
        ),
        sa.CheckConstraint(SIGNAL_TYPES, name="ck_signal_type"),
        sa.CheckConstraint(VIEWS, name="ck_signal_view"),
    )


def _matched() -> None:
    op.create_table(
        "match",
        _row_id("match_id"),
        sa.Column("number", sa.String(16), nullable=False),
        _to("case_id"),
        _to("image_id"),
        sa.Column("state", sa.String(16), nullable=False),
        _moment("flagged_at"),
        sa.PrimaryKeyConstraint("match_id", name="pk_match"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.case_id"], name="fk_match_case_id_case_file"
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.image_id"], name="fk_match_image_id_image"),
        sa.UniqueConstraint("number", name="uq_match_number"),
        sa.UniqueConstraint("case_id", "image_id", name="uq_match_case_id_image_id"),
        sa.CheckConstraint("state IN ('flagged', 'confirmed', 'rejected')", name="ck_match_state"),
    )
    op.create_index("ix_match_image_id", "match", ["image_id"])
    op.create_index("ix_match_state", "match", ["state"])
    op.create_table(
        "evidence",
        _row_id("evidence_id"),
        _to("match_id"),
        _to("registration_id"),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("view", sa.String(16), nullable=False),
        _count("distance"),
        sa.PrimaryKeyConstraint("evidence_id", name="pk_evidence"),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.match_id"], name="fk_evidence_match_id_match", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.registration_id"],
            name="fk_evidence_registration_id_registration",
        ),
        sa.UniqueConstraint(
            "match_id",
            "registration_id",
            "type",
            name="uq_evidence_match_id_registration_id_type",
        ),
        sa.CheckConstraint(SIGNAL_TYPES, name="ck_evidence_type"),
        sa.CheckConstraint(VIEWS, name="ck_evidence_view"),
        sa.CheckConstraint("distance >= 0", name="ck_evidence_distance"),
    )
    op.create_index("ix_evidence_registration_id", "evidence", ["registration_id"])
    op.create_table(
        "review_decision",
        _row_id("decision_id"),
        _to("match_id"),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        _moment("decided_at"),
        _moment("undone_at", nullable=True),
        sa.Column("undone_by", sa.Text()),
        sa.PrimaryKeyConstraint("decision_id", name="pk_review_decision"),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.match_id"],
            name="fk_review_decision_match_id_match",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "verdict IN ('confirmed', 'rejected', 'unsure')", name="ck_review_decision_verdict"
        ),
    )
    op.create_index("ix_review_decision_match_id", "review_decision", ["match_id"])


def _crawled() -> None:
    outcomes = (
        "hashed",
        "duplicate",
        "unchanged",
        "too_small",
        "undecodable",
        "refused",
        "failed",
    )
    op.create_table(
        "crawl",
        _row_id("crawl_id"),
        _to("site_id"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text()),
        _moment("started_at"),
        _moment("heartbeat_at"),
        _moment("ended_at", nullable=True),
        _count("pages_fetched"),
        _count("pages_unchanged"),
        _count("pages_failed"),
        _count("pages_refused"),
        _count("image_references"),
        *[_count(outcome) for outcome in outcomes],
        _count("flagged"),
        sa.PrimaryKeyConstraint("crawl_id", name="pk_crawl"),
        sa.ForeignKeyConstraint(["site_id"], ["site.site_id"], name="fk_crawl_site_id_site"),
        sa.CheckConstraint(
            "state IN ('running', 'finished', 'stopped', 'failed', 'crashed')",
            name="ck_crawl_state",
        ),
        sa.CheckConstraint(
            "state NOT IN ('finished', 'stopped', 'failed') OR "
            f"image_references = {' + '.join(outcomes)}",
            name="ck_crawl_adds_up",
        ),
    )
    op.create_index("ix_crawl_site_id_started_at", "crawl", ["site_id", "started_at"])
    op.create_index(
        "uq_crawl_running",
        "crawl",
        ["site_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "crawl_error",
        _row_id("crawl_error_id"),
        _to("crawl_id"),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("happened_at"),
        sa.PrimaryKeyConstraint("crawl_error_id", name="pk_crawl_error"),
        sa.ForeignKeyConstraint(
            ["crawl_id"], ["crawl.crawl_id"], name="fk_crawl_error_crawl_id_crawl"
        ),
    )
    op.create_index("ix_crawl_error_crawl_id", "crawl_error", ["crawl_id"])


def _kept_by_vigil() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("sequence", _WIDE, autoincrement=False, nullable=False),
        _moment("happened_at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("details", sa.Text(), nullable=False),
        _digest("previous"),
        _digest("digest"),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    op.create_table(
        "audit_head",
        sa.Column("audit_head_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _digest("digest"),
        sa.PrimaryKeyConstraint("audit_head_id", name="pk_audit_head"),
        sa.CheckConstraint("audit_head_id = 1", name="ck_audit_head_single"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "apscheduler_jobs",
        sa.Column("id", sa.String(191), nullable=False),
        sa.Column("next_run_time", sa.Float(25)),
        sa.Column("job_state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_apscheduler_jobs"),
    )
    op.create_index("ix_apscheduler_jobs_next_run_time", "apscheduler_jobs", ["next_run_time"])


def _single_rows() -> None:
    registry = sa.table("registry", sa.column("registry_id"), sa.column("version"))
    op.execute(registry.insert().values(registry_id=1, version=0))
    head = sa.table(
        "audit_head",
        sa.column("audit_head_id"),
        sa.column("sequence"),
        sa.column("digest", sa.LargeBinary()),
    )
    op.execute(head.insert().values(audit_head_id=1, sequence=0, digest=bytes(32)))


def _protect_on_sqlite() -> None:
    for doing in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entry_refuse_{doing.lower()} BEFORE {doing} ON audit_entry "
            "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END"
        )


def _protect_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


# SQLite counts rows by itself only for INTEGER keys.
_WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _row_id(name: str) -> sa.Column[Any]:
    return sa.Column(name, _WIDE, nullable=False)


def _to(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _WIDE, nullable=nullable)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _digest(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
