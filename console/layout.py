"""What the templates of all pages share: the menu, times in the reader's zone, one undo."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Flask, flash, url_for
from flask_babel import format_datetime, format_decimal, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from flask_login import current_user
from markupsafe import Markup, escape

from console.languages import language, timezone
from console.sentences import told
from console.surroundings import now
from domain.permission import Permission

MOMENT: Final = "d MMM y, HH:mm"
"""How a moment is written: no reader takes the month for the day."""

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One page of the menu, for who may see it; ``areas`` are the blueprints it stands for."""

    endpoint: str
    words: LazyString
    permission: Permission
    areas: frozenset[str]


def _entry(endpoint: str, words: LazyString, permission: Permission, *more_areas: str) -> MenuEntry:
    areas = frozenset({endpoint.partition(".")[0], *more_areas})
    return MenuEntry(endpoint, words, permission, areas)


MENU: Final = (
    _entry(
        "queue.show",
        lazy_gettext("Review"),
        Permission.MATCH_VIEW,
        "matches",
        "decisions",
        "evidence",
        "previews",
    ),
    _entry("cases.show_all", lazy_gettext("Cases"), Permission.CASE_VIEW),
    _entry("sites.show_all", lazy_gettext("Sites"), Permission.SITE_VIEW, "warnings"),
    _entry("crawls.show_all", lazy_gettext("Crawls"), Permission.CRAWL_VIEW),
    _entry("figures.show", lazy_gettext("Figures"), Permission.FIGURES_VIEW, "query"),
    _entry("audit.show_all", lazy_gettext("Audit"), Permission.AUDIT_VIEW),
    _entry("people.show_all", lazy_gettext("People"), Permission.ACCOUNT_VIEW, "policy"),
)
"""The menu in the order of the work."""


def apply(app: Flask) -> None:
    """Give templates what they share."""
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["ago"] = ago
    app.jinja_env.filters["told"] = told
    app.jinja_env.filters["number"] = format_decimal
    app.jinja_env.globals["Permission"] = Permission

    @app.context_processor
    def shared() -> dict[str, object]:
        account = current_user.account if current_user.is_authenticated else None
        may = frozenset() if account is None else account.permissions
        return {
            "account": account,
            "may": may,
            "endpoints": app.view_functions,
            "language": language(),
            "timezone": timezone(),
            "theme": account.theme if account is not None and account.theme else "auto",
            "menu": [
                entry
                for entry in MENU
                if entry.permission in may and entry.endpoint in app.view_functions
            ],
        }


def moment(at: datetime | None) -> Markup:
    """Write a moment in the reader's zone; hovering tells the exact instant."""
    if at is None:
        return Markup("–")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), _exactly(at), format_datetime(at, MOMENT)
    )


def ago(at: datetime | None) -> Markup:
    """Write how long ago a moment is; hovering tells the exact instant."""
    if at is None:
        return Markup("–")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), _exactly(at), since(now() - at)
    )


def since(passed: timedelta) -> str:
    """Write a span of time in one unit, as ``3 hours``."""
    seconds = max(0, round(passed.total_seconds()))
    if seconds < _MINUTE:
        return ngettext("%(num)d second", "%(num)d seconds", seconds)
    if seconds < _HOUR:
        return ngettext("%(num)d minute", "%(num)d minutes", seconds // _MINUTE)
    if seconds < 2 * _DAY:
        return ngettext("%(num)d hour", "%(num)d hours", seconds // _HOUR)
    return ngettext("%(num)d day", "%(num)d days", seconds // _DAY)


def say(words: str, *, undo: str | None = None, kind: str = "done") -> None:
    """Tell the reader on the next page what was done.

    Args:
        words: one sentence.
        undo: the address that a form takes it back at, if that is possible.
        kind: ``done``, or ``problem`` for what was not.
    """
    flash({"words": str(words), "undo": undo}, kind)  # type: ignore[arg-type]  # it keeps any JSON


def home(permissions: frozenset[Permission]) -> str:
    """Return the address of the page that somebody's work begins at."""
    for entry in MENU:
        if entry.permission in permissions:
            return url_for(entry.endpoint)
    return url_for("own.show")


def _exactly(at: datetime) -> str:
    return str(escape(at.isoformat(timespec="seconds")))
