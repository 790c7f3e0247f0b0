import json

import pytest

START = "https://gallery.example/"


def test_a_site_is_added_changed_paused_resumed_and_removed(run):
    added = run("site", "add", "gallery", START, "--every", "15m", "--rate", "30/m")
    assert (added.code, added.err) == (0, "")
    assert "vigil crawl gallery" in added.out

    assert (
        run(
            "site",
            "edit",
            "gallery",
            "--every",
            "2h",
            "--host",
            "gallery.example",
            "--host",
            ".gallery.example",
        ).code
        == 0
    )
    shown = run("site", "show", "gallery", "--json").json
    assert (shown["every"], shown["rate"], shown["hosts"]) == (
        "2h",
        "30/m",
        ["gallery.example", ".gallery.example"],
    )
    assert shown["start_urls"] == [START]
    assert shown["last_crawl"] is None
    assert shown["counts"]["pages"] == 0
    assert shown["added_at"].endswith("Z")

    assert run("site", "pause", "gallery", "--reason", "they asked us").code == 0
    assert run("site", "show", "gallery", "--json").json["paused_at"] is not None
    assert "paused" in run("crawl", "gallery").err
    assert run("site", "resume", "gallery").code == 0
    assert run("site", "show", "gallery", "--json").json["paused_at"] is None

    assert run("site", "remove", "gallery", "--yes").code == 0
    assert run("site", "list", "--json").json == []
    assert run("site", "show", "gallery").code == 1
    assert run("site", "add", "gallery", START).code == 0  # it comes back

    actions = [entry["action"] for entry in run("audit", "list", "--json").json]
    assert actions == [
        "site added",
        "site removed",
        "site resumed",
        "site paused",
        "site changed",
        "site added",
    ]
    assert {entry["actor"] for entry in run("audit", "list", "--json").json} == {"tester"}


def test_only_what_is_given_changes(run):
    run(
        "site",
        "add",
        "gallery",
        START,
        "--ignore-robots",
        "their owner allows it",
        "--max-depth",
        "3",
    )
    before = run("site", "show", "gallery", "--json").json

    run("site", "edit", "gallery", "--max-pages", "7")
    after = run("site", "show", "gallery", "--json").json
    assert after | {"changed_at": 0} == before | {"max_pages": 7, "changed_at": 0}

    assert run("site", "edit", "gallery", "--obey-robots").code == 0
    assert run("site", "show", "gallery", "--json").json["obey_robots"] is True
    entries = len(run("audit", "list", "--json").json)
    assert "nothing was changed" in run("site", "edit", "gallery", "--obey-robots").out
    assert len(run("audit", "list", "--json").json) == entries


def test_new_start_pages_bring_their_hosts_unless_hosts_were_named(run):
    run("site", "add", "plain", START)
    run("site", "edit", "plain", "--url", "https://other.example/")
    assert run("site", "show", "plain", "--json").json["hosts"] == ["other.example"]

    run("site", "add", "named", START, "--host", "gallery.example", "--host", "img.example")
    refused = run("site", "edit", "named", "--url", "https://other.example/")
    assert refused.code == 2
    assert "outside the hosts in scope" in refused.err


def test_headers_and_cookies_are_shown_only_on_request_and_never_audited(run):
    run(
        "site",
        "add",
        "gallery",
        START,
        "--header",
        "Authorization: Bearer hush",
        "--cookie",
        "session=quiet=1",
    )

    plain = run("site", "show", "gallery")
    assert "(hidden)" in plain.out
    assert "hush" not in plain.out + run("site", "show", "gallery", "--json").out
    shown = run("site", "show", "gallery", "--json", "--show-secrets").json
    assert shown["headers"] == {"Authorization": "Bearer hush"}
    assert shown["cookies"] == {"session": "quiet=1"}

    run("site", "edit", "gallery", "--header", "authorization: Bearer new", "--header", "X-A: b")
    shown = run("site", "show", "gallery", "--json", "--show-secrets").json
    assert shown["headers"] == {"authorization": "Bearer new", "X-A": "b"}
    run("site", "edit", "gallery", "--clear-headers", "--clear-cookies")
    shown = run("site", "show", "gallery", "--json", "--show-secrets").json
    assert (shown["headers"], shown["cookies"]) == ({}, {})

    record = run("audit", "list", "--json").out
    assert "session" in record
    assert not any(secret in record for secret in ("hush", "quiet=1", "Bearer", START))


