"""What makes a password too easy to guess: that it is short, common, or made of the name."""

import re
from enum import StrEnum
from typing import Final

LEAST_LENGTH: Final = 12
MOST_LENGTH: Final = 256
"""Longer ones are refused, so that nobody keeps the server busy with hashing."""

_FEW_SIGNS: Final = 5
_FEW_LETTERS: Final = 3
_SHORTEST_NAME: Final = 3

_SPELT: Final = str.maketrans("@$!310475", "asieioats")
"""What people put for letters."""

# The commonest passwords of published leaks without what people put behind and between: whoever
# guesses tries these with numbers, signs and years added, and twice in a row.
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "abcdefghijkl access admin adminadmin administrator alexander america andrew anthony "
        "arsenal asdfgh asdfghjkl asdfjkl babygirl bailey barcelona basketball batman berlin "
        "blink butterfly changeme changemenow charlie cheese chelsea chocolate christian "
        "computer confidential cookie correcthorsebatterystaple dallas daniel default "
        "deutschland dragon eminem falcon family ferrari flower football forever formula "
        "freedom friends gandalf geheim germany ginger guest hallo hallohallo hannover harley "
        "heaven hello helloworld helpline hockey hunter iloveyou iloveyouforever internet "
        "jennifer jessica jordan joshua justin kennwort killer kommunikation letmein "
        "letmeinnow liverpool london lovely loveyou maggie manchester martin master matrix "
        "matthew merlin michael michelle minecraft monkey mustang nicole ninja passcode "
        "passphrase password passwordpassword passwort pepper personal phoenix pokemon "
        "princess purple qazwsx qazwsxedc qwert qwerty qwertyuiop qwertyuiopasdf qwertz "
        "qwertzuiop ranger rockyou root samsung scooter secret secretpassword security server "
        "shadow soccer sommer startrek starwars steelers summer sunshine superman superuser "
        "supervisor system tennis test testing testtest thomas thunder tigger trustno unknown "
        "user vigil vigilvigil welcome welcometo whatever willkommen winter yankees yellow "
        "zaq zaqwsx zxcvbn zxcvbnm ",
    )
)

_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)


class PasswordFault(StrEnum):
    """Why a password is not taken."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    COMMON = "common"
    OF_THE_NAME = "of the name"


def password_fault(password: str, account_name: str) -> PasswordFault | None:
    """Say why a password would be guessed; None if nothing of the sort is known.

    It asks for no kinds of signs: those make passwords hard to remember, not hard to guess.
    """
    if len(password) < LEAST_LENGTH:
        return PasswordFault.TOO_SHORT
    if len(password) > MOST_LENGTH:
        return PasswordFault.TOO_LONG
    plain = password.casefold()
    name = account_name.casefold()
    if len(name) >= _SHORTEST_NAME and name in plain and _easy(plain.replace(name, "")):
        return PasswordFault.OF_THE_NAME
    if len(set(plain)) < _FEW_SIGNS or _repeats(plain) or _runs_along_a_row(plain) or _easy(plain):
        return PasswordFault.COMMON
    return None


def _easy(plain: str) -> bool:
    """Say whether it is a common word, or none, with what people put around it."""
    word = re.sub(r"[\W\d_]+$", "", plain)  # a year and signs behind it spell nothing
    cores = {_letters(plain), _letters(word.translate(_SPELT))}
    halves = {core[: len(core) // 2] for core in cores if core[: len(core) // 2] * 2 == core}
    if (cores | halves) & _COMMON:
        return True
    # A date, a telephone number, or a few letters with one.
    signs = {sign for sign in plain if not sign.isalnum()}
    return len(_letters(plain)) < _FEW_LETTERS and len(signs) < _FEW_SIGNS


def _letters(plain: str) -> str:
    return "".join(sign for sign in plain if sign.isalpha())


def _repeats(plain: str) -> bool:
    """Say whether it is one part, at least three times."""
    return any(
        plain[:size] * (len(plain) // size) == plain for size in range(1, len(plain) // 3 + 1)
    )


def _runs_along_a_row(plain: str) -> bool:
    return any(plain in row * 2 or plain in row[::-1] * 2 for row in _ROWS)
