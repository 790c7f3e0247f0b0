"""`vigil site probe` and `vigil site check` against real sites on loopback."""

import pytest

from domain.site_entry import Login
from tests.crawler.guarded_sites import (
    WORDS,
    GuardedSite,
    behind_a_form,
    behind_a_log_in,
    page,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PHOTOS = 6


@pytest.fixture
def site(photos):
    with GuardedSite(photos) as site:
        yield site


@pytest.fixture
def try_it(run, site):
    """Run a command with the site allowed, fast."""

    def do(*arguments, **more):
        return run("site", *arguments, VIGIL_PRACTICE_HOSTS=site.host, **more)

    return do


def with_generator(answer):
    def more(asked):
        made = answer(asked)
        if made.body.startswith(b"<!doctype"):
            made.body += b"<meta name=generator content='Piwigo \x1b[31m 14'>"
        return made

    return more


def test_a_probe_finds_the_way_in_and_proposes_a_recipe_that_works(
    site, try_it, run, tmp_path, crawl
):
    site.answer = with_generator(behind_a_form(site))

    probed = try_it("probe", site.url("/"), "--rate", "100/s", "--name", "gallery")

    assert (probed.code, "\x1b" in probed.out) == (0, False)
    assert f"{PHOTOS} pictures" in probed.out
    assert run("site", "list", "--json").json == [], "nothing is recorded"
    file = tmp_path / "recipe.yaml"
    file.write_text(probed.out)
    assert run("site", "import", file).code == 0
    recipe = run("site", "show", "gallery", "--json").json
    assert recipe["age_gate"].lower() == WORDS.lower()
    assert (recipe["item"], recipe["listing"]) == (["/photo/*"], ["/album/*"])

    crawled = crawl("gallery", VIGIL_PRACTICE_HOSTS=site.host)
    assert crawled.hashed == PHOTOS


def test_a_probe_names_the_software_and_where_pictures_are(site, try_it):
    site.answer = site.gallery

    probed = try_it("probe", site.url("/"), "--rate", "100/s", "--json").json

    assert probed["recipe"]["urls"] == [site.url("/")]
    assert probed["pictures"] == PHOTOS
    assert probed["requests"] <= 2 * PHOTOS + 8
    items = next(kind for kind in probed["kinds"] if kind["role"] == "item")
    assert (items["pattern"], items["pages"], items["pictures"]) == ("/photo/*", PHOTOS, PHOTOS)
    assert items["side"] > 300


def test_a_probe_of_nothing_says_why(try_it, site):
    probed = try_it("probe", site.url("/"), "--rate", "100/s")
    assert probed.code == 3
    assert "No page of" in probed.err
    assert "404" in probed.err
    refused = try_it("probe", "http://10.0.0.1/")
    assert (refused.code, "not a public address" in refused.err) == (1, True)


def test_a_recipe_that_works_is_said_to_and_one_that_does_not_says_what(site, try_it, add_site):
    site.answer = behind_a_form(site)
    add_site("gallery", site.url("/"), age_gate=WORDS, item=("/photo/*",), leave=("/print/*",))

    checked = try_it("check", "gallery")
    assert checked.code == 0
    assert "The recipe of gallery works." in checked.out
    assert f"{PHOTOS} pictures arrived" in checked.out
    assert try_it("list", "--json").json[0]["last_crawl"] is None, "nothing is recorded"

    site.answer = lambda _: page(f"New: adults only.<a href=/>{WORDS}</a><a href=/picture/1>1</a>")
    broken = try_it("check", "gallery", "--json")
    assert broken.code == 1
    failed = {each["what"]: each for each in broken.json["findings"] if each["level"] == "fail"}
    assert "stands there still" in failed["Age gate"]["found"]
    assert "/photo/* fits nothing" in failed["--item"]["found"]
    assert failed.keys() == {"Age gate", "--item", "Pictures"}


def test_what_was_left_out_of_a_start_page_does_not_fail_its_recipe(site, try_it, add_site):
    broken = "".join(f"<img src='http://[{n}'>" for n in range(1_001))
    site.answer = lambda asked: (
        page(f"{broken}<img src=/full/0.jpg>") if asked.path == "/" else site.gallery(asked)
    )
    add_site("gallery", site.url("/"))

    checked = try_it("check", "gallery", "--json")

    assert any("more image references" in reason for *_, reason in checked.json["told"])
    assert not [each for each in checked.json["findings"] if each["level"] == "fail"]
    assert checked.code == 0


def test_a_log_in_that_is_no_longer_accepted_shows_in_the_check(site, try_it, add_site):
    site.answer = behind_a_log_in(site)
    recipe = Login(site.url("/login"), "LOGIN_CLUB_USER", "LOGIN_CLUB_PASSWORD")
    add_site("club", site.url("/"), login=recipe)
    right = {"LOGIN_CLUB_USER": "aunt", "LOGIN_CLUB_PASSWORD": "open sesame"}

    assert try_it("check", "club", **right).code == 0

    wrong = try_it("check", "club", **(right | {"LOGIN_CLUB_PASSWORD": "old"}))
    assert wrong.code == 1
    assert "The log-in failed" in wrong.out
