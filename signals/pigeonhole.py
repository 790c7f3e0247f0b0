"""The compiled part of the index: bands of keys with rank bitmaps, and the scan.

For each band a bitmap says which keys occur; counting the bits before one gives its place among
those that do, and there stands the row that has it. A key costs a bit, a row four bytes a band,
and most keys that are tried are answered by one bit of the bitmap. Where several rows have one
key, they stand in a list of their own, and the place holds where it begins.

Beside a row stand some bits of its key in the next band, as many as there is room for. They tell
most rows apart that are near in one band by chance alone, without looking the signal up: among the
bands of a row within the distance there is one after which the distances, added up band by band
around the ring, never reach the radii added up likewise, so band and next together may differ in
rᵢ + rⱼ + 1 bits at most.

Source: J. Qin, C. Xiao, "Pigeonring: a principle for faster thresholded similarity search" (2018).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import bit_count, compiled

Array = NDArray[Any]
Number = Any  # a Python number outside, a machine word inside

_SEVERAL: Final = np.uint32(1 << 31)


@compiled
def band_keys(code: Array, order: Array, widths: Array, keys: Array) -> None:
    """Write the key of every band of one signal, 64-bit words, into ``keys``, shape (m,)."""
    place = 0
    for band in range(len(widths)):
        key = np.uint64(0)
        for bit in range(widths[band]):
            source = order[place]
            place += 1
            set_bit = (code[source >> 6] >> np.uint64(source & 63)) & np.uint64(1)
            key |= set_bit << np.uint64(bit)
        keys[band] = key


@compiled
def all_keys(codes: Array, order: Array, first: int, width: int, keys: Array) -> None:
    """Write one band's key of every row into ``keys``, shape (n,)."""
    for row in range(len(codes)):
        key = np.uint64(0)
        for bit in range(width):
            source = order[first + bit]
            set_bit = (codes[row, source >> 6] >> np.uint64(source & 63)) & np.uint64(1)
            key |= set_bit << np.uint64(bit)
        keys[row] = key


@compiled
def fill_band(
    keys: Array,
    next_keys: Array,
    row_bits: int,
    key_bits: int,
    counts: Array,
    bitmap: Array,
    ranks: Array,
    places: Array,
    shared: Array,
) -> tuple[int, int]:
    """Lay out one band; return how many keys occur and how much of ``shared`` is used.

    Args:
        keys: the key of every row, uint32, shape (n,).
        next_keys: those of the next band.
        row_bits: bits that number the rows.
        key_bits: how many bits of its next key stand beside each row.
        counts: zeros, uint32, one for each possible key; used up.
        bitmap: zeros, uint64, a bit for each possible key.
        ranks: uint32, one for each four words of the bitmap.
        places: zeros, uint32, shape (n,): of each occurring key its row, or _SEVERAL and where
            in ``shared`` its list begins.
        shared: uint32, shape (2 n,): lists, each after its length.
    """
    kept = np.uint32((1 << key_bits) - 1)
    for row in range(len(keys)):
        counts[keys[row]] += np.uint32(1)
    occurring = 0
    used = 0
    for key in range(len(counts)):
        if key & 255 == 0:
            ranks[key >> 8] = occurring
        count = counts[key]
        if count:
            bitmap[key >> 6] |= np.uint64(1) << np.uint64(key & 63)
            if count > 1:
                places[occurring] = _SEVERAL | np.uint32(used)
                shared[used] = 0
                used += count + 1
            counts[key] = occurring
            occurring += 1
    for row in range(len(keys)):
        place = counts[keys[row]]
        entry = np.uint32(row) | ((next_keys[row] & kept) << np.uint32(row_bits))
        held = places[place]
        if held & _SEVERAL:
            begin = held ^ _SEVERAL
            shared[begin] += np.uint32(1)
            shared[begin + shared[begin]] = entry
        else:
            places[place] = entry
    return occurring, used


