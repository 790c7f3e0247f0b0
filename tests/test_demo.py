"""The demo ends as the README says, on whatever database it is given."""

import re
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener
from xml.etree import ElementTree as ET

import pytest

from commands.demo_report import Planted, compare, show_findings
from commands.demonstration import compiles
from crawler.visit import PROJECT
from domain.crawl import CrawlCounts
from domain.image import Outcome
from practice.picture import Picture, ServedPicture
from practice.plan import Place, PlantedRepost
from practice.reposts import EDITS
from practice.reworked import REWORKED
from storage import crawls, sites
from storage.matches import MatchSignal, MatchSummary
from tests.commands.test_serve import served

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}svg"


def test_the_demo_finds_every_planted_repost_and_nothing_else(vigil, environment):
    shown = vigil("demo")

    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[-1] == "demo: 80 reposts planted, 80 flagged, 0 missed, 0 wrong flags"
    rows = dict(re.findall(r"^(\S.*?) {2,}\d+ +(\d+) +\d+ \S", shown.stdout, re.MULTILINE))
    assert list(rows) == [*EDITS, *REWORKED], "a line for each edit"
    assert sum(map(int, rows.values())) == 80
    assert "\nOne of them (mirrored, cut, written on, on a phone) is M-" in shown.stdout
    assert "; mirrored; it fills the upper" in " ".join(shown.stdout.split())
    drawn = re.search(r"Drawn in (\S+\.svg):", shown.stdout)
    assert drawn is not None
    assert ET.parse(PROJECT / drawn[1]).getroot().tag == SVG
    assert "VIGIL_DATA=.demo .venv/bin/vigil serve" in shown.stdout
    link = re.search(r"http://localhost:\d+/enter/first#(\S+)", shown.stdout)
    assert link is not None
    its_data = {"VIGIL_DATA": str(PROJECT / ".demo")}
    with served(environment, **its_data) as (port, _, _):
        assert_let_in_once(f"http://127.0.0.1:{port}", link[1])


def assert_let_in_once(console, code):
    """Enter the console with a one-time code, and see what the demo flagged."""
    first, second = visitor(), visitor()
    assert "<h1>Review" in entered(first, console, code)
    assert "was used already" in entered(second, console, code)
    with first.open(f"{console}/sites") as sites:
        assert "practice-gallery" in sites.read().decode()


def visitor():
    """Somebody with a browser that keeps cookies."""
    return build_opener(HTTPCookieProcessor())


def entered(browser, console, code):
    """Send a one-time code; return the page that it leads to."""
    with browser.open(f"{console}/enter/first") as form:
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.read().decode())
    assert token is not None
    body = urlencode({"csrf_token": token[1], "code": code}).encode()
    try:
        with browser.open(f"{console}/enter/first", body) as answer:
            return answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.read().decode()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_demo_says_why_its_first_run_stands_still(database, add_site):
    add_site("gallery", "https://gallery.example/")

    def under_way(hashed):
        counts = CrawlCounts()
        counts.references, counts.outcomes[Outcome.HASHED] = 9, hashed
        with database.writing() as session:
            crawls.beat(session, crawl_id, counts, now=datetime.now(UTC))
        with database.reading() as session:
            return [crawls.get(session, crawl_id)]

    with database.writing() as session:
        site_id = sites.get(session, "gallery").site_id
        crawl_id = crawls.start(session, site_id, now=datetime.now(UTC))
    assert not compiles([], 60.0)
    assert not compiles(under_way(hashed=0), 1.0)
    assert compiles(under_way(hashed=0), 5.0)
    assert not compiles(under_way(hashed=1), 5.0)


def test_the_demo_owns_up_to_what_was_missed_and_to_wrong_flags(capsys):
    picture = ServedPicture("/src/1.jpg", Picture(b"", "image/jpeg"))
    repost = PlantedRepost(0, "a-dahlia", "cut to 50 %", Place.BOARD, picture)
    planted = [Planted(repost, "C-1", f"http://127.0.0.1/{name}.jpg") for name in ("a", "b")]
    flagged = [flag("C-1", "http://127.0.0.1/a.jpg"), flag("C-2", "http://127.0.0.1/b.jpg")]

    findings = compare(planted, flagged)
    show_findings(findings)

    assert not findings.complete
    assert findings.line == "demo: 2 reposts planted, 1 flagged, 1 missed, 1 wrong flags"
    said = capsys.readouterr().out
    assert re.search(r"^cut to 50 % +2 +1 +1 as a whole \(6 bits\)", said, re.MULTILINE)
    assert "Missed: a-dahlia, cut to 50 %, at http://127.0.0.1/b.jpg" in said
    assert "Wrongly flagged: M-1 for C-2, at http://127.0.0.1/b.jpg" in said


def flag(case, url):
    return MatchSummary(
        number="M-1",
        case=case,
        state="flagged",
        site="practice-board",
        page=url,
        image_url=url,
        signals=(MatchSignal("pdq", "upright", 6, "R-1"),),
        distance=6,
        sightings=1,
        gone=False,
        first_seen=NOW,
        last_seen=NOW,
        flagged_at=NOW,
    )


def test_the_demo_leaves_a_database_that_holds_something_alone(vigil, add_site):
    add_site("forum", "https://forum.example/")

    shown = vigil("demo")

    assert shown.returncode == 1
    assert "holds 1 site already" in shown.stderr
    assert "Traceback" not in shown.stderr
