"""A crawl in words: its pages, what became of every image reference, and what to do next."""

from dataclasses import asdict
from typing import Any, Final

from commands.output import say, show_facts, show_table, when
from domain.counted import counted
from domain.crawl import CRAWL_STATE_MEANINGS, CrawlState
from domain.crawl_drop import PictureDrop
from domain.image import OUTCOME_MEANINGS, Outcome
from storage.crawls import CrawlSummary

_BAD: Final = (Outcome.FAILED, Outcome.REFUSED, Outcome.UNDECODABLE)


def say_crawl(crawl: CrawlSummary, warning: PictureDrop | None, *, noted: int) -> None:
    """Print a crawl, of which so many things were noted; the outcomes add up to the references."""
    state = CrawlState(crawl.state)
    facts: list[tuple[str, object]] = [
        ("Crawl", f"{crawl.crawl_id} of {crawl.site}"),
        ("State", f"{state.value}: it {_meaning(state)}"),
    ]
    if crawl.reason:
        facts.append(("Why", crawl.reason))
    facts += [
        ("Time", _duration(crawl)),
        ("Pages", _pages(crawl)),
    ]
    show_facts(facts)
    say()
    rows = [
        (getattr(crawl, outcome.value), outcome.value, OUTCOME_MEANINGS[outcome])
        for outcome in Outcome
    ]
    rows = [row for row in rows if row[0]]
    if crawl.unfinished:
        rows.append((crawl.unfinished, "unfinished", "found, and its outcome is not known"))
    rows.append((crawl.references, "in all", "image references found on the pages"))
    show_table(("Images", "Outcome", "Meaning"), rows)
    say()
    if warning is not None:
        say(f"Warning: {warning.found}. {warning.cause} {warning.advice}")
    if crawl.pages_failed or crawl.pages_refused or any(getattr(crawl, bad.value) for bad in _BAD):
        say(f"What did not end well: vigil crawls show {crawl.crawl_id} --errors")
    elif crawl.pages_left and state is not CrawlState.RUNNING:
        say(f"Which pages were left out, and why: vigil crawls show {crawl.crawl_id} --errors")
    elif noted:
        say(f"What was noted besides: vigil crawls show {crawl.crawl_id} --errors")
    if crawl.flagged:
        say(
            f"{counted(crawl.flagged, 'new match', 'new matches')} flagged. "
            f"To review: vigil match list --site {crawl.site}"
        )
    else:
        say("No new match was flagged.")


def crawl_json(crawl: CrawlSummary, warning: PictureDrop | None) -> dict[str, Any]:
    """Describe a crawl under stable names."""
    return asdict(crawl) | {"warning": None if warning is None else asdict(warning)}


def progress_line(crawl: CrawlSummary) -> str:
    """Say in one line how far a crawl under way is."""
    return (
        f"{crawl.site}: {counted(crawl.pages_fetched + crawl.pages_unchanged, 'page')}, "
        f"{counted(crawl.references, 'image reference')}, {crawl.hashed:,} hashed, "
        f"{crawl.flagged:,} flagged"
    )


def _pages(crawl: CrawlSummary) -> str:
    counts = (
        f"{crawl.pages_fetched:,} read, {crawl.pages_unchanged:,} unchanged, "
        f"{crawl.pages_failed:,} failed, {crawl.pages_refused:,} refused"
    )
    waiting = crawl.state == CrawlState.RUNNING.value
    return f"{counts}, {crawl.pages_left:,} {'waiting' if waiting else 'left out'}"


def _meaning(state: CrawlState) -> str:
    meaning = CRAWL_STATE_MEANINGS[state]
    return f"is {meaning}" if state is CrawlState.RUNNING else meaning


def _duration(crawl: CrawlSummary) -> str:
    if crawl.ended_at is None:
        return f"since {when(crawl.started_at)}, last sign of life {when(crawl.heartbeat_at)}"
    seconds = round((crawl.ended_at - crawl.started_at).total_seconds())
    minutes, seconds = divmod(seconds, 60)
    took = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{when(crawl.started_at)}, took {took}"
