"""The page that shows examples: what was found and why, and everything that was missed."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.edit_kinds import find_edit
from benchmarks.examples_search import FURTHEST, Case
from domain.errors import OutsideDown

_ROW: Final = re.compile(r"^\| (\S+\.jpg) \| (.+?) \| (.+?) \|", re.MULTILINE)
_LINK: Final = re.compile(r"\[(.+?)\]\(.+?\)")


@dataclass(frozen=True, slots=True)
class Run:
    """What was run: all cases, those to show with the names of their pictures, and how.

    ``missed`` has one case for all of a photo that has no constellation.
    """

    cases: Sequence[Case]
    found: Mapping[str, Case]
    missed: Mapping[str, Case]
    false: Mapping[str, Case]
    photos: int
    threshold: float
    command: str


def write_page(path: Path, pictures: Path, run: Run, licences: Path) -> None:
    """Write the page as Markdown.

    Args:
        path: the page.
        pictures: the folder in which the pictures of the run lie.
        run: what to tell.
        licences: the list of whose photos they are; it is linked to, and each is told.

    Raises:
        OutsideDown: the disk does not take the file.
    """
    credit = _credits(licences)
    words = [_HEAD.format(licences=_link(path, licences), **_counts(run))]
    words.append(f"## Found: {len(run.found)} reposts that PDQ does not find\n")
    for name, case in run.found.items():
        words.append(_shown(path, pictures / name, case, run, credit))
    words.append("## Missed: all of them\n")
    for name, case in run.missed.items():
        if case.photo.constellation is None:
            words.append(_without_places(case, run))
        words.append(_shown(path, pictures / name, case, run, credit))
    words.append("## Flagged, and not there: all of them\n")
    words.append("Reposts that really show several photos are left out.\n")
    for name, case in run.false.items():
        words.append(_shown(path, pictures / name, case, run, credit))
    if not run.false:
        words.append("None in this run.\n")
    words.append(f"## Making this page again\n\n```\n{run.command}\n```\n")
    try:
        path.write_text("\n".join(words), encoding="utf-8")
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}."
        raise OutsideDown(msg) from error


_HEAD: Final = """\
# Seeing through edits, in pictures

*This page is generated: {reposts:,} reposts of {photos} photos by {edits} edits, each looked for
among all photos. {by_either:,} are found ({share:.1f} %): {by_places:,} by their places, {by_pdq:,}
by PDQ.*

On the left is the registered photo, on the right a repost of it. The line on the repost shows where
Vigil says that the photo lies (orange where it was not sure enough), and the blue line which part
of the photo the repost shows. A ring is one of the photo's places: **green** if it was seen in the
repost, **grey** if it should be in view and was not seen; small dots are not in view. A place may
be unseen because it is covered, blurred, or lit otherwise.

*Strength* is the logarithm of how much likelier all of this is if the photo is there than if
another one is: from {threshold:g} on, a repost is flagged. Of each edit, the example is the one
whose strength is in the middle of those found by places and not by PDQ, not the best one. A person
always decides.

The photos are those of the practice sites; [their list]({licences}) says whose they are and under
which licence. What is made here of a photo under CC-BY-SA is under the same licence; other photos
that are seen in a collage are from the same list. On these photos the planes were fitted that a
place's bits are made with, so figures with other photos may be a little lower.
"""


def explained(case: Case, threshold: float) -> str:
    """Say in words what was found of a repost, or how it was missed."""
    by_pdq = (
        "there is too little in it for PDQ"
        if case.pdq == FURTHEST
        else f"PDQ differs in {case.pdq} bits of 256"
    )
    if case.look is None or case.strength is None:
        return f"No arrangement of places was even proposed; {by_pdq}."
    verdict = "flagged" if case.found(threshold) else "**not enough**"
    mirrored = " Mirrored." if case.look.mirrored else ""
    seen, in_view, of = case.seen.sum(), case.look.in_view.sum(), len(case.look.in_view)
    return (
        f"Strength {_rounded(case.strength, threshold)}: {verdict}. "
        f"Of {of} places {in_view} are in view, and {seen} of those were seen."
        f"{mirrored} {by_pdq[0].upper()}{by_pdq[1:]}."
    )


def _rounded(strength: float, threshold: float) -> str:
    """Write a strength so that one below the threshold never looks as if it reached it."""
    short = f"{strength:.1f}"
    return f"{strength:.2f}" if float(short) >= threshold > strength else short


def _shown(page: Path, picture: Path, case: Case, run: Run, credit: Mapping[str, str]) -> str:
    sentence = find_edit(case.edit).sentence
    by = credit.get(case.photo.name, case.photo.name)
    return (
        f"**{sentence[0].upper()}{sentence[1:]}** (`{case.edit}`). "
        f"{explained(case, run.threshold)} Photo: {by}.\n\n"
        f"![registered and found]({_link(page, picture)})\n"
    )


def _counts(run: Run) -> dict[str, float]:
    by_either = sum(case.found(run.threshold) for case in run.cases)
    return {
        "reposts": len(run.cases),
        "photos": run.photos,
        "edits": len({case.edit for case in run.cases}),
        "by_either": by_either,
        "share": 100 * by_either / max(1, len(run.cases)),
        "by_pdq": sum(case.found_by_pdq for case in run.cases),
        "by_places": sum(case.found_by_places(run.threshold) for case in run.cases),
        "threshold": run.threshold,
    }


def _without_places(case: Case, run: Run) -> str:
    """Say of a photo that has no constellation which reposts of it were missed."""
    missed = [
        f"`{each.edit}`"
        for each in run.cases
        if each.photo is case.photo and not each.found(run.threshold)
    ]
    return (
        f"The next photo has too little detail to be registered by its places, so only PDQ and "
        f"the same file find it. Missed of it are {len(missed)} reposts, of which one is shown: "
        f"{', '.join(missed)}.\n"
    )


def _credits(licences: Path) -> dict[str, str]:
    """Read the title of each photo, and who made it."""
    try:
        text = licences.read_text(encoding="utf-8")
    except OSError:
        return {}
    return {
        file: f"{_LINK.sub(_words_of, title)}, by {by}" for file, title, by in _ROW.findall(text)
    }


def _words_of(link: re.Match[str]) -> str:
    return link[1]


def _link(page: Path, target: Path) -> str:
    return Path(os.path.relpath(target, page.parent)).as_posix()
