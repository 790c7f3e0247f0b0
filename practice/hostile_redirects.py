"""Redirects that lead in circles, to what is not the web, and to the inside of a network."""

from collections.abc import Iterator
from typing import Final

from practice.hostile_behaviour import Behaviour, only
from practice.raw_server import Answer

_CHAIN: Final = 50
_NOT_PUBLIC: Final = "not a public address"


def redirects(inside: int) -> Iterator[Behaviour]:
    """Give each redirect twice, as a page's and as an image's.

    Args:
        inside: a port on loopback that no crawl may connect to.
    """
    for image in (False, True):
        suffix = "-image" if image else ""
        for name, says, location in _targets(inside):
            where = location.replace("NAME", name + suffix)
            yield Behaviour(name + suffix, says, _to(where), image=image)
        for name, answer, says in (
            ("to-itself", _to("?again"), "redirects too often"),
            ("to-nowhere", only(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "where to"),
        ):
            yield Behaviour(name + suffix, says, answer, image=image)
    yield from _unreachable_names(inside)


def chain_of_redirects() -> Iterator[tuple[Behaviour, dict[str, Answer]]]:
    """Give a behaviour that leads on fifty times, with the answers at its later addresses."""
    for image in (False, True):
        name = "chain-of-50-image" if image else "chain-of-50"
        first = Behaviour(name, "redirects too often", _to("?1"), image=image)
        yield first, {f"{first.path}?{hop}": _to(f"?{hop + 1}") for hop in range(1, _CHAIN)}


def inside_addresses(inside: int) -> Iterator[Behaviour]:
    """Give images that a page asks for from the inside of a network, without any redirect."""
    for name, host in _inside(inside).items():
        full = f"inside-{name}"
        yield Behaviour(full, _NOT_PUBLIC, image=True, address=f"http://{host}/{full}.jpg")


def _targets(inside: int) -> Iterator[tuple[str, str, str]]:
    for name, host in _inside(inside).items():
        yield f"to-{name}", f"{_NOT_PUBLIC}|not in scope", f"http://{host}/NAME"
    for scheme, rest in {
        "file": "///etc/passwd", "data": "text/html,hello", "javascript": "alert(1)",
        "ftp": "//ftp.example/NAME", "gopher": "//gopher.example/NAME", "vbscript": "x",
    }.items():  # fmt: skip
        yield f"to-{scheme}", f"redirects to a {scheme}: address", f"{scheme}:{rest}"
    yield "to-no-port", "no address|port does not exist", "http://127.0.0.1:99999/NAME"
    yield "to-garbage", "no address", "http://[\xff\xfe:\x80/%zz"
    yield "to-far-too-long", "more than|no end", f"/{'a' * 8000}"


def _inside(port: int) -> dict[str, str]:
    """Name the spellings of addresses inside a network that must never be connected to."""
    return {
        "loopback": f"127.0.0.1:{port}",
        "loopback-port-80": "127.0.0.1",
        "loopback-short": f"127.1:{port}",
        "decimal": f"2130706433:{port}",
        "octal": f"0177.0.0.1:{port}",
        "hex": f"0x7f.0.0.1:{port}",
        "hex-whole": f"0x7f000001:{port}",
        "localhost": f"localhost:{port}",
        "ipv6-loopback": f"[::1]:{port}",
        "ipv6-mapped": f"[::ffff:127.0.0.1]:{port}",
        "ipv6-mapped-hex": f"[::ffff:7f00:1]:{port}",
        "ipv6-nat64": f"[64:ff9b::7f00:1]:{port}",
        "ipv6-6to4": f"[2002:7f00:1::]:{port}",
        "ipv6-private": f"[fd00::1]:{port}",
        "all-zeros": f"0.0.0.0:{port}",
        "cloud-metadata": "169.254.169.254",
        "private-10": "10.0.0.1",
        "private-172": "172.16.0.1",
        "private-192": "192.168.0.1",
        "carrier": "100.64.0.1",
        "userinfo": f"good.example@127.0.0.1:{port}",
        "userinfo-backslash": f"127.0.0.1:{port}\\@good.example",
    }


def _unreachable_names(inside: int) -> Iterator[Behaviour]:
    where = f"//127.0.0.1:{inside}/to-protocol-relative"
    yield Behaviour("to-protocol-relative", f"{_NOT_PUBLIC}|not in scope", _to(where))
    backslashes = f"http:\\\\127.0.0.1:{inside}\\to-backslashes"
    yield Behaviour(
        "to-backslashes", f"{_NOT_PUBLIC}|not in scope|no address|gone", _to(backslashes)
    )
    yield Behaviour("to-elsewhere", "not in scope", _to("http://elsewhere.example/to-elsewhere"))


def _to(location: str) -> Answer:
    head = b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: "
    return only(head + location.encode("latin-1") + b"\r\n\r\n")
