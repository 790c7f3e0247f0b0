"""Sites behind an age gate or a log-in: real servers on loopback that take forms."""

import socketserver
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=utf-8"
WORDS = "I am over 18"


@dataclass
class Asked:
    """One request: where it went, and what came along."""

    method: str
    path: str
    query: dict[str, str]
    cookies: dict[str, str]
    fields: dict[str, str]
    headers: dict[str, str]


@dataclass
class Answer:
    """What is answered."""

    body: bytes = b""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)


def page(text: str, **headers: str) -> Answer:
    return Answer(
        f"<!doctype html><title>A site</title>{text}".encode(), 200, list(headers.items())
    )


def sends_to(path, cookie=None):
    headers = [("Location", path)]
    if cookie is not None:
        headers.append(("Set-Cookie", f"{cookie}; Path=/; HttpOnly"))
    return Answer(b"", 303, headers)


class GuardedSite:
    """Answers what its ``answer`` says, and pictures under /full/; a context manager.

    With a ``certificate`` it is encrypted.
    """

    def __init__(self, photos: list[Path], certificate: Path | None = None) -> None:
        self.photos = photos
        self.asked: list[Asked] = []
        self.robots = Answer(b"", 404)
        self.answer: Callable[[Asked], Answer] = lambda _: Answer(b"", 404)
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._do({})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._do(dict(parse_qsl(self.rfile.read(length).decode())))

            def _do(self, fields: dict[str, str]) -> None:
                parts = urlsplit(self.path)
                cookies: SimpleCookie = SimpleCookie(self.headers.get("Cookie", ""))
                asked = Asked(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    {name: morsel.value for name, morsel in cookies.items()},
                    fields,
                    dict(self.headers),
                )
                site.asked.append(asked)
                answer = site._answered(asked)
                self.send_response(answer.status)
                names = {name.lower() for name, _ in answer.headers}
                for name, value in answer.headers:
                    self.send_header(name, value)
                if "content-type" not in names:
                    self.send_header("Content-Type", HTML)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def server_bind(self) -> None:
                socketserver.TCPServer.server_bind(self)
                self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # whoever hangs up

        self._server = Server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    def url(self, path: str) -> str:
        return f"{self._scheme}://{self.host}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def _answered(self, asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            return self.robots
        return self.answer(asked)

    def picture(self, number: int) -> Answer:
        body = self.photos[number].read_bytes()
        return Answer(body, 200, [("Content-Type", "image/jpeg")])

    def gallery(self, asked: Asked, photos: int = 6) -> Answer:
        """Answer as a gallery of two listings of pages with one photo each."""
        kind, _, number = asked.path.strip("/").partition("/")
        if asked.path == "/":
            links = "".join(f"<a href=/album/{n}>Album {n}</a>" for n in (1, 2))
            return page(links + "<a href=/about>About</a>")
        if kind == "about":
            return page("<p>About us.")
        if kind == "album":
            first = (int(number) - 1) * photos // 2
            return page(
                "".join(f"<a href=/photo/{n}>{n}</a>" for n in range(first, first + photos // 2))
            )
        if kind == "photo":
            return page(f"<img src=/full/{number}.jpg><a href=/>home</a>")
        if kind == "full":
            return self.picture(int(number.removesuffix(".jpg")))
        return Answer(b"", 404)

    def __enter__(self):
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def behind_a_form(site):
    """Put a site's gallery behind a form with a token, a box to tick and a birthday."""

    def answer(asked):
        if asked.path == "/age":
            right = (
                asked.method == "POST"
                and asked.fields.get("token") == "t-17"
                and asked.fields.get("of_age") == "yes"
                and int(asked.fields.get("year") or 2020) < 2000
                and asked.fields.get("go") == "1"
            )
            if right:
                return sends_to(asked.fields["next"], "age=ok")
            return page(
                '<p>Adults only.<form action="/age" method="post">'
                '<input type="hidden" name="token" value="t-17">'
                f'<input type="hidden" name="next" value="{asked.query.get("next", "/")}">'
                '<input type="checkbox" name="of_age" value="yes" required>'
                '<select name="year"><option value="">Year<option>2010<option>1980</select>'
                '<button name="leave" value="1">Leave</button>'
                f'<button name="go" value="1"><b>{WORDS.replace("over", "OVER")}</b></button>'
            )
        if asked.cookies.get("age") != "ok" and not asked.path.startswith("/full/"):
            return sends_to(f"/age?next={asked.path}")
        return site.gallery(asked)

    return answer


def behind_a_link(site):
    """Put it behind a link that sets a cookie."""

    def answer(asked):
        if asked.path == "/enter":
            return sends_to("/", "age=ok")
        if asked.cookies.get("age") != "ok":
            return page(f'Over 18 only. <a href="/enter?ok=1">{WORDS} »</a> <a href=/no>Leave</a>')
        return site.gallery(asked)

    return answer


def behind_entities(site):
    """Put it behind the same form, with words that are written with entities."""

    def answer(asked):
        made = behind_a_form(site)(asked)
        made.body = made.body.replace(b"I am OVER 18", b"I am&nbsp;&#79;V&#x45;R&nbsp;18")
        made.body = made.body.replace(b"Adults only", b"Adults&nbsp;&#111;nly")
        return made

    return answer


def behind_a_script(site, code="document.cookie='age=ok; path=/'; location.reload()"):
    """Put it behind a button of which a script says what it does."""

    def answer(asked):
        if asked.cookies.get("age") != "ok":
            return page(f'Over 18 only. <button type="button" onclick="{code}">{WORDS}</button>')
        return site.gallery(asked)

    return answer


def behind_a_log_in(site, user="aunt", password="open sesame", action="/login"):
    """Put it behind a log-in form."""

    def answer(asked):
        form = (
            '<form action="/find"><input name="q"><input type="submit"></form>'
            f'<form action="{action}" method="post"><input type="hidden" name="csrf" value="c-3">'
            '<input type="email" name="login"><input type="password" name="secret">'
            '<input type="submit" name="go" value="Log in"></form>'
        )
        if asked.path == "/login":
            said = (asked.fields.get("login"), asked.fields.get("secret"), asked.fields.get("csrf"))
            if asked.method == "POST" and said == (user, password, "c-3"):
                return sends_to("/", "session=s-9")
            return page(form)
        if asked.cookies.get("session") != "s-9":
            return page(f"<p>Members only.{form}")
        return site.gallery(asked)

    return answer
