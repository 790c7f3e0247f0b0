"""Every way in which a picture arrives, and every way in which it is none."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pdqhash
import pytest
from PIL import Image, ImageFile

from domain.errors import Undecodable
from signals.decode import FORMATS, SHORT_SIDE, open_picture
from signals.decoding_cost import MAX_BYTES, MAX_PIXELS
from signals.grid import Picture
from signals.pdq import pdq_of
from tests.signals.bits import bits_between


def bits_to(opened: Picture, other: Image.Image) -> int:
    """Count the bits between our hash of what was decoded and PDQ's own of a picture in full."""
    bits, _ = pdqhash.compute(np.asarray(other.convert("RGB")))
    reference = np.packbits(bits.astype(np.uint8)).tobytes().hex()
    return bits_between(pdq_of(opened)[0], reference)


def brightness(picture: Image.Image) -> float:
    return float(np.asarray(picture).mean())


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_same_picture_in_every_format_is_the_same_picture(image_format, colours, written):
    small = colours.resize((256, 192))  # ICO holds no more

    options = {"sizes": [small.size]} if image_format == "ICO" else {}

    opened = open_picture(written(small, image_format, **options))

    assert (opened.format, opened.width, opened.height) == (image_format, 256, 192)
    assert opened.grey.mode == "L"
    assert bits_to(opened, small) <= 16


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

    assert bits_to(opened, colours) <= (16 if mode in {"1", "P"} else 8)
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
    assert bits_to(opened, colours) <= 8


def test_broken_exif_loses_no_picture(colours, written):
    body = written(colours, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff nonsense")

    assert open_picture(body).width == 1024


@pytest.mark.parametrize("image_format", ["GIF", "WEBP"])
def test_an_animation_is_its_first_frame(image_format, colours, written):
    frames = [Image.new("RGB", colours.size, "red"), Image.new("RGB", colours.size, "blue")]

    body = written(colours, image_format, save_all=True, append_images=frames)

    assert bits_to(open_picture(body), colours) <= 16


FAST: dict[str, dict[str, int]] = {"PNG": {"compress_level": 1}, "WEBP": {"method": 0}}


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(3000, 2250), (2800, 700)])
def test_shrinking_while_decoding_hardly_moves_the_hash(image_format, size, colours, written):
    large = colours.resize(size, Image.Resampling.LANCZOS)
    body = written(large, image_format, **FAST.get(image_format, {}))

    opened = open_picture(body)

    assert (opened.width, opened.height) == size
    assert SHORT_SIDE <= min(opened.grey.size) < 4 * SHORT_SIDE
    with Image.open(io.BytesIO(body)) as picture:
        assert bits_to(opened, picture) <= 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_a_file_cut_short_is_undecodable(image_format, kept, colours, written):
    body = written(colours, image_format)
    cut = body[: int(len(body) * kept)]

    with pytest.raises(Undecodable, match=f"{len(cut):,} bytes"):
        open_picture(cut)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"])
