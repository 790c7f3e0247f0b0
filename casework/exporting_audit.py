"""Exporting the audit record: that it was taken out is an entry of its own."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.sentence import sentence
from storage import audit
from storage.audit_reading import AuditFilter

EXPORTED: Final = "audit exported"


def note_export(
    session: Session, wanted: AuditFilter, *, form: str, actor: str, now: datetime
) -> int:
    """Put an export on record; return the number of the last entry that it holds.

    That is the one before its own, so that what was exported can be had again.

    Raises:
        Refused: the end of the chain is missing.
    """
    end = audit.head(session)
    if end is None:
        msg = sentence(
            "The end of the audit chain is missing.",
        ).with_command(" See: vigil audit verify")
        raise Refused(msg)
    audit.append(
        session,
        now=now,
        actor=actor,
        action=EXPORTED,
        subject="audit",
        details={
            "form": form,
            "through": end.sequence,
            "actor": wanted.actor,
            "action": wanted.action,
            "subject": wanted.subject,
            "since": None if wanted.since is None else wanted.since.isoformat(),
            "until": None if wanted.until is None else wanted.until.isoformat(),
        },
    )
    return end.sequence
