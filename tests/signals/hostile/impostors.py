"""Files that are two things at once, and files that are no picture."""

import gzip
import io
import struct
import zipfile

from tests.signals.hostile.builders import (
    FULL,
    LONG,
    Files,
    after_soi,
    box,
    exif_block,
    gif,
    gif_frame,
    ico,
    jpeg_segment,
    png_chunk,
    riff,
    sound,
    tiff_picture,
    webp_pixels,
    with_chunks,
)


def polyglots() -> Files:
    jpeg_body, gif_body, png_body = sound()["jpeg"], sound()["gif"], sound()["png"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as entries:
        entries.writestr(zipfile.ZipInfo("zeros"), bytes(10**6))
    packed = archive.getvalue()
    page = b"<!doctype html><script>alert(1)</script><!--"
    yield "jpeg, then zip", jpeg_body + packed
    yield "zip, then jpeg", packed + jpeg_body
    yield "jpeg with html in a comment", after_soi(jpeg_body, jpeg_segment(0xFE, page))
    yield "gif that is javascript", b"GIF89a/*" + gif_body[8:] + b"*/=1;alert(1)"
    yield "gif with javascript behind it", gif_body + b";alert(1)"
    yield "pdf, then jpeg", b"%PDF-1.7\n1 0 obj<<>>stream\n" + jpeg_body + b"\nendstream"
    yield "jpeg with a pdf in a comment", after_soi(jpeg_body, jpeg_segment(0xFE, b"%PDF-1.7"))
    yield "png with html in a text", with_chunks(png_body, png_chunk(b"tEXt", b"t\0" + page))
    yield "html, then png", page + png_body
    yield "png, then jpeg", png_body + jpeg_body
    yield "bmp that is a script", b"BM=1;/*" + sound()["bmp"][7:]
    yield "tiff that is jpeg behind", sound()["tiff"] + jpeg_body
    yield "webp with a program chunk", riff(webp_pixels(), (b"MZ\x90\0", b"\x7fELF" + bytes(99)))
    yield "jpeg in a gif's comment", gif(9, 9, b"!\xfe\xff" + jpeg_body[:255] + b"\0", gif_frame())
    yield (
        "jpeg with a whole jpeg in its exif",
        after_soi(
            jpeg_body, jpeg_segment(0xE1, exif_block((0x201, LONG, 1, 26), following=8) + jpeg_body)
        ),
    )
    yield "icon with a jpeg", ico((0, 0, len(jpeg_body), 22), tail=jpeg_body)
    yield "ani cursor", b"RIFF" + struct.pack("<I", 999) + b"ACON" + bytes(999)
    yield (
        "tiff with a webp inside",
        tiff_picture(160, 120, sound()["webp-lossy"], compression=50001),
    )


def no_pictures() -> Files:
    laughs = "".join(
        f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9)
    )  # each ten of the one before: a billion in the end
    svg = f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">{laughs}]>'
    yield "svg of a billion laughs", (svg + "<svg><text>&l9;</text></svg>").encode()
    outside = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg>&x;</svg>'
    yield "svg that reads a file", outside.encode()
    linked = b'<svg xmlns:x="x"><image x:href="http://practice.invalid/a.png"/></svg>'
    yield "svg that fetches", linked
    yield "svg behind much white space", b" " * 10_000 + linked
    yield "svg, zipped", gzip.compress(linked, mtime=0)
    yield "svg in UTF-16", linked.decode().encode("utf-16")
    yield "gzip bomb", gzip.compress(bytes(10**7), mtime=0)
    yield "nothing at all", b""
    for byte in (b"\0", b"\xff", b"A"):
        yield f"one byte {byte.hex()}", byte
        yield f"a million bytes {byte.hex()}", byte * 10**6
    yield "a page", b"<html><body>No such picture</body></html>"
    yield "json", b'{"error": "not found"}'
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"
    yield "postscript in a DOS head", b"\xc5\xd0\xd3\xc6" + struct.pack("<II", 30, 99) + bytes(99)
    yield "photoshop", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3)
    yield "pixel map", b"P6\n99999 99999\n255\n"
    yield "pixel map in text", b"P3 9 9 255 " + b"0 " * 243
    yield "farbfeld", b"farbfeld" + struct.pack(">II", FULL, FULL)
    yield "targa", bytes((0, 0, 2, *[0] * 9)) + struct.pack("<HHBB", 9, 9, 24, 0) + bytes(243)
    yield "flash", b"FWS\x09" + bytes(99)
    yield "webm", b"\x1a\x45\xdf\xa3" + bytes(99)
    yield "heic", box(b"ftyp", b"heic\0\0\0\0mif1heic") + bytes(99)
    yield "mp4", box(b"ftyp", b"isom\0\0\0\0isom") + bytes(99)
    yield "windows metafile", b"\xd7\xcd\xc6\x9a" + bytes(99)
    yield "direct draw", b"DDS " + struct.pack("<II", 124, 7) + struct.pack("<II", FULL, FULL)
    yield "python, pickled", b"\x80\x04cos\nsystem\n(S'true'\ntR."
    yield "font with a picture", b"\0\1\0\0" + bytes(99)
