"""The tables of operators' work: what they ask of crawls, and what is known of sites at a glance.

site ──< site_day              crawls, new pictures and flags of a site, day by day
  ├──── site_known             what was counted of it, and when it was last judged
  ├──< site_warning            what is amiss, from when until when, and who knows
  ├──< wanted_crawl            a visit that somebody asked for
  ├──< recipe_check            a trial of its recipe: under way, or with what was found
  └──── former_policy          the policy before the last change, to be put back
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.site_warning import WarningKind
from storage.row import Row, RowId, one_of

_OPEN: Final = text("ended_at IS NULL")


class SiteDayRow(Row):
    """What the crawls of a site that ended on one day, in UTC, came to."""

    __tablename__ = "site_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("site.site_id"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    crawls: Mapped[int]
    new_images: Mapped[int] = mapped_column(BigInteger)
    flagged: Mapped[int]


class SiteKnownRow(Row):
    """What was counted of a site when it was last judged, after the crawl ``crawl_id``."""

    __tablename__ = "site_known"

    site_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("site.site_id"), primary_key=True, autoincrement=False
    )
    judged_at: Mapped[datetime]
    crawl_id: Mapped[int | None] = mapped_column(BigInteger)
    pages: Mapped[int] = mapped_column(BigInteger)
    images: Mapped[int] = mapped_column(BigInteger)
    sightings: Mapped[int] = mapped_column(BigInteger)
    sightings_gone: Mapped[int] = mapped_column(BigInteger)


class SiteWarningRow(Row):
    """Something amiss with a site. Once it is over and comes again, it is another row.

    Acknowledged, it stands back until ``acknowledged_until``, or until it is over.
    """

    __tablename__ = "site_warning"
    __table_args__ = (
        CheckConstraint(one_of("kind", WarningKind), name="kind"),
        Index(
            "uq_site_warning_open",
            "site_id",
            "kind",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_site_warning_ended_at", "ended_at"),
    )

    site_warning_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.site_id"))
    kind: Mapped[str] = mapped_column(String(16))
    found: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    crawl_id: Mapped[int | None] = mapped_column(BigInteger)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    acknowledged_until: Mapped[datetime | None]


class WantedCrawlRow(Row):
    """A visit that somebody asked for: open until it begins, is taken back or cannot begin.

    ``taken_at`` is when the leading scheduler gave the site its turn.
    """

    __tablename__ = "wanted_crawl"
    __table_args__ = (
        Index(
            "uq_wanted_crawl_open",
            "site_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    wanted_crawl_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.site_id"))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecipeCheckRow(Row):
    """A trial of a site's recipe: how far it is, and in the end what was found or why nothing was.

    ``findings`` are level, what was checked, what was found and what to do.
    """

    __tablename__ = "recipe_check"
    __table_args__ = (
        Index(
            "uq_recipe_check_open",
            "site_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_recipe_check_site_id_recipe_check_id", "site_id", "recipe_check_id"),
    )

    recipe_check_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.site_id"))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(Text)
    alive_at: Mapped[datetime]
    pages: Mapped[int]
    image_references: Mapped[int]
    pictures: Mapped[int]
    ended_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(Text)
    findings: Mapped[list[list[str]]]


class FormerPolicyRow(Row):
    """A site's policy before its last change, kept for hours: it holds headers and cookies."""

    __tablename__ = "former_policy"

    site_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("site.site_id"), primary_key=True, autoincrement=False
    )
    policy: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(Text)
