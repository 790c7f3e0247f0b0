"""What a person agreed to and wishes for in her case: choices, and no word that could name her."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from domain.errors import InvalidInput
from domain.sentence import sentence

Written: TypeAlias = dict[str, str | bool | None]
"""Wishes, or some of them, by their names."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


class Consent(StrEnum):
    """How a person said yes to having her pictures looked for."""

    SPOKEN = "spoken"
    WRITTEN = "written"
    ONLINE = "online"
    REPRESENTATIVE = "representative"


class Contact(StrEnum):
    """Who may be told anything about the case."""

    NOBODY = "nobody"
    NUMBER = "number"
    TRUSTED = "trusted"


class News(StrEnum):
    """When a person wants to be told of what is found."""

    EACH = "each"
    WEEKLY = "weekly"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wishes. Without a word from her, the most careful of each.

    ``consent`` is None where it is not on record; ``language`` is that in which she is talked to,
    as a code of ISO 639.
    """

    consent: Consent | None = None
    contact: Contact = Contact.NOBODY
    news: News = News.ASKED
    name_in_notices: bool = False
    police: bool = False
    language: str | None = None

    def __post_init__(self) -> None:
        if self.language is not None and not _LANGUAGE.fullmatch(self.language):
            msg = sentence(
                "%(language)r is no code of a language, such as en or de.",
                language=self.language,
            )
            raise InvalidInput(msg)
        if self.news is not News.ASKED and self.contact is not Contact.TRUSTED:
            msg = sentence(
                "To be told of finds without asking, the person needs somebody who tells her: "
                "choose the trusted contact, or that she is told only when she asks.",
            )
            raise InvalidInput(msg)


def as_written(wishes: Wishes) -> Written:
    """Write wishes as audit entries and programs have them."""
    return {
        name: value.value if isinstance(value, StrEnum) else value
        for name, value in asdict(wishes).items()
    }


def as_read(written: Mapping[str, object]) -> Wishes:
    """Read what `as_written` wrote.

    Raises:
        InvalidInput: it holds something that is no choice.
    """
    consent, language = written.get("consent"), written.get("language")
    try:
        return Wishes(
            consent=Consent(str(consent)) if consent else None,
            contact=Contact(str(written.get("contact", Contact.NOBODY.value))),
            news=News(str(written.get("news", News.ASKED.value))),
            name_in_notices=written.get("name_in_notices") in {True, "yes"},
            police=written.get("police") in {True, "yes"},
            language=str(language) if language else None,
        )
    except ValueError as error:
        msg = sentence("That is none of the choices: %(error)s.", error=error)
        raise InvalidInput(msg) from error


def differing(before: Wishes, after: Wishes) -> tuple[Written, Written]:
    """Return what of some wishes changed: as it was, and as it is."""
    was, now = as_written(before), as_written(after)
    names = [name for name in was if was[name] != now[name]]
    return {name: was[name] for name in names}, {name: now[name] for name in names}
