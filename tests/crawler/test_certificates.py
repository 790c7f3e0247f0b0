"""Certificates are verified, unless an operator has recorded why those of one site are not."""

import io
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from storage import crawls
from tests.crawler.self_signed import signed_by_nobody

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


class SecureSite:
    """Pages and images over https, with a certificate that nobody vouches for."""

    def __init__(self, certificate):
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                kind, body = site.pages.get(self.path, (None, b""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # a client that gives a handshake up: that is what is tested

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The handshake is left to the thread of its connection: a client may give it up.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def url(self, path):
        return f"https://{self.host}{path}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def secure_site(tmp_path):
    site = SecureSite(signed_by_nobody(tmp_path))
    yield site
    site.close()


@pytest.fixture
def elsewhere(tmp_path):
    site = SecureSite(signed_by_nobody(tmp_path))
    yield site
    site.close()


@pytest.fixture
def reasons(database):
    def of(summary):
        with database.reading() as session:
            return {e.url: e.reason for e in crawls.errors(session, summary.crawl_id)}

    return of


def jpeg(photo):
    out = io.BytesIO()
    with Image.open(photo) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=80)
    return "image/jpeg", out.getvalue()


def test_a_certificate_that_nobody_vouches_for_is_refused_with_the_way_out(
    secure_site, add_site, crawl, reasons
):
    secure_site.pages["/"] = "text/html", b"<img src=a.jpg>"
    add_site("secure", secure_site.url("/"))

    summary = crawl("secure", VIGIL_PRACTICE_HOSTS=secure_site.host)

    assert summary.state == "failed"
    reason = reasons(summary)[secure_site.url("/")]
    assert "Its certificate is not valid: self-signed certificate" in reason
    assert "vigil site edit NAME --accept-bad-certificate REASON" in reason
    assert secure_site.asked == []


def test_with_a_recorded_reason_the_sites_own_hosts_and_no_others_go_unverified(
    secure_site, elsewhere, add_site, crawl, reasons, photos
):
    secure_site.pages["/a.jpg"] = jpeg(photos[0])
    elsewhere.pages["/b.jpg"] = jpeg(photos[1])
    page = f'<img src="a.jpg"><img src="{elsewhere.url("/b.jpg")}">'
    secure_site.pages["/"] = "text/html", page.encode()
    add_site("secure", secure_site.url("/"), certificates_reason="they never renew it")

    summary = crawl("secure", VIGIL_PRACTICE_HOSTS=f"{secure_site.host},{elsewhere.host}")

    assert (summary.state, summary.hashed) == ("finished", 1)
    (reason,) = reasons(summary).values()
    assert "certificate is not valid" in reason
    assert elsewhere.asked == []
