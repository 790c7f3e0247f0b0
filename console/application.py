"""The console as one Flask application: what every page goes through, and all pages."""

from datetime import timedelta
from typing import Final

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from config import Config
from console import access, errors, languages, layout, readable, security_headers, sign_in
from console.pages import PAGES
from console.surroundings import Clock, Surroundings
from storage.database import Database

MOST_SENT: Final = 1024 * 1024
"""Bytes that a form may send: nobody uploads anything here."""


def create_app(
    config: Config, database: Database, *, secret: bytes, https: bool, clock: Clock | None = None
) -> Flask:
    """Put the console together.

    Args:
        config: the settings of this installation.
        database: where everything is; it outlives the application.
        secret: what sessions are signed with, the same for every process of one installation.
        https: whether people reach it by https, so that cookies are sent by that alone.
        clock: what tells the time; the machine's own without one.
    """
    app = Flask("console")
    app.config.update(
        SECRET_KEY=secret,
        MAX_CONTENT_LENGTH=MOST_SENT,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=config.console_hours),
        SESSION_COOKIE_NAME="__Host-vigil" if https else "vigil",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # it lasts as long as the session that it belongs to
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Surroundings(config, database, clock).belong_to(app)
    readable.apply(app)
    CSRFProtect(app)
    security_headers.apply(app, https=https)
    sign_in.apply(app, secret)
    access.apply(app)
    languages.apply(app)
    layout.apply(app)
    errors.apply(app)
    for page in PAGES:
        app.register_blueprint(page)
    return app
