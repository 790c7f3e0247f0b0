"""Which matches a command is about: by state, case and site."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

import click
from sqlalchemy.orm import Session

from domain.case import read_number
from domain.review import MatchState
from storage import cases, matches, sites
from storage.matches import MatchSummary

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; None means all."""

    state: str | None
    case: str | None
    site: str | None

    def check(self, session: Session) -> None:
        """Notice a misspelt case or site, which would look like one without matches.

        Raises:
            NotFound: there is no such case or site.
        """
        if self.case is not None:
            cases.get_case(session, self.case)
        if self.site is not None:
            sites.get(session, self.site)


def match_filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a filter; it gets them as ``filters``."""

    @wraps(command)
    def filtered(
        *args: Any, state: str | None, case: str | None, site: str | None, **kwargs: Any
    ) -> Any:
        number = None if case is None else read_number("C", case)
        return command(*args, filters=Filters(state, number, site), **kwargs)

    for option in (
        click.option("--site", metavar="NAME", help="Only images sighted on this site."),
        click.option("--case", metavar="NUMBER", help="Only matches of this case."),
        click.option(
            "--state",
            type=click.Choice([state.value for state in MatchState]),
            help="Only matches that stand so.",
        ),
    ):
        filtered = option(filtered)
    return filtered


def every_match(session: Session, filters: Filters) -> Iterator[MatchSummary]:
    """Go through all matches that were asked for, a few hundred in memory at a time."""
    offset = 0
    while True:
        found = matches.list_matches(
            session,
            state=filters.state,
            case=filters.case,
            site=filters.site,
            limit=_AT_ONCE,
            offset=offset,
        )
        yield from found
        if len(found) < _AT_ONCE:
            return
        offset += len(found)
