"""Where there is no browser, a crawl goes on without, and that is said."""

import json

import pytest

from domain.site import Render
from tests.crawler.rendering.script_built import JSON, remarks, shell


@pytest.mark.parametrize(
    ("render", "words"),
    [
        (Render.AUTO, "look as if scripts build them"),
        (Render.ON, "are to be opened in a browser"),
        (Render.OFF, None),
    ],
)
def test_without_a_browser_the_crawl_goes_on_and_says_so_once(
    database, add_site, practice_site, crawl, render, words
):
    for name in ("a", "b"):
        practice_site.write(f"/{name}", shell(f"fetch('data-' + '{name}')").encode(), "text/html")
    practice_site.write("/data-a", b"{}", JSON)

    add_site("plain", practice_site.url("/a"), practice_site.url("/b"), render=render)
    summary = crawl("plain", VIGIL_CHROMIUM="/nowhere/chromium")

    said = [remark for remark in remarks(database, summary) if "browser" in remark]
    assert summary.pages_fetched == 2
    assert practice_site.requested("/data-a") == 0
    if words is None:
        assert said == []
    else:
        (remark,) = said
        assert words in remark
        assert "VIGIL_CHROMIUM" in remark


@pytest.mark.parametrize(
    ("chromium", "levels", "words"),
    [
        (None, {"ok", "warn"}, "Chrome/"),  # a warning where it has no sandbox of its own
        ("/nowhere/chromium", {"warn"}, "VIGIL_CHROMIUM"),
    ],
)
def test_doctor_says_whether_there_is_a_browser(vigil, chromium, levels, words):
    more = {} if chromium is None else {"VIGIL_CHROMIUM": chromium}
    findings = json.loads(vigil("doctor", "--json", **more).stdout)["findings"]
    (browser,) = [each for each in findings if each["what"] == "Browser"]
    assert browser["level"] in levels
    assert words in browser["found"] + (browser["advice"] or "")
