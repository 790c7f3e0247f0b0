"""What an installation lets its people see: a supervisor says so."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from casework import preview_policy
from console.access import needs
from console.layout import say
from console.surroundings import actor, now, reading, writing
from domain.permission import Permission, Role
from domain.preview import PREVIEWING, PreviewLevel

page = Blueprint("policy", __name__)


@page.get("/policy")
@needs(Permission.POLICY_EDIT)
def show() -> ResponseReturnValue:
    """Show who may see how much of a picture."""
    with reading() as session:
        levels = preview_policy.policy(session)
    return render_template("policy.html", levels=levels, choices=tuple(PreviewLevel))


@page.post("/policy")
@needs(Permission.POLICY_EDIT)
def save() -> ResponseReturnValue:
    """Say who may see how much of a picture from now on."""
    wanted = _levels(request.form)
    with writing() as session:
        before = preview_policy.policy(session)
        changed = preview_policy.set_policy(session, wanted, actor=actor(), now=now())
    if changed:
        words = {role.value: level.value for role, level in before.items()}
        undo = url_for("policy.restore", **words)  # type: ignore[arg-type]  # roles name no option
        say(_("Kept. It holds from the next look on."), undo=undo)
    else:
        say(_("Nothing was changed: it was so already."))
    return redirect(url_for("policy.show"), HTTPStatus.SEE_OTHER)


@page.post("/policy/restore")
@needs(Permission.POLICY_EDIT)
def restore() -> ResponseReturnValue:
    """Take a change back."""
    with writing() as session:
        preview_policy.set_policy(session, _levels(request.args), actor=actor(), now=now())
    say(_("Taken back."))
    return redirect(url_for("policy.show"), HTTPStatus.SEE_OTHER)


def _levels(said: MultiDict[str, str]) -> dict[Role, PreviewLevel]:
    try:
        return {role: PreviewLevel(said.get(role.value, "")) for role in PREVIEWING}
    except ValueError:
        abort(400)
