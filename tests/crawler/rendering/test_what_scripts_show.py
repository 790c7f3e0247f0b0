"""Real crawls of pages that scripts build: what they show is found, and asked for once."""

import json

import pytest

from domain.site import Render
from tests.crawler.rendering.script_built import JSON, addresses, gone, remarks, shell

BUILT = shell("""
  fetch('album' + '.json').then(answer => answer.json()).then(album => {
    document.cookie = 'gate=passed';
    for (const photo of album.photos) {
      const link = document.createElement('a');
      link.href = photo.page;
      const image = new Image();
      image.src = 'thumbs/' + photo.number + '.jpg';
      link.append(image);
      document.getElementById('app').append(link);
    }
    return fetch('more' + '.json');
  });
""")

ENDLESS_LIST = shell("""
  let next = 0, busy = false;
  const list = document.getElementById('app');
  async function more() {
    if (busy || next >= 5) return;
    busy = true;
    const names = await (await fetch('page?n=' + next++)).json();
    for (const name of names) {
      const box = document.createElement('div');
      box.style.height = '900px';
      box.dataset.later = name;
      list.append(box);
      new IntersectionObserver((seen, watch) => {
        if (!seen.some(each => each.isIntersecting)) return;
        watch.disconnect();
        box.innerHTML = '<img src="' + 'photos/' + name + '">';
      }).observe(box);
    }
    busy = false;
  }
  addEventListener('scroll', () => {
    if (innerHeight + scrollY > document.body.scrollHeight - 400) more();
  });
  more();
""")

BUTTON = shell(
    """
  let next = 0;
  document.querySelector('button').onclick = async () => {
    const names = await (await fetch('page?n=' + next++)).json();
    const app = document.getElementById('app');
    for (const name of names) app.innerHTML += `<img src="photos/${name}">`;
    if (next === 3) document.querySelector('button').remove();
  };
""",
    "<button>Load more</button>",
)

HIDDEN = shell("""
  const root = document.getElementById('app').attachShadow({mode: 'open'});
  root.innerHTML = '<img src=shadow.jpg>';
  const sheet = document.createElement('style');
  sheet.textContent = '#app{background:url(' + 'background.jpg' + ');height:20px}';
  document.head.append(sheet);
  fetch('bytes').then(answer => answer.blob()).then(blob => {
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    document.body.append(image);
  });
""")


def test_what_scripts_show_is_found_and_asked_for_once(
    database, add_site, practice_site, photos, crawl, register
):
    site, planted = practice_site, []

    def plant(path, number):
        site.write(path, photos[number].read_bytes(), "image/jpeg")
        planted.append(path)

    site.write("/built/", BUILT.encode())
    album = [{"number": n, "page": f"photo-{n}.html"} for n in range(3)]
    site.write("/built/album.json", json.dumps({"photos": album}).encode(), JSON)
    site.write("/built/more.json", b'{"cover": {"url": "/built/cover.jpg"}}', JSON)
    plant("/built/cover.jpg", 3)
    for n in range(3):
        plant(f"/built/thumbs/{n}.jpg", n)
        site.write(f"/built/photo-{n}.html", b"<p>A photograph, and nothing else.")
    site.write("/list/", ENDLESS_LIST.encode())
    for n in range(5):
        names = [f"{n}-{each}.jpg" for each in range(3)]
        site.write(f"/list/page?n={n}", json.dumps(names).encode(), JSON)
        for each, name in enumerate(names):
            plant(f"/list/photos/{name}", 4 + 3 * n + each)
    site.write("/button/", BUTTON.encode())
    for n in range(3):
        site.write(f"/button/page?n={n}", json.dumps([f"{n}.jpg"]).encode(), JSON)
        plant(f"/button/photos/{n}.jpg", 19 + n)
    site.write("/hidden/", HIDDEN.encode())
    plant("/hidden/shadow.jpg", 22)
    plant("/hidden/background.jpg", 23)
    plant("/hidden/bytes", 24)
    case = register(photos[6])

    add_site("album", *(site.url(f"/{each}/") for each in ("built", "list", "button", "hidden")))
    summary = crawl("album")

    assert case
    assert summary.flagged == 1
    assert addresses(database) >= set(map(site.url, planted))
    assert {path: site.requested(path) for path in ("/built/album.json", "/hidden/bytes")} == {
        "/built/album.json": 1,
        "/hidden/bytes": 1,
    }
    assert [path for path in planted if site.requested(path) > 1] == []
    assert site.requested("/built/photo-0.html") == 1  # a link that only a script has made
    (more,) = [asked for asked in site.requests if asked.path == "/built/more.json"]
    assert "gate=passed" in more.headers.get("Cookie", "")
    assert any("opened in a browser" in remark for remark in remarks(database, summary))


