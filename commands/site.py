"""`vigil site`: the watched sites and their policies."""

from pathlib import Path
from typing import Any

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import confirm, json_option, say, show_facts, show_json, show_table, when
from commands.site_check import check
from commands.site_facts import site_facts, site_json
from commands.site_file import SiteEntry, read_sites
from commands.site_options import policy_options, undoing_options, words_of
from commands.site_probe import probe
from domain.counted import counted
from domain.errors import InvalidInput, OutsideDown, VigilError
from domain.site import Site, written_interval, written_rate
from storage import crawls, sites
from storage.site_counts import site_counts
from watching import acting
from watching.policy_words import changed_site, new_site


@click.group("site", cls=InOrder)
def command() -> None:
    """Name the sites to watch, and how gently to visit them."""


command.add_command(probe)


@command.command(
    epilog=examples(
        "vigil site add practice-gallery https://gallery.example/",
        "vigil site add forum https://forum.example/new --every 15m --rate 30/m",
        "vigil site add wiki https://wiki.example/ --host wiki.example --host .wiki.example",
        "vigil site add board https://board.example/ --header 'Accept-Language: en'",
        "vigil site add albums https://albums.example/ --follow '/album/*' --leave '*/print/*'",
        "vigil site add night https://night.example/ --quiet-hours '22:00-06:00 Asia/Seoul'",
        "vigil site add gate https://gate.example/ --age-gate 'I am over 18'",
        "vigil site add club https://club.example/new --login https://club.example/login "
        "--login-user LOGIN_CLUB_USER --login-password LOGIN_CLUB_PASSWORD",
    )
)
@click.argument("name")
@click.argument("urls", nargs=-1, required=True, metavar="URL…")
@policy_options
@pass_app
def add(app: App, /, name: str, urls: tuple[str, ...], **options: Any) -> None:
    """Watch a site, beginning at one or more of its pages.

    NAME is what you call the site: lower-case letters, digits and hyphens. Links are followed on
    the hosts of the pages you give, or on those that you name with --host, and on no others.
    """
    site = new_site(name, words_of(options, urls))
    with app.database.writing() as session:
        acting.add_site(session, site, actor=app.actor, now=app.now())
    say(
        f"Added {site.name}: visited every {written_interval(site.every)} "
        f"at {written_rate(site.rate)}, on {', '.join(site.hosts)}."
    )
    say(f"To visit it now: vigil crawl {site.name}")


