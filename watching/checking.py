"""`python -m watching.checking`: a check of a site's recipe, beside whoever asked for it.

It is a process of its own, since it takes a minute. It writes how far it is, and what it found,
into the row that it was started with.
"""

import argparse
import logging
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from config import Config, load_config
from domain.errors import VigilError
from storage import audit, recipe_checks, sites
from storage.database import Database, open_database
from watching.recipe_findings import SECONDS, as_tried, findings_of
from watching.trial import Progress, child_environment, try_out

_UNEXPECTED: Final = "The check ended by a mistake of the program. Nothing was changed."
_log = logging.getLogger(__name__)


def begin(database: Database, config: Config, name: str, *, actor: str, now: datetime) -> None:
    """Begin to check a site's recipe, in a process of its own.

    Raises:
        NotFound: there is no site of that name.
        Refused: its recipe is being checked.
    """
    with database.writing() as session:
        check_id = open_check(session, name, actor=actor, now=now)
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "watching.checking", str(check_id)],
            env=child_environment(_settings(config)),
            start_new_session=True,  # it ends by itself, whatever becomes of whoever asked
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        with database.writing() as session:
            trouble = f"The check could not begin: {error.strerror or error}."
            recipe_checks.end(session, check_id, (), trouble=trouble, now=now)
        return
    # Somebody has to wait for it, or it stays in the system's table after its end.
    threading.Thread(target=child.wait, name="recipe check", daemon=True).start()


def open_check(session: Session, name: str, *, actor: str, now: datetime) -> int:
    """Open a check of a site's recipe, with its audit entry; return its number.

    Raises:
        NotFound: there is no site of that name.
        Refused: its recipe is being checked.
    """
    check_id = recipe_checks.start(session, sites.get(session, name).site_id, actor=actor, now=now)
    audit.append(session, now=now, actor=actor, action="recipe checked", subject=f"site {name}")
    return check_id


def carry_out(database: Database, environment: Mapping[str, str], check_id: int) -> None:
    """Try a recipe out for a minute, and write what was found."""
    with database.reading() as session:
        check = recipe_checks.get(session, check_id)
        site = None if check is None else sites.get(session, check.site).site
    if site is None:
        return

    def note(progress: Progress) -> None:
        with database.writing() as session:
            recipe_checks.progress(
                session,
                check_id,
                pages=progress["pages"],
                references=progress["references"],
                pictures=progress["pictures"],
                now=_now(),
            )

    findings, trouble = [], None
    try:
        report = try_out(
            as_tried(site), environment, seconds=SECONDS, probing=False, on_progress=note
        )
        findings = list(findings_of(site, report))
    except VigilError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 - whoever waits for it is told that it is over
        trouble = _UNEXPECTED  # and not in the error's own words: they may hold an address
        _log.error("recipe check failed: check=%d kind=%s", check_id, type(error).__name__)
    with database.writing() as session:
        recipe_checks.end(session, check_id, findings, trouble=trouble, now=_now())


def _settings(config: Config) -> dict[str, str]:
    """Return what a child reads of the settings, whole: it may work in another folder."""
    return {
        "VIGIL_DATA": str(config.data),
        "VIGIL_DATABASE_URL": config.database_url,
        "VIGIL_PRACTICE_HOSTS": ",".join(sorted(config.practice_hosts)),
    }


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """Carry out the check that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m watching.checking", description=__doc__)
    parser.add_argument("check", type=int, help="the number of a check that was begun")
    given = parser.parse_args()
    database = open_database(load_config())
    try:
        carry_out(database, {}, given.check)
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
