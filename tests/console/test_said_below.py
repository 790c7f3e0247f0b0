"""What is said below the console stands on its pages in the reader's language."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from console.crawl_sentences import TEMPLATES
from console.sentences import told, words_of
from domain.crawl import ASKED_TOO_MUCH, CrawlState
from domain.crawl_drop import CrawlFigures, not_let_in, picture_drop
from domain.errors import Refused
from domain.review import MatchState, Verdict, check_decision
from domain.site import Site
from domain.site_entry import Login
from domain.site_warning import EndedCrawl, end_warning, log_in_warning, quiet_warning
from pipelines.reasons import ROBOTS
from storage import site_warnings, sites
from watching.recipe_findings import findings_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

GERMAN = {"Accept-Language": "de"}
NOW = datetime(2026, 11, 26, tzinfo=UTC)
SAMPLES = {
    "number": "1,234",
    "usual": "90",
    "day": "06 March 2026",
    "address": "https://forum.example/new",
    "why": "The site answers 403.",
    "pattern": "/album/* and more",
}


def ended(state, *reasons):
    return [
        EndedCrawl(number, CrawlState(state), reason)
        for number, reason in zip(range(len(reasons), 0, -1), reasons, strict=True)
    ]


def all_warnings():
    """A warning of every kind, as the rules make them."""
    days = {date(2026, 3, 1) + timedelta(days=place): 5 if place < 6 else 0 for place in range(40)}
    usual = [CrawlFigures(pages=100, references=400, pictures=200)] * 5
    busy = f"{ASKED_TOO_MUCH} To ask it more slowly: vigil site edit NAME --rate 10/m"
    login = Login("https://club.example/in", "LOGIN_USER", "LOGIN_PASSWORD")
    trouble = "The site answers 500."
    return [
        end_warning("forum", ended("failed", f"No page could be read. {trouble}"), ()),
        end_warning("forum", ended("failed", f"No page could be read. {ROBOTS}", "No."), ()),
        end_warning("forum", ended("stopped", busy), ()),
        end_warning("forum", ended("stopped", *["Its quiet hours began."] * 3), ()),
        end_warning("forum", ended("crashed", None), ()),
        end_warning("forum", ended("crashed", None, None), ()),
        quiet_warning(days, date(2026, 4, 9)),
        log_in_warning(login, {}),
        log_in_warning(login, {"LOGIN_USER": "anna-7"}),
        picture_drop(CrawlFigures(1, 0, 0), usual, trouble=trouble),
        picture_drop(CrawlFigures(100, 3, 3), usual, trouble=None),
        picture_drop(CrawlFigures(100, 400, 3), usual, trouble=None),
        not_let_in(CrawlFigures(1, 0, 1), "The age gate could not be passed.", surely=True),
    ]


@pytest.fixture
def in_german(console):
    with console.test_request_context(headers=GERMAN):
        yield


@pytest.fixture
def in_english(console):
    with console.test_request_context(headers={"Accept-Language": "en"}):
        yield


@pytest.mark.usefixtures("in_german")
def test_every_warning_is_said_in_german_to_its_last_word():
    for warning in all_warnings():
        assert warning is not None
        for text in (warning.found, warning.cause, warning.advice):
            assert told(text) != text
            assert not re.search(r"\b(the|The|and|is|Its|last|To)\b", told(text)), told(text)


@pytest.mark.usefixtures("in_english")
def test_english_stays_as_it_was_written():
    for warning in all_warnings():
        for text in (warning.found, warning.cause, warning.advice):
            assert told(text) == text


@pytest.mark.usefixtures("in_german")
def test_every_template_is_found_again_in_its_own_words():
    for template in TEMPLATES:
        holes = re.findall(r"%\((\w+)\)s", template)
        written = template % {name: SAMPLES.get(name, "Something") for name in holes}
        assert told(written) != written, written


@pytest.mark.usefixtures("in_german")
def test_a_finding_of_a_recipe_check_is_said_in_german():
    site = Site("forum", ("https://forum.example/",), follow=("/album/*",))
    unfit = dict.fromkeys(("follow", "leave", "listing", "item", "image"), ())
    report = {
        "told": [("page", "failed", "https://forum.example/", "The site answers 403.")],
        "start_pages": [],
        "pages": 2,
        "unfit": unfit | {"follow": ("/album/*",)},
        "ended": "finished",
        "pictures": 0,
        "references": 7,
    }
    found = [told(each.found) for each in findings_of(site, report)]
    assert found == [
        "https://forum.example/: Die Website antwortet 403.",
        "2 Seiten gelesen",
        "/album/* passt auf nichts auf 2 Seiten",
        "aus keinem von 7 Bildverweisen wurde ein Bild",
        "fehlgeschlagen: Die Website antwortet 403.",
    ]


@pytest.mark.usefixtures("in_german")
def test_what_no_template_knows_stays_as_it_is_beside_what_is_known():
    assert told("Whatever this is. The site answers 403.") == (
        "Whatever this is. Die Website antwortet 403."
    )
    left = "3 pages like /tag/* were not visited: they lie over 8 links from a start page."
    assert told(left) == (
        "3 Seiten wie /tag/* wurden nicht besucht: "
        "Sie liegen mehr als 8 Links von einer Startseite entfernt."
    )
    assert told(None) == ""
    long = "A page. " * 2_000
    assert told(long) == long


def test_a_site_shows_its_warning_in_german(as_role, database):
    client = as_role("operator")
    warning = all_warnings()[0]
    with database.writing() as session:
        site_id = sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW).site_id
        site_warnings.put(session, site_id, [warning], since=NOW, now=NOW)

    german = client.get("/sites/forum", headers=GERMAN).text
    english = client.get("/sites/forum").text

    assert "Der letzte Durchlauf konnte keine einzige Seite lesen. Die Website antwortet 500." in (
        german
    )
    assert "The last crawl could not read a single page. The site answers 500." in english


def test_an_error_is_said_in_german_and_names_no_command(as_role):
    client = as_role("caseworker")

    german = client.get("/cases/C-7K3M-9QXD-5", headers=GERMAN)
    english = client.get("/cases/C-7K3M-9QXD-5")

    assert (german.status_code, english.status_code) == (404, 404)
    assert "Es gibt keinen Fall C-7K3M-9QXD-5." in german.text
    assert "There is no case C-7K3M-9QXD-5." in english.text
    assert "vigil case list" not in german.text + english.text


def test_a_form_of_a_site_says_in_german_what_is_wrong(as_role):
    client = as_role("operator")
    form = {"name": "forum", "start_urls": "https://forum.example/", "every": "soon"}

    answer = client.post("/add-site", data=form, headers=GERMAN)

    assert "ist kein Abstand: Schreiben Sie eine Zahl und s, m, h oder d" in answer.text


def test_the_state_within_an_error_is_said_in_german_too(console):
    with pytest.raises(Refused) as raised:
        check_decision("M-1", MatchState.REJECTED, Verdict.REJECTED)
    assert str(raised.value) == (
        "Match M-1 is already rejected. To take that back: vigil match undo M-1"
    )
    with console.test_request_context(headers=GERMAN):
        assert words_of(raised.value) == "Treffer M-1 steht schon so: verworfen."
