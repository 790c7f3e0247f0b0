"""Operators find their sites, see at a glance how each goes, and steer them from there."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.watch_words import OUTCOMES, STATES, WARNINGS, WATCHES
from domain.crawl import CrawlCounts, CrawlState
from domain.image import Outcome
from domain.site import Site
from domain.site_warning import SiteWarning, WarningKind
from pipelines.visit import LEFT
from storage import audit, crawls, leases, recipe_checks, site_warnings, sites, wanted_crawls
from storage.crawls import CrawlError
from watching.overview import Watch

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

HOSTILE = '"><script>alert(1)</script>'
FORM = {
    "name": "forum",
    "start_urls": "https://forum.example/new",
    "hosts": "",
    "every": "15m",
    "rate": "30/m",
    "max_pages": "500",
    "max_depth": "8",
    "render": "auto",
}


def now():
    return datetime.now(UTC)


@pytest.fixture
def operator(as_role):
    return as_role("operator", name="olga")


@pytest.fixture
def watched(database):
    """Watch a site; returns its id."""

    def watch(name="forum", **policy):
        site = Site(name, (f"https://{name}.example/",), **policy)
        with database.writing() as session:
            return sites.add(session, site, now=now() - timedelta(days=20)).site_id

    return watch


@pytest.fixture
def crawled(database):
    """Put a crawl on record; returns its id."""

    def crawl(site_id, *, ago=timedelta(hours=1), state=CrawlState.FINISHED, hashed=3, errors=()):
        counts = CrawlCounts(pages_fetched=5, references=hashed)
        counts.outcomes[Outcome.HASHED] = hashed
        with database.writing() as session:
            crawl_id = crawls.start(session, site_id, now=now() - ago)
            crawls.note_errors(session, crawl_id, errors)
            if state is CrawlState.RUNNING:
                crawls.beat(session, crawl_id, counts, now=now())
            else:
                crawls.end(session, crawl_id, state, None, counts, now=now() - ago)
        return crawl_id

    return crawl


@pytest.fixture
def led(database):
    with database.writing() as session:
        leases.acquire(session, leases.SCHEDULER, "here", now=now(), ttl=timedelta(hours=1))


def site_of(database, name="forum"):
    with database.reading() as session:
        return sites.get(session, name).site


def actions(database):
    with database.reading() as session:
        return [(each.actor, each.action) for each in audit.entries(session, limit=20)]


def shown(answer):
    """The words of a page, without its markup."""
    assert answer.status_code == 200, answer.status_code
    text = re.sub(r"<(script|style).*?</\1>", "", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def said(client, answer):
    """What the page says that a form leads to."""
    assert answer.status_code == 303
    return shown(client.get(answer.location))


def test_whoever_begins_is_told_how_to_add_a_site(operator):
    page = shown(operator.get("/sites"))

    assert "No site is watched yet" in page
    assert "Add the first site" in page


@pytest.mark.usefixtures("led")
def test_the_table_tells_health_state_new_images_and_turns(database, operator, watched, crawled):
    fine, down, paused = watched("fine"), watched("down"), watched("resting")
    crawled(fine, ago=timedelta(days=1), hashed=12)
    crawled(fine, hashed=3)
    crawled(down, state=CrawlState.FAILED, hashed=0)
    with database.writing() as session:
        warning = SiteWarning(WarningKind.DOWN, "No page could be read", "It is off.", "Look.")
        site_warnings.put(session, down, [warning], since=now(), now=now())
        sites.pause(session, "resting", now=now())
    assert paused

    page = operator.get("/sites")

    words = shown(page)
    assert re.search(r"fine watched It is visited in its turn. fine .* 15 0 1 hour ago", words)
    assert re.search(r"down watched \S.* Down .* 0 0 1 hour ago , failed", words)
    assert "resting paused" in words
    assert "1 warning" in words
    drawn = page.get_data(as_text=True)
    assert "New images on each of the last 14 days, today last: " in drawn
    assert "12, 3" in drawn or ", 15" in drawn  # an hour ago may have been yesterday
    assert "1 of 3 sites" in shown(operator.get("/sites?show=warnings"))
    assert "down" not in shown(operator.get("/sites?q=FIN"))
    ordered = operator.get("/sites?sort=new").get_data(as_text=True)
    assert ordered.index("/sites/fine") < ordered.index("/sites/down")
    assert "No site fits" in shown(operator.get("/sites?q=none"))


def test_without_a_scheduler_that_is_said_with_the_command(database, operator, watched):
    watched()

    assert "No scheduler is running" in shown(operator.get("/sites"))
    page = shown(operator.get("/sites/forum"))
    assert "vigil crawl forum" in page
    refused = said(operator, operator.post("/sites/forum/crawl"))

    assert "Start one: python scheduler.py" in refused
    with database.reading() as session:
        assert wanted_crawls.open_ones(session) == []


@pytest.mark.usefixtures("led")
def test_a_visit_asked_for_waits_on_the_page_and_can_be_taken_back(database, operator, watched):
    watched()

    page = said(operator, operator.post("/sites/forum/crawl"))
    assert "olga asked for a visit" in page
    assert "Undo" in page
    page = said(operator, operator.post("/sites/forum/crawl/take-back"))

    assert "visited in its usual turn" in page
    assert "olga asked" not in page
    assert actions(database) == [("olga", "crawl no longer wanted"), ("olga", "crawl wanted")]


def test_pausing_and_resuming_undo_each_other(database, operator, watched):
    watched()

    answer = operator.post("/sites/forum/pause", data={"reason": "moves house"})
    page = operator.get(answer.location).get_data(as_text=True)
    assert page.count('action="/sites/forum/resume"') == 2  # the button there, and the undo
    assert "forum is visited again" in said(operator, operator.post("/sites/forum/resume"))
    assert actions(database) == [("olga", "site resumed"), ("olga", "site paused")]


def test_a_new_site_is_watched_as_the_form_says(database, operator):
    more = {"quiet_hours": "22:00-06:00\r\n12:00-13:00 Asia/Seoul", "leave": "*/print/*"}
    answer = operator.post("/add-site", data=FORM | more)

    assert "forum is watched from now on" in said(operator, answer)
    site = site_of(database)
    assert (site.every, site.rate) == (timedelta(minutes=15), 0.5)
    assert site.quiet_hours == ("22:00-06:00", "12:00-13:00 Asia/Seoul")
    assert site.leave == ("*/print/*",)
    assert actions(database) == [("olga", "site added")]
    again = operator.post("/add-site", data=FORM)
    assert again.status_code == 422
    assert "watched already" in again.get_data(as_text=True)


def test_every_mistake_is_told_at_its_field_and_nothing_typed_is_lost(database, operator):
    wrong = {
        "name": "The Forum",
        "start_urls": "forum.example",
        "every": "often",
        "max_pages": "many",
        "quiet_hours": "at night",
        "ignore_robots": "yes",
        "robots_reason": " ",
        "login_page": "https://forum.example/in",
        "age_gate": f"css:{HOSTILE}",
        "headers": "Accept-Language en",
        "cookies": "half",
        "follow": "/typed/*",
    }
    answer = operator.post("/add-site", data=FORM | wrong)

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    for name in ("name", "start_urls", "every", "max_pages", "quiet_hours", "robots_reason",
                 "age_gate", "headers", "cookies"):  # fmt: skip
        assert f'id="{name}-wrong"' in page, name
        assert re.search(rf'id="{name}"[^>]*aria-describedby="[^"]*{name}-wrong"', page), name
    assert 'id="rate-wrong"' not in page
    for text in ("The Forum", "often", "at night", "/typed/*", "Accept-Language en"):
        assert text in page
    assert "<script>alert" not in page
    with database.reading() as session:
        assert sites.all_sites(session) == []


def test_a_change_takes_effect_can_be_put_back_and_shows_no_key(database, operator, watched):
    watched(cookies={"session": "a-secret"}, headers={"X-Key": "hidden-value", "X-Old": "o"})
    before = site_of(database)
    form = operator.get("/sites/forum/edit").get_data(as_text=True)
    assert "a-secret" not in form + operator.get("/sites/forum").get_data(as_text=True)
    typed = FORM | {
        "start_urls": "https://forum.example/",
        "forget": ["cookie session", "header X-Old"],
        "headers": "X-Other: typed-value",
        "ignore_robots": "yes",
        "robots_reason": "agreed with the host",
    }

    told = operator.get(operator.post("/sites/forum/edit", data=typed).location)

    assert "Changed forum: Visited every, Rate, robots.txt, Reason for" in shown(told)
    assert 'action="/sites/forum/put-back"' in told.get_data(as_text=True)
    after = site_of(database)
    assert after.cookies == {}
    assert after.headers == {"X-Key": "hidden-value", "X-Other": "typed-value"}
    whole = operator.get("/sites/forum").get_data(as_text=True)
    assert "hidden-value" not in whole
    assert "typed-value" not in whole
    assert "agreed with the host" in whole
    assert "has its former policy again" in said(operator, operator.post("/sites/forum/put-back"))
    assert site_of(database) == before
    unchanged = operator.post("/sites/forum/edit", data=_as_it_is(operator))
    assert "nothing was changed" in said(operator, unchanged)


def _as_it_is(client):
    """What a browser sends that saves a site's form without a change."""
    page = client.get("/sites/forum/edit").get_data(as_text=True)
    fields = dict(re.findall(r'<input id="(\w+)"[^>]*? value="([^"]*)"', page))
    fields |= re.findall(r'<textarea id="(\w+)"[^>]*>([^<]*)</textarea>', page)
    return fields | {"render": "auto"}


