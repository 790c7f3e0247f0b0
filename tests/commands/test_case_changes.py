"""`vigil case close`, `reopen`, `wishes`, `pin` and `erase`, as a caseworker types them."""

import pytest

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def case(run):
    return run("case", "open", "--json").json["number"]


def shown(run, case):
    return run("case", "show", case, "--json").json["case"]


def test_a_case_is_closed_with_a_reason_and_reopened(run, case):
    done = run("case", "close", case.lower(), "--reason", "gone")
    assert f"vigil case reopen {case}" in done.out
    assert shown(run, case)["closed_for"] == "gone"
    assert "closed" in run("case", "list").out
    again = run("case", "close", case, "--reason", "asked")
    assert (again.code, again.err) == (1, f"Case {case} is closed already.\n")

    assert run("case", "reopen", case, "--json").json == {"case": case, "state": "open"}
    assert shown(run, case)["closed_at"] is None
    assert run("case", "close", case).code == 2


def test_wishes_are_changed_one_by_one_and_what_cannot_be_is_said(run, case):
    careful = run("case", "wishes", case, "--json").json["wishes"]
    assert careful == {
        "consent": None,
        "contact": "nobody",
        "news": "asked",
        "name_in_notices": False,
        "police": False,
        "language": None,
    }
    refused = run("case", "wishes", case, "--news", "each")
    assert (refused.code, "trusted contact" in refused.err) == (2, True)

    run("case", "wishes", case, "--consent", "written", "--contact", "trusted", "--news", "each")
    kept = run("case", "wishes", case, "--police", "--json").json["wishes"]
    assert kept == {
        **careful,
        "consent": "written",
        "contact": "trusted",
        "news": "each",
        "police": True,
    }
    entries = run("audit", "list", "--subject", case, "--json").json
    assert entries[0]["details"] == {"before": {"police": False}, "after": {"police": True}}


def test_a_new_pin_is_told_once(run, case):
    renewed = run("case", "pin", case, "--json").json
    assert renewed["number"] == case
    assert renewed["pin"] not in run("audit", "list", "--json").out


def test_a_case_is_erased_after_a_question_and_only_the_record_is_left(run, case):
    asked = run("case", "erase", case, typed="n\n")
    assert (asked.code, "for good?" in asked.err) == (1, True)
    assert shown(run, case)["number"] == case

    erased = run("case", "erase", case, "--reason", "she asked", "--yes")

    assert erased.out.startswith(f"{case} is erased")
    assert run("case", "show", case).code == 1
    actions = [e["action"] for e in run("audit", "list", "--subject", case, "--json").json]
    assert actions == ["case erased", "case withdrawn", "case opened"]
