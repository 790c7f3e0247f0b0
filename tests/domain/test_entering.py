"""The rules of signing in: how long to wait, what names and codes look like, what is guessed."""

from datetime import timedelta

import pytest

from domain.entering import (
    FREE_FAILURES,
    LONGEST_WAIT,
    account_name,
    code_digest,
    new_code,
    one_time_link,
    told_of,
    wait_after,
)
from domain.errors import InvalidInput
from domain.password import PasswordFault, password_fault


def test_mistyping_costs_nothing_and_guessing_ever_more_but_nobody_is_locked_out():
    waits = [wait_after(failures) for failures in range(40)]
    assert set(waits[: FREE_FAILURES + 1]) == {timedelta()}
    assert waits[FREE_FAILURES + 1] == timedelta(seconds=10)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    # Four at once, then one every quarter of an hour: a hundred guesses a day.
    assert timedelta(days=1) / LONGEST_WAIT < 100


def test_the_audit_chain_is_told_of_a_storm_by_few_entries():
    assert [count for count in range(1, 2000) if told_of(count)] == [
        5 * 2**doubled for doubled in range(9)
    ]


def test_a_one_time_code_is_taken_however_it_is_read_out():
    code = new_code()
    assert code_digest(code) == code_digest(code.lower().replace("-", " "))
    assert code_digest("OIL0") == code_digest("0110")
    assert code_digest(code) != code_digest(new_code())
    assert one_time_link("https://v.example/", "AB") == "https://v.example/enter/first#AB"


@pytest.mark.parametrize("name", ["Anna", "m.weber", "a-1", " anna "])
def test_names_are_kept_in_small_letters(name):
    assert account_name(name) == name.strip().lower()


@pytest.mark.parametrize("name", ["", "a b", "-a", "a.", "jörg", "a/b", "x" * 65, "<b>"])
def test_names_that_could_be_mistaken_are_refused(name):
    with pytest.raises(InvalidInput, match="cannot be an account's name"):
        account_name(name)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", PasswordFault.TOO_SHORT),
        ("x" * 257, PasswordFault.TOO_LONG),
        ("Password1234", PasswordFault.COMMON),
        ("P@ssw0rd2024!", PasswordFault.COMMON),
        ("Sommer2026!!!", PasswordFault.COMMON),
        ("qwertyuiopas", PasswordFault.COMMON),
        ("ponmlkjihgfe", PasswordFault.COMMON),
        ("abcabcabcabc", PasswordFault.COMMON),
        ("aaaaaaaaaaaaaa", PasswordFault.COMMON),
        ("0491 234567890", PasswordFault.COMMON),
        ("anna19840312", PasswordFault.OF_THE_NAME),
        ("AnnaPassword1", PasswordFault.OF_THE_NAME),
        ("ziegel lampe 7 fluss", None),
        ("the anna of our house", None),
        ("9f8e7d6c5b4a", None),
        ("#%&/()=?{[]}", None),
        ("пароль из четырёх слов", None),
    ],
)
def test_passwords_that_are_guessed_first_are_refused_and_no_others(password, fault):
    assert password_fault(password, "anna") is fault
