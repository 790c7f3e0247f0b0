"""`vigil site check`: does the recipe of a watched site still work?"""

import click

from commands.app import App, pass_app
from commands.contents import examples
from commands.output import json_option, say, show_json, show_table
from commands.site_trial import try_out
from domain.counted import counted
from domain.errors import OutsideDown
from domain.finding import Level
from storage import sites
from watching.recipe_findings import SECONDS, as_tried, findings_of


@click.command("check", epilog=examples("vigil site check gallery"))
@click.argument("name")
@json_option
@pass_app
@click.pass_context
def check(ctx: click.Context, app: App, name: str, *, as_json: bool) -> None:
    """Try a watched site's recipe for a minute, and say what of it works.

    It is a small crawl of which nothing is recorded: are the start pages there, is the age gate
    passed, is the log-in accepted, does each pattern fit something, and do pictures arrive? The
    exit code is 1 if something does not work, and 3 if the site does not answer.
    """
    with app.database.reading() as session:
        site = sites.get(session, name).site
    report = try_out(app, as_tried(site), seconds=SECONDS, probing=False)
    findings = list(findings_of(site, report))
    if as_json:
        show_json({"site": name, "findings": findings, **report})
    else:
        show_table(
            ("", "Checked", "Found", "To do"),
            [(each.level.value, each.what, each.found, each.advice or "") for each in findings],
        )
    bad = [each for each in findings if each.level is Level.FAIL]
    if not as_json:
        say()
        say(f"{counted(len(bad), 'problem')}." if bad else f"The recipe of {name} works.")
    if bad:
        down = not report["pages"] and report["pages_failed"]
        ctx.exit(OutsideDown.exit_code if down else 1)
