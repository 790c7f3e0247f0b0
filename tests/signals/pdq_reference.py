"""PDQ written down plainly, one step after the other, on the full picture: what ours must equal."""

import math

import numpy as np


def box(length, window):
    """One pass of PDQ's box filter along a side, as a matrix."""
    matrix = np.zeros((length, length))
    half = (window + 2) // 2
    for place in range(length):
        first = max(place + half - window, 0)
        last = min(place + half, length)
        matrix[place, first:last] = 1 / (last - first)
    return matrix


def samples(pixels):
    """Two box passes along each side, then 64 x 64 samples."""
    rows, columns = (_sampling(length) for length in pixels.shape)
    return rows @ pixels @ columns.T


def _sampling(length):
    matrix = box(length, (length + 127) // 128)
    return (matrix @ matrix)[[int((place + 0.5) * length / 64) for place in range(64)]]


def pdq(pixels):
    """Give the 64 hexadecimal digits of a picture's brightness, an array of any size."""
    cosines = np.array(
        [
            [
                math.sqrt(2 / 64) * math.cos(math.pi / 128 * frequency * (2 * place + 1))
                for place in range(64)
            ]
            for frequency in range(1, 17)
        ]
    )
    transformed = cosines @ samples(pixels) @ cosines.T
    above = transformed > np.sort(transformed.reshape(-1))[127]
    return np.packbits(above.reshape(-1)[::-1]).tobytes().hex()
