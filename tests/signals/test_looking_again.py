"""A found image stays with its worker until it is let go, and is looked at again there."""

import asyncio
import gc
import io
from dataclasses import replace

import numpy as np
import psutil
import pytest
from PIL import Image, ImageOps

from domain.errors import HashingLost, OutsideDown
from domain.places import Alignment, Wanted
from signals import recognition
from signals.constellation import constellation_of, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.looking import looking as looking_here
from signals.looking import looks
from signals.place_bits import planes
from signals.place_index import PlaceIndex
from signals.pool import HashingPool
from signals.recognition import propose, recognise
from signals.scale_space import Workspace
from signals.strength import strength
from signals.wire_places import MAX_WANTED, MOST_FULL_LOOKS
from tests.signals.moving_pictures import animation, clip, photographs

STRONG = 4.0


def run(scenario, **options):
    async def with_pool():
        pool = HashingPool(**{"workers": 1, **options})
        try:
            return await asyncio.wait_for(scenario(pool), 60)
        finally:
            await asyncio.wait_for(pool.close(), 20)

    return asyncio.run(with_pool())


def the_worker():
    (worker,) = [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "signals.worker" in child.cmdline()
    ]
    return worker


def jpeg(picture):
    body = io.BytesIO()
    picture.convert("RGB").save(body, "JPEG", quality=88)
    return body.getvalue()


@pytest.fixture(scope="module")
def registered(photos):
    made = []
    for path in photos[:6]:
        with Image.open(path) as picture:
            made.append(constellation_of(picture.convert("L"), planes(), Workspace()))
    return made


@pytest.fixture(scope="module")
def index(registered):
    return PlaceIndex(registered)


def wanted_of(proposals, registered):
    return [Wanted(registered[each.picture].packed(), each.alignment) for each in proposals]


def itself(held):
    """What an image has itself, where it is."""
    upright = held.found[0].upright
    scale = max(upright.width, upright.height) / 512
    return anything(unpack(bytes.fromhex(held.signals.constellation)), scale)


def anything(constellation, scale=1.0):
    way = np.array([[scale, 0, 0], [0, scale, 0]])
    alignment = Alignment(way, mirrored=False, pairs=np.empty((0, 2), np.int64), weight=0.0)
    return Wanted(constellation.packed(), alignment)


def seen_in(held, frame, index, registered):
    """Propose, and give what looking says: a function to await, as whoever matches does."""
    places = held.found[frame]
    proposals = propose(index, registered, (places.upright, places.mirrored))
    return proposals, wanted_of(proposals, registered)


def test_an_edited_repost_is_recognised_through_its_worker(photos, registered, index):
    with Image.open(photos[2]) as opened:
        photo = opened.convert("RGB")
    cropped = photo.crop((150, 90, photo.width - 60, photo.height - 40))

    async def scenario(pool):
        found = {}
        for name, picture in (("cropped", cropped), ("mirrored", ImageOps.mirror(cropped))):
            held = await pool.hash(jpeg(picture))
            proposals, wanted = seen_in(held, 0, index, registered)
            found[name] = [
                (proposal.picture, proposal.alignment.mirrored)
                for proposal, look in zip(proposals, await held.look(0, wanted), strict=True)
                if look is not None and strength(look, registered[proposal.picture]) >= STRONG
            ]
            held.let_go()
        return found

    found = run(scenario)
    assert found == {"cropped": [(2, False)], "mirrored": [(2, True)]}


def test_a_worker_sees_what_looking_here_does(photo, registered):
    with Image.open(io.BytesIO(photo)) as opened:
        grey = scaled_for_looking(opened.convert("L"))
    space = space_of(grey, Workspace())
    here = found_places(space, planes())
    wanted = [anything(each, max(grey.size) / 512) for each in registered]

    async def scenario(pool):
        held = await pool.hash(photo)
        frame, *rest = held.found
        assert rest == []
        looked = await held.look(0, wanted)
        held.let_go()
        return frame, looked

    frame, looked = run(scenario)
    assert frame.at_ms is None
    for there, mine in zip((frame.upright, frame.mirrored), here, strict=True):
        assert (there.width, there.height) == (mine.width, mine.height)
        shares = len(there) / len(mine)
        assert 0.9 < shares < 1.1  # a JPEG that its decoder has halved is a little softer
    ways = [(each, way.alignment) for each, way in zip(registered, wanted, strict=True)]
    expected = looks(space, ways, planes())
    assert [look is None for look in looked] == [look is None for look in expected]
    both = [
        (seen, sought)
        for seen, sought in zip(looked, expected, strict=True)
        if seen is not None and sought is not None
    ]
    assert both
    for seen, sought in both:
        assert seen.distances.shape == sought.distances.shape
        assert np.abs(seen.distances.astype(int) - sought.distances).mean() < 6
        assert (seen.in_view == sought.in_view).all()


