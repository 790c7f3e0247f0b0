"""Constellations as they are read by the thousand, of what is found and of what is registered."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ConstellationChunk:
    """Some constellations: of whom, int64, shape (n,); at which moment of a video; as packed.

    ``at_ms`` is None for a still picture. What moves may have several, all of one id.
    ``unreadable`` is how many more there were that could not be decrypted.
    """

    ids: NDArray[np.int64]
    at_ms: tuple[int | None, ...]
    packed: tuple[bytes, ...] = field(repr=False)
    unreadable: int = 0
