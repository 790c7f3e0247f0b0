"""What was measured of reposts and of different photos, to show a distance or a strength beside it.

864 reposts by 36 edits of 24 photos, and 710 photos of different things (docs/calibration.md), on
the day that `MEASURED_AT` says. PDQ was compared as Vigil compares it: reposts with all eight views
of what is registered. How strong the places of different pictures are is not here: the calibration
in use says it.
"""

from typing import Final

MEASURED_AT: Final = "2026-11-26T15:16:23Z"
"""When the packaged calibration was measured; the strengths of reposts here belong to it alone."""

REPOSTS: Final = 864
EDITS: Final = 36
PHOTOS: Final = 710
PAIRS_OF_PHOTOS: Final = 251_695

BITS_A_BAR: Final = 8

PDQ_OF_REPOSTS: Final = (
    229, 102, 25, 22, 18, 15, 7, 16, 10, 13, 17, 21, 39, 60, 178, 89, 3, 0, 0, 0, 0, 0, 0, 0,
)  # fmt: skip
"""Reposts by the bits of PDQ in which they differ from their photo: 0 to 7, 8 to 15, and so on.

Those beyond 100 are cut, mirrored and written on, or lie in a screenshot or a collage: as a whole
they look like any other picture.
"""

REPOSTS_WITHIN: Final = (
    76, 76, 143, 143, 188, 188, 229, 229, 260, 260, 296, 296, 313, 313, 331, 331,
    339, 339, 345, 345, 351, 351, 356, 356, 361, 361, 367, 367, 373, 373, 378, 378,
)  # fmt: skip
"""How many of the reposts differ in 0 bits, in 1 or none, and so on, up to 31."""

PDQ_OF_DIFFERENT: Final = (
    0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 25, 112, 820, 6_026, 31_168, 78_446, 85_979, 39_793, 8_260, 957,
    87, 15, 2, 1,
)  # fmt: skip
"""Pairs of different photos, likewise. The two that are nearest differ in 72 bits."""

NEAREST_DIFFERENT: Final = 72

STRENGTH_OF_REPOSTS: Final = (
    (4.5, 861), (5.0, 859), (5.5, 856), (6.0, 841), (6.5, 783), (7.0, 644), (7.5, 15), (8.0, 2),
    (8.5, 0),
)  # fmt: skip
"""How many reposts reach a strength by their places alone. Three reach none."""


def reposts_reaching(strength: float) -> int:
    """Say how many of the reposts reach at least the nearest measured strength above this one."""
    return next((number for least, number in STRENGTH_OF_REPOSTS if least >= strength), 0)
