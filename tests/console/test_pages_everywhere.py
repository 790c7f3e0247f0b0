"""Every page opens, can be used by everybody, is small, fits a telephone, asks no other host."""

import sys
from pathlib import Path

import pytest

from domain.permission import Role
from tests.console.every_page import every_page
from tests.console.filled_database import NOTHING
from tests.console.test_sign_in import PASSWORD, invite, press, secret_of

__all__ = ["invite"]  # a fixture

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

MOST_BYTES = 150 * 1024

EVERYBODY = tuple(role.value for role in Role)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

VIOLATIONS = """async (only) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  return found.violations.map((each) =>
    each.id + ": " + each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", "));
}"""

TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [];
  return ["wider than the screen by " + wide];
}"""


@pytest.fixture(scope="session")
def axe():
    program = Path(sys.prefix, "axe-core", "axe.min.js")
    assert program.exists(), "no axe: run the tests by `make test`, which gets it"
    return program.read_text()


class Weighed:
    """Counts what a page and everything on it takes to load, as with an empty cache."""

    def __init__(self, page):
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", self._count)

    def _count(self, finished):
        self.bytes += finished["encodedDataLength"]


def html_pages(console, client, filled, *, strangers=False):
    """Ask for each without a browser; return those that are whole pages, and what is wrong."""
    pages, wrong = [], []
    for each in every_page(console, filled, strangers=strangers):
        answer = client.get(each.address)
        if not 200 <= answer.status_code < 400:
            wrong.append(f"{each.endpoint}: answered {answer.status_code}")
        elif answer.status_code == 200 and answer.data.startswith(b"<!doctype html>"):
            pages.append(each)  # the others are parts of pages, or files
    return pages, wrong


def opened(page, address, axe, weighed):
    """Open a page and look at it; yield whatever is wrong with it."""
    weighed.bytes = 0
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    yield from looked_at(page, axe)
    if weighed.bytes > MOST_BYTES:
        yield f"{weighed.bytes:,} bytes"


def looked_at(page, axe):
    """Look at the page that is open, wide and narrow, in every theme; yield what is wrong."""
    page.evaluate(axe)
    yield from (f"light: {said}" for said in page.evaluate(VIOLATIONS, RULES))
    for theme in ("dark", "grey"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        yield from (f"{theme}: {said}" for said in page.evaluate(VIOLATIONS, ["color-contrast"]))
    page.set_viewport_size({"width": 360, "height": 740})
    yield from page.evaluate(TOO_WIDE)
    yield from (f"narrow: {said}" for said in page.evaluate(VIOLATIONS, RULES))


def test_every_page_can_be_used_by_everybody(console, filled, as_role, browse, axe):
    pages, wrong = html_pages(console, as_role(*EVERYBODY, name="gwen"), filled)
    assert len(pages) >= 40, "too few pages: nearly nothing would be looked at"
    page = browse(*EVERYBODY, name="gwen")
    weighed = Weighed(page)
    for each in pages:
        found = dict.fromkeys(opened(page, each.address, axe, weighed))
        wrong += [f"{each.endpoint}: {said}" for said in found]
    assert not wrong, "\n".join(wrong)


def test_what_strangers_see_can_be_used_by_everybody(console, filled, browse, axe):
    pages, wrong = html_pages(console, console.test_client(), filled, strangers=True)
    assert pages
    page = browse()
    weighed = Weighed(page)
    for each in pages:
        found = dict.fromkeys(opened(page, each.address, axe, weighed))
        wrong += [f"{each.endpoint}: {said}" for said in found]
    assert not wrong, "\n".join(wrong)


def test_each_step_of_signing_in_can_be_used_by_everybody(invite, browse, axe):
    page = browse()
    wrong: list[str] = []

    def look(step):
        found = dict.fromkeys(looked_at(page, axe))
        wrong.extend(f"{step}: {said}" for said in found)

    code = invite()
    page.goto(f"/enter/first#{code}")
    press(page, "Go on")
    look("choosing a password")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    press(page, "Go on")
    look("setting up a second factor")
    secret_of(page)
    look("its secret in letters")

    page.goto("/enter")
    page.fill("#name", "anna")
    page.fill("#password", "wrong")
    press(page, "Go on")
    look("a wrong password")
    assert not wrong, "\n".join(wrong)


def test_every_page_opens_where_there_is_nothing_yet(console, as_role):
    client = as_role(*EVERYBODY, name="gwen")
    wrong = []
    for each in every_page(console, NOTHING):
        answer = client.get(each.address)
        # What is about one record says in a sentence that there is no such record.
        right = answer.status_code == 404 if each.about_one else answer.status_code < 400
        if not right:
            wrong.append(f"{each.address}: answered {answer.status_code}")
    assert not wrong, "\n".join(wrong)
