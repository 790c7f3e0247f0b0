"""Recipes: age gates that are passed, log-ins, and types of pages that steer the crawl."""

import pytest

from domain.site_entry import Login
from storage import crawls
from tests.crawler.guarded_sites import (
    WORDS,
    Answer,
    GuardedSite,
    behind_a_form,
    behind_a_link,
    behind_a_log_in,
    behind_a_script,
    behind_entities,
    page,
)
from tests.crawler.self_signed import signed_by_nobody

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

USER, PASSWORD = "aunt", "open sesame"
CREDENTIALS = {"LOGIN_CLUB_USER": USER, "LOGIN_CLUB_PASSWORD": PASSWORD}
PHOTOS = 6


@pytest.fixture
def practice_site(photos):
    with GuardedSite(photos) as site:
        yield site


def login(site):
    return Login(site.url("/login"), "LOGIN_CLUB_USER", "LOGIN_CLUB_PASSWORD")


@pytest.mark.parametrize(
    ("gate", "start"),
    [
        (behind_a_form, "/photo/0"),
        (behind_a_link, "/"),
        (behind_entities, "/"),
        (behind_a_script, "/"),
    ],
)
def test_an_age_gate_is_passed_wherever_one_comes_to_it(
    practice_site, add_site, crawl, told, gate, start
):
    practice_site.answer = gate(practice_site)
    add_site("gated", practice_site.url(start), age_gate=WORDS)

    crawled = crawl("gated")

    assert (crawled.state, crawled.hashed, crawled.pages_failed) == ("finished", PHOTOS, 0)
    assert crawled.pages_fetched == 4 + PHOTOS
    assert told(crawled) == {}
    posted = [asked for asked in practice_site.asked if asked.method == "POST"]
    assert len(posted) == (gate in {behind_a_form, behind_entities}), "it is pressed once"
    assert all("leave" not in asked.fields for asked in posted)


@pytest.mark.parametrize("gate", [behind_a_form, behind_entities])
def test_without_a_recipe_the_report_names_the_words_to_press(
    practice_site, add_site, crawl, told, gate
):
    practice_site.answer = gate(practice_site)
    add_site("gated", practice_site.url("/"))

    crawled = crawl("gated")

    assert crawled.hashed == 0
    assert "vigil site edit gated --age-gate 'I am OVER 18'" in told(crawled)["way in"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("location.href='/'", "the site answered 200, and it stands there still"),
        ("location.href='https://age.example/'", "age.example, which is not in scope"),
        ("location.href='/album?action=delete'", "may have the site do something ('delete')"),
    ],
)
def test_a_gate_that_stays_shut_is_told_and_never_pressed_without_end(
    practice_site, add_site, crawl, told, code, said
):
    practice_site.answer = behind_a_script(practice_site, code)
    add_site("gated", practice_site.url("/"), age_gate=WORDS)

    crawled = crawl("gated")

    assert (crawled.state, crawled.hashed) == ("finished", 0)
    assert said in told(crawled)["age gate"]
    assert len(practice_site.asked) < 10
    assert not any("action" in asked.query for asked in practice_site.asked)


def test_a_log_in_opens_what_is_closed_and_its_words_are_kept_nowhere(
    practice_site, add_site, crawl, told, tmp_path
):
    practice_site.answer = behind_a_log_in(practice_site)
    add_site("club", practice_site.url("/"), login=login(practice_site))
    log = tmp_path / "data" / "logs" / "club.log"

    crawled = crawl("club", log=log, **CREDENTIALS)

    assert (crawled.state, crawled.hashed) == ("finished", PHOTOS)
    assert told(crawled) == {}
    (posted,) = (asked for asked in practice_site.asked if asked.method == "POST")
    assert posted.fields == {"csrf": "c-3", "login": USER, "secret": PASSWORD, "go": "Log in"}
    assert posted.headers["Origin"] == practice_site.url("")
    assert not any(PASSWORD in asked.path for asked in practice_site.asked)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert log in kept
    for path in kept:
        assert PASSWORD.encode() not in path.read_bytes(), path
        assert b"open+sesame" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, "LOGIN_CLUB_USER is not set"),
        (CREDENTIALS | {"LOGIN_CLUB_PASSWORD": "wrong"}, "shows its log-in form again"),
    ],
)
def test_a_failed_log_in_is_told_and_the_crawl_goes_on(
    practice_site, add_site, start_crawl, database, told, held, said
):
    practice_site.answer = behind_a_log_in(practice_site)
    add_site("club", practice_site.url("/"), login=login(practice_site))

    assert start_crawl("club", **held).wait(timeout=60) == 0

    with database.reading() as session:
        crawled = crawls.latest(session, "club")
    assert crawled is not None
    assert (crawled.state, crawled.hashed) == ("finished", 0)
    assert said in told(crawled)["log-in"]