@pytest.mark.parametrize("missing", [1, 2, 14])
def test_a_picture_without_its_last_bytes_is_hashed_as_browsers_show_it(
    image_format, missing, colours, written
):
    body = written(colours, image_format)

    cut = open_picture(body[:-missing])

    assert (cut.format, cut.width, cut.height) == (image_format, 1024, 768)
    whole = pdq_of(open_picture(body))[0]
    assert bits_between(pdq_of(cut)[0], whole) <= 8


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_is_kept_while_nine_tenths_of_it_are_there(options, colours, written):
    body = written(colours, "JPEG", **options)
    whole = pdq_of(open_picture(body))[0]
    kept = []
    for hundredths in range(100):
        try:
            cut = open_picture(body[: len(body) * hundredths // 100])
        except Undecodable:
            continue
        kept.append(hundredths)
        grey = np.asarray(cut.grey)
        assert (grey == 128).all(axis=1).mean() <= 0.1
        assert bits_between(pdq_of(cut)[0], whole) <= 64
    # A scan of a progressive JPEG is the whole picture, only less sharp.
    assert kept[0] in (range(5, 50) if options else range(80, 95))
    assert kept == list(range(kept[0], 100))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_half_a_png_is_undecodable_in_every_mode(mode, colours, written):
    body = written(colours.convert(mode))

    with pytest.raises(Undecodable, match="damaged or cut short"):
        open_picture(body[: len(body) // 2])


def test_half_a_gif_on_transparent_ground_is_undecodable(colours, written):
    body = written(colours.quantize(255), "GIF", transparency=255)

    with pytest.raises(Undecodable, match="damaged or cut short"):
        open_picture(body[: len(body) // 2])


def test_a_grey_border_is_no_missing_row(colours, written):
    bordered = colours.copy()
    bordered.paste((255, 255, 255), (0, 600, 1024, 768))

    assert open_picture(written(bordered, "JPEG")[:-2]).height == 768


def test_a_second_try_leaves_no_trace(colours, written):
    body = written(colours)

    open_picture(body[:-30])

    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    assert Image.MAX_IMAGE_PIXELS not in {None, MAX_PIXELS}


def png_chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    crc = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


@pytest.mark.parametrize(
    "chunk",
    [
        *(png_chunk(kind, b"") for kind in (b"gAMA", b"pHYs", b"cHRM", b"sRGB", b"acTL", b"eXIf")),
        png_chunk(b"tRNS", b"\1"),
        png_chunk(b"zTXt", b"t\0\0" + zlib.compress(bytes(2**22))),
        png_chunk(b"iTXt", b"t\0\1\0\0\0" + zlib.compress(bytes(2**22))),
        png_chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(2**22))),
        png_chunk(b"iCCP", b"p\0\7"),
        png_chunk(b"gAMA", bytes(4), checksum=7),
        png_chunk(b"tEXt", b"t\0t", checksum=7),
        png_chunk(b"ex~t", b""),
    ],
)
def test_a_broken_chunk_beside_the_pixels_loses_no_png(chunk, colours, written):
    body = written(colours)

    opened = open_picture(body[:33] + chunk + body[33:])

    assert opened.grey.tobytes() == open_picture(body).grey.tobytes()


def test_a_png_with_a_broken_chunk_still_lies_as_its_exif_says(colours, written):
    exif = Image.Exif()
    exif[0x0112] = 6
    body = written(colours, exif=exif)

    opened = open_picture(body[:33] + png_chunk(b"gAMA", b"") + body[33:])

    assert (opened.width, opened.height) == (768, 1024)


def test_a_transparent_colour_outlives_a_broken_chunk(written):
    picture = Image.new("P", (64, 64), 1)
    picture.putpalette([0, 0, 0, 0, 0, 0])
    body = written(picture, transparency=1)

    opened = open_picture(body[:33] + png_chunk(b"gAMA", b"") + body[33:])

    assert opened.grey.getextrema() == (255, 255)


@pytest.mark.parametrize("size", [0, 99, 2**32 - 1])
def test_a_webp_of_wrong_length_is_what_its_chunks_are(size, colours, written):
    body = written(colours, "WEBP")

    opened = open_picture(body[:4] + struct.pack("<I", size) + body[8:])

    assert bits_to(opened, colours) <= 8


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
        (b"\x00\x00\x00\x1cftypavif" + bytes(99), r"a damaged AVIF picture, .* \(111 bytes\)"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1avif" + bytes(9), "a damaged AVIF picture"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1heic" + bytes(9), "a HEIC picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "a damaged PNG picture"),
        (b"\xff\xd8\xff" + bytes(9), "a damaged JPEG picture"),
        (b"GIF89a", "a damaged GIF picture"),
        (b"II*\0" + bytes(4), "a damaged TIFF picture"),
        (b"RIFF\0\0\0\0WEBPzzzz", "a damaged WebP picture"),
        (b"RIFF\0\0\0\0WAVEzzzz", "a RIFF file other than WebP"),
        (b"BMW is no bitmap", "text, not an image"),
        (b" " * 9_999 + b"<!-- <html> -->\n<svg/>", "SVG drawing"),
        (b"<?xml?><!DOCTYPE svg [" + b"<!ENTITY a 'b'>" * 999 + b"]><!---->\n<svg>", "SVG drawing"),
        ("\ufeff<svg/>".encode("utf-16-le"), "SVG drawing"),
        (b"<!doctype html><p><svg/>", "an HTML page"),
        (b"\xde\xad\xbe\xef" * 9, r"de ad be ef \(36 bytes\)"),
    ],
)
def test_what_is_no_picture_is_named(body, reason):
    with pytest.raises(Undecodable, match=reason):
        open_picture(body)


def test_a_damaged_picture_is_named_by_what_it_begins_with(colours, written):
    with pytest.raises(Undecodable, match="damaged"):
        open_picture(written(colours, "AVIF")[:2_000])


def refused(body: bytes) -> str:
    """Check that a file is refused before memory is taken for its pixels, and give the reason."""
    tracemalloc.start()
    with pytest.raises(Undecodable) as reason:
        open_picture(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    return str(reason.value)


@pytest.mark.parametrize("side", [44_722, 15_000])
def test_too_many_pixels_are_refused_from_the_header(side, black_png):
    reason = refused(black_png(side, side, rows=1))

    assert f"{side * side:,} pixels; at most {MAX_PIXELS:,}" in reason


def test_fewer_pixels_are_decoded_of_what_takes_more_bytes(black_png):
    reason = refused(black_png(11_000, 11_000, rows=1))

    most = MAX_BYTES // 4
    assert reason.endswith(
        f"121,000,000 pixels; at most {most:,} of its kind (PNG, RGB) are decoded"
    )


def test_a_side_of_millions_is_refused(black_png):
    assert open_picture(black_png(9, 999_999)).height == 999_999
    assert "a side of 8,388,626 pixels; at most 1,000,000" in refused(
        black_png(9, 8_388_626, rows=1)
    )


def test_a_jpeg_2000_is_refused_for_its_list_of_tiles(written):
    body = bytearray(written(Image.new("L", (64, 64)), "JPEG2000", no_jp2=True))
    struct.pack_into(">IIIIII", body, 8, 9_000, 9_000, 0, 0, 20, 20)

    assert "header announces" in refused(bytes(body))


def jpeg_of(body: bytes, width: int, height: int) -> bytes:
    """Write other sizes into a JPEG's header."""
    frame = max(body.find(b"\xff\xc0"), body.find(b"\xff\xc2"))
    return body[: frame + 5] + struct.pack(">HH", height, width) + body[frame + 9 :]


def test_a_jpeg_of_200_megapixels_is_decoded(written):
    black = written(Image.new("RGB", (16_320, 12_240)), "JPEG", quality=1)

    assert open_picture(black).width == 16_320


@pytest.mark.parametrize(
    ("mode", "options", "side"),
    [
        ("L", {}, 14_900),  # over MAX_PIXELS
        ("RGB", {"progressive": True}, 12_000),
        ("RGB", {"progressive": True, "subsampling": 0}, 8_400),
        ("CMYK", {"progressive": True}, 7_300),
    ],
)
def test_a_progressive_jpeg_is_refused_for_all_its_coefficients(mode, options, side, written):
    body = written(Image.new(mode, (64, 64)), "JPEG", **options)

    assert "header announces" in refused(jpeg_of(body, side, side))


@pytest.mark.parametrize(
    ("image_format", "options", "patch"),
    [
        ("WEBP", {"lossless": True}, (21, struct.pack("<I", 5_999 | 4_999 << 14))),
        ("AVIF", {}, (b"ispe", struct.pack(">II", 9_999, 9_999))),
        (
            "JPEG2000",
            {"no_jp2": True},
            (8, struct.pack(">IIIIII", 5_000, 5_000, 0, 0, 5_000, 5_000)),
        ),
        ("TIFF", {"compression": "tiff_lzw"}, None),
    ],
)
def test_each_format_is_refused_for_the_bytes_it_takes(image_format, options, patch, written):
    body = bytearray(written(Image.new("RGB", (64, 64), (1, 2, 3)), image_format, **options))
    if patch is None:
        body = bytearray(tiff_of_size(bytes(body), 11_000))
    else:
        where = patch[0] if isinstance(patch[0], int) else body.index(patch[0]) + 8
        body[where : where + len(patch[1])] = patch[1]

    assert "header announces" in refused(bytes(body))


def tiff_of_size(body: bytes, side: int) -> bytes:
    """Write another width and height into the directory of a little-endian TIFF."""
    changed = bytearray(body)
    (at,) = struct.unpack_from("<I", body, 4)
    for entry in range(at + 2, at + 2 + 12 * struct.unpack_from("<H", body, at)[0], 12):
        tag, kind = struct.unpack_from("<HH", body, entry)
        if tag in {256, 257, 278}:
            struct.pack_into("<H" if kind == 3 else "<I", changed, entry + 8, side)
    return bytes(changed)


def test_an_icon_is_refused_for_what_is_in_it(black_png):
    inside = black_png(4_100, 4_100, rows=1)
    head = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22)

    assert "16,810,000 pixels; at most 16,000,000" in refused(head + inside)


def run_length_bmp(width: int, height: int) -> bytes:
    rows = b"\1\7\0\0" * height + b"\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(rows), 0, 0, 0, 0)
    palette = bytes(range(256)) * 4
    offset = 14 + len(header) + len(palette)
    head = b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset)
    return head + header + palette + rows


def test_run_lengths_that_take_seconds_are_refused():
    assert open_picture(run_length_bmp(640, 480)).width == 640
    assert "24,000,000 pixels; at most 19," in refused(run_length_bmp(6_000, 4_000))


def test_a_jpeg_of_very_many_scans_is_refused(colours, written):
    body = written(colours, "JPEG", progressive=True)
    at = body.rindex(b"\xff\xda")
    last_scan = body[at:-2]

    opened = open_picture(body[:-2] + last_scan * 50 + b"\xff\xd9")
    assert opened.width == 1024
    reason = refused(body[:-2] + last_scan * 200 + b"\xff\xd9")
    assert (
        reason
        == f"it is a JPEG of {body.count(bytes((255, 218))) + 200} scans; at most 100 are decoded"
    )


def test_scans_in_a_thumbnail_are_not_counted(colours, written):
    body = written(colours, "JPEG")
    comment = b"\xff\xda" * 1_000

    opened = open_picture(body[:2] + b"\xff\xfe" + struct.pack(">H", 2_002) + comment + body[2:])

    assert opened.width == 1024
