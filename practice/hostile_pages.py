"""Pages made to exhaust whoever parses them, or to mislead who believes them."""

import base64
from collections.abc import Callable, Iterator
from typing import Final

from practice.hostile_behaviour import GONE, HTML, Behaviour, made, mark, whole

_LIMIT: Final = 16 * 1024 * 1024


def pages(inside: int, *, times: int) -> Iterator[Behaviour]:
    """Give the pages.

    Args:
        inside: a port on loopback that no crawl may connect to.
        times: how many elements, attributes or links a page has that has too many of them; a
            million fill what is fetched of a page. Of distinct images it has a fiftieth.
    """
    for name, make in _bombs(times).items():
        yield Behaviour(name, GONE, made(_within_limit(name, make)))
    yield from _charsets()
    yield from _misleading(inside)


def _bombs(times: int) -> dict[str, Callable[[], bytes]]:
    deep = times // 2
    return {
        "nested-elements": lambda: b"<b>" * (2 * times),
        "nested-tables": lambda: b"<table><tr><td>" * (times // 4),
        "nested-lists-and-closings": lambda: b"<ul><li></p></b>" * (times // 4),
        "many-attributes": lambda: b"<p " + b"".join(b"a%d=1 " % n for n in range(times)) + b">",
        "one-attribute-many-times": lambda: b"<img" + b" src=/same.png" * times + b">",
        "large-attribute": lambda: b'<p title="' + b"x" * (10 * times) + b'">',
        "large-address": lambda: b'<a href="/' + b"x" * (10 * times) + b'">',
        "many-links": lambda: b"".join(b"<a href=/%d>" % n for n in range(times)),
        "many-images": lambda: b"".join(
            b"<img src=/filler/%d.png>" % n for n in range(times // 50)
        ),
        "many-spellings": lambda: b"".join(
            b"<img src=/filler/c.png#%d>" % n for n in range(times // 2)
        ),
        "many-bad-images": lambda: b"<img src=//[>" * times,
        "many-bases": lambda: b"<base href=/elsewhere/>" * deep,
        "srcset-bomb": lambda: b'<img srcset="' + b"a 1x," * times + b'">',
        "srcset-of-commas": lambda: b'<img srcset="' + b"," * (10 * times) + b'">',
        "css-bomb": lambda: b"<style>" + b"a{b:c(" * times + b"</style>",
        "css-of-addresses": lambda: b"<style>" + b"a{b:url(/filler/c.png)}" * deep + b"</style>",
        "css-of-imports": lambda: b"<style>" + b'@import "/a.css";' * deep + b"</style>",
        "css-in-attributes": lambda: b'<p style="a:((((((((((((((((">' * (times // 4),
        "open-comment": lambda: b"<!--" + b"-" * (10 * times),
        "open-tag": lambda: b"<" * (10 * times),
        "open-quote": lambda: b'<img alt="' + b"<img src=/a.png>" * deep,
        "many-entities": lambda: b"&amp;" * times + b"&#" * times,
        "frames-in-frames": lambda: b"<iframe srcdoc='" * (times // 8),
        "many-frames": lambda: b"<iframe srcdoc='<p>hello'></iframe>" * (times // 8),
        "nul-filled": lambda: bytes(10 * times),
        "entity-bomb": _entity_bomb,
        "data-address": lambda: _data_address(12 * times),
    }


def _within_limit(name: str, make: Callable[[], bytes]) -> Callable[[], bytes]:
    def marked() -> bytes:
        # The mark stands in front: what comes behind some of these is theirs.
        return (mark(name).encode() + make())[: _LIMIT - 1]

    return marked


def _entity_bomb() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE html [{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><p>&a29;&f;</p></html>'
    ).encode()


def _data_address(size: int) -> bytes:
    return b'<img src="data:image/png;base64,' + base64.b64encode(bytes(size * 3 // 4)) + b'">'


def _charsets() -> Iterator[Behaviour]:
    for charset in ("no-such-charset", "punycode", "idna", "zip", "rot13", "undefined", "utf-7"):
        name = f"charset-{charset}"
        body = (mark(name) + "<p>a.b" * 100_000).encode()
        yield Behaviour(name, GONE, whole(body, kind=f"text/html; charset={charset}"))
        said = f"meta-{charset}"
        body = f'<meta charset="{charset}">{mark(said)}'.encode()
        yield Behaviour(said, GONE, whole(body, kind="text/html"))
    wide = mark("utf-16").encode("utf-16")
    yield Behaviour("utf-16", GONE, whole(wide, kind="text/html; charset=utf-16"))
    wide = mark("utf-16-unsaid").encode("utf-16")
    yield Behaviour("utf-16-unsaid", GONE, whole(wide, kind="text/html"))
    invalid = mark("invalid-utf-8").encode() + b"\xff\xfe\xc0\x80" * 100_000
    yield Behaviour("invalid-utf-8", GONE, whole(invalid))


def _misleading(inside: int) -> Iterator[Behaviour]:
    refresh = '<meta http-equiv="refresh" content="0; url=/page/refresh-loop?again">'
    yield Behaviour("refresh-loop", GONE, whole((mark("refresh-loop") + refresh).encode()))
    own = f'<base href="http://127.0.0.1:{inside}/">'
    inward = own + '<img src="base-to-the-inside.jpg"><a href="page">'
    yield Behaviour("base-to-the-inside", "not a public address", whole(inward.encode()))
    away = '<base href="http://elsewhere.example/">' + '<a href="page">'
    yield Behaviour(
        "base-to-elsewhere", "leads nowhere", whole((away + mark("base-to-elsewhere")).encode())
    )
    nothing = '<base href="javascript:alert(1)//">' + mark("base-to-script")
    yield Behaviour("base-to-script", f"{GONE}|no web address", whole(nothing.encode()))
    steering = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\x9b31m\r\nINFO: all is well"
    body = f"<title>{steering}</title><a href='/{steering}'>{steering}</a>" + mark("steering-text")
    yield Behaviour("steering-text", GONE, whole(body.encode()))
    image = f'<img src="/mark/steering-address{steering}.jpg">'
    yield Behaviour("steering-address", GONE, whole(image.encode()))
    endless = (
        mark("endless-calendar")
        + '<a href="?next">'
        + "".join(f'<a href="/page/endless-calendar?month={month}">' for month in range(9))
    )
    yield Behaviour("endless-calendar", GONE, whole(endless.encode(), kind=HTML))
