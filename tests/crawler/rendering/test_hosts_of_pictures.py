"""Scripts and data from the host that a site's pictures lie on, whatever is opened first."""

import base64
import json

import pytest

from tests.crawler.rendering.script_built import addresses, gone, remarks, shell

SHOWS_OF_ITS_HOST = """
  for (const number of NUMBERS) {
    const image = new Image();
    image.src = 'CDN/' + number + '.jp' + 'g';
    document.getElementById('app').append(image);
  }
"""
IS_TOLD_OF_IT = """
  fetch('/to' + 'ld.json').then(answer => answer.json()).then(pictures => {
    for (const each of pictures) document.body.append(Object.assign(new Image(), {src: each}));
  });
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request):
    return request.param  # which hosts they are, the database says


def pictures_gone(database):
    return {name: is_gone for name, is_gone in gone(database).items() if name.endswith(".jpg")}


def test_a_host_that_has_shown_pictures_in_an_earlier_crawl_may_bring_the_scripts(
    database, crawl, add_site, practice_site, other_site, photos, trap
):
    site, cdn = practice_site, other_site
    for number in range(5):
        cdn.write(f"/{number}.jpg", photos[number].read_bytes())
    site.write("/album", f'<img src="{cdn.url("/0.jpg")}">'.encode())
    site.write("/told", f'<img src="{cdn.url("/1.jpg")}">'.encode())
    site.write("/tracked", f'<img src="{cdn.url("/2.jpg")}">'.encode())
    in_page = base64.b64encode(photos[5].read_bytes()).decode()
    site.write("/within", f'<img src="data:image/jpeg;base64,{in_page}">'.encode())
    pages = ("album", "told", "tracked", "within")
    add_site("album", *(site.url(f"/{each}") for each in pages))
    assert crawl("album").hashed == 4
    assert pictures_gone(database) == {"0.jpg": False, "1.jpg": False, "2.jpg": False}
    built = SHOWS_OF_ITS_HOST.replace("NUMBERS", "[0, 3]").replace("CDN", cdn.url("").rstrip("/"))
    cdn.write("/bundle.js", built.encode(), "text/javascript")
    site.write("/album", shell("", f'<script src="{cdn.url("/bundle.js")}"></script>').encode())
    told = json.dumps([cdn.url("/1.jpg"), cdn.url("/4.jpg")])
    cdn.write("/told.json", told.encode(), "application/json")
    site.redirect("/told.json", cdn.url("/told.json"))
    site.write("/told", shell(IS_TOLD_OF_IT).encode())
    tracker = f'<script src="http://{trap.host}/count.js"></script>'
    site.write("/tracked", shell("", tracker).encode())

    crawled = crawl("album")

    assert pictures_gone(database) == {f"{n}.jpg": n == 2 for n in range(5)}
    assert {cdn.url("/3.jpg"), cdn.url("/4.jpg")} <= addresses(database)
    assert trap.connected == 0
    assert trap.host in "\n".join(remarks(database, crawled))
