"""Patches laid where a registered picture's places are, and joined without seams.

What is laid down is not brightness but its steps from pixel to pixel, so patches that meet need not
agree how bright they are; brightness is then what fits all steps best (P. Pérez, M. Gangnet,
A. Blake, "Poisson image editing", 2003). Finer places count more than coarse ones that they lie in.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn, idctn
from scipy.ndimage import map_coordinates
from scipy.sparse.linalg import LinearOperator, cg

from benchmarks.inversion_background import USUAL_BRIGHTNESS
from benchmarks.inversion_leak import Numbers
from benchmarks.inversion_patches import PATCH, REACH, Patches
from signals.constellation import REGISTERED_SIDE, Constellation
from signals.places import COLUMNS

SIDE: Final = 256
"""Pixels of the longer side that is drawn: as fine as stored positions are."""

_FALL: Final = 3.0
_FINER: Final = 2.0
"""How much more a finer place counts: by this power of how much finer it is."""

_TETHER: Final = 0.0005
_NOTHING: Final = 1e-12
_MOST_STEPS: Final = 200
_FREE: Final = 0.02
"""How much a step counts that no patch says anything of: it stays as the ground has it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The pixels that one place covers: rows, columns, and where each lies in its patch."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    across: Numbers
    down: Numbers
    blur: float

    def seen(self, patch: NDArray[np.float32]) -> Numbers:
        """Give the patch's brightness at each of the pixels."""
        at = [(each + REACH) / (2 * REACH) * PATCH - 0.5 for each in (self.down, self.across)]
        flat: Numbers = map_coordinates(
            patch.reshape(PATCH, PATCH).astype(np.float64), at, order=1, mode="nearest"
        )
        return flat


def size_of(constellation: Constellation) -> tuple[int, int]:
    """Give the height and width that the picture is drawn in."""
    longest = max(constellation.width, constellation.height)
    return (
        max(8, round(constellation.height * SIDE / longest)),
        max(8, round(constellation.width * SIDE / longest)),
    )


def spots_of(constellation: Constellation) -> list[Spot]:
    """Say which pixels each place covers."""
    height, width = size_of(constellation)
    scale = SIDE / REGISTERED_SIDE
    spots = []
    for place in constellation.places:
        x, y = (float(place[i] + 0.5) * scale - 0.5 for i in (COLUMNS.x, COLUMNS.y))
        blur = float(np.exp2(place[COLUMNS.scale])) * scale
        radians = np.deg2rad(float(place[COLUMNS.direction]))
        reach = REACH * blur * np.sqrt(2) + 1
        rows, columns = np.mgrid[
            max(0, int(y - reach)) : min(height, int(y + reach) + 2),
            max(0, int(x - reach)) : min(width, int(x + reach) + 2),
        ]
        from_x, from_y = (columns - x) / blur, (rows - y) / blur
        across = np.cos(radians) * from_x + np.sin(radians) * from_y
        down = -np.sin(radians) * from_x + np.cos(radians) * from_y
        inside = (np.abs(across) <= REACH) & (np.abs(down) <= REACH)
        spots.append(Spot(rows[inside], columns[inside], across[inside], down[inside], blur))
    return spots


def covered(constellation: Constellation) -> NDArray[np.bool_]:
    """Say which pixels any place says something about."""
    area = np.zeros(size_of(constellation), np.bool_)
    for spot in spots_of(constellation):
        area[spot.rows, spot.columns] = True
    return area


def ground(constellation: Constellation, drawing: Numbers | None = None) -> Numbers:
    """Give what lies below patches: a drawing stretched to the picture's size, or plain grey."""
    height, width = size_of(constellation)
    if drawing is None:
        return np.full((height, width), USUAL_BRIGHTNESS)
    stretched = Image.fromarray(drawing.astype(np.float32)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    return np.asarray(stretched, np.float64)


def laid(constellation: Constellation, patches: Patches, under: Numbers) -> Numbers:
    """Lay a patch on each place, and join all with what is under them.

    Args:
        constellation: where.
        patches: shape (places, PATCH²), brightness around 0.
        under: as `ground` gives it.

    Returns:
        Brightness, of the same shape as ``under``, from 0 to 255.
    """
    height, width = under.shape
    steps = [np.zeros((height, width)) for _ in range(2)]
    weights = [np.full((height, width), _NOTHING) for _ in range(2)]
    sure = [np.full((height, width), _FREE) for _ in range(2)]
    for spot, patch in zip(spots_of(constellation), patches, strict=True):
        seen = np.full((height, width), np.nan)
        seen[spot.rows, spot.columns] = spot.seen(patch)
        fall = np.zeros((height, width))
        away = spot.across**2 + spot.down**2
        fall[spot.rows, spot.columns] = np.exp(-away / (2 * _FALL * _FALL))
        for axis in range(2):
            step = np.diff(seen, axis=axis, append=np.nan)
            known = ~np.isnan(step)
            weight = fall[known] / spot.blur**_FINER
            steps[axis][known] += step[known] * weight
            weights[axis][known] += weight
            sure[axis][known] = np.maximum(sure[axis][known], fall[known])
    for axis in range(2):
        plain = _steps(under, axis)
        said = weights[axis] > 2 * _NOTHING
        share = np.where(said, (sure[axis] - _FREE) / (1 - _FREE), 0.0)
        steps[axis] = share * steps[axis] / weights[axis] + (1 - share) * plain
    return _fitted(steps, sure, under).clip(0, 255)


def _fitted(steps: list[Numbers], weights: list[Numbers], under: Numbers) -> Numbers:
    """Find the brightness that fits the steps best, held to the ground as by a weak spring.

    By conjugate gradients, with what would be right if all steps counted the same.
    """
    height, width = under.shape
    shape = (height, width)
    waves = [2 - 2 * np.cos(np.pi * np.arange(side) / side) for side in shape]
    usual = float(np.mean(weights))
    plain = usual * (waves[0][:, np.newaxis] + waves[1]) + _TETHER

    def told(brightness: Numbers) -> Numbers:
        flat = brightness.reshape(shape)
        total = _TETHER * flat
        for axis in range(2):
            total += _back(_steps(flat, axis) * weights[axis], axis)
        return total.ravel()

    def nearly(brightness: Numbers) -> Numbers:
        waved = dctn(brightness.reshape(shape), norm="ortho") / plain
        flat: Numbers = idctn(waved, norm="ortho").ravel()
        return flat

    right = _TETHER * under
    for axis in range(2):
        right = right + _back(steps[axis] * weights[axis], axis)
    size = (height * width,) * 2
    solved, _ = cg(
        LinearOperator(size, matvec=told, dtype=np.float64),
        right.ravel(),
        x0=under.ravel(),
        rtol=1e-4,
        maxiter=_MOST_STEPS,
        M=LinearOperator(size, matvec=nearly, dtype=np.float64),
    )
    brightness: Numbers = solved.reshape(shape)
    return brightness


def _steps(brightness: Numbers, axis: int) -> Numbers:
    """Give each step to the next pixel; none from the last one."""
    last = np.take(brightness, [-1], axis=axis)
    return np.diff(brightness, axis=axis, append=last)


def _back(steps: Numbers, axis: int) -> Numbers:
    """Add up what steps ask of the pixels at both of their ends."""
    inner = np.delete(steps, -1, axis=axis)
    first = np.zeros_like(np.take(steps, [0], axis=axis))
    return -np.diff(np.concatenate([first, inner, first], axis=axis), axis=axis)
