"""The language and the zone that a page is written in: the reader's own."""

from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.support import NullTranslations
from flask import Flask, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

LANGUAGES = ("en", "de")


class _Words(Domain):
    """Finds the words of a language by its locale: a page has hundreds, each of which asks."""

    def __init__(self) -> None:
        super().__init__()
        self._known: Final[dict[Locale, NullTranslations]] = {}

    def get_translations(self) -> NullTranslations:
        """Return all words of the language that is written in at the moment."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        found = self._known.get(locale)
        if found is None:
            found = self._known[locale] = super().get_translations()
        return found


def apply(app: Flask) -> None:
    """Write pages in the language and zone of whoever reads them."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    babel = Babel(app, locale_selector=language, timezone_selector=timezone)
    words = babel.domain_instance = _Words()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Babel's extension
        gettext=lambda text: words.get_translations().ugettext(text),
        ngettext=lambda one, many, number: words.get_translations().ungettext(one, many, number),
        newstyle=True,
    )
    # As the extension has it, only without finding `gettext` anew for every word.
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]


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
