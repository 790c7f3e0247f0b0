"""Adding a site, changing its policy, putting the former one back, and watching it no more."""

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console.access import needs
from console.layout import say
from console.sentences import words_of
from console.sites import page
from console.sites_form import SiteForm, field_names, form_of, read_form, typed_form
from console.surroundings import actor, now, reading, writing
from domain.errors import Refused
from domain.permission import Permission
from domain.site import Site
from storage import sites
from storage.site_known import SiteKnown
from watching import acting
from watching.overview import site_page

__all__ = ["page"]


@page.get("/add-site")
@needs(Permission.SITE_EDIT)
def add_form() -> ResponseReturnValue:
    """Ask for a new site."""
    return _form(form_of(None), None)


@page.post("/add-site")
@needs(Permission.SITE_EDIT)
def add() -> ResponseReturnValue:
    """Watch a new site."""
    form = typed_form(request.form, None)
    site = read_form(form, None)
    if site is None:
        return _form(form, None), 422
    try:
        with writing() as session:
            acting.add_site(session, site, actor=actor(), now=now())
    except Refused as error:
        form.wrong["name"] = words_of(error)
        return _form(form, None), 422
    say(
        _(
            "%(site)s is watched from now on. Its recipe can be checked now: that shows within a "
            "minute whether its pictures are found.",
            site=site.name,
        )
    )
    return redirect(url_for("sites.show", name=site.name), HTTPStatus.SEE_OTHER)


@page.get("/sites/<name>/edit")
@needs(Permission.SITE_EDIT)
def edit_form(name: str) -> ResponseReturnValue:
    """Show a site's policy to be changed."""
    with reading() as session:
        site = sites.get(session, name).site
    return _form(form_of(site), site)


@page.post("/sites/<name>/edit")
@needs(Permission.SITE_EDIT)
def edit(name: str) -> ResponseReturnValue:
    """Give a site another policy."""
    with reading() as session:
        before = sites.get(session, name).site
    form = typed_form(request.form, before)
    site = read_form(form, before)
    if site is None:
        return _form(form, before), 422
    with writing() as session:
        changed = acting.change_site(
            session, site, actor=actor(), now=now(), reason=_new_reasons(before, site)
        )
    if changed:
        names = field_names()
        parts = ", ".join(names[part] for part in changed)
        said = _("Changed %(site)s: %(parts)s. Its next visit goes by it.", site=name, parts=parts)
        say(said, undo=url_for("sites.put_back", name=name))
    else:
        say(_("%(site)s is like that already; nothing was changed.", site=name))
    return redirect(url_for("sites.show", name=name), HTTPStatus.SEE_OTHER)


@page.post("/sites/<name>/put-back")
@needs(Permission.SITE_EDIT)
def put_back(name: str) -> ResponseReturnValue:
    """Give a site the policy back that it had before one's own last change."""
    try:
        with writing() as session:
            acting.put_back(session, name, actor=actor(), now=now())
    except Refused as error:
        say(words_of(error), kind="problem")
    else:
        say(_("%(site)s has its former policy again.", site=name))
    return redirect(url_for("sites.show", name=name), HTTPStatus.SEE_OTHER)


@page.get("/sites/<name>/remove")
@needs(Permission.SITE_EDIT)
def remove_form(name: str) -> ResponseReturnValue:
    """Ask whether a site is to be watched no more, and say what stays."""
    with reading() as session:
        whole = site_page(session, name, now=now())
    known: SiteKnown | None = whole.known
    return render_template("site_remove.html", site=whole.line.stored.site, known=known)


@page.post("/sites/<name>/remove")
@needs(Permission.SITE_EDIT)
def remove(name: str) -> ResponseReturnValue:
    """Watch a site no more."""
    with writing() as session:
        acting.remove_site(session, name, actor=actor(), now=now())
    say(
        _(
            "%(site)s is watched no more. What was found there is kept; adding it again under the "
            "same name brings it back.",
            site=name,
        )
    )
    return redirect(url_for("sites.show_all"), HTTPStatus.SEE_OTHER)


def _form(form: SiteForm, before: Site | None) -> str:
    return render_template("site_form.html", form=form, before=before, labels=field_names())


def _new_reasons(before: Site, after: Site) -> str | None:
    """Return the reasons that this change gives, for the record."""
    pairs = (
        (before.robots_reason, after.robots_reason),
        (before.certificates_reason, after.certificates_reason),
    )
    return "; ".join(new for old, new in pairs if new and new != old) or None
