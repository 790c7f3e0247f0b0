"""What is said of a password that is not taken."""

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from domain.password import LEAST_LENGTH, MOST_LENGTH, PasswordFault, password_fault

_WORDS: Final = {
    PasswordFault.TOO_SHORT: lazy_gettext(
        "This password is too short. It takes %(least)d characters at least: four words that "
        "have nothing to do with each other do well.",
        least=LEAST_LENGTH,
    ),
    PasswordFault.TOO_LONG: lazy_gettext(
        "This password is too long. It takes %(most)d characters at most.", most=MOST_LENGTH
    ),
    PasswordFault.COMMON: lazy_gettext(
        "This password is one of those that are guessed first. Take four words that have "
        "nothing to do with each other, or let a password manager make one."
    ),
    PasswordFault.OF_THE_NAME: lazy_gettext(
        "This password is made of the account's name, which is guessed first. Take four words "
        "that have nothing to do with it or each other."
    ),
}


def fault_words(password: str, again: str, account_name: str) -> str | None:
    """Say why a password is not taken; None if it is."""
    fault = password_fault(password, account_name)
    if fault is not None:
        return str(_WORDS[fault])
    if password != again:
        return _("The two passwords are not the same. Type both again.")
    return None
