"""`vigil doctor`: whether this installation is complete and safe, and every setting it has."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from commands import console_checks, embedding_check, machine_checks, watch_checks
from commands.app import App, pass_app
from commands.contents import examples
from commands.output import json_option, say, show_json, show_table
from config import SETTINGS
from domain.counted import counted
from domain.errors import InvalidInput
from domain.finding import Finding, Level, fail

_SECRET: Final = frozenset({"VIGIL_DATABASE_URL", "VIGIL_ANALYST_DATABASE_URL"})
"""Settings that may hold a password."""


@click.command("doctor", epilog=examples("vigil doctor", "vigil doctor --strict --json"))
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@json_option
@pass_app
@click.pass_context
def command(ctx: click.Context, app: App, *, strict: bool, as_json: bool) -> None:
    """Check that this installation is complete and safe.

    Each line says what was checked, what was found and what to do about it. Below stand all
    settings. The exit code is 1 if something is missing or unsafe.
    """
    findings = list(_findings(app))
    settings = [(name, _shown(app, name), meaning) for name, meaning in SETTINGS.items()]
    if as_json:
        names = ("name", "value", "meaning")
        show_json(
            {
                "findings": findings,
                "settings": [dict(zip(names, setting, strict=True)) for setting in settings],
            }
        )
    else:
        show_table(
            ("", "Checked", "Found", "To do"),
            [(each.level.value, each.what, each.found, each.advice or "") for each in findings],
        )
        say()
        show_table(("Setting", "Value", "Meaning"), settings)
        say()
        say(_verdict(findings))
    bad = {Level.FAIL, Level.WARN} if strict else {Level.FAIL}
    if any(each.level in bad for each in findings):
        ctx.exit(1)


def _findings(app: App) -> Iterator[Finding]:
    now = app.now()
    try:
        config = app.config
    except InvalidInput as error:
        yield machine_checks.python()
        yield fail("Settings", str(error), "Correct it; nothing else was checked.")
        return
    yield from machine_checks.machine(config, now=now)
    yield from embedding_check.model(config)
    yield from console_checks.console(config)
    yield watch_checks.practice_hosts(config)
    yield from watch_checks.database(config, app.environment, now=now)


def _shown(app: App, name: str) -> str | None:
    value = app.environment.get(name)
    if not value:
        return None
    return _without_password(value) if name in _SECRET else value


def _without_password(url: str) -> str:
    # Only parts that are no secret are written: a password may stand in the query, too.
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return "set, but cannot be read"
    return parts.set(query={}).render_as_string(hide_password=True)


def _verdict(findings: list[Finding]) -> str:
    levels = Counter(each.level for each in findings)
    if levels[Level.FAIL]:
        failed = counted(levels[Level.FAIL], "thing is", "things are")
        return f"{failed} missing or unsafe; see above what to do."
    if levels[Level.WARN]:
        wants = counted(levels[Level.WARN], "thing wants", "things want")
        return f"It works; {wants} attention."
    return "Everything is as it should be."
