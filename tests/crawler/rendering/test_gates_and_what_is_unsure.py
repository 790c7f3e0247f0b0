"""Gates that are hard to press or pass, and pages of which too little came to call things gone."""

import json

import pytest

from domain.site import Render
from tests.crawler.guarded_sites import WORDS, Answer, GuardedSite, sends_to
from tests.crawler.rendering.script_built import gone, remarks, shell

JSON = [("Content-Type", "application/json")]


@pytest.fixture
def practice_site(photos):
    with GuardedSite(photos) as site:
        yield site


def answering(site, answers):
    """Answer with pictures under /full/, and else what a function makes of a request."""

    def answer(asked):
        if asked.path.startswith("/full/"):
            return site.gallery(asked)
        made = answers(asked)
        if isinstance(made, str):
            return Answer(made.encode())
        return made or Answer(b"", 404)

    return answer


def image(number):
    return f"'<img src=\"/fu' + 'll/{number}.jp' + 'g\">'"


SHOWS_WHAT_IT_IS_TOLD = """
  const name = location.pathname.slice(1);
  fetch('/x?' + 'a'.repeat(5000)).catch(() => 0);
  fetch('https://tracker.example/?' + 'a'.repeat(5000)).catch(() => 0);
  fetch('/seen', {method: 'POST'}).catch(() => 0);
  fetch('/da' + 'ta/' + name).then(answer => answer.json()).then(numbers => {
    document.getElementById('app').innerHTML = numbers.map(
      each => '<img src="/fu' + 'll/' + each + '.jp' + 'g">').join('');
  });
"""


def test_what_data_that_did_not_come_would_have_shown_is_not_gone(
    database, practice_site, add_site, crawl
):
    names = ["broken", "busy", "empty"]
    fails = False

    def answers(asked):
        if asked.path == "/":
            return "".join(f"<a href=/{each}>{each}</a>" for each in names)
        if asked.path.startswith("/data/"):
            name = asked.path.removeprefix("/data/")
            if fails and name == "broken":
                raise ConnectionResetError
            if fails and name == "busy":
                return Answer(b"", 500)
            return Answer(
                json.dumps([] if fails else [names.index(name)]).encode(), 200, list(JSON)
            )
        return shell(SHOWS_WHAT_IT_IS_TOLD) if asked.path[1:] in names else None

    practice_site.answer = answering(practice_site, answers)
    add_site("told", practice_site.url("/"), render=Render.ON)
    first = crawl("told")
    assert gone(database) == {"0.jpg": False, "1.jpg": False, "2.jpg": False}
    fails = True

    crawl("told")

    assert gone(database) == {"0.jpg": False, "1.jpg": False, "2.jpg": True}
    # Neither did an address that is no address end the browser, nor was it counted nowhere.
    said = "\n".join(remarks(database, first))
    assert "browser ended" not in said
    assert "(?)" in said


SPINS_WHEN_PRESSED = f"""
  const app = document.getElementById('app'), links = '<a href="#/a/1">1</a><a href="#/a/2">2</a>';
  addEventListener('hashchange', () => fetch('/say', {{method: 'POST', body: location.hash}}));
  app.innerHTML = '<p>Adults<button id=enter>{WORDS}</button>' + links;
  document.getElementById('enter').addEventListener('click', () => {{
    app.innerHTML = links;
    const end = Date.now() + 4000;
    while (Date.now() < end);
  }});
"""


def test_a_press_that_takes_too_long_is_over(database, practice_site, add_site, crawl):
    practice_site.answer = answering(
        practice_site, lambda asked: shell(SPINS_WHEN_PRESSED) if asked.path == "/" else None
    )
    add_site("spins", practice_site.url("/"), render=Render.ON, age_gate=WORDS)

    crawled = crawl("spins", VIGIL_RENDER_SECONDS="2")

    assert "could not be pressed in time" in "\n".join(remarks(database, crawled))
    assert [asked.path for asked in practice_site.asked if asked.method == "POST"] == []


FORWARDS = f"""
  if (document.cookie.includes('age=ok')) location.href = '/a';
  else {{
    document.getElementById('app').innerHTML = '<p>Adults<button id=enter>{WORDS}</button>';
    document.getElementById('enter').addEventListener('click', () => {{
      document.cookie = 'age=ok; path=/';
      location.href = '/a';
    }});
  }}
"""


