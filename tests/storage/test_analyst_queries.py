"""Analysts ask what they like of their views, and reach nothing else, whatever they write."""

import secrets
from datetime import UTC, datetime

import psycopg2
import pytest
from sqlalchemy import make_url, text

from domain.site import Site
from storage import (
    analyst_query,
    analyst_query_postgresql,
    analyst_query_sqlite,
    analyst_views,
    audit,
    cases,
    migrations,
    sites,
)
from storage.analyst_query import QueryStopped
from storage.analyst_query_limits import QueryStoppedError, Trouble
from storage.analyst_views import VIEWS
from storage.engine import make_engine
from storage.row import Row
from tests.storage.analyst_questions import ON_BOTH, ON_POSTGRESQL, ON_SQLITE

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def analyst_url(database):
    """On PostgreSQL, the database as a role that may read the views; None on SQLite."""
    if database.dialect == "sqlite":
        yield None
        return
    role = f"analyst_{secrets.token_hex(4)}"
    _as_owner(
        database,
        f"CREATE ROLE {role} LOGIN",
        *(f"GRANT SELECT ON {view.name} TO {role}" for view in VIEWS),
    )
    yield database.engine.url.set(username=role).render_as_string(hide_password=False)
    _as_owner(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.fixture
def filled(database):
    """A site, a case and an audit entry, each with something that nobody may see; returns that."""
    site = Site("forum", ("https://forum.example/",), cookies={"in": "secret-cookie"})
    with database.writing() as session:
        sites.add(session, site, now=NOW)
        number = cases.open_case(session, now=NOW).number
        audit.append(
            session,
            now=NOW,
            actor="anna",
            action="case opened",
            subject=number,
            reason="secret-why",
        )
        session.execute(
            text(
                "INSERT INTO image (image_id, sha256, md5, pdq, pdq_quality, phash, format, width, "
                "height, byte_size, first_seen) VALUES (1, '1', '2', '3', 90, '4', 'JPEG', 9, 9, 9,"
                " '2026-03-02 12:00:00')"
            )
        )
        session.execute(
            text(
                "INSERT INTO match (number, case_id, image_id, state, flagged_at) "
                "VALUES ('M-SECRET', 1, 1, 'flagged', '2026-03-01 23:00:00+00:00')"
            )
        )
    return (number, "secret-cookie", "secret-why", "M-SECRET", "argon2")


@pytest.fixture
def ask(database, analyst_url):
    """Run a query where this test is, without a process of its own and without a look at it."""
    if database.dialect == "sqlite":
        return lambda query: analyst_query_sqlite.ask(database.engine.url.database, query)
    url = make_url(analyst_url)
    _, connect = make_engine(url).dialect.create_connect_args(url)
    return lambda query: analyst_query_postgresql.ask(dict(connect), query)


def test_what_an_analyst_may_not_see_no_statement_gives_her(database, ask, filled):
    more = ON_SQLITE if database.dialect == "sqlite" else ON_POSTGRESQL
    assert len(ON_BOTH) >= 40
    for statement in ON_BOTH + more:
        with pytest.raises(QueryStoppedError) as stopped:
            pytest.fail(f"{statement} gave {ask(statement).rows}")
        assert not any(secret in str(stopped.value) for secret in filled), statement
    with database.reading() as session:
        assert session.execute(text("SELECT number, state FROM match")).all() == [
            ("M-SECRET", "flagged")
        ]
        assert session.execute(text("SELECT count(*) FROM case_file")).scalar() == 1


def test_no_join_reads_a_column_that_it_does_not_name(database, ask, filled):
    def told(statement):
        try:
            return ask(statement).rows
        except QueryStoppedError as stopped:
            return str(stopped)

    # SQLite asks nobody whether the columns may be read that NATURAL and USING join by.
    spellings = ("", "main.", "temp.") if database.dialect == "sqlite" else ("",)
    for table in Row.metadata.sorted_tables:
        names = [column.name for column in table.columns]
        others = ", ".join(f"NULL AS {name}" for name in names)
        for of in spellings:
            statement = (
                f"SELECT {', '.join(names)} FROM (SELECT {others}) AS none "
                f"NATURAL FULL JOIN {of}{table.name}"
            )
            found = told(statement)
            assert isinstance(found, str) or len(found) == 1, statement
            assert not any(secret in str(found) for secret in filled), statement
    for guess in (
        f"SELECT count(*) FROM case_file NATURAL JOIN (SELECT '{filled[0]}' AS number) AS guess",
        "SELECT count(*) FROM match JOIN (SELECT 'M-SECRET' AS number) AS guess USING (number)",
    ):
        found = told(guess)
        assert isinstance(found, str) or found == [[0]], guess


def test_what_looks_harmless_holds_nothing_secret(database, ask, filled):
    statements = ["WITH sighting AS (SELECT 'x' AS y) SELECT * FROM analyst_match"]
    if database.dialect == "postgresql":
        statements += [
            "SELECT * FROM pg_stat_activity",
            "SELECT * FROM pg_settings",
            "SELECT 1 AS hello_world",
            "SELECT pg_get_viewdef('analyst_match')",
            "SELECT * FROM pg_stats",
            "SELECT * FROM information_schema.columns",
        ]
    for statement in statements:
        told = str(ask(statement).rows)
        assert not any(secret in told for secret in filled), statement


@pytest.mark.usefixtures("filled")
def test_every_view_has_the_columns_that_it_says_and_says_what_is_there(ask):
    for view in VIEWS:
        found = ask(f"SELECT * FROM {view.name}")
        assert found.columns == [column.name for column in view.columns]
    found = ask(
        "SELECT flagged_on, week, site, state, same_bytes, hours_to_decision FROM analyst_match"
    )
    # Sunday night in UTC still belongs to the week before.
    assert [list(map(str, row)) for row in found.rows] == [
        ["2026-03-01", "2026-02-23", "", "flagged", "0", "None"]
    ]
    assert ask("SELECT site, state, visited_every_minutes FROM analyst_site").rows == [
        ["forum", "watched", 30]
    ]


def test_rows_values_and_time_are_bounded(ask, database, monkeypatch):
    endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT {} FROM r"
    found = ask(f"SELECT * FROM ({endless.format('x')} LIMIT 20000) AS many")
    assert (len(found.rows), found.cut) == (10_000, True)

    long = "printf('%.*c', 500000, 'x')" if database.dialect == "sqlite" else "repeat('x', 5000000)"
    assert len(ask(f"SELECT {long} AS long").rows[0][0]) <= 1001

    for module in (analyst_query_sqlite, analyst_query_postgresql):
        monkeypatch.setattr(module, "SECONDS", 0.5)
    with pytest.raises(QueryStoppedError) as stopped:
        ask(endless.format("max(x)"))
    assert stopped.value.trouble is Trouble.LATE


@pytest.mark.usefixtures("filled")
def test_a_query_runs_in_a_process_that_knows_none_of_our_secrets(
    database, analyst_url, monkeypatch
):
    monkeypatch.setenv("VIGIL_DATABASE_URL", "secret")
    answer = analyst_query.ask(
        database,
        "\n-- how many?\nSELECT count(*) AS n FROM analyst_match;\n",
        analyst_url=analyst_url,
    )
    assert (answer.columns, answer.rows, answer.cut) == (("n",), ((1,),), False)
    for query, trouble in (
        ("", Trouble.EMPTY),
        ("SELECT " + "1, " * 4000 + "1", Trouble.TOO_LONG),
        ("SELECT '\0'", Trouble.UNREADABLE),
        ("EXPLAIN SELECT 1", Trouble.NOT_SELECT),
        ("/* SELECT */ DELETE FROM match", Trouble.NOT_SELECT),
        ("SELECT 1; SELECT 2", Trouble.NOT_ONE),
        ("SELECT number FROM match", Trouble.TABLE),
        ("SELECT nothing FROM analyst_match", Trouble.WRONG),
    ):
        with pytest.raises(QueryStopped) as stopped:
            analyst_query.ask(database, query, analyst_url=analyst_url)
        assert stopped.value.trouble is trouble, query[:40]


@pytest.mark.usefixtures("analyst_url")
# On PostgreSQL the server's `temp_file_limit` bounds it, which only its owner sets.
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_takes_too_much_space_is_stopped(database):
    large = (
        "WITH RECURSIVE r(n, x) AS (SELECT 1, printf('%.*c', 900000, 'x') UNION ALL "
        "SELECT n + 1, x || '' FROM r WHERE n < 2000) SELECT max(n) FROM "
        "(SELECT n, x, row_number() OVER (ORDER BY x, n) AS place FROM r) AS sorted"
    )
    with pytest.raises(QueryStopped) as stopped:
        analyst_query.ask(database, large, analyst_url=None)
    assert stopped.value.trouble in {Trouble.LARGE, Trouble.LATE}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_role_that_may_do_more_turns_queries_off(database, analyst_url):
    role = make_url(analyst_url).username

    def trouble(url=analyst_url):
        try:
            analyst_query.check(database, analyst_url=url)
        except QueryStopped as stopped:
            return stopped.trouble
        return None

    assert trouble() is None
    assert trouble(None) is Trouble.OFF
    assert trouble(database.engine.url.render_as_string(hide_password=False)) is Trouble.UNSAFE
    assert trouble(analyst_url.replace(role, "nobody_here")) is Trouble.NOT_LET_IN
    for given, taken in (
        (f"GRANT SELECT ON case_file TO {role}", f"REVOKE SELECT ON case_file FROM {role}"),
        ("GRANT SELECT (number) ON match TO PUBLIC", "REVOKE SELECT (number) ON match FROM PUBLIC"),
        (f"GRANT DELETE ON analyst_site TO {role}", f"REVOKE DELETE ON analyst_site FROM {role}"),
        (f"GRANT pg_read_all_data TO {role}", f"REVOKE pg_read_all_data FROM {role}"),
        (f"ALTER ROLE {role} CREATEROLE", f"ALTER ROLE {role} NOCREATEROLE"),
        (
            (
                "CREATE FUNCTION peek() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS "
                "'SELECT count(*) FROM case_file'"
            ),
            "DROP FUNCTION peek()",
        ),
        (
            f"GRANT EXECUTE ON FUNCTION pg_read_file(text) TO {role}",
            f"REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM {role}",
        ),
    ):
        _as_owner(database, given)
        assert trouble() is Trouble.UNSAFE, given
        _as_owner(database, taken)
        assert trouble() is None, taken
    _as_owner(database, f"REVOKE SELECT ON analyst_match FROM {role}")
    assert trouble() is Trouble.LACKING


@pytest.mark.usefixtures("analyst_url")
def test_views_made_anew_are_read_by_whoever_could_before(database, ask):
    with database.engine.begin() as connection:
        migrations.run_upgrade(connection)
    assert ask("SELECT count(*) AS n FROM analyst_match").rows == [[0]]


def test_views_are_in_the_database_for_other_tools(database):
    with database.reading() as session:
        for view in VIEWS:
            session.execute(text(f"SELECT * FROM {view.name}")).all()
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0014")
        for view in VIEWS:
            kind = (
                "sqlite_master WHERE name"
                if database.dialect == "sqlite"
                else ("pg_views WHERE viewname")
            )
            found = connection.execute(text(f"SELECT count(*) FROM {kind} = '{view.name}'"))
            assert found.scalar() == 0


def test_no_view_names_a_column_that_says_who_or_where():
    for view in VIEWS:
        for dialect in ("sqlite", "postgresql"):
            words = set(view.select(dialect).replace(",", " ").replace(".", " ").split())
            assert not words & {
                "number", "url", "case_id", "case_file", "registration", "actor", "reason",
                "links_to", "account", "value", "cookies", "headers", "start_urls",
            }, view.name  # fmt: skip
    assert analyst_views.BASE_TABLES.isdisjoint({"case_file", "registration", "signal", "account"})


def _as_owner(database, *statements):
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()
