"""What came of a look at a picture, in words."""

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from casework.preview_tries import Outcome, Try
from casework.previewing import Look, PreviewLocked
from domain.errors import Refused
from domain.preview import Sameness
from fetching.one_image import Unreached

WHY: Final = {
    Unreached.NOT_PUBLIC: lazy_gettext(
        "The address leads into a private network, so it was not fetched."
    ),
    Unreached.LEFT_ALONE: lazy_gettext(
        "It leads to an address that is never asked for: the site's policy says so, or it would "
        "pass the picture's address on to somebody else."
    ),
    Unreached.NO_SUCH_NAME: lazy_gettext("The site's name leads nowhere at the moment."),
    Unreached.NO_CONNECTION: lazy_gettext("The site cannot be connected to at the moment."),
    Unreached.NO_PROXY: lazy_gettext(
        "The site cannot be reached through its proxy at the moment. An operator can see to it."
    ),
    Unreached.CERTIFICATE: lazy_gettext(
        "The site's certificate is not valid, so it was not asked. An operator can see to it."
    ),
    Unreached.TOO_SLOW: lazy_gettext("It took too long."),
    Unreached.TOO_LARGE: lazy_gettext("It is larger than what is fetched here."),
    Unreached.REDIRECTS: lazy_gettext("The site leads on and on, or nowhere."),
    Unreached.BROKEN: lazy_gettext("The site broke off, or does not answer as a web server does."),
    Unreached.STREAM: lazy_gettext(
        "It is a streamed video of which no piece can be read: encrypted, or not listed."
    ),
    Unreached.NOT_IN_PAGE: lazy_gettext(
        "It was part of its page, which is still there and does not show it as it did."
    ),
}

_LOG_IN: Final = (401, 403)
_TOO_MUCH: Final = 429
_THEIR_FAULT: Final = 500


def refused(error: Refused) -> str:
    """Say why a person may not look."""
    if isinstance(error, PreviewLocked):
        return _(
            "This picture is locked for good, for everybody: somebody has said that whoever it "
            "shows may be under 18."
        )
    return _(
        "This installation shows no pictures to your roles. Nothing was fetched. A supervisor can "
        "change that."
    )


def headline(look: Look) -> str:
    """Say in a sentence or two what came of a look."""
    best = look.best
    if not look.tries:
        return _("There is no address that it could be fetched from.")
    if best.outcome is Outcome.GONE:
        return ngettext(
            "It is gone: the address that it was seen at answers that it is not there.",
            "It is gone: all %(num)d addresses that were tried answer that it is not there.",
            len(look.tries),
        )
    if best.stream and best.outcome is Outcome.SHOWN:
        return _("It is the video that was matched, as far as one frame of it tells.")
    if best.sameness is Sameness.SAVED_ANEW:
        return _("It is the picture that was matched. Its file has been saved anew since.")
    if look.shown and best.outcome is not Outcome.SHOWN:
        return _("This is not known to be the picture that was matched: the file is another one.")
    return str(_HEADLINES[best.outcome])


_HEADLINES: Final = {
    Outcome.SHOWN: lazy_gettext("It is the picture that was matched, byte for byte."),
    Outcome.ANOTHER: lazy_gettext(
        "The address shows another picture now. It is not the one that was matched, so it is not "
        "shown unless you ask for it."
    ),
    Outcome.UNSURE: lazy_gettext(
        "What is there now could not be compared with certainty, so it may be another picture. It "
        "is not shown unless you ask for it."
    ),
    Outcome.NO_PICTURE: lazy_gettext(
        "Something is there, but it is no picture that can be opened."
    ),
    Outcome.NOT_DECODED: lazy_gettext(
        "No picture can be opened safely on this machine at the moment, so none is shown."
    ),
    Outcome.NOT_REACHED: lazy_gettext(
        "It could not be reached, so whether it is still there is not known."
    ),
}


def tried(each: Try) -> str:
    """Say what came of one place."""
    if each.why is not None:
        return str(WHY[each.why])
    if each.outcome is Outcome.GONE and each.status is None:
        return _("The archive is there and does not hold it any more.")
    if each.outcome is Outcome.GONE:
        return _("The site answers that it is gone (%(status)d).", status=each.status)
    if each.outcome is Outcome.NOT_REACHED:
        return _status(each.status or 0)
    return str(_OUTCOMES[each.outcome])


_OUTCOMES: Final = {
    Outcome.SHOWN: lazy_gettext("It shows the picture that was matched."),
    Outcome.ANOTHER: lazy_gettext("It shows another picture."),
    Outcome.UNSURE: lazy_gettext("It shows what may be another picture."),
    Outcome.NO_PICTURE: lazy_gettext("What is there is no picture that can be opened."),
    Outcome.NOT_DECODED: lazy_gettext(
        "Something is there; the process that would open it could not be started here. Whoever "
        "runs Vigil sees why with vigil doctor."
    ),
}


def _status(status: int) -> str:
    if status in _LOG_IN:
        return _(
            "The site refuses us (%(status)d): it may want a log-in, or keep us out while it shows "
            "the picture to others.",
            status=status,
        )
    if status == _TOO_MUCH:
        return _("The site says that it is asked too often (%(status)d).", status=status)
    if status >= _THEIR_FAULT:
        return _("The site has trouble of its own (%(status)d).", status=status)
    return _("The site answers %(status)d, which says nothing of the picture.", status=status)
