"""`vigil crawls`: past crawls, their counts, and what went wrong in them."""

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.crawl_report import crawl_json, say_crawl
from commands.output import json_option, say, show_json, show_table, when
from domain.counted import counted
from storage import crawls, sites
from watching.crawl_warning import warning_of


@click.group("crawls", cls=InOrder)
def command() -> None:
    """See past crawls, their counts and what went wrong in them."""


@command.command("list", epilog=examples("vigil crawls list --site practice-gallery"))
@click.option("--site", metavar="NAME", help="Only crawls of this site.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
@json_option
@pass_app
def list_(app: App, site: str | None, limit: int, *, as_json: bool) -> None:
    """List crawls, the newest first."""
    with app.database.reading() as session:
        if site is not None:
            sites.get(session, site)
        found = crawls.list_crawls(session, site=site, limit=limit)
    if as_json:
        show_json(found)
        return
    if not found:
        say("Nothing was crawled yet. To visit a site: vigil crawl NAME")
        return
    show_table(
        ("Crawl", "Site", "State", "Started", "Pages", "Images", "Hashed", "Problems", "Flagged"),
        [
            (
                crawl.crawl_id,
                crawl.site,
                crawl.state,
                when(crawl.started_at),
                crawl.pages_fetched + crawl.pages_unchanged,
                crawl.references,
                crawl.hashed,
                crawl.pages_failed + crawl.failed + crawl.undecodable,
                crawl.flagged,
            )
            for crawl in found
        ],
    )


@command.command(epilog=examples("vigil crawls show 12 --errors"))
@click.argument("crawl_id", metavar="CRAWL", type=int)
@click.option("--errors", is_flag=True, help="Name each page and image that did not end well.")
@click.option(
    "--limit", type=click.IntRange(1), default=200, show_default=True, help="Errors at most."
)
@json_option
@pass_app
def show(app: App, crawl_id: int, limit: int, *, errors: bool, as_json: bool) -> None:
    """Show one crawl: what became of every page and image."""
    with app.database.reading() as session:
        crawl = crawls.get(session, crawl_id)
        problems = crawls.errors(session, crawl_id, limit) if errors else []
        warning = warning_of(session, crawl)
        noted = crawls.noted(session, crawl.crawl_id)
    if as_json:
        shown = crawl_json(crawl, warning)
        show_json(shown if not errors else {"crawl": shown, "errors": problems})
        return
    say_crawl(crawl, warning, noted=noted)
    if problems:
        say()
        show_table(
            ("What", "Outcome", "Address", "Why"),
            [(each.what, each.outcome, each.url, each.reason) for each in problems],
        )
        if len(problems) == limit:
            say(f"These are the first {counted(limit, 'problem')}; --limit shows more.")