def test_an_unchanged_page_is_opened_again_since_its_scripts_may_show_more(
    database, add_site, practice_site, photos, crawl
):
    script = "fetch('a' + '.json').then(a => a.json()).then(all => all.forEach(n => {\
        document.body.innerHTML += `<img src='${n}.jpg'>`; }))"
    practice_site.write("/", shell(script).encode())
    for n in range(2):
        practice_site.write(f"/{n}.jpg", photos[n].read_bytes())
    practice_site.write("/a.json", b"[0]", JSON)
    add_site("growing", practice_site.url("/"))
    crawl("growing")

    practice_site.write("/a.json", b"[0, 1]", JSON)
    crawl("growing")

    assert practice_site.url("/1.jpg") in addresses(database)


@pytest.mark.parametrize(
    ("render", "trouble"),
    [
        (Render.AUTO, {"VIGIL_CHROMIUM": "/nowhere/chromium"}),
        (Render.ON, {"VIGIL_RENDER_SECONDS": "1"}),
    ],
)
def test_what_a_browser_did_not_show_to_its_end_is_not_taken_for_gone(
    database, add_site, practice_site, photos, crawl, render, trouble
):
    practice_site.write("/", shell(OF_A_LIST).encode())
    for n in range(2):
        practice_site.write(f"/{n}.jpg", photos[n].read_bytes())
    practice_site.write("/a.json", b"[0]", JSON)
    add_site("album", practice_site.url("/"), render=render)
    crawl("album")

    practice_site.write("/a.json", b"-1", JSON)  # in the browser it then never ends
    crawl("album", **trouble)
    after_trouble = gone(database)
    practice_site.write("/a.json", b"[1]", JSON)
    crawl("album")

    assert after_trouble == {"0.jpg": False}
    assert gone(database) == {"0.jpg": True, "1.jpg": False}


OF_A_LIST = """
  fetch('a' + '.json').then(answer => answer.json()).then(all => {
    while (all === -1);
    for (const n of all) document.body.innerHTML += `<img src='${n}.jpg'>`;
  });
"""


COOKIES = """
  const seen = document.cookie;
  document.cookie = 'script=set';
  fetch('re' + 'new').then(() => fetch('af' + 'ter?' + encodeURIComponent(seen)));
"""


def test_scripts_see_no_cookie_that_is_kept_from_them_and_bring_back_no_old_one(
    add_site, practice_site, crawl
):
    practice_site.write("/", shell(COOKIES).encode(), headers={"Set-Cookie": "key=old; HttpOnly"})
    practice_site.write("/renew", b"{}", JSON, headers={"Set-Cookie": "key=new; HttpOnly"})
    practice_site.write("/after", b"{}", JSON)
    add_site("keyed", practice_site.url("/"), cookies={"age": "18"})

    crawl("keyed")

    (after,) = [asked for asked in practice_site.requests if asked.path.startswith("/after")]
    assert after.path == "/after?age%3D18"
    assert set(after.headers["Cookie"].split("; ")) == {"age=18", "key=new", "script=set"}
