"""7z archives laid out by hand: files in one folder, and a list that may itself be packed."""

import bz2
import lzma
import struct
import zlib

METHODS = {
    "copy": (b"\x00", b""),
    "lzma": (b"\x03\x01\x01", b"\x5d" + struct.pack("<I", 2**20)),
    "lzma2": (b"\x21", bytes((16,))),
    "bzip2": (b"\x04\x02\x02", b""),
    "deflate": (b"\x04\x01\x08", b""),
    "aes": (b"\x06\xf1\x07\x01", b"\x13\x00"),
}


def packed(method, content):
    if method == "lzma":
        chosen = {"id": lzma.FILTER_LZMA1, "dict_size": 2**20, "lc": 3, "lp": 0, "pb": 2}
        return lzma.compress(content, lzma.FORMAT_RAW, filters=[chosen])
    if method == "lzma2":
        chosen = {"id": lzma.FILTER_LZMA2, "dict_size": 2**20}
        return lzma.compress(content, lzma.FORMAT_RAW, filters=[chosen])
    if method == "programs":
        chosen = {"id": lzma.FILTER_LZMA2, "dict_size": 2**20}
        filters = [{"id": lzma.FILTER_X86}, chosen]
        return lzma.compress(content, lzma.FORMAT_RAW, filters=filters)
    if method == "bzip2":
        return bz2.compress(content)
    if method == "deflate":
        squeezer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        return squeezer.compress(content) + squeezer.flush()
    return content


def number(value):
    """Seven bits in one byte, or eight whole bytes after it."""
    return bytes((value,)) if value < 0x80 else b"\xff" + struct.pack("<Q", value)


def coder(method):
    if method == "programs":  # a filter, LZMA2, and how they hang together
        return b"\x02\x04\x03\x03\x01\x03\x21\x21\x01\x10\x00\x01"
    name, properties = METHODS[method]
    flags = len(name) | (0x20 if properties else 0)
    return bytes((1, flags)) + name + (number(len(properties)) + properties if properties else b"")


def streams(method, at, size, unpacked_size, sizes=None):
    listed = b"\x06" + number(at) + number(1) + b"\x09" + number(size) + b"\x00"
    listed += b"\x07\x0b" + number(1) + b"\x00" + coder(method)
    outputs = 2 if method == "programs" else 1
    listed += b"\x0c" + number(unpacked_size) * outputs + b"\x00"
    if sizes is not None:
        listed += b"\x08\x0d" + number(len(sizes)) + b"\x09"
        listed += b"".join(number(size) for size in sizes[:-1]) + b"\x00"
    return listed + b"\x00"


def seven_zip(members, method="lzma2", *, packed_list=True):
    """An archive of these files, a directory before them, and one without content behind."""
    content = b"".join(members.values())
    body = packed(method, content)
    sizes = [len(member) for member in members.values()]
    names = ["folder", *members, "nothing.txt"]
    named = b"\x00" + "".join(name + "\0" for name in names).encode("utf-16-le")
    without = [True, *[False] * len(members), True]
    bits = bytearray((len(names) + 7) // 8)
    for place, is_empty in enumerate(without):
        bits[place // 8] |= is_empty << (7 - place % 8)
    header = b"\x01\x04" + streams(method, 0, len(body), len(content), sizes)
    header += b"\x05" + number(len(names))
    header += b"\x0e" + number(len(bits)) + bytes(bits)
    header += b"\x11" + number(len(named)) + named + b"\x00\x00"
    if packed_list:
        squeezed = packed("lzma", header)
        header = b"\x17" + streams("lzma", len(body), len(squeezed), len(header))
        body += squeezed
    return whole(body, header)


def whole(body, header):
    start = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    head = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start))
    return head + start + body + header


def endless_seven_zip():
    """An archive whose list unpacks to itself."""
    length = len(b"\x17" + streams("copy", 0, 1, 1))
    return whole(b"", b"\x17" + streams("copy", 0, length, length))
