"""What may happen to a picture before it is posted again, tried on it when it is registered.

Each edit also says where every point of the picture goes, so that a place can be looked for there.
Nothing of it is kept: the edited pictures are gone once the places that survive are known.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_SMALLEST: Final = 16
_SEED: Final = 20_041


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited picture, mode "L", and the 3 × 3 map from the picture's pixels to its own."""

    grey: Image.Image
    map: NDArray[np.float64]


def simulated_edits(grey: Image.Image, seed: int = 0) -> Iterator[Edited]:
    """Make six edits of a picture in grey; the same ones for the same picture and seed."""
    chance = np.random.default_rng([_SEED, seed])
    width, height = grey.size

    half, half_map = _resized(grey, 0.5)
    yield Edited(_compressed(half, 40), half_map)

    third, third_map = _resized(grey, 0.32)
    yield Edited(_compressed(third, 60), third_map)

    smaller, smaller_map = _resized(grey, 0.75)
    pixels = np.asarray(smaller, np.float32)
    noise = chance.normal(0, 12, pixels.shape)
    yield Edited(_picture((pixels - 128) * 0.65 + 110 + noise), smaller_map)

    turned = _turn(width, height, 7, 0.9)
    yield Edited(_compressed(_warped(grey, turned), 40), turned)

    turned = _turn(width, height, -7, 0.8)
    yield Edited(_warped(grey, turned).filter(ImageFilter.GaussianBlur(1.4)), turned)

    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = corners + chance.uniform(-0.05, 0.05, (4, 2)) * [width, height]
    tilted = _perspective(corners, moved)
    bright = np.asarray(_warped(grey, tilted), np.float32) * 1.35
    yield Edited(_compressed(_picture(bright), 50), tilted)


def _picture(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _compressed(grey: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    grey.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue())).convert("L")


def _resized(grey: Image.Image, share: float) -> tuple[Image.Image, NDArray[np.float64]]:
    width, height = (max(_SMALLEST, round(side * share)) for side in grey.size)
    across, down = width / grey.width, height / grey.height
    # Pixels have their middle at whole numbers: the first one's moves inwards.
    map_to = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
    return grey.resize((width, height), Image.Resampling.BOX), map_to


def _turn(width: int, height: int, degrees: float, scale: float) -> NDArray[np.float64]:
    cosine = scale * math.cos(math.radians(degrees))
    sine = scale * math.sin(math.radians(degrees))
    x, y = width / 2, height / 2
    return np.array(
        [
            [cosine, -sine, x - cosine * x + sine * y],
            [sine, cosine, y - sine * x - cosine * y],
            [0, 0, 1],
        ]
    )


def _perspective(corners: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = []
    for (x, y), (u, v) in zip(corners, moved, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows), moved.reshape(-1))
    return np.append(solved, 1).reshape(3, 3)


def _warped(grey: Image.Image, map_to: NDArray[np.float64]) -> Image.Image:
    # Pillow counts from the corner of the first pixel, and asks where each pixel comes from.
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    back = shift @ np.linalg.inv(map_to) @ np.linalg.inv(shift)
    coefficients = (back / back[2, 2]).reshape(-1)[:8].tolist()
    return grey.transform(
        grey.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )


def moved_places(places: NDArray[np.float32], map_to: NDArray[np.float64]) -> NDArray[np.float32]:
    """Say where places go: shape (n, 4), columns as `signals.places.with_directions` has them."""
    radians = np.deg2rad(places[:, 3])
    step = 4.0
    ahead = places[:, :2] + step * np.column_stack([np.cos(radians), np.sin(radians)])
    at, ahead = _through(places[:, :2], map_to), _through(ahead, map_to)
    way = ahead - at
    longer = np.hypot(way[:, 0], way[:, 1]) / step
    scale = places[:, 2] + np.log2(np.maximum(longer, 1e-6))
    direction = np.rad2deg(np.arctan2(way[:, 1], way[:, 0])) % 360
    return np.column_stack([at, scale, direction]).astype(np.float32)


def _through(points: NDArray[np.floating], map_to: NDArray[np.float64]) -> NDArray[np.float64]:
    mapped = np.column_stack([points, np.ones(len(points))]) @ map_to.T
    through: NDArray[np.float64] = mapped[:, :2] / mapped[:, 2:]
    return through