@command.command("import", epilog=examples("vigil site import sites.yaml --dry-run"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@json_option
@pass_app
@click.pass_context
def import_(ctx: click.Context, app: App, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Add many sites from a YAML file; one bad entry never stops the rest.

    The file holds a list under `sites:`. Each entry has a name, urls, and if you like hosts,
    every, rate, max_pages, max_depth, follow, leave, quiet_hours, ignore_robots,
    accept_bad_certificate, proxy, render, age_gate, login (with page, user, password), item,
    listing, image, headers and cookies.
    """
    entries = read_sites(file)
    with app.database.reading() as session:
        there = {stored.site.name: stored.site for stored in sites.all_sites(session)}
    results = [(entry, _imported(app, entry, there, dry_run=dry_run)) for entry in entries]
    failed = sum(1 for _, (done, _) in results if done == "failed")
    added = sum(1 for _, (done, _) in results if done == "added")
    if as_json:
        rows = [
            {"line": entry.line, "name": entry.name, "outcome": done, "reason": reason}
            for entry, (done, reason) in results
        ]
        show_json({"dry_run": dry_run, "added": added, "failed": failed, "sites": rows})
    else:
        for entry, (done, reason) in results:
            if done == "failed":
                say(f"{file}, line {entry.line}, {entry.name}: {reason}", err=True)
            elif done == "unchanged":
                say(f"{entry.name} is there already, as the file has it.")
        would = "would be added" if dry_run else "added"
        say(f"{counted(added, 'site')} {would}, {counted(failed, 'problem')}.")
    if failed:
        ctx.exit(1)


@command.command("list")
@json_option
@pass_app
def list_(app: App, *, as_json: bool) -> None:
    """List the watched sites with their last crawl."""
    with app.database.reading() as session:
        rows = [
            (stored, crawls.latest(session, stored.site.name))
            for stored in sites.all_sites(session)
        ]
    if as_json:
        show_json([site_json(stored, crawl) for stored, crawl in rows])
        return
    if not rows:
        say("No site is watched yet. To add one: vigil site add NAME URL")
        return
    show_table(
        ("Site", "Starts at", "Every", "Rate", "Last crawl", "Images", "Flagged"),
        [
            (
                stored.site.name,
                stored.site.start_urls[0],
                "paused" if stored.paused_at else written_interval(stored.site.every),
                written_rate(stored.site.rate),
                f"{crawl.state}, {when(crawl.started_at)}" if crawl else "never",
                crawl.references if crawl else 0,
                crawl.flagged if crawl else 0,
            )
            for stored, crawl in rows
        ],
    )


@command.command()
@click.argument("name")
@click.option("--show-secrets", is_flag=True, help="Show the values of headers and cookies.")
@json_option
@pass_app
def show(app: App, name: str, *, show_secrets: bool, as_json: bool) -> None:
    """Show one site: its policy, its last crawl, what is known of it."""
    with app.database.reading() as session:
        stored = sites.get(session, name)
        crawl = crawls.latest(session, name)
        counts = site_counts(session, stored.site_id)
    if as_json:
        show_json(site_json(stored, crawl, secrets=show_secrets) | {"counts": counts})
        return
    show_facts(site_facts(stored, crawl, counts, secrets=show_secrets))


@command.command(
    epilog=examples(
        "vigil site edit forum --every 2h",
        "vigil site edit forum --clear-cookies --cookie session=…",
        "vigil site edit forum --clear-leave --leave '*?action=edit*'",
    )
)
@click.argument("name")
@click.option(
    "--url", "urls", multiple=True, metavar="URL", help="Start at these pages instead. Repeatable."
)
@policy_options
@undoing_options
@pass_app
def edit(app: App, /, name: str, urls: tuple[str, ...], **options: Any) -> None:
    """Change a site's policy; what you do not mention stays as it is."""
    words = words_of(options, urls)
    if words.says_nothing():
        msg = f"Say what to change, for example: vigil site edit {name} --every 2h"
        raise InvalidInput(msg)
    with app.database.writing() as session:
        site = changed_site(sites.get(session, name).site, words)
        changed = acting.change_site(
            session, site, actor=app.actor, now=app.now(), reason=words.reasons()
        )
    if not changed:
        say(f"{name} is like that already; nothing was changed.")
        return
    say(f"Changed {name}: {', '.join(part.replace('_', ' ') for part in changed)}.")


command.add_command(check)


@command.command()
@click.argument("name")
@click.option("--reason", help="Why; it is recorded.")
@pass_app
def pause(app: App, name: str, reason: str | None) -> None:
    """Stop visiting a site until you resume it."""
    with app.database.writing() as session:
        acting.pause_site(session, name, actor=app.actor, now=app.now(), reason=reason)
    say(f"{name} is paused. To visit it again: vigil site resume {name}")


@command.command()
@click.argument("name")
@pass_app
def resume(app: App, name: str) -> None:
    """Visit a paused site again."""
    with app.database.writing() as session:
        acting.resume_site(session, name, actor=app.actor, now=app.now())
    say(f"{name} is visited again. To visit it now: vigil crawl {name}")


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def remove(app: App, name: str, *, yes: bool) -> None:
    """Stop watching a site; what was found on it stays on record."""
    with app.database.reading() as session:
        sites.get(session, name)
    confirm(f"Stop watching {name}?", yes=yes)
    with app.database.writing() as session:
        acting.remove_site(session, name, actor=app.actor, now=app.now())
    say(
        f"{name} is no longer watched. What was found there is kept, its headers and cookies are "
        "not; adding it again brings it back."
    )


def _imported(
    app: App, entry: SiteEntry, there: dict[str, Site], *, dry_run: bool
) -> tuple[str, str | None]:
    """Add one entry, and say what came of it: added, unchanged, or failed and why."""
    site = entry.outcome
    if isinstance(site, InvalidInput):
        return "failed", str(site)
    if there.get(site.name) == site:
        return "unchanged", None
    if site.name in there:
        return "failed", (
            "a site of that name is watched already, with another policy. "
            f"To change it: vigil site edit {site.name}"
        )
    if dry_run:
        return "added", None
    try:
        with app.database.writing() as session:
            acting.add_site(session, site, actor=app.actor, now=app.now())
    except OutsideDown:
        raise
    except VigilError as error:
        return "failed", str(error)
    return "added", None
