"""The rough drawing that PDQ and pHash give: which way each slow wave of brightness goes.

How high each wave is, hashes do not say. That, and the waves that neither hash has, is learnt from
other photos (a ridge regression from 320 numbers to 17 × 17 waves); a wave that comes out the wrong
way is then laid the way that all views of the hash say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image
from scipy.fft import dctn, idctn

from benchmarks.inversion_leak import PDQ_SIDE, PHASH_SIDE, Leak, Numbers

SIDE: Final = 64
"""Pixels of the drawing's sides; it is stretched to the picture's own afterwards."""

WAVES: Final = PDQ_SIDE + 1
_STEADY: Final = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_KEPT_BACK: Final = 5
"""One in so many photos is kept back to choose how steady the regression has to be."""

_SURE: Final = 0.99
_LEAST: Final = 0.4
"""Of a wave's usual height: what one gets that came out the wrong way."""

USUAL_BRIGHTNESS: Final = 118.0
"""No signal says how bright a picture is."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was learnt: ``rows``, shape (321, 289), from waves' directions to waves."""

    rows: Numbers = field(repr=False)
    usual: Numbers = field(repr=False)
    likeness: float

    def of(self, leak: Leak) -> Numbers:
        """Draw brightness from two hashes, shape (SIDE, SIDE), around USUAL_BRIGHTNESS."""
        waves = (np.append(leak.waves, 1.0) @ self.rows).reshape(WAVES, WAVES)
        fine = waves[1:, 1:]
        wrong = (np.abs(leak.pdq) > _SURE) & (fine * leak.pdq < 0)
        fine[wrong] = (_LEAST * self.usual[1:, 1:] * leak.pdq)[wrong]
        return _drawn(waves) + USUAL_BRIGHTNESS


def learn(photos: Iterable[Image.Image]) -> Drawing:
    """Learn from other photos, mode "L", each also mirrored, how high waves are."""
    waves: Numbers = np.stack([_waves_of(photo) for photo in photos])
    mirrored = waves * (-1.0) ** np.arange(WAVES)
    both = np.stack([waves, mirrored], axis=1).reshape(-1, WAVES, WAVES)
    known = np.stack([_as_hashed(each) for each in both])
    known = np.column_stack([known, np.ones(len(known))])
    wanted = both.reshape(len(both), -1)
    kept_back = np.arange(len(both)) // 2 % _KEPT_BACK == 0
    likeness, steady = max(
        (_likeness(known[kept_back] @ _fitted(known[~kept_back], wanted[~kept_back], each),
                   wanted[kept_back]), each)
        for each in _STEADY
    )  # fmt: skip
    usual = np.sqrt((both**2).mean(axis=0)).astype(np.float64)
    return Drawing(_fitted(known, wanted, steady), usual, likeness)


def _fitted(known: Numbers, wanted: Numbers, steady: float) -> Numbers:
    square = known.T @ known + steady * np.eye(known.shape[1])
    rows: Numbers = np.linalg.solve(square, known.T @ wanted).astype(np.float64)
    return rows


def _likeness(drawn: Numbers, wanted: Numbers) -> float:
    """Give the mean correlation: of waves it is that of pictures, as brightness has no part."""
    products = (drawn * wanted).sum(axis=1)
    lengths = np.linalg.norm(drawn, axis=1) * np.linalg.norm(wanted, axis=1)
    return float((products / np.maximum(lengths, 1e-9)).mean())


def _waves_of(photo: Image.Image) -> Numbers:
    small = photo.resize((SIDE, SIDE), Image.Resampling.BOX)
    waves: Numbers = dctn(np.asarray(small, np.float64), norm="ortho")[:WAVES, :WAVES]
    waves[0, 0] = 0.0
    return waves


def _as_hashed(waves: Numbers) -> Numbers:
    """Say of each wave what the eight views of both hashes would: four times the same pair."""
    pdq, phash = waves[1:, 1:], waves[:PHASH_SIDE, :PHASH_SIDE]
    return np.concatenate([_above(pdq, 1).ravel(), _above(phash, 0).ravel()])


def _above(waves: Numbers, first: int) -> Numbers:
    odd = (-1.0) ** (np.arange(len(waves)) + first)
    level = np.ones(len(waves))
    total = np.zeros_like(waves)
    for down in (level, odd):
        for across in (level, odd):
            turned = np.outer(down, across)
            view = waves * turned
            if first == 0:
                view[0, 0] = np.inf  # a picture's brightness is above any wave
            total += np.where(view > np.median(view), 1.0, -1.0) * turned
    return total / 4


def _drawn(waves: Numbers) -> Numbers:
    padded = np.zeros((SIDE, SIDE))
    padded[:WAVES, :WAVES] = waves
    padded[0, 0] = 0.0
    drawn: Numbers = idctn(padded, norm="ortho")
    return drawn
