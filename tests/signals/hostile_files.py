"""Image files made to break whoever opens them, by family."""

from collections.abc import Callable
from typing import Final

from tests.signals.hostile.beside_the_pixels import animations, metadata, palettes_and_profiles
from tests.signals.hostile.bombs import announced_bombs, unfolding_bombs
from tests.signals.hostile.broken_jpeg import jpeg_frames, jpeg_segments
from tests.signals.hostile.broken_structure import containers, tiff_structure
from tests.signals.hostile.builders import Files
from tests.signals.hostile.crowds import thousands_of_parts
from tests.signals.hostile.damaged_files import (
    bits_flipped,
    random_behind_magic,
    thin,
    truncated,
    wrong_sizes,
)
from tests.signals.hostile.impostors import no_pictures, polyglots
from tests.signals.hostile.videos import videos

FAMILIES: Final[dict[str, Callable[[], Files]]] = {
    "truncated": truncated,
    "bits flipped": bits_flipped,
    "random behind magic": random_behind_magic,
    "wrong sizes": wrong_sizes,
    "announced bombs": announced_bombs,
    "unfolding bombs": unfolding_bombs,
    "animations": animations,
    "palettes and profiles": palettes_and_profiles,
    "polyglots": polyglots,
    "no pictures": no_pictures,
    "thousands of parts": thousands_of_parts,
    "metadata": metadata,
    "tiff structure": tiff_structure,
    "jpeg frames": jpeg_frames,
    "jpeg segments": jpeg_segments,
    "containers": containers,
    "thin": thin,
    "videos": videos,
}
