"""Rates of false pairs are never claimed to be rarer than what was seen allows."""

import numpy as np
import pytest
from scipy import stats

from signals.calibration import TailKind
from signals.false_tail import FalsePairs, measure_tail

PHOTOS = 400


def pairs(strengths, seed=1):
    """Pairs of those strengths, each of two photos of 400 that were all looked for in all."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, PHOTOS, len(strengths))
    second = (first + chance.integers(1, PHOTOS, len(strengths))) % PHOTOS
    return FalsePairs(
        np.array(strengths, np.float64),
        np.column_stack([first, second]),
        np.ones(PHOTOS, np.int64),
        np.ones(PHOTOS, np.bool_),
    )


def drawn(shape, seed, count=300):
    chance = np.random.default_rng(seed)
    return stats.genpareto.rvs(shape, scale=0.5, size=count, random_state=chance)


def at(tail, strength):
    return next(point for point in tail.curve if point.strength == strength)


@pytest.mark.parametrize(
    ("shape", "kind"),
    [(0.0, TailKind.EXPONENTIAL), (0.35, TailKind.PARETO)],
    ids=["light", "heavy"],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_interval_holds_the_true_rate_far_beyond_what_was_counted(shape, kind, seed):
    tail = measure_tail(pairs(drawn(shape, seed), seed))
    point = at(tail, 8.0)
    true = 300 / tail.pairs * stats.genpareto.sf(8.0, shape, scale=0.5)

    assert tail.kind is kind
    assert tail.pairs == PHOTOS * (PHOTOS - 1)
    assert point.low <= true <= point.high
    assert at(tail, 0.0).rate == pytest.approx(300 / tail.pairs)


@pytest.mark.parametrize("strengths", [drawn(0.0, 5), drawn(0.35, 5), drawn(0, 5, 9), []])
def test_what_counting_cannot_tell_is_marked_as_extrapolated(strengths):
    tail = measure_tail(pairs(strengths))

    for point in tail.curve:
        assert point.low <= point.rate <= point.high
        if not point.extrapolated:
            assert point.high >= 3 / tail.pairs
            assert tail.strongest is not None
            assert point.strength <= tail.strongest
    highs = [point.high for point in tail.curve]
    assert highs == sorted(highs, reverse=True)


def test_one_pair_unlike_the_others_leaves_no_cliff_behind_it():
    tail = measure_tail(pairs([*drawn(0.0, 3), 15.0]))
    before, after = at(tail, 15.0), at(tail, 15.1)

    assert before.high >= 3 / tail.pairs
    assert before.high / 10 < after.high <= before.high


def test_pairs_of_one_photo_are_no_independent_evidence():
    alone = pairs(drawn(0.0, 4))
    of_few = FalsePairs(
        alone.strengths,
        np.column_stack([np.arange(300) % 3, 3 + alone.photos[:, 1] % (PHOTOS - 3)]),
        alone.images,
        alone.registered,
    )
    apart, together = (at(measure_tail(each), 1.0) for each in (alone, of_few))

    assert together.high / together.rate > 1.5 * apart.high / apart.rate


def test_a_tail_that_ends_is_not_believed():
    chance = np.random.default_rng(1)
    tail = measure_tail(pairs(chance.uniform(0, 3, 300)))

    assert at(tail, 6.0).high > 0


def test_too_few_pairs_go_by_their_odds_from_what_could_have_been_missed():
    tail = measure_tail(pairs([0.5, 1.0, 2.0]))

    assert tail.kind is TailKind.ODDS
    assert at(tail, 2.0).rate == pytest.approx(1 / tail.pairs)
    assert at(tail, 7.0).high >= 3 / tail.pairs * 1e-5
    assert at(tail, 8.0).high == pytest.approx(at(tail, 7.0).high / 10, rel=0.01)


def test_the_same_pairs_give_the_same_curve():
    assert measure_tail(pairs(drawn(0.3, 8))) == measure_tail(pairs(drawn(0.3, 8)))