def test_a_recipe_of_patterns_and_quiet_hours_is_added_changed_and_shown(run):
    added = run(
        *("site", "add", "albums", START, "--follow", "/album/*", "--follow", "*?page=*"),
        *("--leave", "*/print/*", "--quiet-hours", "22:00-6:00 Asia/Seoul"),
        *("--accept-bad-certificate", "they sign it themselves"),
        *("--proxy", "socks5h://127.0.0.1:9050/"),
    )
    assert (added.code, added.err) == (0, "")

    shown = run("site", "show", "albums", "--json").json
    assert (shown["follow"], shown["leave"]) == (["/album/*", "*?page=*"], ["*/print/*"])
    assert shown["quiet_hours"] == ["22:00-06:00 Asia/Seoul"]
    assert shown["certificates_reason"] == "they sign it themselves"
    assert shown["proxy"] == "socks5://127.0.0.1:9050"
    told = run("site", "show", "albums").out
    for words in ("/album/*", "*/print/*", "22:00-06:00 Asia/Seoul", "they sign it", "socks5://"):
        assert words in told
    assert "albums need not have a valid one" in run("doctor").out

    run("site", "edit", "albums", "--follow", "/new/*", "--clear-leave", "--leave", "/old/jane/*")
    run("site", "edit", "albums", "--clear-quiet-hours", "--verify-certificates", "--no-proxy")
    shown = run("site", "show", "albums", "--json").json
    assert shown["follow"] == ["/album/*", "*?page=*", "/new/*"]
    assert (shown["leave"], shown["quiet_hours"]) == (["/old/jane/*"], [])
    assert (shown["certificates_reason"], shown["proxy"]) == (None, None)
    assert run("site", "edit", "albums", "--clear-follow").code == 0
    assert run("site", "show", "albums", "--json").json["follow"] == []

    entries = run("audit", "list", "--json").json
    assert entries[-1]["reason"] == "they sign it themselves"
    assert (entries[-1]["details"]["follow"], entries[-1]["details"]["leave"]) == (2, 1)
    assert entries[-1]["details"]["quiet_hours"] == ["22:00-06:00 Asia/Seoul"]
    assert entries[1]["details"]["changed"] == [
        "quiet_hours",
        "certificates_reason",
        "proxy",
    ]
    record = run("audit", "list", "--json").out
    assert not any(words in record for words in ("jane", "album/", "print"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--follow", "album/*"], "Did you mean /album/*?"),
        (["--leave", "/*"], "start page"),
        (["--quiet-hours", "nights"], "22:00-06:00"),
        (["--quiet-hours", "22:00-06:00 Europe/Seoul"], "Asia/Seoul"),
        (["--accept-bad-certificate", " "], "--accept-bad-certificate REASON"),
        (["--proxy", "127.0.0.1:9050"], "socks5://127.0.0.1:9050"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_refused_with_what_to_write(run, options, words):
    for command in (["site", "add", "new", START], ["site", "edit", "there"]):
        run("site", "add", "there", START)
        refused = run(*command, *options)
        assert refused.code == 2
        assert words in refused.err


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_certificates_are_verified_or_not(run):
    run("site", "add", "gallery", START)

    both = run(
        "site", "edit", "gallery", "--verify-certificates", "--accept-bad-certificate", "theirs"
    )

    assert both.code == 2
    assert "--verify-certificates" in both.err


RECIPE = """\
sites:
  - name: albums
    url: https://albums.example/
    follow: ['/album/*', '*?page=*']
    leave: '*/print/*'
    quiet-hours: [22:00-06:00, 12:00-13:00 Asia/Seoul]
    accept_bad_certificate: they sign it themselves
    proxy: socks5://127.0.0.1:9050
"""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_of_sites_knows_the_words_of_a_recipe(run, tmp_path):
    file = tmp_path / "sites.yaml"
    file.write_text(RECIPE)
    imported = run("site", "import", file)
    assert (imported.code, imported.err) == (0, "")

    shown = run("site", "show", "albums", "--json").json
    assert (shown["follow"], shown["leave"]) == (["/album/*", "*?page=*"], ["*/print/*"])
    assert shown["quiet_hours"] == ["22:00-06:00", "12:00-13:00 Asia/Seoul"]
    assert shown["certificates_reason"] == "they sign it themselves"
    assert run("site", "import", file, "--json").json["sites"][0]["outcome"] == "unchanged"

    file.write_text(RECIPE.replace("'*/print/*'", "*/print/*"))
    assert "stands in quotes" in run("site", "import", file).err


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--header", "no-colon-hush"], "--header is written as 'Name: value'"),
        (["--cookie", "hush"], "--cookie is written as 'name=value'"),
        (["--header", ": hush"], "--header is written as"),
    ],
)
def test_a_miswritten_secret_is_not_repeated(run, options, words):
    refused = run("site", "add", "gallery", START, *options)

    assert refused.code == 2
    assert words in refused.err
    assert "hush" not in refused.err


FILE = """\
sites:
  - name: one
    urls: [https://one.example/, https://one.example/new]
    every: 1h
    rate: 30/m
    max-pages: 20
    hosts: [one.example, .one.example]
  - name: Bad Name
    urls: https://two.example/
  - name: three
    urls: https://three.example/
    max_pages: many
  - name: one
    url: https://one.example/
  - just text
  - urls: https://nameless.example/
  - name: five
    colour: red
    urls: https://five.example/
  - name: six
    url: https://six.example/
    ignore_robots: they asked us to
    headers: {Accept-Language: en}
    cookies: {age: 18}
  - name: seven
    every: yes
    urls: https://seven.example/
  - name: eight
    urls: nine.example
"""


def test_a_bad_entry_is_reported_with_its_line_and_stops_nothing(run, tmp_path):
    file = tmp_path / "sites.yaml"
    file.write_text(FILE)

    rehearsed = run("site", "import", file, "--dry-run")
    assert rehearsed.code == 1
    assert "2 sites would be added, 8 problems" in rehearsed.out
    assert run("site", "list", "--json").json == []

    done = run("site", "import", file)
    assert done.code == 1
    assert "2 sites added, 8 problems" in done.out
    for line, name, words in [
        (8, "Bad Name", "cannot be a site's name"),
        (10, "three", "'many' is no whole number"),
        (13, "one", "stands at line 2 already"),
        (15, "(no name)", "beginning with `- name:`"),
        (16, "(no name)", "has no `name:`"),
        (17, "five", "'colour' is no word of a site"),
        (25, "seven", "put it in quotes"),
        (28, "eight", "https://nine.example"),
    ]:
        assert any(
            f"line {line}, {name}:" in told and words in told for told in done.err.splitlines()
        ), (line, done.err)
    sites = {site["name"]: site for site in run("site", "list", "--json").json}
    assert set(sites) == {"one", "six"}
    assert (sites["one"]["max_pages"], sites["one"]["hosts"]) == (
        20,
        ["one.example", ".one.example"],
    )
    assert sites["six"]["robots_reason"] == "they asked us to"
    assert sites["six"]["cookies"] == {"age": "(hidden)"}


def test_a_file_is_imported_again_without_harm_and_never_over_another_policy(run, tmp_path):
    file = tmp_path / "sites.yaml"
    file.write_text("sites:\n  - name: one\n    url: https://one.example/\n")
    assert run("site", "import", file).code == 0

    again = run("site", "import", file, "--json")
    assert (again.code, again.json["added"], again.json["failed"]) == (0, 0, 0)
    assert again.json["sites"] == [
        {"line": 2, "name": "one", "outcome": "unchanged", "reason": None}
    ]

    run("site", "edit", "one", "--every", "1d")
    changed = run("site", "import", file)
    assert changed.code == 1
    assert "vigil site edit one" in changed.err
    assert run("site", "show", "one", "--json").json["every"] == "1d"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"sites: [", "cannot be read as YAML at line"),
        (b"", "no list of sites"),
        (b"sites: {}", "no list of sites"),
        (b"- name: one", "no list of sites"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"sites: [&a [*a]]", "line"),
    ],
)
def test_what_is_no_file_of_sites_is_said_so(run, tmp_path, content, words):
    file = tmp_path / "sites.yaml"
    file.write_bytes(content)

    refused = run("site", "import", file)

    assert refused.code in (1, 2)
    assert words in refused.err
    assert "Traceback" not in refused.err


def test_an_empty_list_says_what_to_do_next(run):
    assert "vigil site add" in run("site", "list").out


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_listing_is_whole_lines_for_the_next_program(vigil):
    url = f"https://gallery.example/{'a' * 300}"
    assert vigil("site", "add", "gallery", url).returncode == 0

    listed = vigil("site", "list")

    assert len(listed.stdout.splitlines()) == 2
    assert url in listed.stdout
    assert json.loads(vigil("site", "list", "--json").stdout)[0]["start_urls"] == [url]
