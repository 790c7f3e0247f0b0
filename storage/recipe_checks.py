"""Trials of recipes that somebody asked for: under way, or with what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.finding import Finding, Level
from domain.sentence import sentence
from storage.tables import SiteRow
from storage.watching_tables import RecipeCheckRow

SILENT_AFTER: Final = timedelta(seconds=45)
"""A check under way gives a sign of life every second or two; silent for this long, it has died."""

_KEPT: Final = 5
_DIED: Final = "It ended without a word: its process died. Check again."


@dataclass(frozen=True, slots=True)
class RecipeCheck:
    """One trial of a site's recipe. ``trouble`` says why there is nothing to judge it by."""

    recipe_check_id: int
    site: str
    asked_at: datetime
    asked_by: str
    alive_at: datetime
    pages: int
    references: int
    pictures: int
    ended_at: datetime | None
    trouble: str | None
    findings: tuple[Finding, ...]


def start(session: Session, site_id: int, *, actor: str, now: datetime) -> int:
    """Open a check of a site's recipe and return its number; one that died before is closed.

    Raises:
        Refused: one is under way.
    """
    session.execute(
        update(RecipeCheckRow)
        .where(
            RecipeCheckRow.site_id == site_id,
            RecipeCheckRow.ended_at.is_(None),
            RecipeCheckRow.alive_at < now - SILENT_AFTER,
        )
        .values(ended_at=now, trouble=_DIED)
    )
    row = RecipeCheckRow(
        site_id=site_id,
        asked_at=now,
        asked_by=actor,
        alive_at=now,
        pages=0,
        image_references=0,
        pictures=0,
        findings=[],
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        msg = sentence("This site's recipe is being checked already; it takes a minute.")
        raise Refused(msg) from None
    older = (
        select(RecipeCheckRow.recipe_check_id)
        .where(RecipeCheckRow.site_id == site_id)
        .order_by(RecipeCheckRow.recipe_check_id.desc())
        .offset(_KEPT)
    )
    session.execute(
        delete(RecipeCheckRow)
        .where(RecipeCheckRow.recipe_check_id.in_(older))
        .execution_options(synchronize_session=False)
    )
    return row.recipe_check_id


def get(session: Session, recipe_check_id: int) -> RecipeCheck | None:
    """Return one check; None if it was forgotten meanwhile."""
    return _first(session, RecipeCheckRow.recipe_check_id == recipe_check_id)


def newest(session: Session, site: str) -> RecipeCheck | None:
    """Return the newest check of a site's recipe."""
    return _first(session, SiteRow.name == site)


def progress(
    session: Session,
    recipe_check_id: int,
    *,
    pages: int,
    references: int,
    pictures: int,
    now: datetime,
) -> None:
    """Write how far a check is."""
    session.execute(
        update(RecipeCheckRow)
        .where(RecipeCheckRow.recipe_check_id == recipe_check_id)
        .values(pages=pages, image_references=references, pictures=pictures, alive_at=now)
    )


def end(
    session: Session,
    recipe_check_id: int,
    findings: Sequence[Finding],
    *,
    trouble: str | None,
    now: datetime,
) -> None:
    """Write what a check found, or why it found nothing."""
    session.execute(
        update(RecipeCheckRow)
        .where(RecipeCheckRow.recipe_check_id == recipe_check_id)
        .values(
            ended_at=now,
            alive_at=now,
            trouble=trouble,
            findings=[
                [each.level.value, each.what, each.found, each.advice or ""] for each in findings
            ],
        )
    )


def forget(session: Session, site_id: int) -> None:
    """Forget the checks of a site that is watched no more: they tell addresses of its pages."""
    session.execute(delete(RecipeCheckRow).where(RecipeCheckRow.site_id == site_id))


def _first(session: Session, which: ColumnElement[bool]) -> RecipeCheck | None:
    found = session.execute(
        select(RecipeCheckRow, SiteRow.name)
        .join(SiteRow, SiteRow.site_id == RecipeCheckRow.site_id)
        .where(which)
        .order_by(RecipeCheckRow.recipe_check_id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    row, site = found
    return RecipeCheck(
        row.recipe_check_id,
        site,
        row.asked_at,
        row.asked_by,
        row.alive_at,
        row.pages,
        row.image_references,
        row.pictures,
        row.ended_at,
        row.trouble,
        tuple(
            Finding(Level(level), what, text, advice or None)
            for level, what, text, advice in row.findings
        ),
    )
