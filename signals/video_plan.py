"""Which parts of a video are decoded, so that little is missed and the work has a bound.

A video is a row of groups: a key frame, which stands for itself, and frames that can be decoded
only after it. Key frames lie where an encoder saw a cut, or after so many frames. So all of them
are decoded, spread evenly where there are too many; and what lies between two of them that are far
apart, group by group, as long as the budget lasts. The plan depends on the file alone: the same
video has the same frames on every machine, however busy.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

MOST_KEY_FRAMES: Final = 400

STEP_MS: Final = 500
"""Key frames no further apart than this are enough by themselves."""

Span = tuple[int, int]
"""Packets from the first number to before the second."""


class Packet(NamedTuple):
    """What is known of a frame before it is decoded: when it is shown, and whether it is a key."""

    at_ms: int
    is_key: bool


def plan(packets: Sequence[Packet], most: int) -> tuple[Span, ...]:
    """Choose what is decoded of a video.

    Args:
        packets: all of its packets, in the order of the file.
        most: how many are decoded at most, beside MOST_KEY_FRAMES.

    Returns:
        Spans of packets in the order of the file, each beginning with a key frame; a span of one
        packet is a key frame alone. Where there is no key frame at all the one span begins with
        the first packet.
    """
    groups = list(_groups(packets))
    keys = [group for group in groups if packets[group[0]].is_key] or groups
    chosen = {first: first + 1 for first, _ in spread(keys, MOST_KEY_FRAMES)}
    for first, end in _by_turns([group for group in groups if _is_long(group, packets)]):
        if most <= 0:
            break
        # A group that is too long for what is left is decoded as far as that goes.
        chosen[first] = min(end, first + most)
        most -= end - first
    return tuple(sorted(chosen.items()))


def spread(items: Sequence[Span], most: int) -> list[Span]:
    """Choose at most so many, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def _groups(packets: Sequence[Packet]) -> Iterator[Span]:
    first = 0
    for place, packet in enumerate(packets):
        if packet.is_key and place > first:
            yield first, place
            first = place
    if packets:
        yield first, len(packets)


def _is_long(group: Span, packets: Sequence[Packet]) -> bool:
    first, end = group
    return packets[end - 1].at_ms - packets[first].at_ms > STEP_MS


def _by_turns(groups: Sequence[Span]) -> Iterator[Span]:
    """Go through groups so that those of any beginning are spread over the whole video."""
    if not groups:
        return
    step = 1 << (len(groups) - 1).bit_length()
    yield groups[0]
    while step > 1:
        for place in range(step // 2, len(groups), step):
            yield groups[place]
        step //= 2
