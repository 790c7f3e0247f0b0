"""The language and the zone that a page is written in: the reader's own."""

from zoneinfo import ZoneInfo

from flask import Flask, request
from flask_babel import Babel
from flask_login import current_user

LANGUAGES = ("en", "de")


def apply(app: Flask) -> None:
    """Write pages in the language and zone of whoever reads them."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=language, timezone_selector=timezone)


def language() -> str:
    """Return the language that a page is to be written in."""
    chosen: str | None = current_user.account.language if current_user.is_authenticated else None
    return chosen or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def timezone() -> str:
    """Return the name of the zone that times are to be written in."""
    chosen: str | None = current_user.account.timezone if current_user.is_authenticated else None
    return chosen or "UTC"


def zone() -> ZoneInfo:
    """Return the zone that times are to be written in."""
    return ZoneInfo(timezone())
