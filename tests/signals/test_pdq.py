"""PDQ from shrunken pictures against PDQ's own code on the full ones."""

import io

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.signal import View
from signals.decode import open_picture
from signals.grid import Picture, Side
from signals.pdq import pdq_of, pdq_of_views, pixel_weights, sample_weights
from tests.signals import pdq_reference
from tests.signals.bits import bits_between


def theirs(picture: Image.Image) -> tuple[str, int]:
    bits, quality = pdqhash.compute(np.asarray(picture.convert("RGB")))
    return np.packbits(bits.astype(np.uint8)).tobytes().hex(), int(quality)


def in_full(grey: Image.Image) -> Picture:
    return Picture(grey=grey, format="", rows=Side(grey.height), columns=Side(grey.width))


@pytest.mark.parametrize(
    "size", [(1024, 768), (683, 1024), (500, 501), (129, 128), (64, 200), (90, 5), (37, 41)]
)
def test_a_full_picture_has_the_very_hash_of_pdqs_own_code(size, colours):
    grey = colours.convert("L").resize(size)

    assert pdq_of(in_full(grey)) == theirs(grey)
    assert pdq_of(in_full(grey))[0] == pdq_reference.pdq(np.asarray(grey, float))


@given(length=st.integers(5, 3000))
@settings(max_examples=60, deadline=None)
def test_weights_are_those_of_two_box_passes(length):
    pixels, weights = pixel_weights(length)
    dense = np.zeros((64, length))
    np.add.at(dense, (np.arange(64)[:, np.newaxis], pixels), weights)
    passes = pdq_reference.box(length, (length + 127) // 128)
    places = [int((place + 0.5) * length / 64) for place in range(64)]

    assert np.abs(dense - passes[places] @ passes).max() < 1e-12


@given(
    length=st.integers(5, 3000),
    factor=st.sampled_from([1, 2, 4, 8, 3, 17]),
    from_end=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_folded_weights_see_an_even_slope_as_it_is(length, factor, from_end):
    side = Side(length, factor, from_end)
    slope = np.linspace(0.0, 1.0, length)
    laid = slope[::-1] if from_end else slope
    cells = np.array([part.mean() for part in np.split(laid, range(factor, length, factor))])
    if from_end:
        cells = cells[::-1]
    pixels, weights = pixel_weights(length)
    weighted = sample_weights(side)

    assert weighted.shape == (64, side.cells)
    assert np.abs(weighted.sum(axis=1) - 1).max() < 1e-6
    # Exact but in the cells at the ends, which have a neighbour on one side only.
    inner = slice(8, 56) if length > 20 * factor else slice(0, 0)
    assert (
        np.abs((weighted @ cells) - (weights * slope[pixels]).sum(axis=1))[inner].max(initial=0)
        < 1e-4
    )


def test_a_shrunken_decode_has_the_hash_of_the_full_picture(photos):
    within = most = shrunken = 0
    for path in photos:
        with Image.open(path) as picture:
            reference, quality = theirs(picture)
        opened = open_picture(path.read_bytes())
        found, found_quality = pdq_of(opened)
        away = bits_between(found, reference)
        within += away <= 4
        shrunken += opened.rows.factor > 1
        most = max(most, away)
        assert abs(found_quality - quality) <= 2, path.name
    assert shrunken > len(photos) / 2
    assert within == len(photos)
    assert most <= 4


@pytest.mark.parametrize("size", [(3001, 2003), (2047, 1999), (4000, 300)])
@pytest.mark.parametrize("image_format", ["JPEG", "BMP"])
def test_sizes_that_are_no_multiple_of_the_cell_lose_nothing(size, image_format, colours):
    large = colours.resize(size, Image.Resampling.BICUBIC)
    body = io.BytesIO()
    large.save(body, image_format, quality=90)

    with Image.open(body) as full:
        reference, _ = theirs(full)
    assert bits_between(pdq_of(open_picture(body.getvalue()))[0], reference) <= 2


def test_every_view_is_the_hash_of_the_picture_so_laid(photos):
    """As exact for a mirrored one as for the upright: PDQ's own shortcut is 10-16 bits off."""
    for path in photos[::3]:
        opened = open_picture(path.read_bytes())
        for view, (found, quality) in pdq_of_views(opened).items():
            laid = pdq_of(opened.laid(view))
            with Image.open(path) as full:
                upright = Picture(full.convert("L"), "", Side(full.height), Side(full.width))
            reference, _ = theirs(upright.laid(view).grey)

            assert bits_between(found, laid[0]) <= 1, (path.name, view)
            assert abs(quality - laid[1]) <= 1
            assert bits_between(found, reference) <= 6, (path.name, view)
    assert list(pdq_of_views(opened)) == list(View)


@pytest.mark.parametrize("size", [(1, 1), (4, 900), (900, 4)])
def test_a_picture_too_small_for_pdq_has_no_hash(size):
    picture = in_full(Image.linear_gradient("L").resize(size))

    assert pdq_of(picture) == ("0" * 64, 0)
    assert set(pdq_of_views(picture).values()) == {("0" * 64, 0)}
