"""How often other pictures reach a strength: as counted, and beyond that as their tail runs on.

Of n pairs of pictures that show different things, a rate below 3/n cannot be counted. It is taken
from a curve fitted to the strongest pairs, and is marked as such. Its interval comes from drawing
the photos anew, with all pairs of each, since the pairs of one photo are not independent.

Source: Coles, "An Introduction to Statistical Modeling of Extreme Values" (2001), chapter 4, for
the generalised Pareto distribution above a start; Davezies, D'Haultfoeuille and Guyonvarch,
"Empirical process results for exchangeable arrays" (2021), for drawing both sides of pairs.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from signals.calibration import CurvePoint, FalseTail, TailKind

RULE_OF_THREE: Final = 3.0
"""What was never seen in n tries may still happen in 3 of n, with 95 % confidence."""

STEP: Final = 0.1
"""Strength from one point of the curve to the next."""

END: Final = 20.0
"""Strength at which the curve ends: no picture has as much, since evidence is bounded."""

_LEAST_FITTED: Final = 25
_MOST_FITTED: Final = 250
_FEWER: Final = 0.8
_FITS: Final = 0.1
_DRAWS: Final = 1_000
_AT_ONCE: Final = 50
_SIMULATED: Final = 400
_CLEARLY: Final = 2.706
"""Twice the gain in log-likelihood from which a shape above 0 is believed, at 5 %, one-sided."""
_ALLOWED: Final = 3.841
"""Twice the loss in log-likelihood up to which a shape is allowed, at 95 %."""
_ODDS_SCALE: Final = 1 / math.log(10)
_ALMOST_NOTHING: Final = 1e-9
_MOST_SHAPE: Final = 1.0
_LOW, _HIGH = 0.025, 0.975


@dataclass(frozen=True, slots=True)
class FalsePairs:
    """Pairs of a found image and a registered photo that shows something else.

    ``strengths``: shape (m,), of the pairs that were looked at a second time; all others had none.
    ``photos``: shape (m, 2), the numbers of the photo that the image is of and of the registered
    one. ``images``: shape (photos,), how many images are of each. ``registered``: shape (photos,),
    whether it can be recognised at all.
    """

    strengths: NDArray[np.float64] = field(repr=False)
    photos: NDArray[np.int64] = field(repr=False)
    images: NDArray[np.int64] = field(repr=False)
    registered: NDArray[np.bool_] = field(repr=False)

    @property
    def count(self) -> int:
        """The number of all pairs."""
        return round(float(_pairs(self, np.ones((1, len(self.images))))[0]))


def measure_tail(false: FalsePairs, seed: int = 0) -> FalseTail:
    """Count, fit and draw anew; the same for the same pairs and seed.

    Args:
        false: at least one pair.
        seed: of what is drawn.
    """
    chance = np.random.default_rng(seed)
    draws = chance.exponential(size=(_DRAWS + 1, len(false.images)))
    draws[0] = 1  # the photos as they are
    totals = np.maximum(_pairs(false, draws), _ALMOST_NOTHING)
    order = np.argsort(-false.strengths, kind="stable")
    strengths, photos = false.strengths[order], false.photos[order]
    at = np.round(np.arange(0, END + STEP / 2, STEP), 1)
    found = np.searchsorted(-strengths, -at, side="right")  # how many reach each strength
    counted = _shares(draws, photos, found) / totals[:, np.newaxis]
    above, kind = _start(strengths, chance)
    pairs = false.count
    heaviest = 0.0, _ODDS_SCALE
    if kind is TailKind.ODDS:
        shape, scale = heaviest
        start = max(float(strengths[0]), 0.0) if len(strengths) else 0.0
        missed = min(RULE_OF_THREE / pairs, 1)
        beyond = missed * np.exp(-np.maximum(at - start, 0) / scale)
        rates = np.where(found > 0, counted, beyond)
    else:
        start = float(strengths[above - 1])
        excess = strengths[:above] - start
        weights = draws[:, photos[:above, 0]] * draws[:, photos[:above, 1]]
        shapes, scales = _fits(excess, weights, kind)
        shape, scale = float(shapes[0]), float(scales[0])
        heaviest = _heaviest(excess)
        share = (weights.sum(axis=1) / totals)[:, np.newaxis]
        rates = np.where(at >= start, share * _survival(at - start, shapes, scales), counted)
    strongest = float(strengths[0]) if len(strengths) else None
    curve = _curve(at, rates, found, pairs, fitted=kind is not TailKind.ODDS)
    return FalseTail(pairs, kind, start, above, strongest, shape, scale, *heaviest, curve)


def _shares(
    draws: NDArray[np.float64], photos: NDArray[np.int64], found: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Add up the weights of the first pairs, so many for each number: shape (draws, numbers)."""
    shares = np.zeros((len(draws), len(found)))
    for first in range(0, len(draws), _AT_ONCE):
        drawn = draws[first : first + _AT_ONCE]
        weights = drawn[:, photos[:, 0]] * drawn[:, photos[:, 1]]
        sums = np.concatenate([np.zeros((len(drawn), 1)), weights.cumsum(axis=1)], axis=1)
        shares[first : first + _AT_ONCE] = sums[:, found]
    return shares


