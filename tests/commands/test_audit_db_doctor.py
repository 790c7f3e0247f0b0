from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from commands import watch_checks
from config import SETTINGS
from domain.crawl import CrawlCounts, CrawlState
from scheduling.leadership import LEASE
from storage import audit, crawls, leases, sites

START = "https://gallery.example/"


def test_the_record_is_listed_by_subject_and_verified(run):
    assert "Nothing is on record" in run("audit", "list").out
    run("site", "add", "gallery", START)
    run("site", "add", "other", START)

    listed = run("audit", "list", "--subject", "site gallery", "--json").json
    assert [(each["action"], each["subject"]) for each in listed] == [
        ("site added", "site gallery")
    ]
    assert set(listed[0]) == {
        "sequence",
        "happened_at",
        "actor",
        "action",
        "subject",
        "reason",
        "details",
        "digest",
    }
    verified = run("audit", "verify", "--json").json
    assert (verified["entries"], verified["problems"]) == (2, [])
    assert verified["head"] == run("audit", "list", "--json").json[0]["digest"]
    assert verified["head"] in run("audit", "verify").out


def test_a_record_that_was_tampered_with_is_a_problem(run, database):
    run("site", "add", "gallery", START)
    with database.writing() as session:
        session.execute(text("UPDATE audit_head SET sequence = sequence + 1"))

    verified = run("audit", "verify")

    assert verified.code == 1
    assert "cut off" in verified.err
    assert run("audit", "verify", "--json").json["problems"] != []


def test_a_database_is_set_up_and_its_state_told(run, empty_database_url):
    other = {"VIGIL_DATABASE_URL": empty_database_url}

    before = run("db", "status", "--json", **other)
    assert (before.code, before.json["revision"], before.json["up_to_date"]) == (1, None, False)
    assert "set up" in run("db", "upgrade", **other).out
    assert "up to date already" in run("db", "upgrade", **other).out
    after = run("db", "status", "--json", **other)
    assert (after.code, after.json["up_to_date"]) == (0, True)
    assert after.json["dialect"] in {"sqlite", "postgresql"}
    assert "It is up to date" in run("db", "status", **other).out


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_an_empty_server_database_is_never_set_up_unasked(run, empty_database_url):
    refused = run("site", "list", VIGIL_DATABASE_URL=empty_database_url)

    assert refused.code == 1
    assert "vigil db upgrade" in refused.err


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", [["site", "list"], ["db", "status"], ["crawl", "x"]])
def test_a_database_that_does_not_answer_is_exit_code_3(run, command):
    down = run(*command, VIGIL_DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x")

    assert down.code == 3
    assert "does not answer" in down.err
    assert "hush" not in down.err


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("setting", "value"),
    [("VIGIL_DATBASE", "x"), ("VIGIL_MIN_SIDE", "many"), ("VIGIL_DATABASE_URL", "mysql://x")],
)
def test_a_setting_that_cannot_be_used_is_exit_code_2(run, setting, value):
    refused = run("site", "list", **{setting: value})
    assert refused.code == 2
    assert setting in refused.err

    checked = run("doctor", "--json", **{setting: value})
    assert checked.code == 1
    assert setting in checked.json["findings"][-1]["found"]


def _levels(checked):
    return {each["what"]: each["level"] for each in checked.json["findings"]}


