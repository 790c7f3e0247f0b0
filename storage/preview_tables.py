"""The tables of previews: who may see how much, how often each person looked, what she has chosen.

None of them holds anything of a picture, nor which one was looked at: the audit chain does that.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.permission import Role
from domain.preview import PreviewLevel
from storage.row import Row, RowId, one_of


class PreviewPolicyRow(Row):
    """How much of a picture a role may see, once a supervisor has said so."""

    __tablename__ = "preview_policy"
    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role"),
        CheckConstraint(one_of("level", PreviewLevel), name="level"),
    )

    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[str] = mapped_column(String(8))


class PictureLookRow(Row):
    """One look of a person at a picture; kept for some weeks, to spread the load and to care."""

    __tablename__ = "picture_look"
    __table_args__ = (Index("ix_picture_look_account_id_looked_at", "account_id", "looked_at"),)

    look_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.account_id", ondelete="CASCADE"))
    looked_at: Mapped[datetime]


class ExposureCareRow(Row):
    """What a person has chosen for herself: when to be reminded of a pause, how much to see."""

    __tablename__ = "exposure_care"
    __table_args__ = (CheckConstraint("looks > 0 AND minutes > 0", name="positive"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.account_id", ondelete="CASCADE"), primary_key=True
    )
    looks: Mapped[int]
    minutes: Mapped[int]
    heavy_only: Mapped[bool]
    quiet_until: Mapped[datetime | None]
