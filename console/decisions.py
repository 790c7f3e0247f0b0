"""Deciding: one match or many nearly the same at once, and taking it back."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import BadRequest

from casework import deciding, reviewing
from casework.deciding import Gone
from casework.desk import alike_of, desk_of
from console.access import needs
from console.evidence_words import headline
from console.layout import say
from console.match_words import KINDS, STATES, VERDICTS
from console.matches import may_settle, page_of
from console.queue_filter import QueueFilter, read_filter
from console.sentences import words_of
from console.surroundings import actor, config, database, now, reading, writing
from domain.case import read_number
from domain.errors import InvalidInput, NotFound, Refused
from domain.permission import Permission
from domain.review import (
    DecidedMeanwhile,
    ForSomebodyElse,
    HeldByAnother,
    Judgement,
    MatchState,
    RejectionKind,
    Verdict,
)

page = Blueprint("decisions", __name__)


@page.post("/matches/<number>/decide")
@needs(Permission.MATCH_DECIDE)
def decide(number: str) -> ResponseReturnValue:
    """Decide a match, and go on to the next one."""
    number = read_number("M", number)
    known = request.form.get("changes", type=int)
    try:
        judgement = _judgement()
    except InvalidInput as error:
        return _again(number, words_of(error))
    try:
        with writing() as session:
            chosen = read_filter(session, request.form)
            gone = deciding.decide_and_go_on(
                session,
                number,
                judgement,
                wanted=chosen.wanted,
                hotline=config().hotline,
                actor=actor(),
                settles=may_settle(),
                known=known,
                now=now(),
            )
    except Refused as error:
        return _again(number, _refused(error))
    # Only this one is taken back by it, however late or often it is pressed.
    changes = None if known is None else known + 1
    undone = url_for("decisions.undo", number=number, changes=changes, **chosen.args)
    say(_said(number, judgement), undo=undone)
    return _onward(gone, chosen)


@page.post("/matches/<number>/undo")
@needs(Permission.MATCH_DECIDE)
def undo(number: str) -> ResponseReturnValue:
    """Take the last decision about a match back, and show it again."""
    number = read_number("M", number)
    try:
        with writing() as session:
            chosen = read_filter(session, request.args)
            stands = reviewing.take_back(
                session,
                number,
                actor=actor(),
                settles=may_settle(),
                known=request.args.get("changes", type=int),
                now=now(),
            )
    except Refused:
        say(
            _("It is not simply taken back any more, but you can decide anew here."),
            kind="problem",
        )
    else:
        if stands is MatchState.FLAGGED:
            say(_("Taken back. %(number)s waits again, and you have it.", number=number))
        else:  # what was decided before is in force again
            words = STATES[stands.value]
            say(_("Taken back. %(number)s is %(state)s again.", number=number, state=words))
    return redirect(
        url_for("matches.show", number=number, **chosen.args), code=HTTPStatus.SEE_OTHER
    )


@page.get("/matches/<number>/alike")
@needs(Permission.MATCH_VIEW)
def alike(number: str) -> ResponseReturnValue:
    """Show what waits in the same case and is nearly the same picture, to decide it at once."""
    number = read_number("M", number)
    with reading() as session:
        chosen = read_filter(session, request.args)
        desk = desk_of(session, number, actor=actor(), settles=may_settle(), now=now())
        near = alike_of(session, number, actor=actor(), settles=may_settle(), now=now())
    return render_template(
        "match_alike.html",
        desk=desk,
        match=desk.detail.summary,
        near=near,
        chosen=chosen,
        kinds=KINDS,
        headline=headline,
        hotline=config().hotline,
    )


@page.post("/matches/<number>/alike")
@needs(Permission.MATCH_DECIDE)
def decide_alike(number: str) -> ResponseReturnValue:
    """Decide all that were chosen alike."""
    number = read_number("M", number)
    here = url_for("decisions.alike", number=number)
    chosen_numbers = [read_number("M", each) for each in request.form.getlist("match")]
    if not chosen_numbers:
        say(_("Nothing was chosen, so nothing was decided."), kind="problem")
        return redirect(here, code=HTTPStatus.SEE_OTHER)
    try:
        judgement = _judgement()
        with reading() as session:
            chosen = read_filter(session, request.form)
        together = deciding.decide_together(
            database(),
            chosen_numbers,
            judgement,
            hotline=config().hotline,
            actor=actor(),
            settles=may_settle(),
            now=now(),
        )
    except (InvalidInput, NotFound) as error:
        say(words_of(error), kind="problem")
        return redirect(here, code=HTTPStatus.SEE_OTHER)
    words = ngettext(
        "%(num)d match: %(verdict)s.",
        "%(num)d matches: %(verdict)s.",
        len(together.decided),
        verdict=VERDICTS[judgement.verdict.value],
    )
    if together.left:
        words = f"{words} " + ngettext(
            "%(num)d was left as it is: somebody else has it, or has decided it.",
            "%(num)d were left as they are: somebody else has them, or has decided them.",
            len(together.left),
        )
    back = url_for("decisions.undo_together", batch=together.batch, back=number, **chosen.args)
    say(words, undo=back if together.decided else None)
    return redirect(url_for("queue.show", **chosen.args), code=HTTPStatus.SEE_OTHER)


@page.post("/decisions/<batch>/undo")
@needs(Permission.MATCH_DECIDE)
def undo_together(batch: str) -> ResponseReturnValue:
    """Take back all that was decided at once."""
    back = request.args.get("back")
    try:
        with reading() as session:
            chosen = read_filter(session, request.args)
        taken = deciding.take_back_together(
            database(), batch, actor=actor(), settles=may_settle(), now=now()
        )
    except (Refused, NotFound):
        say(
            _("They are not simply taken back any more. Open one to decide it anew."),
            kind="problem",
        )
        return redirect(url_for("queue.decided"), code=HTTPStatus.SEE_OTHER)
    say(
        ngettext(
            "Taken back: %(num)d match waits again.",
            "Taken back: %(num)d matches wait again.",
            len(taken),
        )
    )
    if back is None:
        return redirect(url_for("queue.show", **chosen.args), code=HTTPStatus.SEE_OTHER)
    number = read_number("M", back)
    return redirect(
        url_for("matches.show", number=number, **chosen.args), code=HTTPStatus.SEE_OTHER
    )


def _judgement() -> Judgement:
    """Read what the pressed button says: ``confirmed``, or ``rejected:look_alike``."""
    verdict, _colon, kind = request.form.get("judgement", "").partition(":")
    try:
        return Judgement(
            Verdict(verdict),
            RejectionKind(kind) if kind else None,
            request.form.get("note", ""),
        )
    except ValueError:
        raise BadRequest from None


def _said(number: str, judgement: Judgement) -> str:
    """Say what was done, and what follows from it."""
    if judgement.verdict is Verdict.CONFIRMED:
        return _("%(number)s is confirmed, wherever it turns up in this case.", number=number)
    if judgement.verdict is Verdict.UNSURE:
        return _("%(number)s goes to somebody else for a second opinion.", number=number)
    if judgement.verdict is Verdict.MAY_BE_UNDER_18:
        return _(
            "%(number)s is referred and its picture locked for good. Report it to: %(hotline)s.",
            number=number,
            hotline=config().hotline,
        )
    if judgement.kind is None:
        return _("%(number)s is rejected.", number=number)
    return _(
        "%(number)s is rejected: %(kind)s.",
        number=number,
        kind=str(KINDS[judgement.kind.value].says),
    )


def _refused(error: Refused) -> str:
    if isinstance(error, HeldByAnother):
        return _(
            "%(who)s has this match open at the moment, so nothing was decided.", who=error.holder
        )
    if isinstance(error, DecidedMeanwhile):
        return _(
            "%(who)s was quicker: it is %(state)s now. Nothing was changed.",
            who=error.who,
            state=STATES[error.state],
        )
    if isinstance(error, ForSomebodyElse):
        return _("Somebody else is to decide this one, so nothing was changed.")
    return _("It stands otherwise by now, so nothing was changed. Look at it again.")


def _again(number: str, words: str) -> ResponseReturnValue:
    """Show a match again, with why nothing was decided and what was typed."""
    say(words, kind="problem")
    return page_of(number, request.form, note=request.form.get("note", "")), 409


def _onward(gone: Gone, chosen: QueueFilter) -> ResponseReturnValue:
    if gone.following is None:
        return redirect(url_for("queue.show", **chosen.args), code=HTTPStatus.SEE_OTHER)
    return redirect(
        url_for("matches.show", number=gone.following, **chosen.args), code=HTTPStatus.SEE_OTHER
    )
