"""Signing in and out, by Flask-Security."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin

from console.access import open_to_anyone
from console.surroundings import reading
from storage import accounts
from storage.accounts import Account

page = Blueprint("sign_in", __name__)


class User(UserMixin):
    """Whoever is signed in."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @property
    def is_active(self) -> bool:
        """Whether she may use her account at all."""
        return self.account.active

    def get_id(self) -> str:
        """Return what her sessions hold."""
        return self.account.session_key


@page.get("/enter")
@open_to_anyone
def enter() -> ResponseReturnValue:
    """Ask who is there."""
    return render_template("enter.html")


def apply(app: Flask) -> None:
    """Let people sign in to an application."""
    manager = LoginManager(app)

    @manager.user_loader
    def load(key: str) -> User | None:
        with reading() as session:
            account = accounts.by_session_key(session, key)
        return None if account is None or not account.active else User(account)
