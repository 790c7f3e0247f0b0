"""The console as people use it: an application on a real database, signed in, and in a browser."""

import copy
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import make_url
from werkzeug.serving import WSGIRequestHandler, make_server

from console.application import create_app
from domain.entering import Entered
from domain.permission import Role
from storage import account_sessions, accounts
from storage.database import Database
from tests.console.filled_database import fill

SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--force-color-profile=srgb",
)

SECRET = b"what this test's sessions are signed with"


@pytest.fixture
def console(config, database):
    """The console on this test's database."""
    return create_app(config, database, secret=SECRET, https=False)


@pytest.fixture
def filled(database, database_kind, request):
    """The database with sites, crawls, cases, matches in every state; returns their numbers."""
    if database_kind != "sqlite":
        return fill(database)
    numbers, made = request.getfixturevalue("filled_template")
    shutil.copyfile(made, Path(str(make_url(database.engine.url).database)))
    return copy.deepcopy(numbers)


@pytest.fixture(scope="session")
def filled_template(sqlite_template, tmp_path_factory):
    """A filled database file, to be copied: filling one takes seconds of hashing."""
    path = tmp_path_factory.mktemp("filled") / "vigil.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    numbers = fill(database)
    database.scrub()
    database.close()
    return numbers, path


@pytest.fixture
def person(database):
    """Make an account with some roles, or return the one of that name."""

    def make(*roles, name=None):
        name = name or f"a-{roles[0]}"
        with database.writing() as session:
            found = accounts.by_name(session, name)
            return found or accounts.add(
                session, name, [Role(role) for role in roles], now=datetime.now(UTC)
            )

    return make


@pytest.fixture
def as_role(console, person):
    """A client that is signed in as somebody with some roles. It sends forms without a token."""

    def make(*roles, name=None):
        # What a form must bring besides is tried by the tests of forms that other sites send.
        console.config["WTF_CSRF_ENABLED"] = False
        client = console.test_client()
        with client.session_transaction() as session:
            session.update(_signed_in(console, person(*roles, name=name)))
        return client

    return make


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """One browser for a file of tests: the packed one, or one that is installed.

    Returns the address of its tools. Others count the browsers that they start: none of ours is
    left when a file is through.
    """
    packed = Path(sys.prefix, "chromium", "chromium")
    program = str(packed) if packed.exists() else which("chromium") or which("google-chrome")
    assert program is not None, "no Chromium: run the tests by `make test`, which gets one"
    folder = tmp_path_factory.mktemp("chromium")
    with subprocess.Popen(
        [program, *SWITCHES, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield f"http://127.0.0.1:{_port_of(folder, process)}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def served(console):
    """The console behind a real server on loopback; returns its address."""
    server = make_server("127.0.0.1", 0, console, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browse(chromium, console, served, person):
    """Open pages in a browser, signed in as somebody with some roles; returns a Playwright page.

    Whatever goes wrong in the page fails the test: an error of a script, something that the
    content policy stopped, a request to another host.
    """
    contexts, wrong = [], []
    # Started anew for each test: while it runs, nothing else in this thread can be asynchronous.
    playwright = sync_playwright().start()
    browser = playwright.chromium.connect_over_cdp(chromium)

    def make(*roles, name=None, width=1280, height=900, dark=False, host="127.0.0.1"):
        address = served.replace("127.0.0.1", host)
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if roles:
            serializer = console.session_interface.get_signing_serializer(console)
            cookie = serializer.dumps(_signed_in(console, person(*roles, name=name)))
            context.add_cookies([{"name": "vigil", "value": cookie, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((address, "data:", "blob:"))
                else wrong.append(f"asked another host: {request.url}")
            ),
        )
        page.set_default_timeout(10_000)
        return page

    yield make
    for context in contexts:
        context.close()
    browser.close()
    playwright.stop()
    assert wrong == []


def _port_of(folder, process):
    """Wait until a browser has said where its tools are reached."""
    said = folder / "DevToolsActivePort"
    until = time.monotonic() + 60
    while not (said.exists() and said.read_text().count("\n")):
        assert process.poll() is None, "Chromium does not start"
        assert time.monotonic() < until, "Chromium takes too long to start"
        time.sleep(0.02)
    return int(said.read_text().splitlines()[0])


class _Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code="-", size="-"):
        pass


def _is_wrong(said):
    # A page that answers 4xx on purpose is told as well; that is what its test is about.
    return said.type == "error" and "Failed to load resource" not in said.text


def _signed_in(console, account):
    """What the session of somebody holds who has signed in just now."""
    surroundings = console.extensions["vigil"]
    with surroundings.database.writing() as session:
        token = account_sessions.begin(
            session,
            account.account_id,
            entered_with=Entered.PASSWORD_AND_CODE,
            device="a test",
            now=surroundings.clock(),
        )
    return {"_user_id": token, "_fresh": True}
