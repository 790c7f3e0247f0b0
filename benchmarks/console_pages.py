"""Pictures of every page of the console, for looking at them: wide and narrow, light and dark.

The console is filled as after two weeks of a small helpline, from the practice photographs, and
opened in Chromium as somebody with every role. Needs what `make test` installs.
"""

import argparse
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Final

from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.console_client import client_of, cookie_of
from config import load_config
from console.access import is_open
from console.application import create_app
from storage.database import Database, open_database
from tests.console.every_page import Page, every_page
from tests.console.filled_database import NOTHING, fill

_WIDTHS: Final = (1280, 360)
_THEMES: Final = ("light", "dark")
_HEIGHT: Final = 800


def main() -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console_pages", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="pages with this word in their endpoint")
    parser.add_argument("--grey", action="store_true", help="the grey theme as well")
    parser.add_argument("--empty", action="store_true", help="as they are before anything is there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    themes = (*_THEMES, "grey") if options.grey else _THEMES
    with tempfile.TemporaryDirectory() as folder:
        config = load_config({"VIGIL_DATA": folder})
        database = open_database(config)
        try:
            app = create_app(config, database, secret=b"pictures of pages", https=False)
            filled = NOTHING if options.empty else fill(database)
            pages = [
                page
                for page in (*every_page(app, filled, strangers=True), *every_page(app, filled))
                if options.only in page.endpoint and not (options.empty and page.about_one)
            ]
            with _served(app) as url, sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=_chromium(), args=["--no-sandbox"]
                )
                _draw(browser, app, database, url, pages, themes, options.out)
        finally:
            database.close()
    return 0


def _draw(
    browser: Browser,
    app: Flask,
    database: Database,
    url: str,
    pages: list[Page],
    themes: tuple[str, ...],
    out: Path,
) -> None:
    signed_in, stranger = client_of(app, database), app.test_client()
    cookie = cookie_of(app, database)
    for theme in themes:
        for width in _WIDTHS:
            context = browser.new_context(
                base_url=url,
                viewport={"width": width, "height": _HEIGHT},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
            )
            shown = context.new_page()
            for page in pages:
                context.clear_cookies()
                client = stranger
                if not is_open(app, page.endpoint):
                    client = signed_in
                    context.add_cookies([{"name": "vigil", "value": cookie, "url": url}])
                answer = client.get(page.address)
                if not answer.data.startswith(b"<!doctype html>"):
                    continue  # a part of a page, or a file
                shown.goto(page.address)
                if theme == "grey":
                    shown.evaluate("document.documentElement.dataset.theme = 'grey'")
                name = re.sub(r"[^a-z0-9]+", "-", page.endpoint)
                shown.screenshot(path=out / f"{name}-{width}-{theme}.png", full_page=True)
                print(f"{name}-{width}-{theme}.png  {page.address}")
            context.close()


def _chromium() -> str | None:
    packed = Path(sys.prefix, "chromium", "chromium")
    return str(packed) if packed.exists() else which("chromium") or which("google-chrome")


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


if __name__ == "__main__":
    sys.exit(main())
