"""Caring for those who look: a calm word in time, and numbers that rank nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.exposure import add_look

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def look(database, person):
    """Look at so many pictures within the last minutes."""

    def do(count, *roles, name):
        account = person(*roles, name=name)
        now = datetime.now(UTC)
        with database.writing() as session:
            for n in range(count, 0, -1):
                at = now - timedelta(seconds=n)
                add_look(session, account.account_id, now=at)

    return do


def test_later_leads_back_to_pages_of_ours_only(as_role):
    client = as_role("caseworker")
    for elsewhere in ("https://evil.example/x", "http://localhost//evil.example", "", "x:y["):
        answer = client.post("/exposure/later", headers={"Referer": elsewhere})
        assert answer.location == "/exposure"
    back = client.post("/exposure/later", headers={"Referer": "http://localhost/queue?mine=1"})
    assert (back.status_code, back.location) == (303, "/queue?mine=1")


def test_a_person_chooses_when_and_what_cannot_be_is_said_without_losing_it(as_role):
    client = as_role("caseworker")
    for looks, minutes in (("5", "90"), ("50", "many"), ("9" * 5000, "90"), ("٥٠", "90")):
        wrong = client.post("/exposure", data={"looks": looks, "minutes": minutes})
        assert wrong.status_code == 400
        assert "from 10 to 200 pictures" in wrong.text
        assert f'value="{looks}"' in wrong.text
    kept = client.post("/exposure", data={"looks": "30", "minutes": "45"}, follow_redirects=True)
    assert 'value="30"' in kept.text
    assert 'value="45"' in kept.text


def test_supervisors_see_everybody_by_name_and_others_themselves_alone(as_role, look):
    look(2, "caseworker", name="bela")
    look(7, "caseworker", name="anna")
    team = as_role("supervisor", name="eva").get("/exposure/team").text.partition("<main")[2]
    assert team.index("anna") < team.index("bela") < team.index("eva")
    own = as_role("caseworker", name="anna").get("/exposure").text
    assert ">7<" in own
    assert "bela" not in own
    assert as_role("caseworker", name="anna").get("/exposure/team").status_code == 403


def test_a_policy_that_makes_no_sense_changes_nothing(as_role):
    client = as_role("supervisor")
    assert client.post("/policy", data={"caseworker": "all"}).status_code == 400
    assert client.get("/policy").text.count("checked") == 2
