"""The recipe of a site, judged by what a small crawl with it came to."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from domain.counted import counted
from domain.finding import Finding, fail, ok, warn
from domain.site import PATTERNS, Site
from domain.site_entry import AGE_GATE, LOG_IN, WAY_IN
from watching.crawl_warning import is_trouble

SECONDS: Final = 75
"""How long a check of a recipe may take, its end included."""

_PAGES: Final = 30
_FEW_PAGES: Final = 3
_REASONS_SHOWN: Final = 5
_NOT_READ: Final = ("failed", "refused")


def as_tried(site: Site) -> Site:
    """Return a site as it is tried: with its recipe, and fewer pages."""
    return replace(site, max_pages=min(site.max_pages, _PAGES))


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
