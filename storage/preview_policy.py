"""How much of a picture each role may see, as supervisors have said."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permission import Role
from domain.preview import PreviewLevel
from storage.preview_tables import PreviewPolicyRow


def levels(session: Session) -> dict[Role, PreviewLevel]:
    """Return what was said of each role; one of which nothing was said is left out."""
    rows = session.scalars(select(PreviewPolicyRow))
    return {Role(row.role): PreviewLevel(row.level) for row in rows}


def set_levels(session: Session, wanted: Mapping[Role, PreviewLevel]) -> None:
    """Say how much some roles may see from now on."""
    for role, level in wanted.items():
        session.merge(PreviewPolicyRow(role=role.value, level=level.value))
    session.flush()
