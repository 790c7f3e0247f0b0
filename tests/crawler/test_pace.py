"""Turns are given out one after the other, so far apart, and only so many at one time."""

import asyncio

import pytest

from crawler.pace import Pace


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
