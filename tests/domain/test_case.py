"""A number that was pasted, spoken or misread is still the number, and never another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case import new_number, read_number
from domain.errors import InvalidInput

NUMBER = "C-0110-9QXD-J"


@pytest.mark.parametrize(
    "typed",
    [
        "c-0110-9qxd-j",
        "C01109QXDJ",
        "  C 0110 9QXD J\n",
        "C-OllO-9QXD-J",
        "C-oIiO-9QXD-J",
        "C–0110–9QXD–J",
        "C\u20110110\u20119QXD\u2011J",
        "C\N{MINUS SIGN}0110\N{NO-BREAK SPACE}9QXD\N{EM DASH}J",
    ],
)
def test_a_number_is_read_as_word_processors_and_people_write_it(typed):
    assert read_number("C", typed) == NUMBER


@pytest.mark.parametrize(
    "typed",
    ["", "C", "0110-9QXD-J", "M-0110-9QXD-J", "C-0110-9QXD", "C-0110-9QXD-JJ", "C-0110-9QUD-J",
     "CC-0110-9QXD-J", "C-0110-9QXD-Y", "C-١11٠-9QXD-J"],
)  # fmt: skip
def test_what_is_not_this_number_is_refused(typed):
    with pytest.raises(InvalidInput):
        read_number("C", typed)


@given(st.text(max_size=30), st.sampled_from("CRM"))
def test_any_text_is_a_number_in_its_one_form_or_refused(text, prefix):
    try:
        number = read_number(prefix, prefix + text)
    except InvalidInput:
        return
    assert read_number(prefix, number) == number


@given(st.sampled_from("CRM"))
def test_a_new_number_is_read_back(prefix):
    number = new_number(prefix)
    assert read_number(prefix, number) == number
