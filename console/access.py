"""Every view is denied by default, and granted by the one permission that it names."""

from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from console.layout import say
from console.local_path import local_path
from domain.permission import Permission

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_NEEDS: Final = "needs"
_ANYONE: Final = "anyone"

OPEN_ENDPOINTS: Final = frozenset({"static"})
"""What is not ours to mark, and that anyone may ask for."""


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view: whoever has this permission may see it, and nobody else."""

    def mark(view: View) -> View:
        setattr(view, _NEEDS, permission)
        return view

    return mark


def open_to_anyone(view: View) -> View:
    """Mark a view that strangers may see: logging in, and nothing that tells of any record."""
    setattr(view, _ANYONE, True)
    return view


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """Return the permission that an endpoint asks for; None if it names none."""
    found: Permission | None = getattr(app.view_functions[endpoint], _NEEDS, None)
    return found


def is_open(app: Flask, endpoint: str) -> bool:
    """Say whether strangers may see an endpoint."""
    return endpoint in OPEN_ENDPOINTS or getattr(app.view_functions[endpoint], _ANYONE, False)


def apply(app: Flask) -> None:
    """Ask for every request whether it is granted, before its view begins."""

    @app.before_request
    def check() -> ResponseReturnValue | None:
        endpoint = request.endpoint
        if endpoint is None or is_open(app, endpoint):
            return None
        if not current_user.is_authenticated:
            return _ask_who_it_is()
        permission = permission_of(app, endpoint)
        if permission is None or permission not in current_user.account.permissions:
            abort(403)
        return None


def _ask_who_it_is() -> ResponseReturnValue:
    if session.pop("_user_id", None) is not None:
        words = _(
            "You were signed out: because nothing was done for a while, or elsewhere. "
            "Sign in to go on where you were."
        )
        say(words, kind="warning")
    if "HX-Request" in request.headers:
        # The page around it shows what nobody is signed in for any more: it gives way as a whole.
        around = urlsplit(request.headers.get("HX-Current-URL", ""))
        to = local_path(f"{around.path}?{around.query}".rstrip("?"))
        return "", 401, {"HX-Redirect": url_for("sign_in.enter", next=to)}
    if request.method == "GET":
        return redirect(url_for("sign_in.enter", next=request.full_path.rstrip("?")))
    return abort(401)