def _curve(
    at: NDArray[np.float64],
    rates: NDArray[np.float64],
    found: NDArray[np.int64],
    pairs: int,
    *,
    fitted: bool,
) -> tuple[CurvePoint, ...]:
    """Give every point its interval: never narrower than the count alone allows, where it counts.

    Beyond the strongest pair, the upper end goes on as steeply as the fitted one does, from where
    the count has left it: no cliff, however unlike the others the strongest pair is.
    """
    lows, highs = np.quantile(rates[1:], [_LOW, _HIGH], axis=0)
    exact_high = stats.gamma.ppf(_HIGH, found + 1) / pairs
    exact_low = np.where(found > 0, stats.gamma.ppf(_LOW, np.maximum(found, 1)) / pairs, 0)
    last = int(np.flatnonzero(found > 0)[-1]) if found.any() else -1
    lifted = highs.copy()
    if last >= 0:
        lifted[: last + 1] = np.maximum(highs[: last + 1], exact_high[: last + 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            lifted[last + 1 :] = lifted[last] * highs[last + 1 :] / highs[last]
        lifted = np.nan_to_num(lifted)
    lows = np.where(found > 0, np.minimum(lows, exact_low), lows if fitted else 0)
    lifted = np.minimum.accumulate(np.minimum(np.maximum(lifted, rates[0]), 1))
    lows = np.minimum.accumulate(np.minimum(lows, rates[0]))
    points = []
    for number, s in enumerate(at):
        rate, low, high = float(rates[0, number]), float(lows[number]), float(lifted[number])
        beyond = not found[number]  # with one found, no upper end is below 3 in all pairs
        points.append(CurvePoint(float(s), rate, low, high, beyond))
    return tuple(points)


def _pairs(false: FalsePairs, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count all pairs of an image and a registered photo that it is not of, by weight of photos."""
    registered = weights * false.registered
    others = registered.sum(axis=1, keepdims=True) - registered
    totals: NDArray[np.float64] = (weights * false.images * others).sum(axis=1)
    return totals


def _start(strengths: NDArray[np.float64], chance: np.random.Generator) -> tuple[int, TailKind]:
    """Choose the start of the tail: how many of the strongest pairs fit a curve, and which.

    ``strengths`` fall. As many are taken as fit well, or as few as can be fitted at all; too few
    for that, and it is their odds that count.
    """
    positive = strengths[strengths > 0]
    count = min(_MOST_FITTED, len(positive))
    while count >= _LEAST_FITTED:
        excess = positive[:count] - positive[count - 1]
        kind = _kind(excess)
        if count * _FEWER < _LEAST_FITTED or _fits_well(excess, kind, chance):
            return count, kind
        count = int(count * _FEWER)
    return len(positive), TailKind.ODDS


def _kind(excess: NDArray[np.float64]) -> TailKind:
    """Say which curve to fit: the heavier one only where it is clearly likelier."""
    one = np.ones((1, len(excess)))
    shapes, scales = _fits(excess, one, TailKind.PARETO)
    (heavy,) = _likelihoods(excess, float(shapes[0]), scales)
    (light,) = _likelihoods(excess, 0, excess.mean(keepdims=True))
    return TailKind.PARETO if 2 * (heavy - light) > _CLEARLY else TailKind.EXPONENTIAL


def _heaviest(excess: NDArray[np.float64]) -> tuple[float, float]:
    """Give shape and scale of the heaviest tail that what lies over the start still allows.

    The greatest shape whose likelihood is not clearly below the best one's, at 95 %.
    """
    scales = np.geomspace(0.1, 3, 200) * float(excess.mean())
    shapes = np.linspace(0, _MOST_SHAPE, 101)
    likelihoods = np.array([_likelihoods(excess, shape, scales) for shape in shapes.tolist()])
    allowed = 2 * (likelihoods.max() - likelihoods.max(axis=1)) <= _ALLOWED
    heaviest = int(np.flatnonzero(allowed)[-1])
    return float(shapes[heaviest]), float(scales[likelihoods[heaviest].argmax()])


def _likelihoods(
    excess: NDArray[np.float64], shape: float, scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    over = excess / scales[:, np.newaxis]
    fallen = over if not shape else (1 + 1 / shape) * np.log1p(shape * over)
    likelihoods: NDArray[np.float64] = -len(excess) * np.log(scales) - fallen.sum(axis=1)
    return likelihoods


def _fits_well(excess: NDArray[np.float64], kind: TailKind, chance: np.random.Generator) -> bool:
    """Say whether what lies over a start could be drawn from the curve fitted to it.

    By the Anderson-Darling distance, to which the tail counts most, against samples of the curve.
    """
    one = np.ones((1, len(excess)))
    shapes, scales = _fits(excess, one, kind)
    off = _distance(excess[np.newaxis], shapes, scales)[0]
    uniform = chance.random((_SIMULATED, len(excess)))
    drawn = stats.genpareto.isf(uniform, shapes[0], scale=scales[0])
    again = [_fits(sample, one, kind) for sample in drawn]
    redone = np.array([(shape[0], scale[0]) for shape, scale in again])
    others = _distance(drawn, redone[:, 0], redone[:, 1])
    return bool((others >= off).mean() >= _FITS)


def _distance(
    samples: NDArray[np.float64], shapes: NDArray[np.float64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    ordered = np.sort(samples, axis=1)
    above = np.clip(_survival(ordered, shapes, scales), 1e-300, 1 - 1e-12)
    count = samples.shape[1]
    odd = 2 * np.arange(1, count + 1) - 1
    logs = np.log1p(-above) + np.log(above[:, ::-1])
    distances: NDArray[np.float64] = -count - (odd * logs).sum(axis=1) / count
    return distances


def _fits(
    excess: NDArray[np.float64], weights: NDArray[np.float64], kind: TailKind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit by greatest likelihood, once for each row of weights: shapes and scales, each (rows,).

    No tail that ends is ever fitted: the lightest one is the exponential, with shape 0.
    """
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), _ALMOST_NOTHING)
    means = np.maximum(shares @ excess, _ALMOST_NOTHING)
    if kind is TailKind.EXPONENTIAL:
        return np.zeros(len(weights)), means
    # For a shape k and a scale s, all that is unknown is t = k / s: the shape that is likeliest
    # with it is the mean of log(1 + t · excess).
    tries = np.geomspace(1e-3, 1e2, 160) / max(float(excess.mean()), _ALMOST_NOTHING)
    shapes = shares @ np.log1p(np.outer(tries, excess)).T  # (rows, tries)
    scales = shapes / tries
    likelihoods = -np.log(scales) - shapes - 1
    likelihoods[shapes > _MOST_SHAPE] = -np.inf
    best = likelihoods.argmax(axis=1)
    rows = np.arange(len(weights))
    heavier = likelihoods[rows, best] > -np.log(means) - 1
    return (
        np.where(heavier, shapes[rows, best], 0.0),
        np.where(heavier, scales[rows, best], means),
    )


def _survival(
    excess: NDArray[np.float64], shapes: NDArray[np.float64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Say how many of those above the start reach so far above it: (rows, points)."""
    over = np.maximum(np.atleast_2d(excess), 0) / scales[:, np.newaxis]
    shape = np.maximum(shapes, 1e-9)[:, np.newaxis]
    light = np.exp(-over)
    survival: NDArray[np.float64] = np.where(
        shapes[:, np.newaxis] > 0, np.power(1 + shape * over, -1 / shape), light
    )
    return survival
