"""Cases and the numbers that people hold: random, easy to read out, wrong ones noticed."""

import re
import secrets
from typing import Final

from domain.errors import InvalidInput
from domain.sentence import sentence

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a number read over the telephone stays right."""

# Word processors turn hyphens into dashes: U+2010 to U+2015, and the minus sign.
_BETWEEN: Final = re.compile(r"[\s\u2010-\u2015\u2212-]")
_MISREAD: Final = str.maketrans("ILO", "110")
PIN_DIGITS: Final = 8

_KINDS: Final = frozenset("CRML")


def new_number(prefix: str) -> str:
    """Make an unguessable number such as ``C-7K3M-9QXD-5``; the last sign checks the others.

    ``prefix`` says what is numbered: C a case, R a registration, M a match, L a look-alike.
    """
    signs = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{signs[:4]}-{signs[4:]}-{_check_sign(signs)}"


def read_number(prefix: str, text: str) -> str:
    """Bring a number into its one written form, however it was typed.

    Raises:
        InvalidInput: it has another form, or its check sign does not fit.
    """
    plain = _BETWEEN.sub("", text).upper()
    signs = plain.removeprefix(prefix).translate(_MISREAD) if plain.startswith(prefix) else ""
    if len(signs) != 9 or any(sign not in ALPHABET for sign in signs):  # noqa: PLR2004 - 8 and a check
        msg = sentence(
            "%(text)r is not a number like %(prefix)s-7K3M-9QXD-5.",
            text=text,
            prefix=prefix,
        )
        raise InvalidInput(msg)
    if signs[8] != _check_sign(signs[:8]):
        msg = sentence(
            "%(text)r has a typing error: its last sign does not fit the others.",
            text=text,
        )
        raise InvalidInput(msg)
    return f"{prefix}-{signs[:4]}-{signs[4:8]}-{signs[8]}"


def read_any_number(text: str) -> str:
    """Bring a number of any kind into its written form; without its first letter, it is a case's.

    Raises:
        InvalidInput: it has another form, or its check sign does not fit.
    """
    plain = _BETWEEN.sub("", text).upper()
    if len(plain) == 9:  # noqa: PLR2004 - 8 and a check
        return read_number("C", f"C{plain}")
    return read_number(plain[:1] if plain[:1] in _KINDS else "C", text)


def new_pin() -> str:
    """Make the PIN that the person holds beside the case number: 8 digits."""
    return "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))


def _check_sign(signs: str) -> str:
    # Weights that are odd, so invertible modulo 32: any one wrong sign is noticed.
    total = sum((2 * place + 1) * ALPHABET.index(sign) for place, sign in enumerate(signs))
    return ALPHABET[total % 32]
