"""What a reader sees when something is missing, forbidden or broken: a sentence, no trace."""

import logging
from typing import Final

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from console.sentences import words_of
from domain.errors import InvalidInput, NotFound, OutsideDown, VigilError

_log = logging.getLogger("vigil.console")

WORDS: Final = {
    400: lazy_gettext("That could not be read. Go back, look at the form again and send it anew."),
    401: lazy_gettext("You are not signed in any more. Sign in, and do it again."),
    403: lazy_gettext("Your roles do not allow this. A supervisor can change them."),
    404: lazy_gettext("There is no such page, or what it showed is not there any more."),
    405: lazy_gettext("This can only be done from its own page."),
    413: lazy_gettext("That was too much at once: a form may hold a megabyte."),
    429: lazy_gettext("Too many attempts. Wait a few minutes and try again."),
    500: lazy_gettext("Something went wrong here. Nothing was changed; the log says what it was."),
    503: lazy_gettext("The database does not answer. Nothing was changed; try again in a minute."),
}


def apply(app: Flask) -> None:
    """Show every error of an application as a page."""

    @app.errorhandler(CSRFError)
    def stale(_: CSRFError) -> ResponseReturnValue:
        words = lazy_gettext("This form is too old, or not ours. Nothing was changed; reload it.")
        return _page(400, str(words))

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:  # noqa: PLR2004 - a redirect is no error
            return error.get_response()
        return _page(code, str(WORDS.get(code, WORDS[400 if code < 500 else 500])))  # noqa: PLR2004

    @app.errorhandler(VigilError)
    def expected(error: VigilError) -> ResponseReturnValue:
        if isinstance(error, OutsideDown):
            _log.error("database away: endpoint=%s", request.endpoint)
            return _page(503, str(WORDS[503]))
        code = (
            404 if isinstance(error, NotFound) else 400 if isinstance(error, InvalidInput) else 409
        )
        return _page(code, words_of(error))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        # Neither the address asked for nor the error's text: both may hold what is personal.
        _log.error("view failed: endpoint=%s kind=%s", request.endpoint, _where(error))
        return _page(500, str(WORDS[500]))


def _page(code: int, words: str) -> ResponseReturnValue:
    return render_template("error.html", code=code, words=words), code


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" in {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}"