def test_of_much_that_is_wanted_the_likeliest_is_looked_at_in_full(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        try:
            own = itself(held)
            picture, scale = unpack(own.picture), own.alignment.map[0, 0]
            askew = [anything(picture, scale + (n + 1) / 400) for n in range(MAX_WANTED - 1)]
            return await held.look(0, [*askew, own])
        finally:
            held.let_go()

    looked = run(scenario)
    assert sum(look is not None for look in looked) == MOST_FULL_LOOKS
    assert looked[-1] is not None
    assert np.median(looked[-1].distances) <= 16


def test_what_a_glance_sees_hardly_anything_of_is_not_looked_at_in_full(photo, registered):
    async def scenario(pool):
        held = await pool.hash(photo)
        try:
            own = itself(held)
            scale = own.alignment.map[0, 0]
            return await held.look(0, [own, *(anything(each, scale) for each in registered[1:4])])
        finally:
            held.let_go()

    own, *others = run(scenario)
    assert own is not None
    assert others == [None, None, None]


def test_a_picture_of_many_registrations_leaves_room_for_others(photo, registered):
    """Nine cases hold one picture, and eight pictures are looked at in full."""
    with Image.open(io.BytesIO(photo)) as opened:
        grey = scaled_for_looking(opened.convert("L"))
    space = space_of(grey, Workspace())
    index = PlaceIndex([registered[0]] * 9)
    proposals = propose(index, index, found_places(space, planes()))
    assert len(proposals) == 9
    wanted = [(registered[0], each.alignment) for each in proposals]

    part = replace(registered[0], places=registered[0].places[:30], bits=registered[0].bits[:30])

    looked = looks(space, [*wanted, (part, proposals[0].alignment)], planes())

    seen = [look for look in looked if look is not None]
    assert len(seen) == 10
    assert all((look.distances == seen[0].distances).all() for look in seen[:9])


def test_as_much_can_be_wanted_as_is_proposed():
    assert recognition.MOST_PROPOSALS == MAX_WANTED


def test_looks_and_recognise_agree(photo, registered, index):
    with Image.open(io.BytesIO(photo)) as opened:
        grey = scaled_for_looking(opened.convert("L").resize((700, 520)))
    space = space_of(grey, Workspace())
    proposals = propose(index, registered, found_places(space, planes()))
    looked = looks(
        space, [(registered[each.picture], each.alignment) for each in proposals], planes()
    )

    best = max(
        strength(look, registered[proposal.picture])
        for proposal, look in zip(proposals, looked, strict=True)
        if look is not None
    )
    assert best == recognise(space, registered, proposals, planes())[0].strength >= STRONG


def test_every_frame_that_is_looked_at_can_be_looked_at_again(photos):
    shots = photographs(photos[:20], (640, 360))
    constellations = [constellation_of(shot.convert("L"), planes(), Workspace()) for shot in shots]
    index = PlaceIndex(constellations)

    async def scenario(pool):
        held = await pool.hash(clip(shots, seconds=0.5))
        seen = []
        for frame in reversed(range(len(held.found))):
            proposals, wanted = seen_in(held, frame, index, constellations)
            looked = await held.look(frame, wanted)
            strong = {
                proposal.picture
                for proposal, look in zip(proposals, looked, strict=True)
                if look is not None and strength(look, constellations[proposal.picture]) >= STRONG
            }
            seen.append((held.found[frame].at_ms // 500, strong))
        held.let_go()
        return held, seen

    held, seen = run(scenario)
    assert len(held.found) == len(seen) <= 8
    assert [each.at_ms for each in held.found] == sorted({each.at_ms for each in held.found})
    assert sum(shot in strong for shot, strong in seen) >= len(seen) - 2
    with_constellation = [f.at_ms for f in held.signals.frames if f.constellation is not None]
    assert set(with_constellation) <= {each.at_ms for each in held.found}
    assert len(with_constellation) >= 6
    assert held.signals.constellation is None


def test_an_animation_has_places_of_its_frames(photos):
    body = animation(photographs(photos[:3], (1500, 400)), "WEBP", method=0)

    async def scenario(pool):
        held = await pool.hash(body)
        held.let_go()
        return held.found

    found = run(scenario)
    assert [frame.at_ms for frame in found] == [0, 250, 500]
    assert all(abs(f.upright.width / f.upright.height - 1500 / 400) < 0.1 for f in found)


def test_an_image_keeps_its_worker_until_it_is_let_go(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        waiting = asyncio.create_task(pool.signals_of(photo))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        held.let_go()
        held.let_go()
        assert await waiting == held.signals
        with pytest.raises(HashingLost, match="let go"):
            await held.look(0, [itself(held)])

    run(scenario)


def test_of_an_image_that_is_let_go_nothing_stays_in_memory(photo):
    looking = looking_here()
    assert looking is not None
    looking.find([(None, lambda: Image.open(io.BytesIO(photo)).convert("L"))])
    memory = looking._workspace._memory
    assert memory.any()

    looking.let_go()

    assert not memory.any()


def nothing():
    return np.zeros((3, 4), np.float32), np.zeros((3, 2), np.uint64), 512, 400


def test_an_image_that_nobody_has_any_longer_lets_go_itself(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        signals = held.signals
        del held
        gc.collect()
        return signals == await asyncio.wait_for(pool.signals_of(photo), 10)

    assert run(scenario)


def test_an_image_without_places_holds_no_worker(written):
    plain = written(Image.new("RGB", (640, 480), "teal"))

    async def scenario(pool):
        held = [await pool.hash(plain) for _ in range(3)]
        return [(each.found, each.signals.constellation) for each in held]

    assert run(scenario) == [((), None)] * 3


def test_a_worker_that_dies_while_it_holds_an_image_costs_the_look_alone(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        the_worker().kill()
        with pytest.raises(HashingLost, match="killed by SIGKILL"):
            await held.look(0, [itself(held)])
        with pytest.raises(HashingLost, match="let go"):
            await held.look(0, [itself(held)])
        held.let_go()
        return held.signals == await pool.signals_of(photo)

    assert run(scenario)


def test_a_worker_that_dies_and_is_let_go_is_replaced(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        the_worker().kill()
        await asyncio.sleep(0.1)
        held.let_go()
        return held.signals == await pool.signals_of(photo)

    assert run(scenario)


def test_a_look_over_the_time_limit_is_lost(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        the_worker().suspend()
        with pytest.raises(HashingLost, match="longer than the 2 seconds"):
            await held.look(0, [itself(held)])
        return held.signals == await pool.signals_of(photo)

    assert run(scenario, time_limit=2.0)


def test_a_look_that_is_cancelled_leaves_no_answer_for_the_next(photo, photos):
    other = photos[1].read_bytes()

    async def scenario(pool):
        held = await pool.hash(photo)
        worker = the_worker()
        worker.suspend()
        look = asyncio.create_task(held.look(0, [itself(held)]))
        await asyncio.sleep(0.1)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        held.let_go()
        signals = await pool.signals_of(other)
        assert the_worker().pid != worker.pid
        return signals

    assert run(scenario).width == 1024


def test_letting_go_in_the_middle_of_a_look_waits_for_it(photo):
    async def scenario(pool):
        held = await pool.hash(photo)
        worker = the_worker()
        worker.suspend()
        look = asyncio.create_task(held.look(0, [itself(held)]))
        await asyncio.sleep(0.1)
        held.let_go()
        worker.resume()
        (seen,) = await look
        await pool.signals_of(photo)
        assert the_worker().pid == worker.pid
        return seen

    assert np.median(run(scenario).distances) <= 16


def test_several_looks_at_once_each_get_their_own_answer(photo, registered):
    async def scenario(pool):
        held = await pool.hash(photo)
        each = [[anything(registered[n])] * (n + 1) for n in range(4)]
        looked = await asyncio.gather(*(held.look(0, wanted) for wanted in each))
        held.let_go()
        return [len(look) for look in looked]

    assert run(scenario) == [1, 2, 3, 4]


@pytest.mark.parametrize("killed", [False, True])
def test_closing_does_not_wait_for_an_image_that_is_held(photo, killed):
    async def scenario(pool):
        held = await pool.hash(photo)
        if killed:
            pool.end_now()
        await asyncio.wait_for(pool.close(), 10)
        with pytest.raises(HashingLost, match="let go"):
            await held.look(0, [itself(held)])
        held.let_go()
        with pytest.raises(OutsideDown, match="closed"):
            await pool.hash(photo)

    run(scenario)


def test_an_image_that_is_hashed_while_the_pool_closes_is_not_held(photo):
    async def scenario(pool):
        await pool.start()
        worker = the_worker()
        worker.suspend()
        hashing = asyncio.create_task(pool.hash(photo))
        await asyncio.sleep(0.1)
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0.1)
        worker.resume()
        await asyncio.wait_for(closing, 10)
        held = await hashing
        with pytest.raises(HashingLost):
            await held.look(0, [itself(held)])

    run(scenario)


def test_what_no_worker_can_be_asked_is_refused(photo, registered):
    async def scenario(pool):
        held = await pool.hash(photo)
        try:
            for frame, wanted in (
                (1, [anything(registered[0])]),
                (-1, [anything(registered[0])]),
                (0, [anything(registered[0])] * (MAX_WANTED + 1)),
                (0, [Wanted(b"", anything(registered[0]).alignment)]),
                (0, [Wanted(registered[0].packed()[:-1], anything(registered[0]).alignment)]),
            ):
                with pytest.raises(ValueError, match=r"frame|wanted|looked for|constellation"):
                    await held.look(frame, wanted)
            assert await held.look(0, []) == ()
            return await held.look(0, [itself(held)])
        finally:
            held.let_go()

    (look,) = run(scenario)
    assert look is not None