def test_a_site_is_removed_after_one_question_that_says_what_stays(database, operator, watched):
    watched(cookies={"session": "a-secret"})

    asked = shown(operator.get("/sites/forum/remove"))
    assert "What stays:" in asked
    assert "its headers, cookies and log-in" in asked
    assert site_of(database)

    assert "watched no more" in said(operator, operator.post("/sites/forum/remove"))
    assert operator.get("/sites/forum").status_code == 404
    assert "No crawl fits" in shown(operator.get("/crawls?site=forum"))
    assert actions(database) == [("olga", "site removed")]


def test_a_crawl_is_shown_with_counts_that_add_up_and_each_error_as_text(
    operator, watched, crawled
):
    many = [
        CrawlError("image", "failed", f"https://forum.example/{n}{HOSTILE}", HOSTILE, now())
        for n in range(150)
    ]
    few = [CrawlError("page", "left", "https://forum.example/old", "12 pages of it.", now())]
    crawl_id = crawled(watched(), errors=[*many, *few])

    page = operator.get(f"/crawls/{crawl_id}")

    assert "<script>alert" not in page.get_data(as_text=True)
    words = shown(page)
    assert "Image: Failed 150" in words
    assert "Images found in all 3" in words
    assert "forum.example/99" in words
    assert "forum.example/100" not in words
    (onward,) = re.findall(r'rel="next" href="([^"#]*)', page.get_data(as_text=True))
    last = shown(operator.get(onward.replace("&amp;", "&")))
    assert "forum.example/149" in last
    assert "More of them" not in last
    left = shown(operator.get(f"/crawls/{crawl_id}?what=page&outcome=left"))
    assert "12 pages of it." in left
    assert "forum.example/1&" not in left
    assert operator.get("/crawls/999").status_code == 404


