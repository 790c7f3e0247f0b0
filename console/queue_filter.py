"""Which part of the review queue somebody goes through, as addresses carry it along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from domain.case import read_number
from domain.errors import InvalidInput, NotFound
from domain.evidence import Grade
from storage import cases, review_queue
from storage.review_queue import Wanted

_ORDERS: Final = {
    "urgent": lazy_gettext("Most urgent first"),
    "oldest": lazy_gettext("Longest waiting first"),
}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What somebody asked for, as she wrote it, and what of it could be read.

    ``problems`` says by field why something could not; a listing then shows nothing.
    """

    case: str
    site: str
    strength: str
    only: str
    order: str
    wanted: Wanted
    problems: Mapping[str, str]

    @property
    def args(self) -> dict[str, Any]:
        """What an address needs to ask for the same again."""
        written = {
            "case": self.wanted.case,
            "site": self.wanted.site,
            "strength": self.wanted.grade,
            "only": "unsure" if self.wanted.unsure else "mine" if self.wanted.mine else None,
            "order": "oldest" if self.wanted.oldest_first else None,
        }
        return {name: value for name, value in written.items() if value}

    @property
    def orders(self) -> Mapping[str, object]:
        """The orders that there are to choose from."""
        return _ORDERS


def read_filter(session: Session, given: Mapping[str, str]) -> QueueFilter:
    """Read what an address or a form asks for. What cannot be read is said, and kept as typed."""
    typed = {name: given.get(name, "").strip() for name in ("case", "site", "strength")}
    only, order = given.get("only", ""), given.get("order", "")
    problems: dict[str, str] = {}
    case = site = None
    if typed["case"]:
        try:
            case = read_number("C", typed["case"])
            cases.case_row(session, case)
        except InvalidInput:
            problems["case"] = _("This is no case number: they look like C-7K3M-9QXD-5.")
            case = None
        except NotFound:
            problems["case"] = _("There is no case of this number.")
            case = None
    if typed["site"]:
        if review_queue.is_site(session, typed["site"]):
            site = typed["site"]
        else:
            problems["site"] = _("There is no site of this name.")
    return QueueFilter(
        case=case or typed["case"],
        site=typed["site"],
        strength=typed["strength"],
        only=only,
        order=order,
        wanted=Wanted(
            case=case,
            site=site,
            grade=next((grade for grade in Grade if grade.value == typed["strength"]), None),
            unsure=only == "unsure",
            mine=only == "mine",
            oldest_first=order == "oldest",
        ),
        problems=problems,
    )
