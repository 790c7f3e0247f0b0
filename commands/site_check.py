"""`vigil site check`: does the recipe of a watched site still work?"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import click

from commands.app import App, pass_app
from commands.contents import examples
from commands.crawl_warning import is_trouble
from commands.findings import Finding, Level, fail, ok, warn
from commands.output import counted, json_option, say, show_json, show_table
from commands.site_trial import try_out
from domain.errors import OutsideDown
from domain.site import PATTERNS, Site
from domain.site_entry import AGE_GATE, LOG_IN, WAY_IN
from storage import sites

_SECONDS: Final = 75
_PAGES: Final = 30
_FEW_PAGES: Final = 3
_REASONS_SHOWN: Final = 5
_NOT_READ: Final = ("failed", "refused")


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
    tried = replace(site, max_pages=min(site.max_pages, _PAGES))
    report = try_out(app, tried, seconds=_SECONDS, probing=False)
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


def findings_of(site: Site, report: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge a recipe by the report of a trial crawl (`crawler.trial_notes`)."""
    told = report["told"]
    edit = f"vigil site edit {site.name}"
    yield from _start_pages(site, report)
    failed = [reason for what, _, _, reason in told if what == LOG_IN]
    if site.login is not None:
        if failed:
            yield fail("Log-in", failed[0], f"Correct it: {edit} --login URL")
        else:
            yield ok("Log-in", "accepted")
    if site.age_gate is not None:
        yield _age_gate(site, report)
    for what, _, _, reason in told:
        if what == WAY_IN:
            yield warn("Way in", reason, "Open the page in a browser.")
    yield from _patterns(site, report)
    yield _pictures(report, edit)
    others = {
        reason: outcome
        for what, outcome, _, reason in told
        if is_trouble(what, outcome) and what not in {LOG_IN, AGE_GATE, WAY_IN}
    }
    for reason, outcome in list(others.items())[:_REASONS_SHOWN]:
        yield warn("Trouble", f"{outcome}: {reason}", "")


def _start_pages(site: Site, report: Mapping[str, Any]) -> Iterator[Finding]:
    bad = {
        url: reason
        for what, outcome, url, reason in report["told"]
        if what == "page" and outcome in _NOT_READ and url not in report["start_pages"]
    }
    unread = [url for url in site.start_urls if url in bad]
    for url in unread:
        yield fail("Start page", f"{url}: {bad[url]}", "Correct it with --url.")
    if report["pages"]:
        yield ok("Pages", f"{counted(report['pages'], 'page')} read")
    elif not unread:
        yield fail("Pages", "none could be read in time", "Is the site up?")


def _age_gate(site: Site, report: Mapping[str, Any]) -> Finding:
    gate = report["age_gate"]
    if gate["trouble"]:
        return fail("Age gate", gate["trouble"], f"vigil site edit {site.name} --age-gate WORDS")
    if gate["pressed"]:
        return ok("Age gate", f"{site.age_gate!r} was pressed, and it was passed")
    return warn(
        "Age gate",
        f"{site.age_gate!r} stood on no page",
        f"If the site asks no more: vigil site edit {site.name} --no-age-gate",
    )


def _patterns(site: Site, report: Mapping[str, Any]) -> Iterator[Finding]:
    enough = report["pages"] >= _FEW_PAGES or report["ended"] == "finished"
    for name in PATTERNS:
        unfit = report["unfit"][name]
        for pattern in getattr(site, name):
            if pattern not in unfit:
                yield ok(f"--{name}", f"{pattern} fits addresses of the site")
                continue
            found = f"{pattern} fits nothing on {counted(report['pages'], 'page')}"
            # What is to be left alone may well have gone.
            judge = fail if enough and name != "leave" else warn
            yield judge(f"--{name}", found, "Compare it with the site's addresses.")


def _pictures(report: Mapping[str, Any], edit: str) -> Finding:
    pictures, references = report["pictures"], report["references"]
    if pictures:
        return ok("Pictures", f"{counted(pictures, 'picture')} arrived")
    if references:
        found = f"none of {counted(references, 'image reference')} became a picture"
        return fail("Pictures", found, "See the trouble below.")
    return fail("Pictures", "none was found", f"If a browser shows some: {edit} --render on")
