"""What is said of cases: their states, choices and events, in words."""

from typing import Final

from babel import Locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.languages import language
from domain.case_state import CaseState, CloseReason
from domain.case_wishes import Consent, Contact, News
from domain.picture_reasons import EndReason, ResumeReason, SuspendReason, UnmuteReason
from domain.review import MatchState
from domain.signal import SignalType
from domain.video import Showing
from storage.cases import ShownCases

STATES: Final = {
    CaseState.OPEN: _l("open"),
    CaseState.CLOSED: _l("closed"),
    CaseState.WITHDRAWN: _l("withdrawn"),
}

MATCH_STATES: Final = {
    MatchState.FLAGGED.value: _l("waits for a decision"),
    MatchState.CONFIRMED.value: _l("confirmed"),
    MatchState.REJECTED.value: _l("rejected"),
    MatchState.REFERRED.value: _l("referred to the hotline"),
}

SHOWN: Final = {
    ShownCases.OPEN: _l("Open"),
    ShownCases.WAITING: _l("With matches waiting"),
    ShownCases.CLOSED: _l("Closed"),
    ShownCases.WITHDRAWN: _l("Withdrawn"),
    ShownCases.ALL: _l("All"),
}

CLOSE_REASONS: Final = {
    CloseReason.GONE: _l("Everything that was found is gone."),
    CloseReason.ASKED: _l("The person asked to close it."),
    CloseReason.HANDED_ON: _l("Somebody else goes on with it."),
    CloseReason.UNREACHABLE: _l("The person cannot be reached any more."),
    CloseReason.MISTAKE: _l("It was opened by mistake, or twice."),
}

CONSENTS: Final = {
    Consent.SPOKEN: _l("She said yes, in person or by telephone."),
    Consent.WRITTEN: _l("She wrote it."),
    Consent.ONLINE: _l("She agreed online."),
    Consent.REPRESENTATIVE: _l("Somebody who may decide for her agreed."),
}

CONTACTS: Final = {
    Contact.NOBODY: _l("Nobody is told anything."),
    Contact.NUMBER: _l("Only whoever gives the case number and the PIN."),
    Contact.TRUSTED: _l("The trusted contact, through the channel that was agreed with her."),
}

NEWS: Final = {
    News.EACH: _l("At each find."),
    News.WEEKLY: _l("Once a week, if there is anything new."),
    News.ASKED: _l("Only when she asks."),
}

WISHES: Final = {
    "consent": _l("How she agreed"),
    "contact": _l("Who may be told"),
    "news": _l("When she is told"),
    "name_in_notices": _l("Her name in notices"),
    "police": _l("The police may be told"),
    "language": _l("Language"),
}

SUSPEND_REASONS: Final = {
    SuspendReason.EVERYWHERE: _l("It shows something that is everywhere, such as a logo."),
    SuspendReason.OTHERS: _l("It is flagged again and again for pictures of other people."),
    SuspendReason.ASKED: _l("The person asked to stop it for a while."),
}

RESUME_REASONS: Final = {
    ResumeReason.HERS: _l("It is her picture, and what it finds is worth a look."),
    ResumeReason.MISTAKE: _l("It was suspended by mistake."),
    ResumeReason.ASKED: _l("The person asked for it."),
}

UNMUTE_REASONS: Final = {
    UnmuteReason.HERS: _l("What is muted belongs to her picture."),
    UnmuteReason.MISSED: _l("A copy was missed because of it."),
}

END_REASONS: Final = {
    EndReason.ASKED: _l("The person asked for it."),
    EndReason.MISTAKE: _l("It was registered by mistake."),
    EndReason.LAW: _l("The law asks for it."),
}

SHOWS: Final = {
    Showing.PICTURE: _l("picture"),
    Showing.ANIMATION: _l("animation"),
    Showing.VIDEO: _l("video"),
    Showing.EITHER: _l("video or animation"),
}

_FINDS: Final = (
    ((SignalType.SHA256, SignalType.MD5), _l("the very same file")),
    (
        (SignalType.PDQ, SignalType.PHASH),
        _l("copies in other sizes and formats, mirrored or turned"),
    ),
    (
        (SignalType.CONSTELLATION,),
        _l("edited reposts: cut, drawn over, in a screenshot or a collage"),
    ),
    ((SignalType.EMBEDDING,), _l("strongly changed copies, by likeness")),
)

EVENTS: Final = {
    "case opened": _l("The case was opened."),
    "case closed": _l("The case was closed."),
    "case reopened": _l("The case was reopened."),
    "case PIN renewed": _l("The person was given a new PIN."),
    "case withdrawn": _l("The person took the case back. What was registered is erased."),
    "case viewed": _l("Somebody looked at the case."),
    "addresses viewed": _l("Somebody looked at the addresses of the finds."),
    "wishes changed": _l("What the person wishes was changed."),
    "change of wishes undone": _l("The change of wishes was taken back."),
    "picture registered": _l("A picture was registered."),
    "picture completed": _l("More signals of a registered picture were added."),
    "picture withdrawn": _l("A registered picture was taken back and erased."),
    "picture suspended": _l("A registered picture was suspended: it flags nothing."),
    "picture resumed": _l("A suspended picture flags again."),
    "places unmuted": _l("All places of a registered picture count again."),
    "look-alike added": _l("Another picture was put on the list of look-alikes."),
    "look-alike removed": _l("A look-alike was taken off the list."),
    "match confirmed": _l("A match was confirmed."),
    "match rejected": _l("A match was rejected."),
    "match unsure": _l("Somebody was unsure about a match and left it for another."),
    "match taken over": _l("A match was taken over from somebody else."),
    "image referred": _l("An image was referred to the hotline; its preview is locked."),
    "referral taken back": _l("A referral was taken back; the preview stays locked."),
    "picture looked at": _l("Somebody looked at the picture of a match."),
    "picture asked for": _l("Somebody asked for the picture of a match, and was not shown it."),
    "decision undone": _l("A decision about a match was taken back."),
}
"""What each action of the audit chain says in a case's timeline. Others are shown as they are."""

TALKED: Final = (
    *("ar", "bg", "bn", "bs", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "ga"),
    *("he", "hi", "hr", "hu", "it", "ja", "ka", "ko", "ku", "lt", "lv", "mk", "mt", "nb", "nl"),
    *("pl", "ps", "pt", "ro", "ru", "sk", "sl", "so", "sq", "sr", "sv", "ti", "tr", "uk", "ur"),
    *("vi", "zh"),
)
"""Codes of the languages that may be chosen to talk in."""


def finds(types: tuple[str, ...]) -> list[LazyString]:
    """Say what a picture with signals of these types is found as."""
    return [words for kinds, words in _FINDS if any(kind.value in types for kind in kinds)]


def languages() -> list[tuple[str, str]]:
    """Return the languages to choose from, by code, named and ordered for the reader."""
    names = Locale.parse(language()).languages
    return sorted(
        ((code, str(names.get(code, code))) for code in TALKED), key=lambda each: each[1].casefold()
    )


def wish(name: str, value: object) -> str:
    """Say in words what one wish holds."""
    if name in {"name_in_notices", "police"}:
        return str(_l("yes") if value else _l("no"))
    if value is None:
        return str(_l("not on record") if name == "consent" else _l("no wish on record"))
    if name == "language":
        return str(Locale.parse(language()).languages.get(str(value), value))
    words = {
        "consent": {each.value: said for each, said in CONSENTS.items()},
        "contact": {each.value: said for each, said in CONTACTS.items()},
        "news": {each.value: said for each, said in NEWS.items()},
    }
    return str(words.get(name, {}).get(str(value), value))
