"""JPEG frames and segments that no encoder writes."""

from tests.signals.hostile.builders import (
    Files,
    after_soi,
    frame_header,
    huffman,
    jpeg,
    jpeg_segment,
    scan_header,
    sound,
    with_frame,
)


def jpeg_frames() -> Files:
    one = (huffman(0, 0), huffman(16, 0))
    sampling: tuple[int, ...]
    for sampling in (
        (0x44,),
        (0x41, 0x14, 0x44),
        (0x11, 0x44, 0x44),
        (0x31, 0x12, 0x13),
        (0x21, 0x22, 0x11),
    ):
        for marker in (0xC0, 0xC2):
            end = 0 if marker == 0xC2 else 63
            body = jpeg(
                frame_header(500, 400, sampling, marker=marker), *one,
                scan_header(len(sampling), end=end), bytes(999),
            )  # fmt: skip
            title = " ".join(f"{part:02x}" for part in sampling)
            yield f"jpeg {marker:x} sampled {title}", body
    for sampling in ((0x00,), (0xFF,), (0x11,) * 2, (0x11,) * 5, (0x11,) * 200, (0x22,) * 4, ()):
        body = jpeg(
            frame_header(500, 400, sampling), *one, scan_header(len(sampling) % 256), bytes(99)
        )
        yield f"jpeg of {len(sampling)} components {sampling[:1]}", body
    for marker in (0xC1, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xC8):
        yield (
            f"jpeg of frame kind {marker:x}",
            jpeg(frame_header(500, 400, marker=marker), *one, scan_header(), bytes(999)),
        )
    arithmetic = sound()["jpeg"].replace(b"\xff\xc0", b"\xff\xc9", 1)
    yield "jpeg that is said to be arithmetic", arithmetic
    for bits in (0, 1, 7, 9, 12, 16, 255):
        yield (
            f"jpeg of {bits} bits",
            jpeg(frame_header(500, 400, bits=bits), *one, scan_header(), bytes(99)),
        )
        yield f"photo of {bits} bits", with_frame("jpeg", bits=bits)
    for count in (0, 1, 2, 4, 255):
        yield f"photo of {count} components", with_frame("jpeg", count=count)


def jpeg_segments() -> Files:
    one = (huffman(0, 0), huffman(16, 0))
    full = bytes((0, *[255] * 16))
    tables = {
        "of 4080 codes": full + bytes(4_080),
        "of codes that overlap": bytes((0, 3, *[0] * 15, 1, 2, 3)),
        "of number 15": bytes((15, 1, *[0] * 15, 0)),
        "without codes": bytes((0, *[0] * 16)),
        "cut short": bytes((0, 9)),
        "of 65535 symbols": full + bytes(65_000),
        "of a symbol too high": bytes((0, 1, *[0] * 15, 255)),
    }
    for title, table in tables.items():
        yield (
            f"jpeg with a table {title}",
            jpeg(frame_header(500, 400), jpeg_segment(0xC4, table), *one, scan_header(), bytes(99)),
        )
        yield (
            f"jpeg with only a table {title}",
            jpeg(frame_header(500, 400), jpeg_segment(0xC4, table), scan_header(), bytes(99)),
        )
    for length in (0, 1, 2, 3, 65_535):
        for marker in (0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xDB, 0xC4, 0xDD):
            segment = jpeg_segment(marker, b"x" * 20, length=length)
            yield f"jpeg whose {marker:x} is {length} long", after_soi(sound()["jpeg"], segment)
    for transform in (0, 1, 2, 9):
        adobe = jpeg_segment(0xEE, b"Adobe\0\x64" + bytes(4) + bytes((transform,)))
        yield f"cmyk jpeg of transform {transform}", after_soi(sound()["jpeg-cmyk"], adobe)
        yield f"colour jpeg of transform {transform}", after_soi(sound()["jpeg"], adobe)
    yield "jpeg with a short Adobe mark", after_soi(sound()["jpeg"], jpeg_segment(0xEE, b"Adobe"))
    for start, end, bits in ((5, 3, 0), (0, 63, 0xFF), (64, 64, 0), (1, 63, 0x10), (0, 0, 0xE0)):
        yield (
            f"progressive scan {start} to {end}, {bits}",
            jpeg(
                frame_header(500, 400, marker=0xC2),
                *one,
                scan_header(start=start, end=end, bits=bits),
                bytes(99),
            ),
        )
    for number in range(3):
        yield (
            f"jpeg with restart marker {number} astray",
            sound()["jpeg-restarts"].replace(b"\xff\xd0", bytes((0xFF, 0xD0 + 3 * number + 1))),
        )
    yield (
        "jpeg with a restart at each block, none there",
        after_soi(sound()["jpeg"], jpeg_segment(0xDD, b"\0\1")),
    )
    yield (
        "jpeg that begins twice",
        jpeg(frame_header(9, 9), frame_header(9, 9), *one, scan_header()),
    )
    yield (
        "jpeg of two sizes",
        jpeg(
            frame_header(9, 9),
            *one,
            scan_header(),
            b"\0",
            frame_header(60_000, 60_000),
            scan_header(),
        ),
    )
    yield "jpeg without a scan", jpeg(frame_header(500, 400))
    yield "jpeg without a frame", jpeg(*one, scan_header(), bytes(99))
    yield (
        "jpeg without an end",
        jpeg(frame_header(500, 400), *one, scan_header(), bytes(99), end=b""),
    )
    yield "jpeg of its first marker", b"\xff\xd8\xff"
    yield (
        "jpeg with a height to come",
        jpeg(frame_header(500, 0), *one, scan_header(), bytes(99), jpeg_segment(0xDC, b"\x7f\xff")),
    )
