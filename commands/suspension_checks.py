"""Checks of registrations: whether any is suspended, or floods whoever reviews matches."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from domain.counted import counted
from domain.finding import Finding, ok, warn
from storage import suspensions

_NAMED: Final = 5


def registrations(session: Session, now: datetime) -> Iterator[Finding]:
    """Name registrations that are suspended: while they are, nobody's picture is found by them."""
    suspended = suspensions.list_suspended(session)
    for each in suspended[:_NAMED]:
        yield warn(
            "Suspended",
            f"{each.number} of {each.case} flags nothing. {each.reason}",
            f"vigil registration resume {each.number} --reason …, or vigil withdraw {each.number}",
        )
    if len(suspended) > _NAMED:
        more = counted(len(suspended) - _NAMED, "registration")
        yield warn("Suspended", f"{more} more", "See: vigil registration list")
    floods = suspensions.floods(session, now=now)
    for flood in floods[:_NAMED]:
        yield warn(
            "Flood",
            f"{flood.number} of {flood.case} was flagged {flood.flags:,} times within a day, "
            f"{flood.confirmed:,} of them confirmed",
            f"See: vigil match list --case {flood.case}",
        )
    if not suspended and not floods:
        yield ok("Registrations", "none is suspended, and none floods whoever reviews")
