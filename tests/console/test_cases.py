"""Cases as caseworkers use them: listed, found, opened, closed, taken back."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from casework import reviewing, withdrawing
from domain.case_wishes import Consent, Contact, News, Wishes
from domain.review import Verdict
from storage import audit, case_wishes, cases, look_alikes, suspensions
from tests.made_cases import find, matches_of, open_case, register

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

WISHES = {"consent": "spoken", "contact": "trusted", "news": "weekly", "language": "de"}


@dataclass
class Made:
    """The numbers of what there is: ``suspended`` and ``picture`` are registered in ``case``."""

    case: str
    other: str
    withdrawn_case: str
    picture: str
    suspended: str
    match: str
    look_alike: str


@pytest.fixture
def made(database):
    """A case with two pictures, a match that waits and one that was rejected; and two others."""
    now = datetime.now(UTC) - timedelta(days=3)
    case, other, withdrawn_case = (open_case(database, now=now) for _ in range(3))
    find(database, "a", now=now, site="board", on=3)
    find(database, "b", now=now, site="forum")
    picture, suspended = (register(database, case, sign, now=now) for sign in "ab")
    register(database, other, "c", now=now)
    rejected, waiting = matches_of(database, case)
    with database.writing() as session:
        reviewing.decide(
            session, rejected, Verdict.REJECTED, reason="another", actor="bela", now=now
        )
        kept = look_alikes.add_from_match(session, rejected, note="a shop", actor="bela", now=now)
    with database.writing() as session:
        suspensions.suspend(session, suspended, reason="a logo", actor="bela", now=now)
    withdrawing.withdraw(database, withdrawn_case, actor="bela", reason=None, now=now)
    return Made(case, other, withdrawn_case, picture, suspended, waiting, kept.number)


@pytest.fixture
def anna(as_role):
    return as_role("caseworker", name="anna")


@pytest.fixture
def eva(as_role):
    return as_role("supervisor", name="eva")


def found_in(pattern, page):
    """What a pattern finds in a page, which it must."""
    found = re.search(pattern, page)
    assert found is not None
    return found


def case_of(database, number):
    with database.reading() as session:
        return cases.get_case(session, number)


def entries(database, subject):
    with database.reading() as session:
        return audit.entries(session, subject=subject, limit=50)


def undo(client, page):
    """Press what a page offers to take the last thing back."""
    return client.post(found_in(r'action="([^"]*(?:undo|reopen|close)[^"]*)"', page).group(1))


@pytest.mark.parametrize(
    "typed",
    ["{}", " c {} ", "{bare}", "{low}"],
    ids=["as written", "with spaces", "without its letter", "in one, small"],
)
def test_a_case_is_found_however_its_number_was_typed(anna, made, typed):
    written = made.case
    given = typed.format(
        written[1:] if " c " in typed else written,
        bare=written[2:],
        low=written.replace("-", "").lower(),
    )
    answer = anna.get("/cases/find", query_string={"number": given})
    assert answer.location == f"/cases/{written}"


def test_a_case_is_found_by_its_picture_and_its_match(anna, made, database):
    picture = made.picture
    with database.reading() as session:
        of_picture, of_match = (cases.case_of(session, each) for each in (picture, made.match))
    assert anna.get(f"/cases/find?number={picture}").location == (
        f"/cases/{of_picture}/pictures#{picture}"
    )
    assert anna.get(f"/cases/find?number={made.match}").location == f"/cases/{of_match}"


def test_a_number_that_is_none_is_told_so_and_stays_typed(anna):
    page = anna.get("/cases/find?number=C-7K3M-9QXD-6").text
    assert "typing error" in page
    assert 'value="C-7K3M-9QXD-6"' in page


def test_a_case_is_opened_and_its_pin_shown_once(anna, database):
    form = anna.get("/cases/open").text
    once = found_in(r'name="once" value="([^"]+)"', form).group(1)

    refused = anna.post("/cases/open", data={"contact": "number", "once": once})
    assert refused.status_code == 400
    assert re.search(r'value="number"\s+checked', refused.text), "what was chosen stays"
    once = found_in(r'name="once" value="([^"]+)"', refused.text).group(1)
    page = anna.post("/cases/open", data={**WISHES, "once": once}).text

    number = found_in(r"C-\w{4}-\w{4}-\w", page).group()
    pin = "".join(found_in(r"(\d{4}) (\d{4})</span>", page).groups())
    with database.reading() as session:
        assert cases.check_pin(session, number, pin)
        assert case_wishes.wishes_of(session, number) == Wishes(
            Consent.SPOKEN, Contact.TRUSTED, News.WEEKLY, language="de"
        )
        opened = len(cases.list_cases(session))
    assert f"vigil register {number}" in page
    again = anna.post("/cases/open", data={**WISHES, "once": once})
    assert again.status_code == 303
    told = anna.get(again.location).text
    assert "sent already" in told
    assert pin not in told + anna.get(f"/cases/{number}").text
    with database.reading() as session:
        assert len(cases.list_cases(session)) == opened


def test_a_case_is_closed_with_a_reason_and_that_is_undone(anna, made, database):
    anna.post(f"/cases/{made.case}/close", data={})
    assert case_of(database, made.case).state.value == "open"

    anna.post(f"/cases/{made.case}/close", data={"reason": "gone"})
    page = anna.get(f"/cases/{made.case}").text
    assert case_of(database, made.case).state.value == "closed"
    assert "looked for all the same until they are withdrawn" in page
    assert "wants attention again" in page

    undo(anna, page)
    assert case_of(database, made.case).state.value == "open"
    page = anna.get(f"/cases/{made.case}").text
    undo(anna, page)
    assert case_of(database, made.case).reason.value == "gone"


def test_wishes_are_changed_shown_in_the_timeline_and_taken_back(anna, made, database):
    case = made.case
    wrong = anna.post(f"/cases/{case}/wishes", data={**WISHES, "contact": "number"})
    assert wrong.status_code == 400
    assert "trusted contact" in wrong.text

    answer = anna.post(f"/cases/{case}/wishes", data={**WISHES, "police": "yes"})
    page = anna.get(answer.location).text

    with database.reading() as session:
        assert case_wishes.wishes_of(session, case).police is True
    happened = anna.get(f"/cases/{case}").text
    assert "The police may be told: no → yes" in happened
    assert "Nobody is told anything. → The trusted contact" in happened
    undo(anna, page)
    with database.reading() as session:
        assert case_wishes.wishes_of(session, case) == Wishes()


def test_each_look_is_on_record_and_told_only_to_those_who_ask(anna, made, database):
    for _ in range(3):
        page = anna.get(f"/cases/{made.case}").text
        anna.get(f"/cases/{made.case}/places")
    looks = [each.action for each in entries(database, made.case)]
    assert looks.count("case viewed") == 1
    assert "Somebody looked at the case." not in page
    assert "Somebody looked at the case." in anna.get(f"/cases/{made.case}?looks=yes").text


def test_addresses_are_behind_a_press_that_is_on_record_and_are_no_links(anna, made, database):
    places = anna.get(f"/cases/{made.case}/places").text
    assert "board.example" not in places
    assert "addresses viewed" not in [e.action for e in entries(database, made.case)]

    page = anna.get(f"/cases/{made.case}/places/board").text

    assert "https://board.example/a/2" in page
    assert not re.search(r'href="https?://', page)
    assert "addresses viewed" in [each.action for each in entries(database, made.case)]


def test_a_case_is_withdrawn_only_with_its_number_typed_again(anna, made, database):
    case, other = made.case, made.other
    address = f"/cases/{case}/withdraw"
    assert "cannot be undone" in anna.get(address).text
    for again, told in (("", "Type the number"), (other, "You typed")):
        wrong = anna.post(address, data={"reason": "ASKED", "again": again})
        assert wrong.status_code == 400
        assert told in wrong.text
        assert re.search(r'value="ASKED" required checked', wrong.text)
    assert case_of(database, case).withdrawn_at is None

    anna.post(address, data={"reason": "ASKED", "again": case.lower().replace("-", " ")})

    assert case_of(database, case).withdrawn_at is not None
    page = anna.get(f"/cases/{case}").text
    assert "is withdrawn" in page
    assert "Close this case" not in page
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM case_wishes")).scalar_one() == 0


def test_one_picture_is_withdrawn_and_the_others_are_looked_for(anna, made, database):
    case = made.case
    page = anna.get(f"/cases/{case}/pictures").text
    first, second, *_ = dict.fromkeys(re.findall(r'id="(R-[\w-]+)"', page))
    address = f"/cases/{case}/pictures/{first}/withdraw"
    assert first in anna.get(address).text

    anna.post(address, data={"reason": "MISTAKE", "again": first})

    assert case_of(database, case).registrations == 1
    page = anna.get(f"/cases/{case}/pictures").text
    assert f"{second}/withdraw" in page
    assert f"{first}/withdraw" not in page


def test_erasing_is_for_supervisors_and_leaves_only_the_record(anna, eva, made, database):
    case = made.withdrawn_case
    assert anna.get(f"/cases/{case}/erase").status_code == 403
    eva.post(f"/cases/{case}/erase", data={"reason": "LAW", "again": case})
    assert eva.get(f"/cases/{case}").status_code == 404
    assert entries(database, case)[0].action == "case erased"


def test_a_picture_is_suspended_and_resumed_for_a_reason_that_is_a_choice(anna, made, database):
    suspended = made.suspended
    address = f"/cases/{made.case}/pictures/{suspended}"

    assert anna.post(f"{address}/resume", data={"reason": "because of Anna"}).status_code == 400
    anna.post(f"{address}/resume", data={"reason": "HERS"})

    with database.reading() as session:
        assert suspensions.list_suspended(session) == []
    anna.post(f"{address}/suspend", data={"reason": "EVERYWHERE"})
    with database.reading() as session:
        (held,) = suspensions.list_suspended(session)
    assert (held.number, held.reason) == (suspended, "It shows something that is everywhere.")


def test_a_look_alike_is_taken_off_the_list(anna, made):
    page = anna.get(f"/cases/{made.case}/pictures").text
    assert made.look_alike in page
    address = f"/cases/{made.case}/look-alikes/{made.look_alike}/remove"
    assert f'action="{address}"' in page
    anna.post(address)
    assert f'id="{made.look_alike}"' not in anna.get(f"/cases/{made.case}/pictures").text


def test_nothing_asks_for_a_name(eva, made):
    """The only words that are typed are numbers: everything else is a choice."""
    for address in ("open", f"{made.case}/wishes", f"{made.case}/pictures", made.case):
        page = eva.get(f"/cases/{address}").text
        assert "<textarea" not in page
        assert not re.search(r'<input(?![^>]*type="(hidden|radio|checkbox)")', page), address


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_case_is_worked_on_by_keys_and_fits_its_screen(browse, made, database, width, dark):
    page = browse("caseworker", name="anna", width=width, dark=dark)
    page.goto("/cases")
    page.keyboard.press("/")
    page.keyboard.type(made.case.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{made.case}")
    for part in ("", "/pictures", "/places", "/places/board", "/wishes", "/withdraw"):
        page.goto(f"/cases/{made.case}{part}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, part
    page.goto(f"/cases/{made.case}")
    page.keyboard.press("c")
    page.get_by_label("Everything that was found is gone.").check()
    page.locator("#close button").click()
    page.get_by_text("is closed.").wait_for()
    assert case_of(database, made.case).state.value == "closed"
    page.keyboard.press("u")
    page.get_by_text("is open again").wait_for()
