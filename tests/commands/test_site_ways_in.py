"""Age gates, log-ins, rendering and types of pages: typed, filed, shown, taken back."""

import pytest
from sqlalchemy import text

START = "https://club.example/"
LOGIN = ("--login", "https://club.example/login")
VARIABLES = ("--login-user", "LOGIN_CLUB_USER", "--login-password", "LOGIN_CLUB_PASSWORD")

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def shown(run):
    return run("site", "show", "club", "--json").json


def test_what_stands_before_a_site_is_added_shown_changed_and_taken_back(run):
    added = run(
        *("site", "add", "club", START, "--age-gate", "I am  over 18", "--render", "on"),
        *(*LOGIN, *VARIABLES, "--item", "/photo/*", "--listing", "/album/*", "--image", "/get?*"),
    )
    assert (added.code, added.err) == (0, "")
    assert shown(run)["age_gate"] == "I am over 18"
    assert shown(run)["render"] == "on"
    assert shown(run)["login"] == {
        "page": "https://club.example/login",
        "user": "LOGIN_CLUB_USER",
        "password": "LOGIN_CLUB_PASSWORD",
    }
    people = run("site", "show", "club").out
    for words in ("I am over 18", "LOGIN_CLUB_USER", "/photo/*", "/album/*", "/get?*", "all pages"):
        assert words in people

    assert run("site", "edit", "club", "--login-user", "LOGIN_OTHER").code == 0
    assert shown(run)["login"]["user"] == "LOGIN_OTHER"
    assert shown(run)["login"]["password"] == "LOGIN_CLUB_PASSWORD"

    undone = run(
        *("site", "edit", "club", "--no-age-gate", "--no-login", "--render", "auto"),
        *("--clear-item", "--clear-listing", "--clear-image", "--item", "/p/*"),
    )
    assert undone.code == 0
    after = shown(run)
    assert (after["age_gate"], after["login"], after["render"]) == (None, None, "auto")
    assert (after["item"], after["listing"], after["image"]) == (["/p/*"], [], [])
    assert "club.example/login" not in run("audit", "list", "--json").out


@on_sqlite
def test_a_site_that_is_removed_forgets_its_log_in(run, database):
    run("site", "add", "club", START, *LOGIN, *VARIABLES)
    run("site", "remove", "club", "--yes")
    with database.reading() as session:
        assert session.execute(text("SELECT login FROM site")).scalar_one() is None


@on_sqlite
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (LOGIN, "needs user and password"),
        ((*LOGIN, "--login-user", "aunt", "--login-password", "hush7"), "begin with LOGIN_"),
        ((*LOGIN[:1], "https://else.example/in", *VARIABLES), "outside the hosts in scope"),
        (("--age-gate", " "), "cannot be an age gate"),
        (("--age-gate", "css:a["), "no CSS selector"),
        (("--item", "photo"), "no pattern of addresses"),
        (("--render", "maybe"), "'on', 'off', 'auto'"),
    ],
)
def test_what_cannot_work_is_refused_with_what_would(run, options, said):
    refused = run("site", "add", "club", START, *options)
    assert refused.code == 2
    assert said in refused.err
    assert "hush7" not in refused.err


@on_sqlite
def test_a_file_of_sites_has_the_same_words(run, tmp_path):
    file = tmp_path / "sites.yaml"
    file.write_text(
        f"""
sites:
  - name: club
    urls: [{START}]
    render: true
    age_gate: css:#enter
    login: {{page: "{LOGIN[1]}", user: LOGIN_A, password: LOGIN_B, user_field: nick}}
    item: /photo/*
    listing: ['/album/*', '*?page=*']
    image: ['/get?*']
  - name: odd
    urls: [{START}]
    login: {LOGIN[1]}
  - name: odder
    urls: [{START}]
    render: [on]
"""
    )
    done = run("site", "import", file)
    assert done.code == 1
    assert "odd: login holds names with values" in done.err
    assert "odder: render:" in done.err
    club = shown(run)
    assert (club["render"], club["age_gate"]) == ("on", "css:#enter")
    assert club["login"]["user_field"] == "nick"
    assert (club["item"], club["listing"]) == (["/photo/*"], ["/album/*", "*?page=*"])
    again = run("site", "import", file)
    assert "club is there already, as the file has it." in again.out
