"""The console speaks each of its languages wholly: no sentence of another one in between."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from console.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "console" / "translations"
OTHERS = [language for language in LANGUAGES if language != "en"]
BELOW = ("casework", "domain", "storage", "watching")
"""What lies below the console and makes sentences that its pages show."""
WORDS = {
    "gettext": None,
    "_": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "sentence": None,
    "template": None,
}


@pytest.fixture(scope="module")
def said():
    """All messages of the console, as its code has them."""
    found = extract_from_dir(
        str(ROOT / "console"),
        [("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords=WORDS,
    )
    below = [
        each
        for package in BELOW
        for each in extract_from_dir(
            str(ROOT / package), [("**.py", "python")], keywords={"sentence": None}
        )
    ]
    messages = {message for _, _, message, _, _ in [*found, *below]}
    assert len(messages) > 300
    return messages


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_of_the_console_is_in_the_catalogue(said, language):
    catalogue = _catalogue(language)
    missing = []
    for message in said:
        entry = catalogue.get(message if isinstance(message, str) else message[0])
        if entry is None or entry.fuzzy or not all(_texts(entry.string)):
            missing.append(message)
    assert missing == [], f"{len(missing)} messages are not translated; run: make translations"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_placeholders_of_their_message(language):
    wrong = [
        entry.id
        for entry in _catalogue(language)
        if entry.id
        and any(_holes(text) != _holes(_texts(entry.id)[-1]) for text in _texts(entry.string)[-1:])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_runs_is_what_stands_in_the_catalogue(language):
    folder = CATALOGUES / language / "LC_MESSAGES"
    with (folder / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    for entry in _catalogue(language):
        if entry.id:
            again = compiled.get(_texts(entry.id)[0])
            assert again is not None, entry.id
            assert _texts(again.string) == _texts(entry.string)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_browser_that_asks_for_german_gets_it(console):
    answer = console.test_client().get("/enter", headers={"Accept-Language": "de-CH,de;q=0.9"})
    assert '<html lang="de"' in answer.text
    assert "Anmelden" in answer.text


def _catalogue(language):
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)


def _texts(string):
    return (string,) if isinstance(string, str) else tuple(string)


def _holes(text):
    return sorted(re.findall(r"%\(\w+\)[sdr]", text))
