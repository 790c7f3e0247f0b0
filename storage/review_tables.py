"""The tables of reviewing: who has which match now, where it was seen, what was referred."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.row import Row, RowId


class ClaimRow(Row):
    """Somebody has a match to herself until ``until``, unless she renews it or gives it back."""

    __tablename__ = "claim"

    match_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("match.match_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    actor: Mapped[str] = mapped_column(String(64), index=True)
    claimed_at: Mapped[datetime]
    until: Mapped[datetime]


class MatchSiteRow(Row):
    """A match's image was sighted on a site, ever: so that a site's queue needs no search."""

    __tablename__ = "match_site"
    __table_args__ = (
        Index("ix_match_site_match_id", "match_id"),
        {"sqlite_with_rowid": False},
    )

    site_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("site.site_id"), primary_key=True, autoincrement=False
    )
    match_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("match.match_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


class ReferralRow(Row):
    """Somebody said that whoever an image shows may be under 18.

    The row stays when that is taken back: the image's preview is locked for good, in every case.
    """

    __tablename__ = "referral"

    referral_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.image_id", ondelete="CASCADE"), index=True
    )
    match_id: Mapped[int | None] = mapped_column(
        ForeignKey("match.match_id", ondelete="SET NULL"), index=True
    )
    hotline: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    referred_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
