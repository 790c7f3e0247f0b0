"""What stands before a site: the button that says one is of age, and a log-in form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.address import canonical
from domain.errors import InvalidInput
from domain.sentence import sentence

MAX_WORDS: Final = 200
SELECTOR: Final = "css:"
"""How an age gate begins that is a CSS selector instead of the words on the button."""

LOG_IN: Final = "log-in"
AGE_GATE: Final = "age gate"
"""What a line of a crawl's report is about that says why the crawl was not let in."""

WAY_IN: Final = "way in"
"""The same of a line that says why it may not have been, where the recipe says nothing."""

_VARIABLE: Final = re.compile(r"LOGIN_[A-Z0-9_]{1,80}")
_MAX_FIELD: Final = 200


@dataclass(frozen=True, slots=True)
class Login:
    """How one logs in: the page with the form, and where user name and password are kept.

    ``user`` and ``password`` are names of environment variables and never their values. They begin
    with ``LOGIN_``, so that no file of sites can have another secret of the machine sent to its
    site. ``user_field`` and ``password_field`` name the form's fields where they cannot be guessed.
    """

    page: str
    user: str
    password: str
    user_field: str | None = None
    password_field: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", canonical(self.page))
        for name in (self.user, self.password):
            if not _VARIABLE.fullmatch(name):
                # The text itself is left out: it may be the password.
                msg = sentence(
                    "User name and password of a log-in are given as names of environment "
                    "variables that begin with LOGIN_, for example LOGIN_FORUM_PASSWORD; one that "
                    "was given is no such name. The values belong into the environment.",
                )
                raise InvalidInput(msg)
        for field in (self.user_field, self.password_field):
            if field is not None and not (0 < len(field) <= _MAX_FIELD and field.isprintable()):
                msg = sentence("%(field)r cannot be the name of a form's field.", field=field[:60])
                raise InvalidInput(msg)

    def as_words(self) -> dict[str, str]:
        """Return it as it is stored and written in files of sites, without what is not said."""
        said = {
            "page": self.page,
            "user": self.user,
            "password": self.password,
            "user_field": self.user_field,
            "password_field": self.password_field,
        }
        return {word: value for word, value in said.items() if value is not None}


def login_from(words: Mapping[str, str]) -> Login:
    """Read what `Login.as_words` wrote, or what a person wrote in the same words.

    Raises:
        InvalidInput: a word is missing or unknown, or a value cannot be used.
    """
    known = ("page", "user", "password", "user_field", "password_field")
    unknown = [word for word in words if word not in known]
    if unknown:
        msg = sentence(
            "%(unknown)r is no word of a log-in. There are: %(known)s.",
            unknown=unknown[0],
            known=", ".join(known),
        )
        raise InvalidInput(msg)
    missing = [word for word in known[:3] if not words.get(word)]
    if missing:
        msg = sentence(
            "A log-in needs %(missing)s: the page with the form, and the names of the environment "
            "variables with user name and password.",
            missing=" and ".join(missing),
        )
        raise InvalidInput(msg)
    return Login(**words)


def check_age_gate(text: str) -> str:
    """Return the words or the selector of an age gate, without space around them.

    Raises:
        InvalidInput: it says nothing, or more than a button does.
    """
    said = " ".join(text.split())
    if not 0 < len(said.removeprefix(SELECTOR).strip()) <= MAX_WORDS or not said.isprintable():
        msg = sentence(
            "%(text)r cannot be an age gate: write the words on its link or button, for example "
            "'I am over 18', or a CSS selector as %(selector)s#enter.",
            text=text[:60],
            selector=SELECTOR,
        )
        raise InvalidInput(msg)
    return said