def test_a_complete_installation_passes(run, config):
    config.data.mkdir(mode=0o700, exist_ok=True)
    for file in config.data.iterdir():
        file.chmod(0o600)

    checked = run("doctor", "--json")

    assert set(checked.json["findings"][0]) == {"level", "what", "found", "advice"}
    assert checked.code == (1 if "fail" in _levels(checked).values() else 0)
    assert {name: level for name, level in _levels(checked).items() if level == "warn"} == {}
    assert [each["name"] for each in checked.json["settings"]] == list(SETTINGS)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_unsafe_fails_and_what_wants_attention_warns(run, config, database):
    now = datetime.now(UTC)
    (config.data / "vigil.db").chmod(0o644)
    run("site", "add", "gallery", START, "--ignore-robots", "their owner allows it")
    with database.writing() as session:
        crawl_id = crawls.start(session, sites.get(session, "gallery").site_id, now=now)
        crawls.end(session, crawl_id, CrawlState.CRASHED, "died", CrawlCounts(), now=now)

    checked = run("doctor", "--json", VIGIL_PRACTICE_HOSTS="127.0.0.1:8000")

    levels = _levels(checked)
    assert checked.code == 1
    assert levels["Data folder"] == "fail"
    assert levels["Practice hosts"] == levels["Scheduler"] == levels["Crawls"] == "warn"
    robots = next(each for each in checked.json["findings"] if each["what"] == "robots.txt")
    assert robots["found"] == "gallery ignores it: their owner allows it"
    assert "chmod 600" in run("doctor").out

    for file in config.data.glob("vigil.db*"):
        file.chmod(0o600)
    assert run("doctor").code == 0
    assert run("doctor", "--strict").code == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_a_log_in_needs_is_named_and_never_told(run, config):
    """Of a site that waits in vain, of one that is paused, and once all is set."""
    for name in ("club", "rest"):
        page = f"https://{name}.example/login"
        user, password = f"LOGIN_{name.upper()}_USER", f"LOGIN_{name.upper()}_PASSWORD"
        run("site", "add", name, f"https://{name}.example/", "--login", page, "--login-user", user,
            "--login-password", password)  # fmt: skip
    run("site", "pause", "rest")
    said = {"LOGIN_CLUB_USER": "anna", "LOGIN_CLUB_PASSWORD": "hush"}

    def told(environment):
        found = watch_checks.database(config, environment, now=datetime.now(UTC))
        return {f.found.split(":")[0]: (f.level, f.found) for f in found if f.what == "Log-in"}

    level, found = told({})["club"]
    assert level == "warn"
    assert "LOGIN_CLUB_USER and LOGIN_CLUB_PASSWORD are not set here" in found
    level, found = told({**said, "LOGIN_CLUB_PASSWORD": ""})["club"]
    assert (level, "LOGIN_CLUB_PASSWORD is not set here" in found) == ("warn", True)
    assert "LOGIN_CLUB_USER" not in found
    level, found = told(said)["rest"]
    assert (level, "it is paused" in found) == ("ok", True)
    checked = run("doctor", **said)
    assert "club: LOGIN_CLUB_USER and LOGIN_CLUB_PASSWORD are set here" in checked.out
    assert not any(value in checked.out + checked.err for value in said.values())


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_scheduler_that_leads_is_named(run, database):
    run("site", "add", "gallery", START)
    with database.writing() as session:
        leases.acquire(session, LEASE, "host-1", now=datetime.now(UTC), ttl=timedelta(seconds=30))

    findings = run("doctor", "--json").json["findings"]

    leader = next(each for each in findings if each["what"] == "Scheduler")
    assert (leader["level"], leader["found"]) == ("ok", "host-1 leads")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_clock_behind_the_record_is_noticed(run, database):
    with database.writing() as session:
        audit.append(
            session, now=datetime.now(UTC) + timedelta(hours=1), actor="x", action="y", subject="z"
        )

    assert _levels(run("doctor", "--json"))["Clock and record"] == "warn"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("url", ["postgresql://u:hush@127.0.0.1:1/x?password=hush"])
def test_the_doctor_never_tells_a_password(run, url):
    checked = run("doctor", VIGIL_DATABASE_URL=url)

    assert checked.code == 1
    assert "hush" not in checked.out + checked.err


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_looking_makes_nothing(run, tmp_path):
    checked = run("doctor", VIGIL_DATA=str(tmp_path / "new"), VIGIL_DATABASE_URL="")

    assert checked.code == 0
    assert not (tmp_path / "new").exists()
