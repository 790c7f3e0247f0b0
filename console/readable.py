"""What no record can be asked for by is refused at once, before it troubles a database."""

from typing import Final

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue

_MOST: Final = 2**63 - 1
"""The greatest number that a row can have."""


def apply(app: Flask) -> None:
    """Refuse what neither database can look for: nobody who clicks and types sends that."""

    @app.before_request
    def check() -> ResponseReturnValue | None:
        named = [str(value) for value in (request.view_args or {}).values()]
        asked = [value for _, value in request.args.items(multi=True)]
        sent = [value for _, value in request.form.items(multi=True)]
        if any("\0" in text for text in (*named, *asked, *sent)):
            abort(400)  # PostgreSQL keeps no such sign
        if any(map(_is_too_great, (*named, *asked))):
            abort(404)
        return None


def _is_too_great(text: str) -> bool:
    try:
        return abs(int(text)) > _MOST
    except ValueError:
        return False
