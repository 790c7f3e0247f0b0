"""The tables of a case besides its row: what its person wishes, and which pictures were erased."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.case_wishes import Consent, Contact, News
from storage.row import Row, RowId, one_of


class CaseWishesRow(Row):
    """What a person agreed to and wishes for, as choices. A case without a row: nothing is known.

    Erased when the case is withdrawn.
    """

    __tablename__ = "case_wishes"
    __table_args__ = (
        CheckConstraint(one_of("consent", Consent), name="consent"),
        CheckConstraint(one_of("contact", Contact), name="contact"),
        CheckConstraint(one_of("news", News), name="news"),
    )

    case_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("case_file.case_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    consent: Mapped[str | None] = mapped_column(String(16))
    contact: Mapped[str] = mapped_column(String(16))
    news: Mapped[str] = mapped_column(String(16))
    name_in_notices: Mapped[bool]
    police: Mapped[bool]
    language: Mapped[str | None] = mapped_column(String(8))
    changed_at: Mapped[datetime]


class ErasedRegistrationRow(Row):
    """The id of a registration whose case was erased, and nothing else of it.

    A crawl under way, or a copy of the registry on another machine, may hold its signals still, and
    learns here that they are withdrawn.
    """

    __tablename__ = "erased_registration"
    __table_args__ = ({"sqlite_autoincrement": True},)

    sequence: Mapped[int] = mapped_column(RowId, primary_key=True)
    registration_id: Mapped[int] = mapped_column(BigInteger)
    withdrawn_version: Mapped[int] = mapped_column(BigInteger, index=True)
