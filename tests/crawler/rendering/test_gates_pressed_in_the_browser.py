"""Age gates that only scripts understand: pressed in the browser, where a recipe names them."""

import json
from dataclasses import replace

import pytest

from domain.site import Render
from tests.crawler.guarded_sites import WORDS, Answer, GuardedSite, page

PHOTOS = 2
BUTTONS = (
    f'<p id=gate>Adults only.<button id="enter">{WORDS}</button><button id="leave">Leave</button>'
)

# What stands behind a gate is nowhere in the page: its scripts ask for it.
SCRIPT = """
  const app = document.getElementById('app');
  const gate = document.getElementById("gate");
  const show = async () => {
    const answer = await fetch('/con' + 'tent' + location.pathname);
    if (!answer.ok) return false;
    app.innerHTML = await answer.text();
    if (gate) gate.remove();
    return true;
  };
  const stands = press => {
    if (!document.getElementById('enter')) app.innerHTML = BUTTONS;
    document.getElementById('leave').addEventListener('click', () => fetch('/left'));
    document.getElementById('enter').addEventListener('click', press);
  };
"""
KEEPS = "localStorage.age ? show() : stands(() => { localStorage.age = 1; location.reload(); });"
SENDS = """
  show().then(shown => shown || stands(async () => {
    await fetch('/age', {method: 'POST', body: new URLSearchParams({answer: 'yes'})});
    setTimeout(() => location.reload(), 700);
  }));
"""
FORM = """
  show().then(shown => {
    if (shown) return;
    app.innerHTML = '<form action="/age" method="post"><button id=leave>No</button>'
      + '<input type=checkbox name=answer value=yes required><button id=enter disabled>'
      + 'I am over 18</button></form>';
    app.querySelector('input').addEventListener('change', event => {
      document.getElementById('enter').disabled = !event.target.checked;
    });
  });
"""
SWAPS = "stands(show); document.getElementById('enter').append(' »');"
LEADS = """
  if (location.pathname !== '/gate' && !sessionStorage.born) location.href = '/gate';
  else if (location.pathname !== '/gate') show();
  else {
    app.innerHTML = '<div role=dialog>Born in <select id=year><option value="">Year<option>2010'
      + '<option>1980</select><div id=enter style="cursor: pointer">I am over 18</div></div>';
    document.getElementById('enter').addEventListener('click', () => {
      if (document.getElementById('year').value !== '1980') return;
      sessionStorage.born = '1980';
      location.href = '/';
    });
  }
"""


@pytest.fixture
def practice_site(photos):
    with GuardedSite(photos) as site:
        yield site


def behind(site, script, *, shown=False, closed=False):
    """Put a site's gallery behind a gate.

    ``shown``: the gate stands in what the site sends, with many words; else scripts show it.
    ``closed``: the site itself shows nothing until it has been told.
    """
    there = f"<div id=app></div>{BUTTONS + '<p>' + 'Our terms. ' * 300 if shown else ''}"
    whole = page(
        f"{there}<script>{SCRIPT.replace('BUTTONS', json.dumps(BUTTONS))}{script}</script>"
    )

    def answer(asked):
        told = asked.cookies.get("age") == "ok"
        if asked.path == "/age":
            said = (asked.fields or asked.query).get("answer")
            cookie = [("Set-Cookie", "age=ok; Path=/; HttpOnly")] if said == "yes" else []
            return Answer(b"{}", 200, [*cookie, ("Content-Type", "application/json")])
        if closed and not told and asked.path.startswith(("/content/", "/full/")):
            return Answer(b"Adults only", 403)
        if asked.path == "/content/":
            return page("".join(f"<a href=/photo/{n}>{n}</a>" for n in range(PHOTOS)))
        if asked.path.startswith(("/content/", "/full/")):
            return site.gallery(replace(asked, path=asked.path.removeprefix("/content")))
        return whole if asked.path != "/sitemap.xml" else Answer(b"", 404)

    return answer


@pytest.mark.parametrize(
    ("script", "how", "render", "posts"),
    [
        (KEEPS, {"shown": True}, Render.AUTO, 0),
        (SENDS, {"closed": True}, Render.ON, 1),
        (FORM, {"closed": True}, Render.AUTO, 1),
        (SWAPS, {}, Render.ON, 0),
        (LEADS, {}, Render.AUTO, 0),
    ],
    ids=["keeps", "sends", "form", "swaps", "leads"],
)
def test_a_gate_that_only_scripts_understand_is_passed(
    practice_site, add_site, crawl, told, script, how, render, posts
):
    practice_site.answer = behind(practice_site, script, **how)
    add_site("gated", practice_site.url("/"), age_gate=WORDS, render=render)

    crawled = crawl("gated")

    assert (crawled.state, crawled.hashed, crawled.pages_failed) == ("finished", PHOTOS, 0)
    assert "age gate" not in told(crawled)
    assert practice_site.paths().count("/left") == 0
    assert [asked.path for asked in practice_site.asked if asked.method == "POST"] == [
        "/age"
    ] * posts


PRESSED = "fetch('/pre' + 'ssed')"


@pytest.mark.parametrize(
    ("script", "words", "pressed", "said"),
    [
        (f"stands(() => {PRESSED})", WORDS, 2, "It was pressed in a browser, and it stands there"),
        (f"stands(() => {PRESSED})", None, 0, "vigil site edit gated --age-gate 'I am over 18'"),
        (
            "app.innerHTML = '<a href=\"/album?act' + 'ion=delete\">I am over 18</a>'",
            WORDS,
            0,
            "have the site do something",
        ),
    ],
    ids=["stands", "unnamed", "acts"],
)
def test_nothing_is_pressed_without_end_or_unasked_or_that_acts(
    practice_site, add_site, crawl, told, script, words, pressed, said
):
    practice_site.answer = behind(practice_site, script)
    add_site("gated", practice_site.url("/"), age_gate=words)

    crawled = crawl("gated")

    assert (crawled.state, crawled.hashed) == ("finished", 0)
    assert said in told(crawled)["age gate" if words else "way in"]
    assert practice_site.paths().count("/pressed") == pressed
    assert practice_site.paths().count("/left") == 0
    assert not any("action" in asked.query for asked in practice_site.asked)
