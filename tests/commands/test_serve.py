"""`vigil serve`: the console answers, to its own name, bounded, and says what is wrong."""

import http.client
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

import cli
from config import Listen
from console import server
from console.server import Server, hush, listen
from domain.permission import Role
from storage import accounts
from tests.conftest import ROOT

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def served(environment, *options, **more):
    """Run the command on a free port; yields the port and what it said so far."""
    port = free_port()
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port), *options]
    process = subprocess.Popen(
        command, env={**os.environ, **environment, **more}, cwd=ROOT, stderr=subprocess.PIPE
    )
    said: list[str] = []
    stderr = process.stderr
    assert stderr is not None

    def read():
        said.extend(line.decode() for line in stderr)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    try:
        end = time.monotonic() + 30
        while not any("console began" in line for line in said):
            assert time.monotonic() < end, said
            assert process.poll() is None, said
            time.sleep(0.05)
        yield port, said, process
    finally:
        process.kill()
        process.wait()
        reading.join()
        stderr.close()


def ask(port, path="/", host=None, method="GET", body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, {"Host": host or f"127.0.0.1:{port}", **(headers or {})})
    answer: Any = connection.getresponse()
    answer.text = answer.read().decode(errors="replace")
    connection.close()
    return answer


def test_it_asks_who_is_there_and_ends_calmly(environment, database, tmp_path):
    with served(environment) as (port, said, process):
        assert ask(port).getheader("Location").startswith("/enter")
        assert "Sign in" in ask(port, "/enter").text
        assert ask(port, "/enter", host=f"localhost:{port}").status == 200
        assert any("vigil user add" in line for line in said)
        secret = tmp_path / "data" / "console.secret"
        assert secret.stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    with database.writing() as session:
        accounts.add(session, "anna", [Role.SUPERVISOR], now=datetime.now(UTC))
    with served(environment) as (port, said, process):
        assert not any("vigil user add" in line for line in said)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_another_name_gets_no_page_and_behind_a_proxy_all_is_https(environment):
    with served(environment, VIGIL_CONSOLE_URL="https://vigil.example") as (port, _, _):
        other = ask(port, "/enter", host=f"127.0.0.1:{port}")
        assert other.status == 421
        assert "https://vigil.example" in other.text
        right = ask(port, "/enter", host="vigil.example")
        assert right.status == 200
        assert right.getheader("Strict-Transport-Security")
        cookies = [value for name, value in right.getheaders() if name == "Set-Cookie"]
        assert cookies
        assert all("Secure" in each and each.startswith("__Host-") for each in cookies)


def test_what_is_asked_for_stands_in_no_log(environment):
    with served(environment) as (port, said, _):
        ask(port, "/matches/M-SECRET-1?who=somebody")
        ask(port, "/enter", method="POST", body="name=somebody&password=hunter2hunter2")
        ask(port, "/nothing?q=somebody", host="evil.example")
        written = "".join(said)
    assert not re.search("SECRET|somebody|hunter2", written)


@pytest.mark.parametrize(
    ("options", "more", "code", "words"),
    [
        (("--host", "0.0.0.0"), {}, 1, "without https"),
        (("--host", "192.0.2.1"), {"VIGIL_CONSOLE_URL": "https://v.example"}, 3, "cannot answer"),
        ((), {"VIGIL_CONSOLE_URL": "https://v.example/sub"}, 2, "nothing behind the host"),
        ((), {"VIGIL_CONSOLE_LISTEN": "8080"}, 2, "host:port"),
        ((), {"VIGIL_CONSOLE_PROXY": "proxy"}, 2, "IP address"),
    ],
)
def test_what_cannot_be_served_safely_is_refused_in_words(
    environment, capsys, options, more, code, words
):
    arguments = ["serve", "--port", str(free_port()), *options]
    assert cli.run(arguments, environment | more) == code
    assert words in capsys.readouterr().err


def test_beyond_this_machine_without_https_wants_a_reason(environment):
    options = ("--host", "0.0.0.0", "--plain-http", "our VPN")
    with served(environment, *options) as (_, said, _):
        assert any("our VPN" in line for line in said)


def test_a_port_that_is_taken_is_named(environment, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert cli.run(["serve", "--port", str(port)], environment) == 3
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_a_secret_that_others_can_read_is_refused(environment, capsys, tmp_path):
    secret = tmp_path / "data" / "console.secret"
    secret.write_text("ab" * 32)
    secret.chmod(0o640)
    assert cli.run(["serve"], environment) == 1
    assert f"chmod 600 {secret}" in capsys.readouterr().err
    secret.chmod(0o600)
    secret.write_text("too short")
    assert cli.run(["serve"], environment) == 1
    assert "64 hexadecimal digits" in capsys.readouterr().err


# --- the web server by itself ---------------------------------------------------------------


@contextmanager
def serving(application, *, proxy=None):
    """Serve an application in a thread; yields the port."""
    listening = listen(Listen("127.0.0.1", free_port()))
    port = listening.getsockname()[1]
    running = Server(application, listening, url=f"http://127.0.0.1:{port}", proxy=proxy, threads=2)
    thread = threading.Thread(target=_run_until_closed, args=(running,))
    thread.start()
    try:
        yield port
    finally:
        running._server.close()
        running._server.asyncore.close_all(running._server._map)
        thread.join(10)
        running._server.task_dispatcher.shutdown()


def _run_until_closed(running):
    running._server.run()


def who_asks(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REMOTE_ADDR"].encode()]


@pytest.mark.usefixtures("database_kind")
def test_who_asks_is_what_the_proxy_says_and_nobody_else():
    said = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
    with serving(who_asks, proxy="127.0.0.1") as port:
        assert ask(port, headers=said).text == "203.0.113.7"
    with serving(who_asks, proxy="192.0.2.1") as port:
        assert ask(port, headers=said).text == "127.0.0.1"
    with serving(who_asks) as port:
        assert ask(port, headers=said).text == "127.0.0.1"


@pytest.mark.usefixtures("database_kind")
def test_headers_and_bodies_are_bounded():
    with serving(who_asks) as port:
        assert ask(port, headers={"X-Long": "a" * 40_000}).status == 431
        too_long = {"Content-Length": "3000000"}
        assert ask(port, method="POST", headers=too_long).status == 413
        assert ask(port).status == 200


@pytest.mark.usefixtures("database_kind")
def test_a_client_that_sends_a_byte_now_and_then_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(server, "REQUEST_SECONDS", 1)
    with serving(who_asks) as port, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(0.3)
        began = time.monotonic()
        while time.monotonic() - began < 15:
            try:
                slow.sendall(b"G")
                if slow.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 10
        assert ask(port).status == 200


@pytest.mark.usefixtures("database_kind")
def test_what_fails_outside_of_views_is_logged_without_its_address(caplog):
    def fails(_environ, _start_response):
        msg = "about somebody"
        raise RuntimeError(msg)

    hush()
    with caplog.at_level(logging.INFO), serving(fails) as port:
        assert ask(port, "/matches/somebody").status == 500
    assert "RuntimeError" in caplog.text
    assert "somebody" not in caplog.text
