"""Somebody with every role, signed in to a console, for looking at all of its pages."""

from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from domain.entering import Entered
from domain.permission import Role
from storage import account_sessions, accounts
from storage.accounts import Account
from storage.database import Database

NAME = "gwen"


def everybody(database: Database) -> Account:
    """Return the account with every role, making it if there is none."""
    with database.writing() as session:
        found = accounts.by_name(session, NAME)
        return found or accounts.add(session, NAME, tuple(Role), now=datetime.now(UTC))


def session_of(database: Database, account: Account) -> dict[str, object]:
    """Sign somebody in; return what her cookie holds."""
    with database.writing() as session:
        token = account_sessions.begin(
            session,
            account.account_id,
            entered_with=Entered.PASSWORD_AND_CODE,
            device="a benchmark",
            now=datetime.now(UTC),
        )
    return {"_user_id": token, "_fresh": True}


def client_of(app: Flask, database: Database) -> FlaskClient:
    """Return a client that is signed in with every role and sends forms without a token."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(session_of(database, everybody(database)))
    return client


def cookie_of(app: Flask, database: Database) -> str:
    """Return the value of the cookie that a browser is signed in by."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own session has it
    written: str = serializer.dumps(session_of(database, everybody(database)))
    return written
