"""Hostile pages choose addresses, file names, headers and words: the console only shows them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html
from sqlalchemy import text

from domain.permission import Role
from storage import audit
from tests.console.every_page import every_page

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

WORDS = json.loads(Path(__file__).with_name("hostile_words.json").read_text())

AT_ONCE = 4

EVERYBODY = tuple(role.value for role in Role)

CHOSEN_BY_OTHERS = {
    "page": ("url",),
    "image_url": ("url",),
    "sighting": ("links_to", "found_in"),
    "crawl": ("reason",),
    "crawl_error": ("url", "reason"),
    "site": ("robots_reason", "certificates_reason", "age_gate"),
    "look_alike": ("note", "actor"),
    "review_decision": ("reason", "actor"),
    "registration": ("suspended_for",),
}
"""What hostile pages write, or somebody who copies from one."""

FOUND_IN_PAGE = """() => {
  const wrong = [];
  if (window.entered !== undefined) wrong.push("a script ran");
  for (const each of document.querySelectorAll("*")) {
    for (const name of each.getAttributeNames()) {
      const value = each.getAttribute(name);
      if (name.startsWith("on")) wrong.push(each.localName + " has " + name);
      if (["href", "src", "action", "formaction", "xlink:href", "hx-get", "hx-post"].includes(name)
        && !["http:", "https:", "data:"].includes(new URL(value, location).protocol))
        wrong.push(each.localName + " leads to " + value);
    }
    if (["iframe", "object", "embed", "base", "frame"].includes(each.localName))
      wrong.push("there is an " + each.localName);
  }
  for (const { src } of document.scripts)
    if (!new URL(src, location).pathname.startsWith("/static/")) wrong.push("script " + src);
  return wrong;
}"""


def test_what_hostile_pages_wrote_runs_on_no_page(console, filled, database, browse, as_role):
    assert len(set(WORDS)) >= 200
    _write_everywhere(database)
    client = as_role(*EVERYBODY, name="gwen")
    page = browse(*EVERYBODY, name="gwen")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    wrong, showing = [], 0
    for each in every_page(console, filled):
        answer = client.get(each.address)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            assert answer.status_code < 500, each.endpoint
            continue
        showing += "entered" in answer.text
        page.goto(each.address)  # to its end: what images and styles do has happened by then
        wrong += [f"{each.endpoint}: {said}" for said in page.evaluate(FOUND_IN_PAGE)]
    assert wrong == []
    assert showing >= 5, "too few pages show what others wrote: nothing was tried"


def test_what_is_asked_for_is_only_shown(console, filled, as_role):
    """Words are sent in the fields of every search form, some at once, and lead nowhere."""
    client = as_role(*EVERYBODY, name="gwen")
    asked = [
        (each.address.partition("?")[0], name)
        for each in every_page(console, filled)
        for name in _fields(client.get(each.address))
    ]
    assert len(asked) >= 5
    for place, start in enumerate(range(0, len(WORDS), AT_ONCE)):
        address, name = asked[place % len(asked)]
        word = " ".join(WORDS[start : start + AT_ONCE])
        answer = client.get(address, query_string={name: word})
        assert answer.status_code < 500, (address, name, word)
        _check_answer(answer, (address, name, word))


def test_nobody_is_led_away_after_signing_in(console):
    client = console.test_client()
    for word in [
        *WORDS,
        "//evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "/\t/evil.example",
    ]:
        answer = client.get("/enter", query_string={"next": word})
        assert answer.status_code in {200, 400}, word
        _check_answer(answer, word)


def _write_everywhere(database):
    """Put all hostile words into every field that others write, many rows each."""
    whole = " ".join(WORDS).replace("\0", "\\0")
    with database.writing() as session:
        for table, columns in CHOSEN_BY_OTHERS.items():
            for column in columns:
                session.execute(
                    text(f"UPDATE {table} SET {column} = :words WHERE {column} IS NOT NULL"),
                    {"words": whole[:60] if column == "found_in" else whole},
                )
        said = {"actor": whole, "action": "site changed", "subject": whole, "reason": whole}
        audit.append(session, now=datetime.now(UTC), details={"words": whole}, **said)


def _fields(answer):
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return []
    return [
        field.get("name")
        for form in html.fromstring(answer.text).iter("form")
        if form.get("method", "get").lower() == "get"
        for field in form.iter("input", "select", "textarea")
        if field.get("name")
    ]


def _check_answer(answer, said):
    location = answer.headers.get("Location", "/")
    assert not urlsplit(location).netloc, said
    assert location.startswith("/"), said
    assert "entered" not in str(answer.headers.get("Set-Cookie", "")), said
    if answer.mimetype != "text/html" or not answer.text:
        return
    for element in html.fromstring(answer.text).iter():
        for name, value in element.items():
            assert not name.startswith("on"), said
            if name in {"href", "src", "action", "formaction"}:
                assert not urlsplit(value.strip()).scheme or value.startswith("data:,"), said
        if element.tag == "script":
            assert element.get("src", "").startswith("/static/"), said
