"""What verdicts, kinds of rejections and states are called, in the reader's language."""

from dataclasses import dataclass
from typing import Final

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from domain.review import MatchState, RejectionKind, Verdict


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind of rejection on a button: what it is, what follows, and the key that presses it."""

    says: LazyString
    means: LazyString
    key: str


VERDICTS: Final = {
    Verdict.CONFIRMED.value: lazy_gettext("confirmed"),
    Verdict.REJECTED.value: lazy_gettext("rejected"),
    Verdict.UNSURE.value: lazy_gettext("unsure"),
    Verdict.MAY_BE_UNDER_18.value: lazy_gettext("may be under 18"),
}

STATES: Final = {
    MatchState.FLAGGED.value: lazy_gettext("waiting"),
    MatchState.CONFIRMED.value: lazy_gettext("confirmed"),
    MatchState.REJECTED.value: lazy_gettext("rejected"),
    MatchState.REFERRED.value: lazy_gettext("referred"),
}

_NOT_AGAIN: Final = lazy_gettext("Reposts of it are not flagged here again.")
_THIS_ALONE: Final = lazy_gettext("Only this image is rejected.")

KINDS: Final = {
    RejectionKind.LOOK_ALIKE.value: KindWords(
        lazy_gettext("Another picture that looks alike"), _NOT_AGAIN, "1"
    ),
    RejectionKind.SAME_SCENE.value: KindWords(
        lazy_gettext("Same scene, another person"), _NOT_AGAIN, "2"
    ),
    RejectionKind.CONSENTED.value: KindWords(
        lazy_gettext("Published with consent"),
        _THIS_ALONE,
        "3",
    ),
    RejectionKind.NOT_INTIMATE.value: KindWords(
        lazy_gettext("Not intimate"),
        _THIS_ALONE,
        "4",
    ),
    RejectionKind.OTHER.value: KindWords(
        lazy_gettext("Something else"),
        _THIS_ALONE,
        "5",
    ),
}