def test_crawls_are_listed_page_by_page_and_by_site_and_state(operator, watched, crawled):
    forum, other = watched(), watched("other")
    for _ in range(55):
        crawled(forum)
    failed = crawled(other, state=CrawlState.FAILED)

    first = operator.get("/crawls").get_data(as_text=True)
    (older,) = re.findall(r'rel="next" href="([^"]*)"', first)
    assert f'/crawls/{failed}"' in first
    assert (
        shown(operator.get(older.replace("&amp;", "&"))).count("finished It came to its end.") == 6
    )
    assert "55" not in shown(operator.get("/crawls?site=other"))
    by_state = operator.get("/crawls?state=failed").get_data(as_text=True)
    assert by_state.count(' data-label="Crawl"') == 1


def test_a_crawl_that_died_is_not_said_to_go_on(database, operator, watched):
    site_id = watched()
    with database.writing() as session:
        crawl_id = crawls.start(session, site_id, now=now() - timedelta(minutes=5))

    assert "silent" in shown(operator.get(f"/crawls/{crawl_id}"))
    assert "crawling now" not in shown(operator.get("/sites"))
    assert operator.get(f"/crawls/{crawl_id}/standing").status_code == 286


def test_a_warning_is_acknowledged_for_a_day_and_calls_again_by_undo(database, operator, watched):
    site_id = watched()
    warning = SiteWarning(WarningKind.FEWER, HOSTILE, "Its pages changed.", "Look at them.")
    with database.writing() as session:
        site_warnings.put(session, site_id, [warning], since=now(), now=now())
        (standing,) = site_warnings.open_ones(session, limit=1)
    address = f"/warnings/{standing.site_warning_id}"
    page = operator.get("/warnings").get_data(as_text=True)
    assert "Calling for attention" in page
    assert "<script>alert" not in page

    page = said(operator, operator.post(f"{address}/acknowledge", data={"until": "day"}))

    assert "Calling for attention" not in page
    assert "olga knows of it since" in page
    assert "0 warnings" not in shown(operator.get("/sites"))
    page = said(operator, operator.post(f"{address}/call-again"))
    assert "Calling for attention" in page


