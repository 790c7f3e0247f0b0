"""What all pages of cases share: their blueprint, and that a look at a case is on record."""

from flask import Blueprint, request
from flask_babel import gettext as _

from casework import looking_at_cases
from console.case_words import CLOSE_REASONS, STATES
from console.surroundings import actor, database, now
from domain.case import read_number
from domain.errors import InvalidInput

page = Blueprint("cases", __name__)


@page.context_processor
def words() -> dict[str, object]:
    """Give the templates of cases the words for where a case stands."""
    return {"case_states": STATES, "close_reasons": CLOSE_REASONS}


def looked_at(typed: str) -> str:
    """Return the number of a case however it stands in an address, once the look is on record.

    Raises:
        InvalidInput: it is no case's number.
        NotFound: there is no case of that number.
    """
    number = read_number("C", typed)
    looking_at_cases.note(database(), number, actor=actor(), now=now())
    return number


def check_typed_again(number: str) -> None:
    """Refuse what cannot be undone unless its number was typed once more.

    Raises:
        InvalidInput: it was not, or another was.
    """
    typed = request.form.get("again", "").strip()
    if not typed:
        msg = _("Type the number %(number)s to show that this is the one you mean.", number=number)
        raise InvalidInput(msg)
    if read_number(number[:1], typed) != number:
        msg = _("You typed %(typed)s. This is %(number)s.", typed=typed, number=number)
        raise InvalidInput(msg)
