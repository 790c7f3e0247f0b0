"""What a signal may look like, of each type."""

import pytest

from domain.errors import InvalidInput
from domain.signal import (
    COMPARED_BY_BITS,
    HEX_DIGITS,
    MAX_CONSTELLATION_BYTES,
    PictureSignals,
    Signal,
    SignalType,
)


@pytest.mark.parametrize("digits", [8, 10, 1640, 2 * MAX_CONSTELLATION_BYTES])
def test_a_constellation_has_one_of_many_lengths(digits):
    assert Signal(SignalType.CONSTELLATION, "0a" * (digits // 2)).value == "0a" * (digits // 2)


@pytest.mark.parametrize(
    "value",
    ["", "0a" * 3, "0a" * 4 + "0", "0a" * (MAX_CONSTELLATION_BYTES + 1), "0A" * 9, "zz" * 9],
)
def test_what_is_no_constellation_is_refused_in_a_sentence(value):
    with pytest.raises(
        InvalidInput, match=r"8 to 2,048 \(an even number of\) lower-case hex"
    ) as no:
        Signal(SignalType.CONSTELLATION, value)
    assert f"({len(value)} characters)" in str(no.value)
    assert len(str(no.value)) < 250


@pytest.mark.parametrize("signal_type", COMPARED_BY_BITS)
def test_every_other_type_has_a_length_of_its_own(signal_type):
    digits = HEX_DIGITS[signal_type]
    assert Signal(signal_type, "0" * digits)
    for wrong in (digits - 2, digits + 2):
        with pytest.raises(InvalidInput, match=f"is {digits} lower-case hexadecimal digits"):
            Signal(signal_type, "0" * wrong)


def test_a_constellation_alone_is_no_registration():
    """Two of them would be taken for the same picture."""
    with pytest.raises(InvalidInput, match="at least one signal besides a constellation"):
        PictureSignals((Signal(SignalType.CONSTELLATION, "01000000"),))
