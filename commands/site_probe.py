"""`vigil site probe`: a short look at an unknown site, and the recipe that it suggests."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import click

from commands.app import App, pass_app
from commands.contents import examples
from commands.output import json_option, say, show_json
from commands.site_file import recipe_words, written_sites
from commands.site_options import policy_options, words_of
from commands.site_trial import try_out
from domain.address import host_of, in_scope
from domain.counted import counted
from domain.errors import InvalidInput, OutsideDown, Refused
from domain.site import PageType, Site
from domain.site_entry import WAY_IN
from watching.crawl_warning import is_trouble
from watching.policy_words import new_site

_SECONDS: Final = 120
_PAGES: Final = 300
_MANY_WAITING: Final = 400
_MANY_PAGES: Final = 2_000
_SHOWN: Final = 8
_REASONS_SHOWN: Final = 5
_PATTERNS_PROPOSED: Final = 5
_ENDS: Final = {"finished": "It was seen whole", "shutdown": "It was stopped"}


@click.command(
    "probe",
    epilog=examples(
        "vigil site probe https://gallery.example/",
        "vigil site probe https://gallery.example/ --rate 2/s > gallery.yaml",
    ),
)
@click.argument("url")
@click.option("--name", metavar="NAME", help="What to call the site. At first its host's name.")
@policy_options
@json_option
@pass_app
def probe(app: App, /, url: str, name: str | None, *, as_json: bool, **options: Any) -> None:
    """Look at an unknown site for two minutes, and propose a recipe for it.

    Nothing is recorded: pictures are fetched and measured as in a crawl, and forgotten. What is
    printed can be read by `vigil site import`. Options that you give are tried, and come back in
    the recipe.
    """
    words = words_of(options, (url,))
    site = _first_try(new_site(name or _name_for(url), words), limited=words.max_pages is not None)
    report = try_out(app, site, seconds=_SECONDS, probing=True)
    if not report["pages"]:
        raise _unreadable(url, report)
    proposed = proposal(new_site(site.name, words), report)
    if as_json:
        show_json({"recipe": recipe_words(proposed), **report})
        return
    for line in _findings(url, report, proposed):
        say("# " + " ".join(line.split()))
    say(written_sites([proposed]).rstrip("\n"))


def proposal(site: Site, report: Mapping[str, Any]) -> Site:
    """Return a site with what a trial crawl's report speaks for; what it had stays."""
    changes: dict[str, Any] = {}
    starts = report["start_pages"]
    if starts and host_of(starts[-1]) != host_of(site.start_urls[0]):
        changes["start_urls"] = (starts[-1],)
    read = [host_of(url) for url in (*starts, *(kind["example"] for kind in report["kinds"]))]
    if not all(in_scope(f"https://{host}/", site.hosts) for host in read):
        changes["hosts"] = tuple(dict.fromkeys([*site.hosts, *read]))
    gate = report["age_gate"]
    if gate["pressed"] and not gate["trouble"]:
        changes["age_gate"] = gate["words"]
    for role in (PageType.ITEM, PageType.LISTING):
        found = [
            kind["pattern"] for kind in report["kinds"] if kind["role"] == role and kind["pattern"]
        ]
        more = list(dict.fromkeys(found))[:_PATTERNS_PROPOSED]
        changes[role.value] = tuple(dict.fromkeys([*getattr(site, role.value), *more]))
    if report["unnamed_images"]:
        changes["image"] = tuple(dict.fromkeys([*site.image, report["unnamed_images"]]))
    waiting = report["pages"] + report["pages_waiting"]
    if report["ended"] != "finished" and waiting > max(_MANY_WAITING, site.max_pages):
        changes["max_pages"] = _MANY_PAGES
    return replace(site, **changes)


def _first_try(site: Site, *, limited: bool) -> Site:
    """Return what is tried: with the host's name with and without www, which are often one site."""
    plain = [host.removeprefix("www.") for host in site.hosts]
    both = dict.fromkeys(
        [*site.hosts, *plain, *(f"www.{host}" for host in plain if host[0] != ".")]
    )
    pages = site.max_pages if limited else _PAGES
    try:
        return replace(site, hosts=tuple(both), max_pages=pages)
    except InvalidInput:  # an address of numbers has no www
        return replace(site, max_pages=pages)


def _name_for(url: str) -> str:
    host = host_of(url) if "://" in url else url
    return re.sub(r"[^a-z0-9]+", "-", host.removeprefix("www.").lower()).strip("-")[:63] or "site"


def _unreadable(url: str, report: Mapping[str, Any]) -> Exception:
    bad = [(outcome, why) for what, outcome, _, why in report["told"] if what == "page"]
    why = bad[0][1] if bad else "It did not answer in time."
    kind = Refused if bad and bad[0][0] == "refused" else OutsideDown
    return kind(f"No page of {url} could be read. {why}")


def _findings(url: str, report: Mapping[str, Any], proposed: Site) -> Iterator[str]:
    software = report["software"]
    made = f"seems to be made by {software[0]}" if software else "does not show what it is made by"
    yield f"{url} {made}."
    pictures = report["pictures"]
    each = f", {report['requests'] / pictures:.1f} for each picture" if pictures else ""
    end = _ENDS.get(report["ended"], "The time was over")
    yield (
        f"{end} after {report['seconds']:.0f} s: {counted(report['pages'], 'page')} and "
        f"{counted(pictures, 'picture')} in {counted(report['requests'], 'request')}{each}; "
        f"{counted(report['pages_waiting'], 'page')} not asked for."
    )
    telling = [kind for kind in report["kinds"] if kind["role"] or kind["pictures"]]
    for kind in telling[:_SHOWN]:
        role = f"{kind['role']} " if kind["role"] else ""
        size = f" of some {kind['side']:,} pixels" if kind["side"] else ""
        yield (
            f"- {role}{kind['pattern'] or kind['example']}: {counted(kind['pages'], 'page')}, "
            f"{counted(kind['pictures'], 'new picture')}{size}"
        )
    gate = report["age_gate"]
    if gate["pressed"] and not gate["trouble"]:
        yield f"It asked for the visitor's age; {gate['words']!r} was pressed, and it was passed."
    if report["asks_for_log_in"] and proposed.login is None:
        yield "It shows a log-in form: what stands behind it was not seen (--login)."
    if not pictures:
        yield "No picture was found. If a browser shows some, they may need scripts (--render on)."
    for _, outcome, _, why in _commonest(report["told"]):
        yield f"{outcome}: {why}"


def _commonest(told: list[list[str]]) -> list[list[str]]:
    """Return what went wrong, of each sort one, whatever numbers stand in its reason."""
    sorts = {re.sub(r"\d+", "#", each[3]): each for each in reversed(told)}
    bad = [
        each
        for each in reversed(sorts.values())
        if is_trouble(each[0], each[1]) and each[0] != WAY_IN
    ]
    return bad[:_REASONS_SHOWN]
