"""A sentence is its English text, and remembers what it was made of."""

from datetime import date

from domain.errors import NotFound
from domain.sentence import Day, Sentence, day, sentence


def test_an_error_shows_its_english_and_keeps_what_another_language_needs():
    said = sentence("No case %(number)s; 9 %% more.", number="C-1").with_command(
        " `vigil case list` shows those there are."
    )

    error = NotFound(said)

    assert str(error) == "No case C-1; 9 % more. `vigil case list` shows those there are."
    kept = error.args[0]
    assert isinstance(kept, Sentence)
    assert kept.template % kept.values == "No case C-1; 9 % more."


def test_a_day_in_a_sentence_is_written_in_english_and_known_as_a_day():
    said = sentence("Withdrawn on %(day)s.", day=day(date(2026, 3, 6)))

    assert said == "Withdrawn on 06 March 2026."
    kept = said.values["day"]
    assert isinstance(kept, Day)
    assert kept.day == date(2026, 3, 6)
