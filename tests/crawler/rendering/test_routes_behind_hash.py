"""Sites of a single page, whose albums and photographs lie behind ``#``: found whole."""

import json

from crawler.rendering_routes import MOST_ROUTES, Routes
from domain.site import Render
from tests.crawler.rendering.script_built import JSON, addresses, gone, shell

# Nothing that the site sends names a picture: the routes do, once a script has made them.
SINGLE_PAGE = """
  const app = document.getElementById('app');
  const link = route => `<a href="#${route}">${route}</a> `;
  const image = name => `<img src="${'photos/' + name + '.jp' + 'g'}">`;
  const show = async () => {
    const [, kind, number] = (location.hash.slice(1).replace('!', '') || '/').split('/');
    if (kind === 'logout') fetch('/logged-' + 'out');
    if (kind === 'album') {
      const numbers = await (await fetch('album-' + number + '.json')).json();
      app.innerHTML = numbers.map(each => link('/photo/' + each)).join('') + link('/');
    } else if (kind === 'photo') {
      setTimeout(() => { app.innerHTML = image('photo-' + number) + link('/logout'); }, 100);
    } else if (kind === 'about') {
      app.innerHTML = image('about');
    } else {
      app.innerHTML = link('/album/1') + link('/album/2') + link('!/about') + link('top')
        + link('/album/2?utm_source=x');
    }
  };
  addEventListener('hashchange', show);
  show();
"""


def test_a_site_of_a_single_page_is_found_whole(
    database, add_site, practice_site, photos, crawl, register, vigil
):
    names = [*(f"photo-{n}" for n in range(4)), "about"]
    practice_site.write("/", shell(SINGLE_PAGE, "<p id=top>").encode())
    for n, name in enumerate(names):
        practice_site.write(f"/photos/{name}.jpg", photos[n].read_bytes())
    for n in (1, 2):
        numbers = json.dumps([2 * n - 2, 2 * n - 1])
        practice_site.write(f"/album-{n}.json", numbers.encode(), JSON)
    register(photos[3])
    add_site("single", practice_site.url("/"))

    crawled = crawl("single")

    assert addresses(database) == {practice_site.url(f"/photos/{name}.jpg") for name in names}
    assert crawled.flagged == 1
    assert practice_site.requested("/album-2.json") == 1
    assert practice_site.requested("/logged-out") == 0
    (found,) = json.loads(vigil("match", "list", "--json").stdout)
    shown = vigil("match", "show", found["number"]).stdout
    assert practice_site.url("/#/photo/3") in shown


ALBUMS = """
  addEventListener('hashchange', async () => {
    const name = location.hash.slice(2);
    const spins = await (await fetch('spins' + '.json')).json();
    document.getElementById('app').innerHTML = `<img src="${name}.jp${'g'}">`;
    while (spins === name);
  });
"""


def test_what_lies_behind_a_route_that_was_not_shown_is_not_gone(
    database, add_site, practice_site, photos, crawl
):
    links = "".join(f"<a href='#/{name}'>{name}</a>" for name in "ab")
    practice_site.write("/", shell(ALBUMS, links).encode())
    for n, name in enumerate("ab"):
        practice_site.write(f"/{name}.jpg", photos[n].read_bytes())
    practice_site.write("/spins.json", b'""', JSON)
    add_site("albums", practice_site.url("/"), render=Render.ON)
    crawl("albums")
    practice_site.write("/", shell(ALBUMS, links.replace("/b", "/c")).encode())
    practice_site.write("/spins.json", b'"a"', JSON)

    crawl("albums", VIGIL_RENDER_SECONDS="2")

    assert gone(database) == {"a.jpg": False, "b.jpg": False}


def read(routes):
    found = []
    while (route := routes.next()) is not None:
        found.append(route)
    return found


def test_of_more_routes_than_are_read_each_crawl_reads_others():
    met = [f"/album/{n}" for n in range(2 * MOST_ROUTES)]

    crawls = [read(Routes("https://a.example/", met, turn=turn)) for turn in range(10)]

    assert {len(each) for each in crawls} == {MOST_ROUTES}
    assert set().union(*crawls) == set(met)
    assert read(Routes("https://a.example/", met[:MOST_ROUTES])) == met[:MOST_ROUTES]


def test_each_route_is_read_once_and_none_that_acts():
    met = ["/", "/a", "!/a", "/a?sort=name", "/a?page=2", "/logout", "/x?action=delete", "/../a"]
    met += ["action=delete&id=1", "!?do=vote"]

    assert read(Routes("https://a.example/", met)) == ["/a", "/a?page=2"]
