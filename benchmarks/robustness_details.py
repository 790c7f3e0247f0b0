"""Every repost that was missed and every false pair, to be looked at side by side."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.robustness_registry import Registered
from benchmarks.robustness_search import Searched
from benchmarks.robustness_sources import Repost

_HEADER: Final = ("what", "edit", "image", "photo", "strength")


def write_details(
    path: Path, registered: Registered, reposts: Sequence[Repost], searched: Searched
) -> None:
    """Write what went wrong, one line each; a strength that is empty was not looked for."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(_HEADER)
        rows.writerows(_wrong(registered, reposts, searched))


def _wrong(
    registered: Registered, reposts: Sequence[Repost], searched: Searched
) -> Iterator[tuple[str, ...]]:
    for repost, found in zip(reposts, searched.reposts, strict=True):
        own = registered.names.index(repost.original)
        if not found.own["ours"]:
            strength = found.strengths.get(own)
            yield "missed", repost.edit, str(repost.path), repost.original, _number(strength)
        for other in found.false["ours"]:
            name, strength = registered.names[other], found.strengths.get(other)
            yield "false", repost.edit, str(repost.path), name, _number(strength)
    for photo, found in zip(registered.paths, searched.impostors, strict=True):
        for other in found.false["ours"]:
            name, strength = registered.names[other], found.strengths.get(other)
            yield "false", "", str(photo), name, _number(strength)


def _number(strength: float | None) -> str:
    return "" if strength is None else f"{strength:.2f}"
