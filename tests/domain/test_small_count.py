"""Counts that may point to one person are ranges, and sums do not give them away."""

import pytest

from domain.small_count import shown, summed


@pytest.mark.parametrize(
    ("number", "seen"), [(0, "0"), (1, "1–2"), (2, "1–2"), (3, "3"), (40, "40")]
)
def test_one_and_two_look_the_same(number, seen):
    assert str(shown(number, exact=False)) == seen
    assert str(shown(number, exact=True)) == str(number)


@pytest.mark.parametrize(
    ("numbers", "seen"),
    [
        ([], "0"),
        ([5, 7], "12"),
        ([5, 1], "6–7"),  # 6 less 5 would be the hidden 1
        ([5, 1, 1], "7–9"),  # the least they can be: both would be known for 1
        ([5, 2, 2], "7–9"),
        ([5, 1, 2], "8"),  # which of them is the 2 stays open
        ([0, 1], "1–2"),
    ],
)
def test_a_sum_is_told_only_where_no_hidden_count_can_be_read_from_it(numbers, seen):
    assert str(summed(shown(number, exact=False) for number in numbers)) == seen
    assert str(summed(shown(number, exact=True) for number in numbers)) == str(sum(numbers))


def test_sums_of_sums_hide_what_sums_hide():
    halves = [summed([shown(4, exact=False), shown(1, exact=False)]), shown(10, exact=False)]
    assert str(summed(halves)) == "15–16"
