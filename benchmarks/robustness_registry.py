"""Every original and impostor, registered as a person's pictures are."""

import io
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.photos import find_photos
from benchmarks.robustness_sources import Repost
from domain.errors import InvalidInput
from domain.signal import Signal, SignalType, View
from signals.constellation import REGISTERED_SIDE, Constellation, unpack
from signals.pictures import hash_picture
from signals.place_bits import BITS
from signals.places import find_places
from signals.scale_space import ScaleSpace, Workspace

_VIEWS: Final = tuple(View)


@dataclass(frozen=True, slots=True)
class Registered:
    """Photos by number: their names, signals, sizes in bytes and what registering each took.

    ``pdq``: uint8, shape (photos, 8, 32). ``raw_places`` counts the places that stood out at all.
    """

    names: list[str]
    paths: list[Path]
    constellations: list[Constellation]
    pdq: NDArray[np.uint8]
    usable: NDArray[np.bool_]
    raw_places: list[int]
    cpu_ms: list[float]
    sizes: list[int]


def register_all(originals: Path, impostors: Path | None, reposts: Sequence[Repost]) -> Registered:
    """Register the photos that reposts were made of, and every impostor.

    Raises:
        InvalidInput: a folder holds no photo, or none of the originals.
    """
    wanted = {repost.original for repost in reposts}
    known = {path.relative_to(originals).as_posix(): path for path in find_photos(originals)}
    by_name = {path.name: path for path in known.values()}
    chosen = {name: known.get(name) or by_name.get(name) for name in sorted(wanted)}
    photos = {name: path for name, path in chosen.items() if path is not None}
    if not photos:
        msg = f"None of the {len(wanted):,} originals is in {originals}."
        raise InvalidInput(msg)
    if impostors is not None:
        names = {Path(name).name for name in photos}
        for path in find_photos(impostors):
            if path.name not in names:
                photos[path.name] = path
    return _register(photos)


def _register(photos: dict[str, Path]) -> Registered:
    workspace = Workspace()
    registered = Registered(
        [], [], [], np.empty((len(photos), len(_VIEWS), 32), np.uint8),
        np.ones(len(photos), np.bool_), [], [], [],
    )  # fmt: skip
    for number, (name, path) in enumerate(photos.items()):
        if sys.stderr.isatty():
            print(f"\rRegistering {number + 1} of {len(photos)}", end="", file=sys.stderr)
        body = path.read_bytes()
        began = time.process_time()
        signals = hash_picture(body).signals
        registered.cpu_ms.append(1e3 * (time.process_time() - began))
        registered.names.append(name)
        registered.paths.append(path)
        registered.constellations.append(_constellation(signals))
        registered.sizes.append(sum(len(signal.value) // 2 for signal in signals))
        pdq = {signal.view: signal for signal in signals if signal.type is SignalType.PDQ}
        registered.usable[number] = bool(pdq)
        for view, signal in pdq.items():
            value = np.frombuffer(bytes.fromhex(signal.value), np.uint8)
            registered.pdq[number, _VIEWS.index(view)] = value
        with Image.open(io.BytesIO(body)) as opened:
            grey = opened.convert("L")
        grey.thumbnail((REGISTERED_SIDE, REGISTERED_SIDE), Image.Resampling.BOX)
        space = ScaleSpace(np.asarray(grey), workspace, doubled=False)
        registered.raw_places.append(len(find_places(space)))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return registered


def _constellation(signals: Sequence[Signal]) -> Constellation:
    """Read the constellation among signals; an empty one if the photo has too little in it."""
    for signal in signals:
        if signal.type is SignalType.CONSTELLATION:
            return unpack(bytes.fromhex(signal.value))
    places, bits = np.empty((0, 4), np.float32), np.empty((0, BITS // 64), np.uint64)
    return Constellation(places, bits, REGISTERED_SIDE, REGISTERED_SIDE)
