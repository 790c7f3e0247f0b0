"""Pages that show less than the last time: what is not known to be gone is not called gone."""

import json
from collections import deque

import pytest

from domain.site import Render
from tests.crawler.guarded_sites import Answer, GuardedSite, sends_to
from tests.crawler.rendering.script_built import gone, remarks, shell

JSON = [("Content-Type", "application/json")]

SHOWS = """
  const app = document.getElementById('app'), name = location.pathname.slice(1);
  const ask = () => fetch('/da' + 'ta/' + name).then(answer => answer.ok ? answer.json() : null);
  const show = numbers => {
    app.innerHTML = numbers.map(
      each => '<img src="/fu' + 'll/' + each + '.jp' + 'g">').join('');
  };
  ask().then(numbers => numbers ? show(numbers) : 0);
"""
# Each begins like that, and then has one trouble.
LEADS = "location.href = '/log' + '-in';"
GOES_ABROAD = "location.replace('https://accounts.example/');"
RELOADS_FOR_EVER = "setTimeout(() => location.reload(), 50);"
RELOADS_ONCE = "if (!sessionStorage.here) { sessionStorage.here = 1; location.reload(); }"
GOES_BEHIND_HASH = "location.hash = '#top'; history.replaceState(0, '', '/other');"
ASKS_AGAIN = "ask().then(() => fetch('/re' + 'new')).then(ask).then(show);"

# What a page's scripts do besides, what its data are answered, and whether its picture is gone.
TROUBLES: dict[str, tuple[str, list[int | str], bool]] = {
    "expired": ("", [401], False),
    "walled": ("", [403], False),
    "odd": ("", [418], False),
    "removed": ("", [404], True),
    "withdrawn": ("", [410], True),
    "led": (LEADS, [200], False),
    "abroad": (GOES_ABROAD, [200], False),
    "wall": (RELOADS_FOR_EVER, [200], False),
    "reloaded": (RELOADS_ONCE, [200], True),
    "hash": (GOES_BEHIND_HASH, [200], True),
    "logged-out": ("", ["/log-in"], False),
    "signed-off": ("", ["https://accounts.example/"], False),
    "moved": ("", ["/empty"], True),
    "renewed": (ASKS_AGAIN, [401, 401, 200], True),
}


@pytest.fixture
def practice_site(photos):
    with GuardedSite(photos) as site:
        yield site


def test_what_a_site_withholds_or_leads_away_from_is_not_gone(
    database, practice_site, add_site, crawl
):
    names = list(TROUBLES)
    left = {name: deque(answered) for name, (_, answered, _) in TROUBLES.items()}
    troubled = False

    def data(name):
        if not troubled:
            return Answer(json.dumps([names.index(name)]).encode(), 200, list(JSON))
        answered = left[name].popleft() if len(left[name]) > 1 else left[name][0]
        return sends_to(answered) if isinstance(answered, str) else Answer(b"[]", answered)

    def answers(asked):
        name = asked.path.rpartition("/")[2]
        if asked.path == "/":
            return Answer("".join(f"<a href=/{each}>{each}</a>" for each in names).encode())
        if asked.path.startswith("/full/"):
            return practice_site.gallery(asked)
        if asked.path.startswith("/data/"):
            return data(name)
        if name == "log-in":
            return Answer(b"<form method=post><input name=user><input type=password name=key>")
        if name in names:
            return Answer(shell(SHOWS + (TROUBLES[name][0] if troubled else "")).encode())
        return Answer(b"[]", 200 if name in {"renew", "empty"} else 404, list(JSON))

    practice_site.answer = answers
    add_site("album", practice_site.url("/"), render=Render.ON)
    crawl("album")
    assert gone(database) == {f"{n}.jpg": False for n in range(len(names))}
    troubled = True

    crawled = crawl("album")

    seen = gone(database)
    assert {name: seen[f"{n}.jpg"] for n, name in enumerate(names)} == {
        name: is_gone for name, (_, _, is_gone) in TROUBLES.items()
    }
    said = "\n".join(remarks(database, crawled))
    assert "with a log-in form" in said
    assert "The site answers 403" in said
    assert "led away" in said
