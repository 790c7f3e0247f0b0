"""`vigil signals`: which types of signal are kept of what, and what still waits for the newest."""

from dataclasses import dataclass, replace
from typing import Any, Final

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.embedding_status import embedded, shown_types
from commands.output import json_option, say, show_json, show_table
from domain.counted import counted
from domain.refetching import MOST_TRIES, earlier_in_a_crawl
from domain.signal import SignalType
from domain.wanted_look import LookOutcome
from signals.constellation_form import VERSION
from storage import resealing, signal_status, sites, wanted_looks
from storage.resealing import StoredConstellations
from storage.signal_status import Constellations, SignalStatus
from storage.wanted_looks import WantedCounts

FINDS: Final = {
    SignalType.SHA256: "the very same file",
    SignalType.MD5: "the very same file",
    SignalType.PDQ: "the whole picture, a little changed, turned or mirrored",
    SignalType.PHASH: "nothing by itself; supports what PDQ finds",
    SignalType.CONSTELLATION: "cut, pasted, covered, recoloured and photographed copies",
    SignalType.EMBEDDING: "what the operator's model takes for the same picture",
}


@dataclass(frozen=True, slots=True)
class _Round:
    """One crawl of each site that is watched: how many there are, and how much they ask for."""

    sites: int
    images: int


@click.group("signals", cls=InOrder)
def command() -> None:
    """See which signals are kept, and how far looking again at earlier images is."""


@command.command(epilog=examples("vigil signals status", "vigil signals status --json"))
@json_option
@pass_app
def status(app: App, *, as_json: bool) -> None:
    """Count registrations and images by the types of signal that they have.

    A type that is new with a version of Vigil is there for everything seen or registered from then
    on. Of what was seen before, nothing is kept that it could be made from: crawls fetch such
    images again, a few each time. Of what was registered before, only registering the same file
    once more helps.
    """
    with app.database.reading() as session:
        now = signal_status.signal_status(session)
        wanted = wanted_looks.counts(session)
        stored = resealing.stored_constellations(session)
        watched = [each for each in sites.all_sites(session) if each.paused_at is None]
    a_round = _Round(len(watched), sum(earlier_in_a_crawl(each.site.max_pages) for each in watched))
    if as_json:
        now = replace(now, types=shown_types(app.config, now))
        show_json(_as_json(now, wanted, a_round, stored))
        return
    if not now.registrations and not now.images:
        say("Nothing was registered and nothing was seen yet, so there are no signals.")
        say("To begin: vigil site add, vigil case open, vigil register")
        return
    show_table(
        ("Type", "Registrations", "Without", "Images seen", "Without", "What it finds"),
        [
            (
                each.type.value,
                each.registrations,
                each.registrations_without,
                each.images,
                each.images_without,
                FINDS[each.type],
            )
            for each in shown_types(app.config, now)
        ],
    )
    of_types = (*_registered(now), *embedded(app.config, now))
    for line in (*of_types, *_stored(stored), *_seen(now, a_round), *_looks(wanted)):
        say()
        say(line)


def _registered(now: SignalStatus) -> list[str]:
    (missing,) = (
        each.registrations_without for each in now.types if each.type is SignalType.CONSTELLATION
    )
    if not missing:
        return []
    have = counted(missing, "registration has", "registrations have")
    line = (
        f"{have} no constellation: registered by an earlier version, from signals computed "
        "elsewhere, or with too little detail. No picture is kept that one could be made from. If "
        "the person still has the file: vigil register CASE FILE, in the same case; it stays the "
        "same registration."
    )
    return [line]


def _stored(stored: StoredConstellations) -> list[str]:
    if not stored.all:
        return []
    line = (
        f"Of {counted(stored.all, 'registered constellation')}, "
        f"{stored.current + stored.older:,} are encrypted and {stored.plain:,} are not."
    )
    if stored.older:
        line += f" {stored.older:,} are under an older key: vigil registry-key apply"
    if not stored.unreadable:
        return [line]
    missed = (
        f"{stored.unreadable:,} cannot be decrypted and are left out: edited reposts of those "
        "pictures are missed. What to do: vigil doctor"
    )
    return [line, missed]


def _seen(now: SignalStatus, a_round: _Round) -> list[str]:
    kept = now.constellations
    of = counted(now.images, "image")
    line = (
        f"Constellations are of version {VERSION}. {kept.images:,} of {of} seen have one, and "
        f"{kept.too_plain:,} too little detail for one. Of what moves, a few frames have one: "
        f"{kept.frames:,} of {now.frames:,}."
    )
    lines = [line]
    if kept.waiting:
        are = "is" if kept.waiting == 1 else "are"
        lines.append(
            f"{kept.waiting:,} of {of} {are} still known by the whole frame only, since an earlier "
            f"version saw them. {_fetched_again(kept, a_round)}"
        )
    if kept.out_of_reach:
        are = "stands" if kept.out_of_reach == 1 else "stand"
        lines.append(
            f"{kept.out_of_reach:,} more {are} nowhere any more, as far as is known, and cannot be "
            "fetched again. What is posted again is seen in full then."
        )
    return lines


def _fetched_again(kept: Constellations, a_round: _Round) -> str:
    if not a_round.sites:
        return "No site is watched, so nothing fetches them again: vigil site list"
    each = counted(a_round.sites, "site", "sites")
    rounds = -(-kept.waiting // a_round.images)
    return (
        f"Crawls fetch them again, up to {a_round.images:,} in one round of {each}: "
        f"{counted(rounds, 'round')} at least."
    )


def _looks(wanted: WantedCounts) -> list[str]:
    done = wanted.done
    found, not_found = done[LookOutcome.FOUND], done[LookOutcome.NOT_FOUND]
    gone = done[LookOutcome.GONE]
    if not wanted.open + found + not_found + gone:
        return ["No image seen before is to be looked at again for the sake of a registration."]
    line = (
        f"To be looked at again, since a registered picture may be in it: {wanted.open:,} waiting, "
        f"{found + not_found:,} done ({found:,} showed it, {not_found:,} did not), {gone:,} given "
        f"up after {MOST_TRIES} crawls."
    )
    if wanted.out_of_reach:
        line += f" Of those waiting, {wanted.out_of_reach:,} stand nowhere any more."
    return [line]


def _as_json(
    now: SignalStatus, wanted: WantedCounts, a_round: _Round, stored: StoredConstellations
) -> dict[str, Any]:
    return {
        "constellation_version": VERSION,
        "registrations": now.registrations,
        "images": now.images,
        "frames": now.frames,
        "types": now.types,
        "constellations": now.constellations,
        "stored_constellations": stored,
        "fetched_again": a_round,
        "wanted_looks": wanted,
    }