@compiled
def search_bands(  # noqa: PLR0915 - one loop, of which a call costs as much as a key
    queries: Array,
    codes: Array,
    order: Array,
    widths: Array,
    radii: Array,
    masks: Array,
    mask_counts: Array,
    bitmaps: Array,
    bitmap_starts: Array,
    ranks: Array,
    rank_starts: Array,
    places: Array,
    place_starts: Array,
    shared: Array,
    shared_starts: Array,
    row_bits: int,
    key_bits: int,
    distance: int,
    out_query: Array,
    out_row: Array,
    out_distance: Array,
) -> int:
    """Find every row within ``distance`` of each query, each once.

    Returns how many there are. Where that is more than the out arrays hold, they hold the first,
    and the search is to be repeated with longer ones.
    """
    bands = len(widths)
    keys = np.empty(bands, np.uint64)
    row_keys = np.empty(bands, np.uint64)
    hits = np.empty(masks.shape[1] + 1, np.uint64)
    candidates = np.empty(4096, np.uint32)
    found = 0
    six, eight, low_six, one = np.uint64(6), np.uint64(8), np.uint64(63), np.uint64(1)
    shift = np.uint64(row_bits)
    kept = (one << np.uint64(key_bits)) - one
    row_mask = (one << shift) - one
    several = np.uint64(_SEVERAL)
    room = np.uint64(len(candidates))
    for q in range(len(queries)):
        query = queries[q]
        band_keys(query, order, widths, keys)
        for band in range(bands):
            if radii[band] < 0:
                continue
            # In three passes, each of loads that do not wait for one another.
            key = keys[band]
            bitmap = bitmaps[bitmap_starts[band] : bitmap_starts[band + 1]]
            rank = ranks[rank_starts[band] : rank_starts[band + 1]]
            place = places[place_starts[band] : place_starts[band + 1]]
            lists = shared[shared_starts[band] : shared_starts[band + 1]]
            band_masks = masks[band]
            following = band + 1 if band + 1 < bands else 0
            together = np.uint64(radii[band] + radii[following] + 1)
            next_key = keys[following]
            hit_count = np.uint64(0)
            for mask in range(mask_counts[band]):
                near = key ^ np.uint64(band_masks[np.uint64(mask)])
                hits[hit_count] = near
                hit_count += (bitmap[near >> six] >> (near & low_six)) & one
            waiting = np.uint64(0)
            for hit in range(hit_count):
                near = hits[np.uint64(hit)]
                word = near >> six
                before = np.uint64(rank[near >> eight])
                inner = word & ~np.uint64(3)
                while inner < word:
                    before += bit_count(bitmap[inner])
                    inner += one
                before += bit_count(bitmap[word] & ((one << (near & low_six)) - one))
                held = np.uint64(place[before])
                left = together - bit_count(near ^ key)
                if not held & several:
                    candidates[waiting] = held & row_mask
                    waiting += np.uint64(bit_count((held >> shift ^ next_key) & kept) <= left)
                    if waiting < room:
                        continue
                    begin, length = np.uint64(0), np.uint64(0)
                else:
                    begin = held ^ several
                    length = np.uint64(lists[begin])
                index = np.uint64(0)
                while True:
                    while index < length and waiting < room:
                        index += one
                        held = np.uint64(lists[begin + index])
                        candidates[waiting] = held & row_mask
                        waiting += np.uint64(bit_count((held >> shift ^ next_key) & kept) <= left)
                    if waiting < room:
                        break
                    found = _verify(
                        candidates, waiting, codes, query, q, distance, band, order, widths,
                        radii, kept, keys, row_keys, out_query, out_row, out_distance, found,
                    )  # fmt: skip
                    waiting = np.uint64(0)
            found = _verify(
                candidates, waiting, codes, query, q, distance, band, order, widths,
                radii, kept, keys, row_keys, out_query, out_row, out_distance, found,
            )  # fmt: skip
    return found


@compiled
def _verify(
    candidates: Array,
    waiting: Number,
    codes: Array,
    query: Array,
    q: Number,
    distance: Number,
    band: Number,
    order: Array,
    widths: Array,
    radii: Array,
    kept: Number,
    keys: Array,
    row_keys: Array,
    out_query: Array,
    out_row: Array,
    out_distance: Array,
    found: Number,
) -> Number:
    limit = np.uint64(distance)
    words = np.uint64(len(query))
    for index in range(waiting):
        row = np.uint64(candidates[np.uint64(index)])
        away = np.uint64(0)
        word = np.uint64(0)
        while word < words:
            away += bit_count(codes[row, word] ^ query[word])
            word += np.uint64(1)
        if away > limit:
            continue
        band_keys(codes[row], order, widths, row_keys)
        new = True
        for earlier in range(band):
            apart = bit_count(keys[earlier] ^ row_keys[earlier])
            if np.int64(apart) <= radii[earlier]:
                following = earlier + 1
                beside = bit_count((keys[following] ^ row_keys[following]) & kept)
                if np.int64(apart + beside) <= radii[earlier] + radii[following] + 1:
                    new = False  # that band has found it already
                    break
        if new:
            if found < len(out_row):
                out_query[found] = q
                out_row[found] = row
                out_distance[found] = away
            found += 1
    return found


@compiled
def scan_rows(
    queries: Array,
    codes: Array,
    distance: Number,
    out_query: Array,
    out_row: Array,
    out_distance: Array,
) -> int:
    """Compare every query with every row; the results are those of `search_bands`."""
    n, words = codes.shape
    room = len(out_row)
    found = 0
    for row in range(n):
        for q in range(len(queries)):
            away = np.uint64(0)
            for word in range(words):
                away += bit_count(codes[row, word] ^ queries[q, word])
            if away <= distance:
                if found < room:
                    out_query[found] = q
                    out_row[found] = row
                    out_distance[found] = away
                found += 1
    return found


@compiled
def mark_near(queries: Array, codes: Array, distance: int, near: Array) -> None:
    """Mark in ``near``, bool, shape (n,), each row within ``distance`` of at least one query."""
    n, words = codes.shape
    limit = np.uint64(distance)
    for row in range(n):
        for q in range(len(queries)):
            away = np.uint64(0)
            for word in range(words):
                away += bit_count(codes[row, word] ^ queries[q, word])
            if away <= limit:
                near[row] = True
