"""What a person would press on a page is found, however the page is written."""

import asyncio

import pytest

from crawler.page_forms import OnlyScripts, PageForms, Press
from crawler.pressing import press
from pipelines.reasons import RefusedRequest

PAGE = "https://a.example/x/gate"


def gate(html, said="Enter"):
    return PageForms(html, PAGE).gate(said)


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ("<a href=in>enter</a>", "https://a.example/x/in"),
        ("<base href=/y/><a href=in><span>En</span>ter</a>", "https://a.example/y/in"),
        ("<a href=/in><img alt=ENTER src=x></a>", "https://a.example/in"),
        ("<a href='javascript:void(location.href=\"/in\")'>Enter</a>", "https://a.example/in"),
        ("<div onclick=\"window.location = '/in'\">Enter</div>", "https://a.example/in"),
        ("<a href=/no>Enter your name and address below</a><a href=/in>Enter »</a>",
         "https://a.example/in"),
        ("<form action=/in?old=1><input name=a value='b c'><input type=submit value=Enter>",
         "https://a.example/in?a=b%20c"),
    ],
)  # fmt: skip
def test_words_are_found_on_whatever_carries_them(html, url):
    pressed = gate(html)
    assert pressed is not None
    assert pressed.url.replace("+", "%20") == url


def test_the_button_that_is_pressed_says_where_its_form_goes():
    html = (
        "<form method=post action=/a><input name=k value=v><button name=n value=no>No</button>"
        "<button name=y formaction=/b value=yes>Enter</button></form>"
    )
    assert gate(html) == Press("https://a.example/b", "POST", (("k", "v"), ("y", "yes")))


@pytest.mark.parametrize("html", ["", "<!-- -->", "<p>Enter</p>", "<a>Re-enter</a>\x00", "\ud800"])
def test_what_cannot_be_pressed_is_not_pressed(html):
    found = gate(html)
    assert found is None or isinstance(found, OnlyScripts)


def test_a_cookie_that_a_button_sets_is_set():
    pressed = gate("<button onclick=\"document.cookie = 'ok=1;path=/';go()\">Enter</button>")
    assert pressed == Press(PAGE, cookies=(("ok", "1"),))


def test_a_selector_names_what_has_no_words_on_it():
    html = (
        '<a href="/out">No</a><a class="big go" href="/in"><i></i></a><div id=f><form></form></div>'
    )
    assert gate(html, "css:a.go") == Press("https://a.example/in")
    assert gate(html, "css:#f > form") == Press(PAGE)
    assert gate(html, "css:.nowhere") is None


def test_what_only_a_script_knows_is_told_apart_from_what_is_not_there():
    assert gate("<button onclick=enter()>Enter</button>") == OnlyScripts("Enter")
    assert gate("<button onclick=enter()>Leave</button>") is None


def test_a_field_that_was_named_is_filled_in():
    html = "<form method=post><input name=nick><input name=pass><input type=email name=mail></form>"
    pressed = PageForms(html, PAGE).log_in("a", "b", user_field="nick", password_field="pass")
    assert pressed is not None
    assert pressed.fields == (("nick", "a"), ("pass", "b"))
    assert PageForms(html, PAGE).log_in("a", "b") is None


def test_a_form_on_an_encrypted_page_is_never_sent_in_the_clear():
    pressed = PageForms("<form method=post action=http://a.example/x><button>Enter", PAGE)
    found = pressed.gate("Enter")
    assert isinstance(found, Press)
    with pytest.raises(RefusedRequest, match="without encryption"):
        asyncio.run(press(None, found, PAGE))  # type: ignore[arg-type] # refused before it is used


def test_a_form_that_asks_twice_registers_and_is_no_log_in():
    registers = (
        "<form><input name=u><input type=password name=p><input type=password name=q></form>"
    )
    enters = "<form method=POST><input name=u><input type=password name=p></form>"
    assert PageForms(registers, PAGE).log_in("a", "b") is None
    pressed = PageForms(registers + enters, PAGE).log_in("a", "b")
    assert pressed == Press(PAGE, "POST", (("u", "a"), ("p", "b")))
    assert "b" not in repr(pressed).replace("a.example", "")


def test_a_page_made_to_exhaust_us_is_read_in_a_moment():
    deep = "<form>" * 100_000 + "<a href=x>" * 100_000 + "</b>" * 100_000
    assert gate(deep) is None
