"""What analysts may query: views without cases, addresses, registrations or people.

The views are made anew by every upgrade of the schema, after its last revision, and not by a
revision: neither database changes a table that a view stands on. So a view that is changed here
needs a revision, an empty one will do. Whoever may read them on PostgreSQL may do so afterwards.

This module imports no framework: the process that runs analysts' queries imports it, and starts
anew for each.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from sqlalchemy import Connection

Dialect = Literal["sqlite", "postgresql"]
Grants = Mapping[str, Sequence[str]]
"""Roles that may read a view, already quoted, by its name."""


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """One column of a view: ``sql`` is what it holds, in the words of both databases.

    ``day(moment)``, ``week(moment)``, ``week_of_day(day)`` and ``hours(from, to)`` are written out
    for each of them. ``kind`` is one of ``day``, ``text``, ``number`` and ``0 or 1``.
    """

    name: str
    kind: str
    sql: str


@dataclass(frozen=True, slots=True)
class View:
    """One view: its columns, and what stands behind FROM."""

    name: str
    columns: tuple[ViewColumn, ...]
    source: str

    def select(self, dialect: Dialect) -> str:
        """Write the query that the view stands for."""
        columns = ", ".join(f"{column.sql} AS {column.name}" for column in self.columns)
        return _written(f"SELECT {columns} FROM {self.source}", dialect)  # noqa: S608 - ours


# The site of an image: that of its first sighting, so that sums over sites count nothing twice.
_SITE_OF_MATCH: Final = (
    "coalesce((SELECT s.name FROM sighting f JOIN page p ON p.page_id = f.page_id "
    "JOIN site s ON s.site_id = p.site_id WHERE f.image_id = m.image_id "
    "ORDER BY f.first_seen, f.sighting_id LIMIT 1), '')"
)
_DECIDED_AT: Final = (
    "(SELECT max(d.decided_at) FROM review_decision d WHERE d.match_id = m.match_id "
    "AND d.undone_at IS NULL AND d.verdict <> 'unsure')"
)


def _agreed(*types: str) -> str:
    listed = ", ".join(f"'{each}'" for each in types)
    return (
        "CASE WHEN EXISTS (SELECT 1 FROM evidence e WHERE e.match_id = m.match_id "  # noqa: S608 - ours
        f"AND e.type IN ({listed})) THEN 1 ELSE 0 END"
    )


VIEWS: Final[tuple[View, ...]] = (
    View(
        "analyst_match",
        (
            ViewColumn("flagged_on", "day", "day(m.flagged_at)"),
            ViewColumn("week", "day", "week(m.flagged_at)"),
            ViewColumn(
                "site",
                "text",
                _SITE_OF_MATCH,
            ),
            ViewColumn("state", "text", "m.state"),
            ViewColumn("sightings", "number", "m.places"),
            ViewColumn(
                "moves",
                "0 or 1",
                "CASE WHEN EXISTS (SELECT 1 FROM image i WHERE i.image_id = m.image_id "
                "AND i.duration_ms IS NOT NULL) THEN 1 ELSE 0 END",
            ),
            ViewColumn("same_bytes", "0 or 1", _agreed("sha256", "md5")),
            ViewColumn("by_pdq", "0 or 1", _agreed("pdq")),
            ViewColumn("by_phash", "0 or 1", _agreed("phash")),
            ViewColumn(
                "by_constellation",
                "0 or 1",
                _agreed("constellation"),
            ),
            ViewColumn("by_embedding", "0 or 1", _agreed("embedding")),
            ViewColumn(
                "distance",
                "number",
                "(SELECT min(e.distance) FROM evidence e WHERE e.match_id = m.match_id "
                "AND e.type = 'pdq')",
            ),
            ViewColumn(
                "decided_on",
                "day",
                f"day({_DECIDED_AT})",
            ),
            ViewColumn(
                "hours_to_decision",
                "number",
                f"hours(m.flagged_at, {_DECIDED_AT})",
            ),
        ),
        "match m",
    ),
    View(
        "analyst_decision",
        (
            ViewColumn("decided_on", "day", "day(d.decided_at)"),
            ViewColumn("week", "day", "week(d.decided_at)"),
            ViewColumn("site", "text", _SITE_OF_MATCH),
            ViewColumn("verdict", "text", "d.verdict"),
            ViewColumn("kind", "text", "d.kind"),
            ViewColumn(
                "taken_back",
                "0 or 1",
                "CASE WHEN d.undone_at IS NULL THEN 0 ELSE 1 END",
            ),
            ViewColumn(
                "hours_since_flag",
                "number",
                "hours(m.flagged_at, d.decided_at)",
            ),
        ),
        "review_decision d JOIN match m ON m.match_id = d.match_id",
    ),
    View(
        "analyst_crawl",
        (
            ViewColumn("started_on", "day", "day(c.started_at)"),
            ViewColumn("week", "day", "week(c.started_at)"),
            ViewColumn("site", "text", "s.name"),
            ViewColumn("state", "text", "c.state"),
            ViewColumn(
                "hours",
                "number",
                "hours(c.started_at, c.ended_at)",
            ),
            ViewColumn("pages_fetched", "number", "c.pages_fetched"),
            ViewColumn("pages_unchanged", "number", "c.pages_unchanged"),
            ViewColumn("pages_failed", "number", "c.pages_failed"),
            ViewColumn("pages_refused", "number", "c.pages_refused"),
            ViewColumn("pages_left", "number", "c.pages_left"),
            ViewColumn("image_references", "number", "c.image_references"),
            ViewColumn("hashed", "number", "c.hashed"),
            ViewColumn("duplicate", "number", "c.duplicate"),
            ViewColumn("unchanged", "number", "c.unchanged"),
            ViewColumn("too_small", "number", "c.too_small"),
            ViewColumn("undecodable", "number", "c.undecodable"),
            ViewColumn("refused", "number", "c.refused"),
            ViewColumn("failed", "number", "c.failed"),
            ViewColumn("flagged", "number", "c.flagged"),
        ),
        "crawl c JOIN site s ON s.site_id = c.site_id",
    ),
    View(
        "analyst_site_day",
        (
            ViewColumn("day", "day", "t.day"),
            ViewColumn("week", "day", "week_of_day(t.day)"),
            ViewColumn("site", "text", "s.name"),
            ViewColumn("crawls", "number", "t.crawls"),
            ViewColumn("new_images", "number", "t.new_images"),
            ViewColumn("flagged", "number", "t.flagged"),
        ),
        "site_day t JOIN site s ON s.site_id = t.site_id",
    ),
    View(
        "analyst_sighting_day",
        (
            ViewColumn("day", "day", "day(f.first_seen)"),
            ViewColumn("week", "day", "week(f.first_seen)"),
            ViewColumn("site", "text", "s.name"),
            ViewColumn("sightings", "number", "count(*)"),
            ViewColumn("gone", "number", "count(f.gone_at)"),
        ),
        "sighting f JOIN page p ON p.page_id = f.page_id JOIN site s ON s.site_id = p.site_id "
        "GROUP BY day(f.first_seen), week(f.first_seen), s.name",
    ),
    View(
        "analyst_site",
        (
            ViewColumn("site", "text", "s.name"),
            ViewColumn("watched_since", "day", "day(s.added_at)"),
            ViewColumn(
                "state",
                "text",
                "CASE WHEN s.removed_at IS NOT NULL THEN 'removed' "
                "WHEN s.paused_at IS NOT NULL THEN 'paused' ELSE 'watched' END",
            ),
            ViewColumn(
                "visited_every_minutes",
                "number",
                "s.interval_seconds / 60",
            ),
        ),
        "site s",
    ),
)
"""Every view, in the order in which they are explained."""

BASE_TABLES: Final = frozenset(
    {"match", "review_decision", "evidence", "image", "sighting", "page", "site", "crawl",
     "site_day"}
)  # fmt: skip
"""The tables that the views stand on."""

# Brackets may stand in what they are given, one level of them.
_INSIDE: Final = r"((?:[^(),]|\((?:[^()]|\([^()]*\))*\))+)"
_CALL: Final = re.compile(rf"\b(day|week_of_day|week|hours)\({_INSIDE}(?:, {_INSIDE})?\)")
_CALLS: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {
        "day": "date({0})",
        "week": "date({0}, 'weekday 0', '-6 days')",
        "week_of_day": "date({0}, 'weekday 0', '-6 days')",
        "hours": "round((julianday({1}) - julianday({0})) * 24, 2)",
    },
    "postgresql": {
        "day": "(({0}) AT TIME ZONE 'UTC')::date",
        "week": "date_trunc('week', ({0}) AT TIME ZONE 'UTC')::date",
        "week_of_day": "date_trunc('week', ({0})::timestamp)::date",
        "hours": "round((extract(epoch FROM ({1}) - ({0})) / 3600)::numeric, 2)",
    },
}


def create(connection: "Connection", grants: Grants) -> None:
    """Make every view, and let those read them who might before."""
    dialect = _dialect(connection)
    for view in VIEWS:
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {view.select(dialect)}")
        for role in grants.get(view.name, ()):
            connection.exec_driver_sql(f"GRANT SELECT ON {view.name} TO {role}")


def drop(connection: "Connection") -> Grants:
    """Take every view away, so that tables can be changed; return who might read them."""
    grants = _grants(connection) if _dialect(connection) == "postgresql" else {}
    for view in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view.name}")
    return grants


def _grants(connection: "Connection") -> Grants:
    found: dict[str, list[str]] = {}
    for view in VIEWS:
        rows = connection.exec_driver_sql(
            "SELECT CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(role.rolname) END "
            "FROM pg_class, LATERAL aclexplode(relacl) AS acl "
            "LEFT JOIN pg_roles AS role ON role.oid = acl.grantee "
            "WHERE pg_class.oid = to_regclass(%s) AND acl.privilege_type = 'SELECT' "
            "AND acl.grantee <> relowner",
            (view.name,),
        )
        found[view.name] = [role for (role,) in rows]
    return found


def _dialect(connection: "Connection") -> Dialect:
    return "sqlite" if connection.dialect.name == "sqlite" else "postgresql"


def _written(sql: str, dialect: Dialect) -> str:
    def call(found: re.Match[str]) -> str:
        name, *given = found.groups()
        return _CALLS[dialect][name].format(*given)

    return _CALL.sub(call, sql)
