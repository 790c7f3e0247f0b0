"""The compiled part of the index: bands of keys, each with its rows, and the scan.

For each band the rows stand sorted by their key in it, so those with one key are a run of
neighbours. Beside each row stand some bits of its key in the next band, as many as there is room
for, which tell most rows apart that are near in one band by chance alone, without looking the
signal up: among the bands of a row within the distance there is one after which the distances,
added up band by band around the ring, never reach the radii added up likewise, so that band and
the next may differ in rᵢ + rⱼ + 1 bits together at most.

Source: J. Qin, C. Xiao, "Pigeonring: a principle for faster thresholded similarity search" (2018).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.compiled import bit_count, compiled, prefetch

Array = NDArray[Any]
Number = Any  # a Python number outside, a machine word inside


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
    keys: Array, next_keys: Array, row_bits: int, key_bits: int, starts: Array, entries: Array
) -> None:
    """Lay out one band.

    Args:
        keys: the key of every row, uint32, shape (n,).
        next_keys: those of the next band.
        row_bits: bits that number the rows.
        key_bits: how many bits of its next key stand beside each row.
        starts: zeros, uint32, one more than there are possible keys: where each one's rows begin.
        entries: uint32 or uint64, shape (n,): the rows by key, each below the bits of its next.
    """
    kept = np.uint64((1 << key_bits) - 1)
    for row in range(len(keys)):
        starts[keys[row]] += np.uint32(1)
    position = np.uint32(0)
    for key in range(len(starts)):
        position += starts[key]
        starts[key] = position
    # From the last row to the first, each put before those of its key that are there.
    for back in range(len(keys)):
        row = len(keys) - 1 - back
        place = starts[keys[row]] - np.uint32(1)
        starts[keys[row]] = place
        beside = np.uint64(next_keys[row]) & kept
        entries[place] = np.uint64(row) | (beside << np.uint64(row_bits))


@compiled
def search_bands(
    queries: Array,
    codes: Array,
    order: Array,
    widths: Array,
    radii: Array,
    masks: Array,
    mask_counts: Array,
    starts: Array,
    start_starts: Array,
    entries: Array,
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
    candidates = np.empty(4096, np.uint32)
    probes = mask_counts.sum()
    begins = np.empty(probes, np.uint64)
    ends = np.empty(probes, np.uint64)
    room = np.uint64(len(candidates))
    one = np.uint64(1)
    shift = np.uint64(row_bits)
    kept = (one << np.uint64(key_bits)) - one
    row_mask = (one << shift) - one
    found = 0
    for q in range(len(queries)):
        query = queries[q]
        band_keys(query, order, widths, keys)
        # First only where the rows of each key begin and end: loads that do not wait for one
        # another, and ask for what will be read to be on its way.
        probe = np.uint64(0)
        for band in range(bands):
            key = keys[band]
            band_starts = starts[start_starts[band] : start_starts[band + 1]]
            band_entries = entries[band]
            for mask in range(mask_counts[band]):
                near = key ^ np.uint64(masks[band, np.uint64(mask)])
                begin = np.uint64(band_starts[near])
                end = np.uint64(band_starts[near + one])
                begins[probe] = begin
                ends[probe] = end
                prefetch(band_entries, begin)
                prefetch(band_entries, end)
                probe += one
        probe = np.uint64(0)
        for band in range(bands):
            if radii[band] < 0:
                continue
            band_entries = entries[band]
            following = band + 1 if band + 1 < bands else 0
            together = np.uint64(radii[band] + radii[following] + 1)
            next_key = keys[following]
            waiting = np.uint64(0)
            for mask in range(mask_counts[band]):
                left = together - bit_count(masks[band, np.uint64(mask)])
                place = begins[probe]
                end = ends[probe]
                probe += one
                while place < end:
                    entry = np.uint64(band_entries[place])
                    place += one
                    candidates[waiting] = entry & row_mask
                    waiting += np.uint64(bit_count((entry >> shift ^ next_key) & kept) <= left)
                    if waiting == room:
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
