"""What does it cost to open a page in a browser, above reading it as it comes?

Two crawls of one album on this machine: once its pages are built by scripts, from data that these
ask for, with more to load as a reader scrolls; once the same pictures stand in the pages' own HTML.
The difference in processor time, of every process that the crawl started, is what rendering takes.
"""

import argparse
import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import process_tree
from benchmarks.figures import Figure, print_figures
from benchmarks.peers import PROJECT
from config import load_config
from domain.errors import OutsideDown
from domain.site import MAX_RATE, Render, Site
from practice.sites import PracticeSite
from storage import crawls, sites
from storage.database import open_database

_TARGET_SECONDS: Final = 3.0
_PICTURES: Final = 12
_AT_ONCE: Final = 4
_JSON: Final = "application/json"

_SCRIPT: Final = """\
<!doctype html><title>Album</title><style>img { display: block; height: 800px }</style>
<nav id=pages></nav><div id=app></div><script src=/album.js></script>
"""
_ALBUM: Final = """\
const album = location.pathname.split('/').pop();
let next = 0, busy = false;
async function more() {
  if (busy) return;
  busy = true;
  const names = await (await fetch(`/data/${album}/${next++}`)).json();
  for (const name of names) {
    const image = new Image();
    image.loading = 'lazy';
    image.src = `/photos/${name}`;
    document.getElementById('app').append(image);
  }
  busy = names.length === 0;
}
addEventListener('scroll', () => {
  if (innerHeight + scrollY > document.body.scrollHeight - 600) more();
});
more();
"""


def main() -> int:
    """Crawl twice and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rendering", description=__doc__)
    parser.add_argument("--pages", type=int, default=40, help="pages of the album")
    parser.add_argument("--quick", action="store_true", help="5 pages, to see that it works")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    pages = 5 if options.quick else options.pages
    rendered, found = _crawl(pages, scripts=True)
    plain, found_plain = _crawl(pages, scripts=False)
    each = (rendered.cpu - plain.cpu) / pages
    figures = [
        Figure("pages opened in a browser", pages, "pages", None, "higher"),
        Figure("pictures found, of all", found, "pictures", pages * _PICTURES, "higher"),
        Figure("the same, in plain HTML", found_plain, "pictures", None, "higher"),
        Figure(
            "processor time for a page, above plain HTML",
            round(each, 2),
            "s",
            None if options.quick else _TARGET_SECONDS,
            "lower",
        ),
        Figure("seconds for a page", round(rendered.wall / pages, 2), "s", None, "lower"),
    ]
    return print_figures("rendering", figures, as_json=options.json)


def _crawl(pages: int, *, scripts: bool) -> tuple[process_tree.Usage, int]:
    with tempfile.TemporaryDirectory() as folder, PracticeSite(remember=False) as site:
        _write(site, pages, scripts=scripts)
        config = load_config({"VIGIL_DATA": folder, "VIGIL_PRACTICE_HOSTS": site.host})
        database = open_database(config)
        try:
            with database.writing() as session:
                starts = tuple(site.url(f"/album/{page}") for page in range(pages))
                render = Render.ON if scripts else Render.OFF
                album = Site(name="album", start_urls=starts, rate=MAX_RATE, render=render)
                sites.add(session, album, now=datetime.now(UTC))
            environment = {k: v for k, v in os.environ.items() if k != "VIGIL_DATABASE_URL"}
            environment |= {"VIGIL_DATA": folder, "VIGIL_PRACTICE_HOSTS": site.host}
            used = process_tree.measure(
                [sys.executable, "-m", "crawler", "album"],
                environment=environment,
                folder=PROJECT,
                log=Path(folder) / "crawl.log",
            )
            with database.reading() as session:
                crawl = crawls.latest(session, "album")
            if crawl is None or used.status != 0:
                msg = f"The crawl ended with status {used.status}."
                raise OutsideDown(msg)
            return used, crawl.references
        finally:
            database.close()


def _write(site: PracticeSite, pages: int, *, scripts: bool) -> None:
    photos = sorted((PROJECT / "practice" / "photos").glob("*.jpg"))
    for number in range(pages):
        names = [f"{number}-{each}.jpg" for each in range(_PICTURES)]
        for each, name in enumerate(names):
            # The same few pictures under many names: fetching and hashing is not what is measured.
            site.write(f"/photos/{name}", photos[each % len(photos)].read_bytes())
        if not scripts:
            html = "".join(f"<img src=/photos/{name}>" for name in names)
            site.write(f"/album/{number}", html.encode(), "text/html")
            continue
        site.write(f"/album/{number}", _SCRIPT.encode(), "text/html")
        for part in range(_PICTURES // _AT_ONCE + 1):
            some = names[part * _AT_ONCE :][:_AT_ONCE]
            site.write(f"/data/{number}/{part}", json.dumps(some).encode(), _JSON)
    site.write("/album.js", _ALBUM.encode(), "text/javascript")


if __name__ == "__main__":
    sys.exit(main())
