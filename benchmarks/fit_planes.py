"""Fit the planes of the constellation signal, on the photographs that come with the project.

Two views of one place, before and after an edit, should lie on the same side of a plane; different
places should lie on either side. So the differences that edits make are whitened away, directions
are taken by what is left of the variety of places, and a fixed rotation spreads it evenly over all
of them. Each plane lies at the median, so that every bit is set for half of all places.

    python -m benchmarks.fit_planes            fit, and compare with the file that is installed
    python -m benchmarks.fit_planes --to FILE  fit, and write them
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from practice.photographs import photo_names, photo_path
from signals.constellation import REGISTERED_SIDE
from signals.place_bits import BITS, FILE, Planes, packed, whole
from signals.places import find_places, spread, with_directions
from signals.scale_space import ScaleSpace, Workspace
from signals.simulated_edits import moved_places, simulated_edits
from signals.surroundings import NUMBERS, surroundings

_SEED: Final = 5
_EDITS_OF_EACH: Final = 4
"""Times that the six edits are made of each photo, each time a little differently."""

_MOST_PLACES: Final = 700
_STEADY: Final = 0.1
"""Share of the mean noise that is added to every direction: none is trusted to have less."""

_CLOSE: Final = 0.25
"""Standard deviations from a plane: a fifth of all places lie closer."""

_NEAR: Final = 0.5
_LEAST_NEAR: Final = 1.5
_SCALE_OFF: Final = 0.45
_DIRECTION_OFF: Final = 20.0
_ALIKE: Final = 0.8
_STEPS: Final = 127

Numbers = NDArray[np.float64]


def main(arguments: list[str] | None = None) -> int:
    """Fit the planes; exit status 1 if they are not those that are installed."""
    parser = argparse.ArgumentParser(prog="benchmarks.fit_planes", description=__doc__)
    parser.add_argument("--to", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    fitted = packed(fit())
    digest = hashlib.sha256(fitted).hexdigest()
    print(f"SHA-256 of the fitted planes: {digest}")
    if options.to is not None:
        options.to.write_bytes(fitted)
        return 0
    installed = Path(__file__).parent.parent / "signals" / FILE
    same = installed.read_bytes() == fitted
    print(f"They are {'the same as' if same else 'NOT'} those of signals/{FILE}.")
    return 0 if same else 1


def fit() -> Planes:
    """Fit the planes on every photograph of the project."""
    here, there = zip(*_pairs(), strict=True)
    before = np.concatenate(here).astype(np.float64)
    after = np.concatenate(there).astype(np.float64)
    noise = before - after
    within = noise.T @ noise / len(noise) / 2
    steady = _STEADY * np.trace(within) / NUMBERS
    amounts, directions = np.linalg.eigh(within + steady * np.eye(NUMBERS))
    whitening = directions / np.sqrt(amounts)
    between = whitening.T @ np.cov(before.T) @ whitening
    _, spread_out = np.linalg.eigh(between)
    rotation = np.linalg.qr(np.random.default_rng(_SEED).normal(size=(NUMBERS, BITS)))[0]
    normals = whitening @ _signed(spread_out) @ rotation
    normals = np.rint(normals / np.abs(normals).max(axis=0) * _STEPS)
    along = before @ normals
    offsets = np.rint(np.median(along, axis=0))
    close = np.rint(_CLOSE * along.std(axis=0))
    return Planes(*(part.astype(np.float32) for part in (normals, offsets, close)))


def _signed(directions: Numbers) -> Numbers:
    """Turn directions so that the largest part of each is positive: their sign is chance."""
    largest = np.abs(directions).argmax(axis=0)
    signed: Numbers = directions * np.sign(directions[largest, np.arange(directions.shape[1])])
    return signed


def _pairs() -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield surroundings of the same places before and after an edit, in whole numbers."""
    workspace = Workspace()
    names = photo_names()
    for number, name in enumerate(names):
        print(f"\rPhotograph {number + 1} of {len(names)}", end="", file=sys.stderr, flush=True)
        with Image.open(photo_path(name)) as opened:
            grey = opened.convert("L")
        grey.thumbnail((REGISTERED_SIDE, REGISTERED_SIDE), Image.Resampling.BOX)
        places, described = _described(grey, workspace)
        for seed in range(_EDITS_OF_EACH):
            for edited in simulated_edits(grey, seed):
                found, found_described = _described(edited.grey, workspace)
                here, there = _same(
                    moved_places(places, edited.map), described, found, found_described
                )
                yield whole(described[here]), whole(found_described[there])
    print(file=sys.stderr)


def _described(
    grey: Image.Image, workspace: Workspace
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    space = ScaleSpace(np.asarray(grey), workspace, doubled=False)
    places = with_directions(spread(find_places(space), space, _MOST_PLACES), space)
    return places, surroundings(space, places)[0]


def _same(
    moved: NDArray[np.float32],
    described: NDArray[np.float32],
    found: NDArray[np.float32],
    found_described: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair places with those found where they should be, the likest of each."""
    away = np.hypot(*(moved[:, np.newaxis, :2] - found[np.newaxis, :, :2]).transpose(2, 0, 1))
    reach = np.maximum(_LEAST_NEAR, _NEAR * 2 ** moved[:, 2])[:, np.newaxis]
    scale = np.abs(moved[:, 2, np.newaxis] - found[:, 2])
    turned = np.abs((moved[:, 3, np.newaxis] - found[:, 3] + 180) % 360 - 180)
    may = (away <= reach) & (scale < _SCALE_OFF) & (turned < _DIRECTION_OFF)
    unlike = np.sqrt(np.maximum(0, 2 - 2 * (described @ found_described.T)))
    unlike[~may] = np.inf
    if unlike.shape[1] == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    nearest = unlike.argmin(axis=1)
    here = np.flatnonzero(unlike[np.arange(len(unlike)), nearest] < _ALIKE)
    return here, nearest[here]


if __name__ == "__main__":
    sys.exit(main())
