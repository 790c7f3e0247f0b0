"""Analysts see figures: by week and site, as a table, a chart and a file, and no person in them."""

import csv
import io
import re

import pytest
from pyarrow import parquet

from benchmarks.console_data import fill
from console import figures_counting
from console.application import create_app
from storage import audit
from tests.made_figures import NOW, make_figures

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

BOTH_WEEKS = "from=2026-02-23&to=2026-03-04"
TAGS = re.compile(r"<[^>]+>")


@pytest.fixture
def console(config, database):
    return create_app(config, database, secret=b"a test's", https=False, clock=lambda: NOW)


@pytest.fixture
def made(database):
    with database.writing() as session:
        return make_figures(session)


def rows_of(page):
    """The cells of every table row of a page, as they are read."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.get_data(as_text=True), re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return [[" ".join(TAGS.sub("", cell).split()) for cell in row] for row in cells]


@pytest.mark.usefixtures("made")
def test_a_week_is_shown_beside_the_one_before(as_role):
    analyst, supervisor = as_role("analyst"), as_role("supervisor")
    page = analyst.get("/figures")
    rows = {row[0].split("Images near")[0]: row[1:] for row in rows_of(page)}
    assert "oldest for 2 days" in TAGS.sub("", page.get_data(as_text=True))
    # As wide as the tables by week and site are, which hide one of the four and all of the three.
    assert rows["Flagged"] == ["4–5", "2–5", "3–6"]
    assert "Waiting for a decision: 5–7" in TAGS.sub("", page.get_data(as_text=True))
    confirmed = next(row[1:] for row in rows_of(page) if row[0].startswith("Confirmed"))
    assert confirmed == ["0", "0", "1–2"]
    median = next(row[1:] for row in rows_of(page) if row[0].startswith("Median time"))
    assert median == ["–", "–", "2 hours"]

    exact = next(
        row[1:] for row in rows_of(supervisor.get("/figures")) if row[0].startswith("Confirmed")
    )
    assert exact == ["0", "0", "1"]


@pytest.mark.usefixtures("made")
def test_no_total_of_the_first_page_gives_away_what_a_table_hides(as_role):
    analyst = as_role("analyst")
    first = rows_of(analyst.get("/figures"))
    flagged = next(row for row in first if row[0].startswith("Flagged"))
    for place, monday, shown in ((1, "2026-03-02", "2 Mar 2026"), (3, "2026-02-23", "23 Feb 2026")):
        table = rows_of(analyst.get(f"/figures/matches?from={monday}&to={monday}"))
        (total,) = {row[-1] for row in table if row[0] == shown and len(row) == 6}
        assert flagged[place] == total
    decided = rows_of(analyst.get("/figures/decisions?from=2026-02-23&to=2026-02-23"))
    (week,) = [row for row in decided if row[0] == "23 Feb 2026" and len(row) == 6]
    assert {row[0][:9]: row[3] for row in first if row[0][:9] == "Confirmed"} == {
        "Confirmed": week[1]
    }


@pytest.mark.usefixtures("made")
def test_small_counts_are_ranges_for_those_who_do_not_work_with_matches(as_role):
    page = as_role("analyst").get(f"/figures/matches?{BOTH_WEEKS}")
    rows = rows_of(page)
    assert ["2 Mar 2026", "forum", "3", "0", "0", "0", "3"] in rows
    assert ["2 Mar 2026", "board", "1–2", "0", "0", "0", "1–2"] in rows
    # Both hidden ones are 1, and 2 would say so.
    assert ["23 Feb 2026", "forum", "0", "1–2", "1–2", "0", "2–4"] in rows
    assert ["23 Feb 2026", "no site known", "1–2", "0", "0", "0", "1–2"] in rows
    assert "may point to a person" in page.get_data(as_text=True)

    exact = rows_of(as_role("supervisor").get(f"/figures/matches?{BOTH_WEEKS}"))
    assert ["23 Feb 2026", "forum", "0", "1", "1", "0", "2"] in exact
    crawled = rows_of(as_role("analyst").get(f"/figures/crawls?{BOTH_WEEKS}"))
    assert ["23 Feb 2026", "forum", "1", "10", "0", "40", "40", "0", "1–2"] in crawled


@pytest.mark.usefixtures("made")
def test_figures_can_be_narrowed_down(as_role):
    analyst = as_role("analyst")
    rows = rows_of(analyst.get(f"/figures/matches?{BOTH_WEEKS}&site=board&state=flagged"))
    assert ["2 Mar 2026", "board", "1–2"] in rows
    assert not any("forum" in row for row in rows)
    rows = rows_of(analyst.get(f"/figures/decisions?{BOTH_WEEKS}&kind=look_alike"))
    assert ["23 Feb 2026", "forum", "0", "1–2", "0", "0", "1–2"] in rows
    nothing = analyst.get("/figures/matches?from=2025-01-01&to=2025-02-01")
    assert "Nothing was counted in these weeks" in nothing.get_data(as_text=True)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("from=yesterday", "yesterday is no day"),
        ("from=2026-05-01&to=2026-03-01", "The first day is after the last one"),
        ("from=2001-01-01&to=2026-03-01", "At most 156 weeks"),
        ("to=0001-01-02", "is no day"),
        ("after=nonsense", ""),
        ("site=%3Cscript%3E&state=nothing&signal=x", "Nothing was counted"),
    ],
)
@pytest.mark.usefixtures("made")
def test_what_cannot_be_read_is_said_and_kept(as_role, given, words):
    page = as_role("analyst").get(f"/figures/matches?{given}")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert words in text
    assert "<script>" not in text
    if "from=" in given:
        assert given.split("=")[1].split("&")[0] in text


@pytest.mark.usefixtures("made")
def test_files_hold_what_the_page_shows_and_are_recorded(as_role, database):
    analyst = as_role("analyst")
    answer = analyst.get(f"/figures/matches.csv?{BOTH_WEEKS}")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="vigil-matches-2026-02-23-to-2026-03-02.csv"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    written = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {
        "week": "2026-03-02",
        "site": "board",
        "state": "flagged",
        "matches": "1–2",
        "matches_at_least": "1",
        "matches_at_most": "2",
    } in written
    assert {row["matches"] for row in written} == {"1–2", "3"}

    read = parquet.read_table(
        io.BytesIO(analyst.get(f"/figures/matches.parquet?{BOTH_WEEKS}").data)
    ).to_pylist()
    assert [{name: str(value) for name, value in row.items()} for row in read] == written
    crawls = parquet.read_table(
        io.BytesIO(analyst.get(f"/figures/crawls.parquet?{BOTH_WEEKS}&site=forum").data)
    ).to_pylist()
    assert [(row["hashed"], row["flagged"], row["flagged_at_most"]) for row in crawls] == [
        (12, "3", 3),
        (40, "1–2", 2),
    ]
    exact = as_role("supervisor").get(f"/figures/matches.csv?{BOTH_WEEKS}").data.decode("utf-8-sig")
    assert "board,flagged,1,1,1" in exact

    with database.reading() as session:
        entries = audit.entries(session, limit=10)
    assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
        ("a-supervisor", "figures exported", "figures of matches"),
        ("a-analyst", "figures exported", "figures of crawls"),
        ("a-analyst", "figures exported", "figures of matches"),
        ("a-analyst", "figures exported", "figures of matches"),
    ]
    assert entries[1].details["site"] == "forum"


def test_there_is_no_file_of_anything_else(as_role, database):
    analyst = as_role("analyst")
    for address in ("/figures/cases.csv", "/figures/matches.xlsx", "/figures/..%2fmatches.csv"):
        assert analyst.get(address).status_code == 404
    with database.reading() as session:
        assert audit.entries(session, limit=1) == []


@pytest.mark.usefixtures("made", "database")
def test_no_page_of_figures_says_whom_or_where(as_role):
    analyst = as_role("analyst")
    for address in (
        "/figures",
        f"/figures/matches?{BOTH_WEEKS}",
        f"/figures/matches.csv?{BOTH_WEEKS}",
    ):
        text = analyst.get(address).get_data(as_text=True)
        assert not re.search(r"\b[CRM]-[0-9A-Z]{4}-|\.example/|made up|anna", text), address


@pytest.mark.usefixtures("console")
def test_many_weeks_and_sites_are_paged_and_stay_small(as_role, database):
    fill(database, sightings=2000, matches=300, crawls=600, sites=12, now=NOW)
    analyst = as_role("analyst")
    seen, address = [], "/figures/crawls?from=2025-03-01"
    for _ in range(40):
        page = analyst.get(address)
        assert len(page.data) < 150_000
        text = page.get_data(as_text=True)
        seen += [row for row in rows_of(page) if len(row) == 9 and row[1].startswith("site-")]
        further = re.search(r'href="(/figures/crawls\?[^"]*after=[^"#]*)', text)
        if further is None:
            break
        address = further[1].replace("&amp;", "&")
    assert len(seen) > 300
    assert len({(week, site) for week, site, *_ in seen}) == len(seen)
    crawls = sum(int(row[2]) for row in seen)
    assert crawls == 600


@pytest.mark.usefixtures("made", "database")
def test_counting_that_takes_long_is_done_beside_the_page(console, as_role, monkeypatch):
    monkeypatch.setattr(figures_counting, "_SMALL", 0)
    analyst = as_role("analyst")
    begun = analyst.get(f"/figures/matches?{BOTH_WEEKS}").get_data(as_text=True)
    assert "being counted" in begun
    assert 'hx-get="/figures/counting"' in begun
    with console.app_context():
        figures_counting.counting().wait()
    assert "counted anew: show them" in analyst.get("/figures/counting").get_data(as_text=True)
    page = analyst.get(f"/figures/matches?{BOTH_WEEKS}")
    assert "hx-get" not in page.get_data(as_text=True).split("Counted")[1].split("</p>")[0]
    assert ["2 Mar 2026", "forum", "3", "0", "0", "0", "3"] in rows_of(page)


@pytest.mark.usefixtures("made")
def test_the_chart_says_in_words_what_it_draws(browse):
    page = browse("analyst", width=360)
    page.goto(f"/figures/matches?{BOTH_WEEKS}")
    chart = page.get_by_role("img", name="Matches by week")
    assert chart.is_visible()
    titles = page.locator(".chart g title").all_text_contents()
    assert [title.split(": ")[1] for title in titles] == ["3–6", "4–5"]
    assert page.locator(".chart .range").count() == 2
    page.get_by_text("The weeks as a table").click()
    assert page.get_by_role("row").filter(has_text="23 Feb 2026").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
