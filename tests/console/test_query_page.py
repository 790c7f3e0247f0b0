"""The query page: an analyst asks, sees what came of it, and takes it away as a file."""

import csv
import io
from pathlib import Path

import pytest
from pyarrow import parquet

from console.query_words import COLUMNS_SAY, EXAMPLES, VIEWS_SAY, why
from storage import audit
from storage.analyst_query import QueryStopped
from storage.analyst_query_limits import Trouble
from storage.analyst_views import VIEWS
from tests.made_figures import make_figures

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(database):
    with database.writing() as session:
        return make_figures(session)


def entries(database):
    with database.reading() as session:
        return audit.entries(session, limit=20)


@pytest.mark.usefixtures("made")
def test_every_example_runs_and_gives_something(as_role, database):
    analyst = as_role("analyst")
    for name, example in EXAMPLES.items():
        shown = analyst.get(f"/query?example={name}").get_data(as_text=True)
        assert example.query.splitlines()[0] in shown.replace("&#39;", "'")
        page = analyst.post("/query", data={"query": example.query.replace("\n", "\r\n")})
        assert page.status_code == 200, name
        assert "<td data-label=" in page.get_data(as_text=True).split("Result")[1], name
    assert len(entries(database)) == len(EXAMPLES)


@pytest.mark.usefixtures("made")
def test_what_was_run_is_recorded_with_what_it_gave(as_role, database):
    analyst = as_role("analyst")
    analyst.post("/query", data={"query": "SELECT site FROM analyst_site"})
    analyst.post("/query", data={"query": "SELECT number FROM case_file"})
    analyst.post("/query", data={"query": " "})
    last, first = entries(database)
    assert (first.actor, first.action, first.details["query"], first.details["rows"]) == (
        "a-analyst",
        "query run",
        "SELECT site FROM analyst_site",
        2,
    )
    assert (last.details["query"], last.details["stopped"]) == (
        "SELECT number FROM case_file",
        "table",
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT <b> FROM case_file", "The database does not understand this"),
        ("SELECT pin_hash AS '<b>' FROM case_file", "This may not be read here: case_file"),
        ("SELECT load_extension('<b>')", "load_extension cannot be used here"),
        ("DELETE FROM match -- <b>", "Begin with SELECT or WITH"),
        ("SELECT '<b>'; SELECT 2", "Ask one thing at a time"),
    ],
)
def test_what_is_refused_is_explained_and_stays_in_the_editor(as_role, query, words):
    page = as_role("analyst").post("/query", data={"query": query})
    assert page.status_code == 400
    text = page.get_data(as_text=True)
    assert words in text
    assert "<b>" not in text
    assert "&lt;b&gt;" in text.split("<textarea")[1].split("</textarea>")[0]


def test_values_are_shown_as_text_and_only_the_first_rows(as_role):
    query = (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 12000) "
        "SELECT n, '<script>alert(1)</script>' AS said, NULL AS none FROM r"
    )
    page = as_role("analyst").post("/query", data={"query": query})
    text = page.get_data(as_text=True)
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)") == 200 + 2  # and in the two fields with the query
    assert "More than 10,000 rows" in text
    assert "The first 200 are shown" in text
    assert len(page.data) < 150_000


def test_files_hold_every_row_and_no_formula(as_role):
    analyst = as_role("analyst")
    query = (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 300) "
        "SELECT n, n / 2.0 AS half, '=1+1' AS n, "
        "CASE WHEN n = 1 THEN 'x' ELSE n END AS mixed FROM r"
    )
    given = {"query": query, "format": "csv"}
    answer = analyst.post("/query/download", data=given)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="vigil-query-')
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["n", "half", "n (2)", "mixed"]
    assert rows[1] == ["1", "0.5", "'=1+1", "x"]
    assert len(rows) == 301

    read = parquet.read_table(
        io.BytesIO(analyst.post("/query/download", data={**given, "format": "parquet"}).data)
    )
    assert read.num_rows == 300
    assert [str(kind) for kind in read.schema.types] == ["int64", "double", "string", "string"]
    assert analyst.post("/query/download", data={**given, "format": "exe"}).status_code == 400
    assert analyst.post("/query/download", data={"query": "DROP"}).status_code == 400


@pytest.mark.usefixtures("made")
def test_a_query_is_run_by_the_keyboard_and_its_files_taken_twice(browse):
    page = browse("analyst")
    page.goto("/query?example=weeks")
    page.get_by_label("Query in SQL").press("Control+Enter")
    result = page.get_by_role("heading", name="Result")
    result.wait_for()
    assert page.evaluate("document.activeElement.id") == "result"
    assert page.get_by_role("row").filter(has_text="confirmed").is_visible()
    for button in ("Download as CSV", "Download as Parquet", "Download as CSV"):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename.startswith("vigil-query-")


def test_what_is_wrong_with_the_role_is_said_in_words(console):
    with console.test_request_context():
        for trouble in Trouble:
            words = why(QueryStopped(trouble, "this"))
            assert words.endswith((".", "this")), trouble
            assert "%(" not in words, trouble


def test_everything_that_can_be_asked_is_explained(console):
    document = (ROOT / "docs" / "analyst-views.md").read_text()
    assert set(VIEWS_SAY) == {view.name for view in VIEWS}
    with console.test_request_context():
        for view in VIEWS:
            part = document.split(f"### {view.name}\n")[1].split("\n### ")[0]
            assert str(VIEWS_SAY[view.name]) in part
            assert list(COLUMNS_SAY[view.name]) == [column.name for column in view.columns]
            for column in view.columns:
                row = f"| `{column.name}` | {column.kind} | {COLUMNS_SAY[view.name][column.name]} |"
                assert row in part