@pytest.mark.usefixtures("led")
def test_nothing_amiss_is_said_as_such(operator, watched):
    watched()

    assert "Nothing is amiss" in shown(operator.get("/warnings"))


def test_whoever_may_only_look_is_shown_no_button(as_role, watched, crawled):
    crawl_id = crawled(watched(), state=CrawlState.RUNNING)
    supervisor = as_role("supervisor")

    for address in ("/sites", "/sites/forum", f"/crawls/{crawl_id}", "/warnings"):
        page = supervisor.get(address).get_data(as_text=True)
        assert not re.search(r'<form method="post" action="/(sites|crawls|warnings)', page)
        assert "/edit" not in page


@pytest.mark.usefixtures("database")
def test_there_are_words_for_everything_that_a_crawl_or_a_site_can_be():
    assert set(STATES) == {state.value for state in CrawlState}
    assert set(OUTCOMES) == {outcome.value for outcome in Outcome} | {LEFT, "note"}
    assert set(WARNINGS) == set(WarningKind)
    assert set(WATCHES) == set(Watch)


@pytest.mark.usefixtures("led")
def test_a_running_crawl_is_followed_and_stopped_in_the_browser(database, watched, crawled, browse):
    crawl_id = crawled(watched(), state=CrawlState.RUNNING, hashed=3)
    page = browse("operator", name="olga", width=360)
    page.goto("/sites/forum")
    number = page.locator(".numbers div", has_text="Images found").locator("dd")
    assert number.inner_text() == "3"
    counts = CrawlCounts(pages_fetched=9, references=1_234, flagged=2)
    with database.writing() as session:
        crawls.beat(session, crawl_id, counts, now=now())

    page.locator(".numbers", has_text="1,234").wait_for()
    assert "2 flagged" in page.locator("#announced").text_content()
    page.get_by_role("button", name="Stop this crawl").click()

    page.get_by_text("It was told to stop").first.wait_for()
    counts.outcomes[Outcome.FAILED] = 1_234
    with database.writing() as session:
        assert crawls.beat(session, crawl_id, counts, now=now()) is crawls.Heard.TOLD_TO_STOP
        crawls.end(session, crawl_id, CrawlState.STOPPED, "Told to.", counts, now=now())
    page.locator("#standing", has_text="stopped").wait_for()
    page.get_by_role("button", name="Crawl now").and_(page.locator(":enabled")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_recipe_is_checked_beside_the_page_and_never_twice_at_once(
    config, database, practice_site, browse, console
):
    practice_site.write("/", b"<!doctype html><title>Empty</title><p>Nothing here.")
    start = practice_site.url("/")
    site = Site("forum", (start,), rate=100.0, follow=("/never/*",))
    with database.writing() as session:
        sites.add(session, site, now=now())
    console.extensions["vigil"].config = replace(
        config, practice_hosts=frozenset({practice_site.host})
    )
    page = browse("operator", name="olga")
    page.goto("/sites/forum")

    page.keyboard.press("k")
    page.get_by_text("Under way since").wait_for()
    assert page.get_by_role("button", name="Check the recipe").is_disabled()
    page.set_default_timeout(60_000)
    page.get_by_text("not work.").wait_for()

    assert "none was found" in page.locator("#standing").inner_text()
    with database.reading() as session:
        check = recipe_checks.newest(session, "forum")
    assert check is not None
    assert [each.what for each in check.findings if each.level.value == "fail"][-1] == "Pictures"
    assert check.asked_by == "olga"
