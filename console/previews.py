"""A picture on demand: fetched anew for one look, small, grey, blurred, and kept nowhere."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from flask import Blueprint, current_app, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from casework import exposure, previewing
from casework.previewing import Look, PreviewLocked, PreviewOff, PreviewState
from console import preview_words
from console.access import needs
from console.languages import zone
from console.surroundings import account, config, database, now, reading
from domain.case import read_number
from domain.permission import Permission
from storage.exposure import Exposure

page = Blueprint("previews", __name__)

_AT_ONCE: Final = 3
"""Pictures that one process fetches at a time: each holds one of its threads for seconds."""

_SEATS: Final = "vigil previews"
_FRAGMENT: Final = "X-Fragment"
_NAME: Final = "preview"


@page.record_once
def get_seats(state: BlueprintSetupState) -> None:
    """Give an application its places for those who wait for a picture."""
    state.app.extensions[_SEATS] = BoundedSemaphore(_AT_ONCE)


@page.post("/matches/<number>/preview")
@needs(Permission.MATCH_PREVIEW)
def look(number: str) -> ResponseReturnValue:
    """Fetch the picture of a match for this one look."""
    number = read_number("M", number)
    with _seat() as free:
        if not free:
            words = _(
                "%(most)d other pictures are being fetched at the moment. Nothing was fetched; "
                "try again in a few seconds.",
                most=_AT_ONCE,
            )
            return _answer(number, 503, refused=words)
        try:
            seen = previewing.look(
                database(),
                config(),
                number,
                account=account(),
                another=request.form.get("another") == "yes",
                now=now(),
            )
        except (PreviewLocked, PreviewOff) as error:
            return _answer(number, 403, refused=preview_words.refused(error))
    return _answer(number, 200, look=seen)


@page.app_context_processor
def shared() -> dict[str, object]:
    """Let templates ask whether a picture can be looked at, and what somebody has seen today."""
    return {
        "preview_state": preview_state,
        "seen_today": seen_today,
        "preview_words": preview_words,
        "as_data": as_data,
    }


def preview_state(number: str) -> PreviewState | None:
    """Say whether the reader may look at a match's picture; None if her roles never may."""
    if not current_user.is_authenticated or Permission.MATCH_PREVIEW not in account().permissions:
        return None
    with reading() as session:
        return previewing.state(session, number, account())


def seen_today() -> Exposure:
    """Return what the reader has seen and decided since the day began in her zone."""
    with reading() as session:
        return exposure.today(session, account().account_id, now=now(), zone=zone())


def as_data(jpeg: bytes) -> str:
    """Write a small picture as the address that shows it, so that nothing fetches it again."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _answer(
    number: str, code: int, *, look: Look | None = None, refused: str | None = None
) -> ResponseReturnValue:
    wanted = request.headers.get(_FRAGMENT) == _NAME
    template = "preview_answer.html" if wanted else "preview_page.html"
    answer = make_response(
        render_template(
            template,
            number=number,
            look=look,
            refused=refused,
            another=request.form.get("another") == "yes",
        ),
        code,
    )
    answer.headers[_FRAGMENT] = _NAME
    answer.headers["Cache-Control"] = "no-store"
    return answer


@contextmanager
def _seat() -> Iterator[bool]:
    """Take a place among those who wait for a picture; give False if all are taken."""
    seats: BoundedSemaphore = current_app.extensions[_SEATS]
    free = seats.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            seats.release()
