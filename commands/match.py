"""`vigil match`: flagged matches, their evidence, and what people decide about them."""

from pathlib import Path

import click

from casework import reviewing
from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.evidence import in_short, in_words, length
from commands.match_filters import Filters, match_filters
from commands.match_outline import write_outline
from commands.output import json_option, say, show_facts, show_json, show_table, when
from domain.case import read_number
from domain.counted import counted
from domain.review import KEPT_AS_LOOK_ALIKES, RejectionKind, Verdict
from storage import matches
from storage.matches import MatchDecision, MatchDetail

reason_option = click.option("--reason", required=True, help="Why; it is recorded.")


@click.group("match", cls=InOrder)
def command() -> None:
    """Review flagged matches: confirm, reject, refer, or take that back."""


@command.command(
    "list",
    epilog=examples(
        "vigil match list --state flagged",
        "vigil match list --case C-7K3M-9QXD-5 --json",
    ),
)
@match_filters
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
@json_option
@pass_app
def list_(app: App, limit: int, filters: Filters, *, as_json: bool) -> None:
    """List matches with their evidence and where they are."""
    with app.database.reading() as session:
        filters.check(session)
        found = matches.list_matches(
            session,
            state=filters.state,
            case=filters.case,
            site=filters.site,
            limit=limit,
        )
    if as_json:
        show_json(found)
        return
    if not found:
        asked = any((filters.state, filters.case, filters.site))
        say(
            "No match is like that. All of them: vigil match list"
            if asked
            else "No match was flagged yet. To look for some: vigil crawl NAME"
        )
        return
    show_table(
        ("Match", "Case", "State", "Evidence", "Places", "Last seen", "Page"),
        [
            (
                match.number,
                match.case,
                f"{match.state}, gone" if match.gone else match.state,
                in_short(match.signals),
                match.sightings,
                when(match.last_seen),
                match.page,
            )
            for match in found
        ],
    )
    if len(found) == limit:
        say(f"These are the first {limit:,}; --limit shows more.")
    say(f"To look at one: vigil match show {found[0].number}")


@command.command(
    epilog=examples(
        "vigil match show M-4T2P-8XKA-9",
        "vigil match show M-4T2P-8XKA-9 --outline where.svg",
    )
)
@click.argument("number")
@click.option(
    "--outline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw where the registered picture lies in the image, without any picture, as SVG.",
)
@click.option("--of", metavar="NUMBER", help="Draw this registration, if several are seen.")
@click.option("--force", is_flag=True, help="Write over the file if it is there.")
@json_option
@pass_app
def show(
    app: App, number: str, outline: Path | None, of: str | None, *, force: bool, as_json: bool
) -> None:
    """Show one match: its evidence, every place it was seen, and what was decided.

    Vigil keeps no picture. What it can draw is where the registered picture lies in the image, and
    which part of it is seen: open the drawing beside the page.
    """
    with app.database.reading() as session:
        match = matches.get_match(session, read_number("M", number))
        if outline is not None:
            registration = None if of is None else read_number("R", of)
            write_outline(session, match, outline, registration=registration, force=force)
    if as_json:
        show_json(match)
        return
    _say_match(match)
    if outline is not None:
        say(f"Drawn in {outline}.")
    elif any(signal.laid is not None for signal in match.summary.signals):
        drawn = f"vigil match show {match.summary.number} --outline FILE.svg"
        say(f"To see where it lies, without the picture: {drawn}")


@command.command(epilog=examples("vigil match confirm M-4T2P-8XKA-9 --reason 'same picture'"))
@click.argument("number")
@reason_option
@pass_app
def confirm(app: App, number: str, reason: str) -> None:
    """Say that a match is the person's picture."""
    _decide(app, number, Verdict.CONFIRMED, reason)


@command.command(
    epilog=examples(
        "vigil match reject M-4T2P-8XKA-9 --reason 'another beach'",
        "vigil match reject M-4T2P-8XKA-9 --kind look-alike --reason 'a shop picture'",
    )
)
@click.argument("number")
@reason_option
@click.option(
    "--kind",
    type=click.Choice([kind.value.replace("_", "-") for kind in RejectionKind]),
    help="What is wrong. A look-alike or the same scene is not flagged for this case again.",
)
@pass_app
def reject(app: App, number: str, reason: str, kind: str | None) -> None:
    """Say that a match is another picture, or not to be removed."""
    of_kind = None if kind is None else RejectionKind(kind.replace("-", "_"))
    case = _decide(app, number, Verdict.REJECTED, reason, of_kind)
    if of_kind in KEPT_AS_LOOK_ALIKES:
        say(f"It is kept as a look-alike of {case} and will not be flagged for it again.")
    elif of_kind is None:
        say(
            "If it is a look-alike that will be posted again: "
            f"vigil look-alike add {case} --match {read_number('M', number)}"
        )


