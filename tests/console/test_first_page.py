"""What somebody sees who has just come in."""

import pytest

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_stranger_is_asked_to_sign_in(browse):
    page = browse()
    page.goto("/")
    assert page.get_by_role("heading").inner_text() == "Sign in"


def test_a_page_that_is_not_there_says_so_in_a_sentence(as_role):
    answer = as_role("caseworker").get("/nothing-here")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
