"""Figures: a week at a glance, and matches, decisions and crawls by week and site."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Final

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from casework import analysing
from console.access import needs
from console.figures_asked import Asked, asked, monday
from console.figures_chart import chart
from console.figures_counting import counting
from console.figures_files import FORMATS, file_name, file_of
from console.figures_glance import glance
from console.figures_kinds import KINDS, Figures
from console.figures_sums import ShownRow, Sums, sums
from console.layout import since
from console.surroundings import account, actor, now, reading, writing
from domain.permission import Permission
from storage import figures as stored
from storage.figures_overview import Span

page = Blueprint("figures", __name__)

ROWS_AT_ONCE: Final = 50
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@page.get("/figures")
@needs(Permission.FIGURES_VIEW)
def show() -> ResponseReturnValue:
    """Show this week beside the one before, and lead to the rest."""
    today = now().astimezone(UTC).date()
    begins = monday(today)
    spans = (
        Span(begins, today),
        Span(begins - _WEEK, today - _WEEK),
        Span(begins - _WEEK, begins - _DAY),
    )
    # Exact ones are counted at this moment; the others are sums of what the tables show.
    fresh = None if _exact() else counting().bring_up_to_date(now())
    with reading() as session:
        seen = glance(session, *spans, exact=_exact())
    return render_template(
        "figures.html",
        kinds=KINDS,
        spans=spans,
        seen=seen,
        fresh=fresh,
        exact=_exact(),
        span_of=since,
    )


@page.get("/figures/matches")
@needs(Permission.FIGURES_VIEW)
def matches() -> ResponseReturnValue:
    """Show matches by week and site."""
    return _table(KINDS["matches"])


@page.get("/figures/decisions")
@needs(Permission.FIGURES_VIEW)
def decisions() -> ResponseReturnValue:
    """Show decisions by week and site."""
    return _table(KINDS["decisions"])


@page.get("/figures/crawls")
@needs(Permission.FIGURES_VIEW)
def crawls() -> ResponseReturnValue:
    """Show crawls by week and site."""
    return _table(KINDS["crawls"])


@page.get("/figures/counting")
@needs(Permission.FIGURES_VIEW)
def count() -> ResponseReturnValue:
    """Say whether the figures are still being counted: a part of a page that asks again."""
    return render_template(
        "figures_counting.html", fresh=counting().bring_up_to_date(now()), asks=True
    )


@page.get("/figures/<of>.<suffix>")
@needs(Permission.FIGURES_EXPORT)
def download(of: str, suffix: str) -> ResponseReturnValue:
    """Hand out figures as a file; that this was done is on record."""
    if of not in KINDS or suffix not in FORMATS:
        abort(404)
    kind = KINDS[of]
    counting().bring_up_to_date(now())
    wanted, found = _found(kind)
    with writing() as session:
        analysing.note_download(
            session,
            f"figures of {of}",
            details={
                "format": suffix,
                "from": wanted.weeks.first.isoformat(),
                "to": wanted.weeks.last.isoformat(),
                "site": wanted.weeks.site,
                **wanted.chosen,
            },
            actor=actor(),
            now=now(),
        )
    return file_of(kind, found, suffix=suffix, name=file_name(of, wanted.weeks))


def _table(kind: Figures) -> ResponseReturnValue:
    fresh = counting().bring_up_to_date(now())
    wanted, found = _found(kind)
    with reading() as session:
        sites = stored.site_names(session)
    drawn = [
        (row.week, row.total if kind.drawn is None else row.counts[kind.drawn])
        for row in reversed(found.weeks)
        if row.week is not None
    ]
    rows, after = _rows(found.cells)
    return render_template(
        "figures_table.html",
        kinds=KINDS,
        kind=kind,
        asked=wanted,
        found=found,
        rows=rows,
        after=after,
        first=request.args.get("after") is None,
        chart=chart(drawn),
        sites=sites,
        fresh=fresh,
        exact=_exact(),
        last_day=lambda week: week + 6 * _DAY,
    )


def _found(kind: Figures) -> tuple[Asked, Sums]:
    wanted = asked(request.args, kind.choices, today=now().astimezone(UTC).date())
    with reading() as session:
        read = kind.read(session, wanted)
    return wanted, sums(kind, wanted, read, exact=_exact())


def _exact() -> bool:
    """Say whether whoever asks sees small counts: who works with matches does."""
    return Permission.MATCH_VIEW in account().permissions


def _rows(cells: Sequence[ShownRow]) -> tuple[Sequence[ShownRow], str | None]:
    """Return the rows after the one that is named, and the name of the last if more come."""
    begins = 0
    week, _, site = request.args.get("after", "").partition("/")
    try:
        after = (-date.fromisoformat(week).toordinal(), site)
    except ValueError:
        after = None
    if after is not None:
        begins = sum(
            (-cell.week.toordinal(), cell.site) <= after for cell in cells if cell.week is not None
        )
    rows = cells[begins : begins + ROWS_AT_ONCE]
    if begins + ROWS_AT_ONCE >= len(cells):
        return rows, None
    return rows, f"{rows[-1].week}/{rows[-1].site}"