@command.command(epilog=examples("vigil match unsure M-4T2P-8XKA-9 --reason 'too dark to tell'"))
@click.argument("number")
@reason_option
@pass_app
def unsure(app: App, number: str, reason: str) -> None:
    """Leave a match flagged for someone else, and say why."""
    _decide(app, number, Verdict.UNSURE, reason)


@command.command(epilog=examples("vigil match refer M-4T2P-8XKA-9 --reason 'looks very young'"))
@click.argument("number")
@reason_option
@pass_app
def refer(app: App, number: str, reason: str) -> None:
    """Say that whoever is shown may be under 18: it is for a hotline then.

    Nobody decides about that image any more, in any case, and nobody can look at it in the console
    again, even if this is taken back.
    """
    _decide(app, number, Verdict.MAY_BE_UNDER_18, reason)
    say(f"Report it to {app.config.hotline}: the pages that it is on, and no picture.")


@command.command(epilog=examples("vigil match undo M-4T2P-8XKA-9 --reason 'wrong line'"))
@click.argument("number")
@reason_option
@pass_app
def undo(app: App, number: str, reason: str) -> None:
    """Take back the last decision about a match."""
    match = read_number("M", number)
    with app.database.writing() as session:
        state = reviewing.undo(session, match, actor=app.actor, reason=reason, now=app.now())
    say(f"The last decision about {match} is taken back; it is {state.value} again.")


def _decide(
    app: App, number: str, verdict: Verdict, reason: str, kind: RejectionKind | None = None
) -> str:
    """Record a decision, say so, and return the case's number."""
    match = read_number("M", number)
    with app.database.writing() as session:
        case = matches.get_match(session, match).summary.case
        reviewing.decide(
            session,
            match,
            verdict,
            kind=kind,
            reason=reason,
            hotline=app.config.hotline,
            actor=app.actor,
            now=app.now(),
        )
    said = {
        Verdict.UNSURE: "left flagged as unsure",
        Verdict.MAY_BE_UNDER_18: "referred; its preview is locked for good",
    }.get(verdict, verdict.value)
    say(f"{match} is {said}. To take that back: vigil match undo {match} --reason …")
    return case


def _say_match(detail: MatchDetail) -> None:
    match = detail.summary
    facts: list[tuple[str, object]] = [
        ("Match", match.number),
        ("Case", match.case),
        ("State", match.state),
        ("Flagged", when(match.flagged_at)),
    ]
    if match.duration_ms is not None:
        compared = f"{counted(match.frames, 'frame')} compared"
        lasts = length(match.duration_ms)
        if match.in_part:
            lasts = f"at least {lasts} (it was read in part)"
        facts.append(("Lasts", f"{lasts}, {compared}"))
    for place, signal in enumerate(match.signals):
        said = in_words(signal, match.frames)
        facts.append(("Evidence" if not place else "", f"{signal.registration}: {said}"))
    show_facts(facts)
    say()
    say(f"Seen at {counted(len(detail.sightings), 'place')}:")
    linked = any(seen.links_to for seen in detail.sightings)
    leads_to = ("A click opens",) if linked else ()
    show_table(
        ("Site", "Page", "Image", *leads_to, "First seen", "Last seen", "Gone"),
        [
            (
                seen.site,
                seen.page,
                seen.image_url,
                *((seen.links_to,) if linked else ()),
                when(seen.first_seen),
                when(seen.last_seen),
                when(seen.gone_at, never="no"),
            )
            for seen in detail.sightings
        ],
    )
    say()
    if not detail.decisions:
        say(f"Nobody has decided yet: vigil match confirm {match.number} --reason …")
        return
    say("Decided:")
    show_table(
        ("When", "Who", "Verdict", "Why", "Taken back"),
        [
            (
                when(decision.decided_at),
                decision.actor,
                _said(decision),
                decision.reason,
                when(decision.undone_at, never="no"),
            )
            for decision in detail.decisions
        ],
    )


def _said(decision: MatchDecision) -> str:
    verdict = decision.verdict.replace("_", " ")
    return verdict if decision.kind is None else f"{verdict}: {decision.kind.replace('_', ' ')}"