def test_a_gate_that_leads_on_by_itself_hides_nothing(database, practice_site, add_site, crawl):
    leads_back = False

    def answers(asked):
        if asked.path == "/gate":
            return shell(FORWARDS)
        if asked.path not in {"/a", "/b", "/c"}:
            return None
        if asked.cookies.get("age") != "ok":
            return sends_to("/gate")
        if leads_back and asked.path == "/b":
            return shell("location.href = '/ga' + 'te'")
        return f"<a href=/b>b</a><img src=/full/{'abc'.index(asked.path[1])}.jpg>"

    practice_site.answer = answering(practice_site, answers)
    add_site("forwards", practice_site.url("/a"), practice_site.url("/c"), age_gate=WORDS)
    crawl("forwards")
    everything = {"0.jpg": False, "1.jpg": False, "2.jpg": False}
    assert gone(database) == everything
    leads_back = True

    crawl("forwards")

    assert gone(database) == everything


def test_a_page_left_closed_for_its_kind_alone_is_not_gone_and_its_gate_is_pressed(
    database, practice_site, add_site, crawl
):
    path = ["u9"]

    def answers(asked):
        here = asked.path.rpartition("/")[2]
        after = path[path.index(here) + 1 :] if here in path else path
        link = "".join(f"<a href=/user/{each}>{each}</a>" for each in after[:1])
        if asked.path == "/":
            return link + "words " * 400
        if asked.path == "/user/u8":
            press = f"document.getElementById('app').innerHTML = {image(1)}"
            gate = f"Adults only <button onclick='enter_now()'>{WORDS}</button>"
            return f"<div id=app>{gate}</div><script>function enter_now() {{ {press} }}</script>"
        if asked.path == "/user/u9":
            return shell(f"document.getElementById('app').innerHTML = {image(0)}", link)
        return shell("1", link) if asked.path.startswith("/user/") else None

    practice_site.answer = answering(practice_site, answers)
    add_site("kinds", practice_site.url("/"), age_gate=WORDS)
    crawl("kinds")
    path[:] = ["u1", "u2", "u3", "u9", "u8"]

    crawled = crawl("kinds")

    assert "4 pages were opened" in "\n".join(remarks(database, crawled))  # all but the fourth
    assert gone(database) == {"0.jpg": False, "1.jpg": False}


HARMS = f"""
  const app = document.getElementById('app'), send = (path, body) => fetch(path, {{
    method: 'POST', body, headers: {{'Content-Type': 'application/json'}}}}).catch(() => 0);
  localStorage.aaa = 'x'.repeat(20000);
  if (sessionStorage.age) app.innerHTML = '<a href=/p>p</a>' + {image(0)};
  else {{
    app.innerHTML = '<button id=delete>{WORDS}: delete it</button>'
      + '<select id=sort><option value="">Go to<option value="/go">x</select>'
      + '<input type=checkbox id=news><button id=enter>{WORDS}!</button>';
    document.body.append(...app.childNodes);
    const on = (name, event, does) => document.getElementById(name).addEventListener(event, does);
    on('delete', 'click', () => send('/pressed', ''));
    on('sort', 'change', () => {{ location.href = '/go'; }});
    on('news', 'change', () => send('/news', ''));
    on('enter', 'click', async () => {{
      send('/api/photos/5/remo' + 've', '');
      send('/api', JSON.stringify({{photo: {{op: 'delete'}}}}));
      await send('/age', JSON.stringify({{age: 18}}));
      sessionStorage.age = 1;
      location.reload();
    }});
  }}
"""


def test_the_press_of_a_gate_does_nothing_else(database, practice_site, add_site, crawl):
    practice_site.answer = answering(
        practice_site, lambda asked: shell(HARMS) if asked.path in {"/", "/p"} else None
    )
    add_site("harms", practice_site.url("/"), render=Render.ON, age_gate=WORDS)

    crawl("harms")

    assert gone(database) == {"0.jpg": False}
    # Once: what it keeps is given to the next page, however much else is kept.
    assert [asked.path for asked in practice_site.asked if asked.method == "POST"] == ["/age"]
    assert "/go" not in practice_site.paths()
