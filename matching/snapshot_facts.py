"""What a snapshot of the registry says of itself, and whether it may still be used by that.

The registry's two snapshots, of signals and of constellations, live by the same rule.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from storage import registry

_log = logging.getLogger(__name__)


def facts_of(session: Session, version: int) -> Mapping[str, Any]:
    """Give what is kept with a snapshot that is made of a version of the registry."""
    return {"version": version, "standing": asdict(registry.standing(session, version))}


def changes_beyond(session: Session, facts: Mapping[str, Any]) -> registry.RegistryChanges | None:
    """Give what a snapshot with these facts lacks, or None if it may not be used.

    It is of another registry, after a restored backup say, or holds what was withdrawn since: the
    file itself must not keep that.

    Raises:
        KeyError: it has no version.
    """
    version = int(facts["version"])
    fits = facts == facts_of(session, version)
    if not fits or version > registry.current_version(session):
        _log.info("A snapshot of the registry is of another registry; it is made anew.")
        return None
    changes = registry.changes_since(session, version)
    return None if changes.withdrawn else changes
