"""`vigil demo`: the whole of Vigil at work, on practice sites of this machine."""

import click

from commands.app import App, pass_app
from commands.contents import examples


@click.command("demo", epilog=examples("vigil demo"))
@pass_app
@click.pass_context
def command(ctx: click.Context, app: App) -> None:
    """Show Vigil at work on two practice sites, in under a minute.

    It serves two small sites on this machine alone, opens three cases, registers a few free
    photographs, crawls the sites and shows which copies and edited reposts it flagged. It touches
    none of your data: its own lie in one folder, or in an empty database that VIGIL_DATABASE_URL
    names.
    """
    # Here, so that help does not wait for the web server and Scrapy to load.
    from commands.demonstration import demonstrate  # noqa: PLC0415

    ctx.exit(demonstrate(app.environment))
