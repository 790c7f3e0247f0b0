"""The table of what was last found when the whole audit chain was checked."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Hex
from storage.row import Row


class AuditCheckRow(Row):
    """One row: up to which entry the chain was last found whole, by whom and when.

    It spares going through all of it again on every look. It proves nothing: whoever can rewrite
    the chain can rewrite this row. Checking everything is the proof, and asks it for nothing.
    """

    __tablename__ = "audit_check"
    __table_args__ = (CheckConstraint("audit_check_id = 1", name="single"),)

    audit_check_id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(Hex)
    checked_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
