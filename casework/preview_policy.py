"""How much of a picture each role may see: a supervisor says so, and it is audited."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from domain.permission import Role
from domain.preview import DEFAULT_LEVEL, PREVIEWING, PreviewLevel
from storage import audit, preview_policy


def policy(session: Session) -> dict[Role, PreviewLevel]:
    """Return how much each role that may look at pictures at all may see."""
    said = preview_policy.levels(session)
    return {role: said.get(role, DEFAULT_LEVEL) for role in PREVIEWING}


def set_policy(
    session: Session, wanted: Mapping[Role, PreviewLevel], *, actor: str, now: datetime
) -> bool:
    """Say how much each role may see from now on; return whether that changes anything."""
    before = policy(session)
    changed = {role: level for role, level in wanted.items() if before.get(role, level) != level}
    if not changed:
        return False
    preview_policy.set_levels(session, changed)
    audit.append(
        session,
        now=now,
        actor=actor,
        action="preview policy changed",
        subject="preview policy",
        details={
            role.value: {"before": before[role].value, "after": level.value}
            for role, level in changed.items()
        },
    )
    return True
