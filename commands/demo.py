"""`vigil demo`: the whole of Vigil at work, on practice sites of this machine."""

import click

from commands.contents import examples
from commands.output import console


@click.command("demo", epilog=examples("vigil demo", "vigil demo --keep"))
@click.option("--keep", is_flag=True, help="Leave the demo's data behind to look at.")
@click.pass_context
def command(ctx: click.Context, *, keep: bool) -> None:
    """Show Vigil at work on two practice sites, in under a minute.

    It serves two small sites on this machine alone, opens three cases, registers a few free
    photographs, crawls the sites and shows which copies it flagged. It touches none of your data.
    """
    # Here, so that help does not wait for the web server and Scrapy to load.
    from practice.demo import run_demo  # noqa: PLC0415

    ctx.exit(run_demo(console(), keep=keep))
