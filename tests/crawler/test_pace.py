"""Turns are given out one after the other, so far apart, and only so many at one time."""

import asyncio
from itertools import pairwise

import pytest

from crawler.pace import SLOWEST, Pace


def test_no_two_turns_begin_closer_than_the_delay_less_its_jitter():
    async def run():
        pace = Pace(0.05, jitter=0.5, at_once=8)
        clock = asyncio.get_running_loop().time
        begun = []

        async def ask():
            await pace.take()
            begun.append(clock())
            pace.give_back()

        await asyncio.gather(*(ask() for _ in range(12)))
        return begun

    begun = asyncio.run(run())

    assert begun[-1] - begun[0] >= 11 * 0.025 - 0.01
    assert begun == sorted(begun)


def test_turns_wait_for_a_place():
    async def run():
        pace = Pace(0.0, jitter=0.0, at_once=3)
        tasks = [asyncio.create_task(pace.take()) for _ in range(5)]
        await asyncio.sleep(0.05)
        held = sum(task.done() for task in tasks)
        pace.give_back()
        await asyncio.sleep(0.05)
        after = sum(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        return held, after

    assert asyncio.run(run()) == (3, 4)


def test_who_stops_waiting_leaves_its_place_to_others():
    async def run():
        pace = Pace(30.0, jitter=0.0, at_once=1)
        await pace.take()
        pace.give_back()
        waiting = asyncio.create_task(pace.take())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return pace._places.locked()

    assert not asyncio.run(run())


def begun_at(pace, number, then):
    """Take turns and give them back, do ``then`` with the first, and return when they began."""

    async def run():
        clock = asyncio.get_running_loop().time
        begun = []

        async def ask():
            await pace.take()
            begun.append(clock())
            if len(begun) == 1:
                then(pace)
            pace.give_back()

        await asyncio.gather(*(ask() for _ in range(number)))
        return [moment - begun[0] for moment in begun]

    return asyncio.run(run())


def test_a_pause_holds_those_that_wait_already_and_they_keep_their_distance_after_it():
    begun = begun_at(Pace(0.02, jitter=0.0, at_once=8), 4, lambda pace: pace.pause(0.3))

    assert begun[1] >= 0.29
    assert begun[3] - begun[1] >= 0.03


def test_a_longer_pause_is_not_cut_short_by_a_shorter_one():
    def twice(pace):
        pace.pause(0.3)
        pace.pause(0.01)

    assert begun_at(Pace(0.0, jitter=0.0, at_once=8), 2, twice)[1] >= 0.29


def test_it_is_slowed_down_to_a_bound_and_never_hurried():
    pace = Pace(0.02, jitter=0.0, at_once=8)
    pace.keep_apart(0.01)
    assert pace.delay == 0.02
    pace.keep_apart(0.05)
    assert pace.delay == 0.05
    pace.keep_apart(1e300)
    assert pace.delay == SLOWEST

    for _ in range(50):
        pace.slow_down(2)
    assert pace.delay == SLOWEST
    gentle = Pace(3600.0, jitter=0.0, at_once=8)
    gentle.slow_down(2)
    assert gentle.delay == 3600.0


def test_what_a_site_asks_for_does_not_vary_downwards():
    def keep(pace):
        pace.keep_apart(0.1)

    begun = begun_at(Pace(0.1, jitter=1.0, at_once=8), 6, keep)

    assert all(later - earlier >= 0.09 for earlier, later in pairwise(begun[1:]))
