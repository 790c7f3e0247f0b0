"""The first page: it leads to where somebody's work begins."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from console.access import needs
from console.layout import home
from console.surroundings import account
from domain.permission import Permission

page = Blueprint("home", __name__)


@page.get("/")
@needs(Permission.OWN_ACCOUNT)
def start() -> ResponseReturnValue:
    """Lead to the first page of somebody's menu."""
    return redirect(home(account().permissions))