def test_user_name_and_password_go_to_the_site_and_nowhere_else(
    practice_site, photos, add_site, crawl, told
):
    with GuardedSite(photos) as thief:
        practice_site.answer = behind_a_log_in(practice_site, action=thief.url("/take"))
        add_site("club", practice_site.url("/"), login=login(practice_site))
        hosts = f"{practice_site.host},{thief.host}"

        crawled = crawl("club", VIGIL_PRACTICE_HOSTS=hosts, **CREDENTIALS)

    assert thief.asked == []
    assert "which is not in scope" in told(crawled)["log-in"]


def test_a_form_that_would_write_the_password_into_an_address_is_not_sent(
    practice_site, add_site, crawl, told
):
    def answer(asked):
        made = behind_a_log_in(practice_site)(asked)
        return Answer(made.body.replace(b' method="post"', b""), made.status, made.headers)

    practice_site.answer = answer
    add_site("club", practice_site.url("/"), login=login(practice_site))

    crawled = crawl("club", **CREDENTIALS)

    assert "Nothing was sent" in told(crawled)["log-in"]
    assert not any(PASSWORD in asked.query.values() for asked in practice_site.asked)


@pytest.mark.parametrize(
    ("page_leads_away", "status", "said"),
    [
        (True, 302, "Its page redirects to an address without encryption"),
        (False, 307, "redirects what its form sends to an address without encryption"),
        (False, 308, "redirects what its form sends to an address without encryption"),
    ],
)
def test_no_redirect_takes_a_log_in_out_of_encryption(
    practice_site, photos, add_site, crawl, told, tmp_path, page_leads_away, status, said
):
    with GuardedSite(photos, signed_by_nobody(tmp_path)) as secure:

        def answer(asked):
            if asked.path == "/login" and (asked.method == "POST" or page_leads_away):
                return Answer(b"", status, [("Location", practice_site.url("/login"))])
            return behind_a_log_in(secure)(asked)

        secure.answer = answer
        practice_site.answer = behind_a_log_in(practice_site)
        hosts = (secure.host, practice_site.host)
        add_site(
            "club",
            secure.url("/"),
            hosts=hosts,
            login=login(secure),
            certificates_reason="they never renew it",
        )

        crawled = crawl("club", VIGIL_PRACTICE_HOSTS=",".join(hosts), **CREDENTIALS)

    assert said in told(crawled)["log-in"]
    assert not any(asked.fields for asked in practice_site.asked)
    assert len([asked for asked in secure.asked if asked.fields]) == (not page_leads_away)


def test_the_report_on_cookies_and_pace_names_hosts_and_no_queries(
    practice_site, add_site, crawl, database
):
    practice_site.robots = Answer(b"User-agent: *\nCrawl-delay: 0.1")
    practice_site.answer = lambda _: page("Hello", **{"Set-Cookie": f"much={'x' * 5_000}"})
    add_site("club", practice_site.url("/?key=secret"))

    crawled = crawl("club")

    with database.reading() as session:
        errors = crawls.errors(session, crawled.crawl_id)
    assert {error.what: error.url for error in errors if error.outcome == "note"} == {
        "cookies": practice_site.url("/"),
        "robots.txt": practice_site.url("/robots.txt"),
    }


def test_items_are_asked_for_before_listings_and_those_before_all_others(
    practice_site, add_site, crawl
):
    def answer(asked):
        kind = asked.path.strip("/").partition("/")[0]
        if kind == "":
            other = "".join(f"<a href=/news/{n}-some-words-here>{n}</a>" for n in range(40))
            return page(f"{other}<a href=/album/1>1</a><a href=/album/2>2</a>")
        if kind == "news":
            return page("".join(f"<a href=/news/{n}-other-words>{n}</a>" for n in range(40, 60)))
        return practice_site.gallery(asked)

    practice_site.answer = answer
    policy = {"max_pages": 3 + PHOTOS, "item": ("/photo/*",), "listing": ("/album/*",)}
    add_site("albums", practice_site.url("/"), **policy)

    crawled = crawl("albums")

    assert crawled.hashed == PHOTOS
    assert not any(path.startswith("/news/") for path in practice_site.paths())
    assert crawled.pages_left >= 40


def test_links_that_lead_to_images_are_taken_as_images_whatever_their_name(
    practice_site, add_site, crawl
):
    def answer(asked):
        if asked.path == "/":
            links = "".join(f"<a href=/get?id={n}>{n}</a>" for n in range(PHOTOS))
            return page(f"{links}<a href='/get?id=0&action=delete'>Delete</a>")
        return practice_site.picture(int(asked.query["id"]))

    practice_site.answer = answer
    add_site("files", practice_site.url("/"), max_pages=1, image=("/get?*",))

    crawled = crawl("files")

    assert (crawled.pages_fetched, crawled.hashed) == (1, PHOTOS)
    assert not any("action" in asked.query for asked in practice_site.asked)
