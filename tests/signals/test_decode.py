"""Every way in which a picture arrives, and every way in which it is none."""

import io
import tracemalloc

import numpy as np
import pdqhash
import pytest
from PIL import Image

from domain.errors import Undecodable
from signals.decode import FORMATS, MAX_PIXELS, SHORT_SIDE, open_picture
from signals.distance import pack_pdq, pdq_distances
from signals.grid import Picture
from signals.pdq import pdq_of


def bits_between(opened: Picture, other: Image.Image) -> int:
    """Count the bits between our hash of what was decoded and PDQ's own of a picture in full."""
    bits, _ = pdqhash.compute(np.asarray(other.convert("RGB")))
    reference = np.packbits(bits.astype(np.uint8)).reshape(1, -1)
    return int(pdq_distances(pack_pdq([pdq_of(opened)[0]])[0], reference)[0])


def brightness(picture: Image.Image) -> float:
    return float(np.asarray(picture).mean())


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_same_picture_in_every_format_is_the_same_picture(image_format, colours, written):
    small = colours.resize((256, 192))  # ICO holds no more

    options = {"sizes": [small.size]} if image_format == "ICO" else {}

    opened = open_picture(written(small, image_format, **options))

    assert (opened.format, opened.width, opened.height) == (image_format, 256, 192)
    assert opened.grey.mode == "L"
    assert bits_between(opened, small) <= 16


@pytest.mark.parametrize(
    ("mode", "image_format"),
    [
        ("L", "PNG"),
        ("L", "JPEG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("RGBA", "WEBP"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "TIFF"),
        ("F", "TIFF"),
        ("I", "TIFF"),
        ("I;16", "PNG"),
        ("I;16", "TIFF"),
        ("1", "PNG"),
    ],
)
def test_every_colour_mode_keeps_the_picture(mode, image_format, colours, written):
    if mode in {"F", "I", "LA"}:
        converted = colours.convert("L").convert(mode)
    elif mode == "I;16":
        converted = Image.fromarray(np.asarray(colours.convert("L")).astype(np.uint16) * 257)
    else:
        converted = colours.convert(mode)

    opened = open_picture(written(converted, image_format))

    assert bits_between(opened, colours) <= (16 if mode in {"1", "P"} else 8)
    assert abs(brightness(opened.grey) - brightness(colours.convert("L"))) < 12


def test_what_is_transparent_is_white(colours, written):
    half = colours.convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, half.width // 2, half.height))

    opened = open_picture(written(half))
    grey = opened.grey

    left = grey.crop((0, 0, grey.width // 2, grey.height))
    assert left.getextrema() == (255, 255)
    right = (grey.width // 2, 0, grey.width, grey.height)
    shown = colours.convert("L").reduce((opened.columns.factor, opened.rows.factor)).crop(right)
    assert np.abs(np.asarray(grey.crop(right), int) - np.asarray(shown, int)).max() <= 2


def test_a_transparent_palette_colour_is_white(written):
    picture = Image.new("P", (64, 64), 1)
    picture.putpalette([0, 0, 0, 0, 0, 0])

    assert open_picture(written(picture, transparency=1)).grey.getextrema() == (255, 255)
    assert open_picture(written(picture)).grey.getextrema() == (0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_lies_as_its_exif_says(orientation, image_format, colours, written):
    turned_back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = colours
    if orientation in turned_back:
        stored = colours.transpose(turned_back[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation

    opened = open_picture(written(stored, image_format, exif=exif))

    assert (opened.width, opened.height) == (1024, 768)
    assert opened.grey.size == (opened.columns.cells, opened.rows.cells)
    # JPEG cuts a picture into blocks from its own corner, WebP loses more
    assert bits_between(opened, colours) <= 8


def test_broken_exif_loses_no_picture(colours, written):
    body = written(colours, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff nonsense")

    assert open_picture(body).width == 1024


@pytest.mark.parametrize("image_format", ["GIF", "WEBP"])
def test_an_animation_is_its_first_frame(image_format, colours, written):
    frames = [Image.new("RGB", colours.size, "red"), Image.new("RGB", colours.size, "blue")]

    body = written(colours, image_format, save_all=True, append_images=frames)

    assert bits_between(open_picture(body), colours) <= 16


FAST: dict[str, dict[str, int]] = {"PNG": {"compress_level": 1}, "WEBP": {"method": 0}}


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(3000, 2250), (2800, 700)])
def test_shrinking_while_decoding_hardly_moves_the_hash(image_format, size, colours, written):
    large = colours.resize(size, Image.Resampling.LANCZOS)
    body = written(large, image_format, **FAST.get(image_format, {}))

    opened = open_picture(body)

    assert (opened.width, opened.height) == size
    assert SHORT_SIDE <= min(opened.grey.size) < 2 * SHORT_SIDE
    with Image.open(io.BytesIO(body)) as picture:
        assert bits_between(opened, picture) <= 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_a_file_cut_short_is_undecodable(image_format, kept, colours, written):
    body = written(colours, image_format)
    cut = body[: int(len(body) * kept)]

    with pytest.raises(Undecodable, match=f"{len(cut):,} bytes"):
        open_picture(cut)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty: 0 bytes"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", r"an HTML page, .* \(50 bytes\)"),
        (b"Moved permanently.\n", r"text, not an image \(19 bytes\)"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawing"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "a video"),
        (b"\xde\xad\xbe\xef" * 9, r"de ad be ef \(36 bytes\)"),
    ],
)
def test_what_is_no_picture_is_named(body, reason):
    with pytest.raises(Undecodable, match=reason):
        open_picture(body)


@pytest.mark.parametrize("side", [44_722, 11_000])
def test_too_many_pixels_are_refused_from_the_header(side, black_png):
    body = black_png(side, side, rows=1)
    tracemalloc.start()

    with pytest.raises(Undecodable, match=f"{side * side:,} pixels; at most {MAX_PIXELS:,}"):
        open_picture(body)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
