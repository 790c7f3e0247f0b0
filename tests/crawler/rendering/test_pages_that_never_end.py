"""Rendered pages that never end, or fill the memory, or hang: they cost their time."""

import time

from domain.site import Render
from storage import crawls
from tests.crawler.rendering.script_built import JSON, addresses, remarks, shell

ENDS_NEVER = {
    "grows": """
      const image = new Image(); image.src = 'gr' + 'ows.jpg'; document.body.append(image);
      let n = 0;
      setInterval(() => { for (let i = 0; i < 50; i++) document.body.append(++n + ' more '); }, 5);
      addEventListener('scroll', () => document.body.insertAdjacentHTML('beforeend',
        '<p style="height:3000px">'));
      document.body.insertAdjacentHTML('beforeend', '<p style="height:9000px">');
    """,
    "spins": """
      const image = new Image(); image.src = 'sp' + 'ins.jpg'; document.body.append(image);
      setTimeout(() => { while (true); }, 200);
    """,
    "swells": """
      const image = new Image(); image.src = 'sw' + 'ells.jpg'; document.body.append(image);
      const held = [];
      setInterval(() => held.push(new Uint8Array(40000000).fill(7)), 20);
    """,
    "waits": """
      const image = new Image(); image.src = 'wa' + 'its.jpg'; document.body.append(image);
      fetch('never').catch(() => 0);
    """,
}


def test_a_page_that_never_ends_costs_its_time_and_nothing_else(
    database, add_site, practice_site, photos, start_crawl, watch
):
    for number, (name, script) in enumerate(ENDS_NEVER.items()):
        practice_site.write(f"/{name}", shell(script).encode(), "text/html")
        practice_site.write(f"/{name}.jpg", photos[number].read_bytes())
    practice_site.write("/never", b"", JSON)
    practice_site.hang("/never")
    quick = shell("document.write('<img src=qu' + 'ick.jpg>')")
    practice_site.write("/quick", quick.encode(), "text/html")
    practice_site.write("/quick.jpg", photos[9].read_bytes())
    pages = (*ENDS_NEVER, "quick")

    add_site("endless", *(practice_site.url(f"/{name}") for name in pages), render=Render.ON)
    began = time.monotonic()
    process = start_crawl("endless", VIGIL_RENDER_SECONDS="2", VIGIL_ANSWER_SECONDS="2")
    process.wait(timeout=60)
    with database.reading() as session:
        summary = crawls.latest(session, "endless")

    said = "\n".join(remarks(database, summary))
    assert summary is not None
    assert summary.state == "finished"
    assert time.monotonic() - began < 40
    assert practice_site.url("/quick.jpg") in addresses(database)
    assert practice_site.url("/grows.jpg") in addresses(database)
    assert practice_site.url("/waits.jpg") in addresses(database)
    assert "went on when the time" in said
    assert 0 < watch.peak < 600 * 1024 * 1024


HANGS_AND_SPINS = """
  document.querySelector('button').onclick = () => {
    for (let n = 0; n < 10; n++) fetch('never?' + n);
    while (true);
  };
"""


def test_requests_of_a_page_that_was_given_up_do_not_stop_the_crawl(
    database, add_site, practice_site, photos, start_crawl
):
    button = "<a href=b>b</a><button>Load more</button>"
    practice_site.write("/a", shell(HANGS_AND_SPINS, button).encode(), "text/html")
    practice_site.write("/never", b"", JSON)
    practice_site.hang("/never")
    practice_site.write("/b", b"<img src=b.jpg>", "text/html")
    practice_site.write("/b.jpg", photos[0].read_bytes())

    add_site("album", practice_site.url("/a"))
    process = start_crawl("album", VIGIL_ANSWER_SECONDS="3", VIGIL_RENDER_SECONDS="1")

    assert process.wait(timeout=60) == 0
    assert addresses(database) == {practice_site.url("/b.jpg")}
