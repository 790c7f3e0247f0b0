"""Archives, taken apart in a real worker: what is handed over, and what hostile ones cost."""

import asyncio
import contextlib
import gzip
import io
import random
import struct
import tarfile
import zipfile
import zlib

import psutil
import pytest

from domain.errors import Undecodable
from signals import unpacked_bytes, unpacking
from signals.archives import MAX_MEMBERS, ArchiveMember, is_archive
from signals.pictures import hash_image
from signals.pool import HashingPool
from signals.unpacking import unpacked
from signals.wire_members import read_member_answer
from signals.wire_places import UnreadableAnswerError
from tests.signals.moving_pictures import clip, photographs
from tests.signals.seven_zip_files import endless_seven_zip, seven_zip

MEMBER = 20 * 2**20


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return target.getvalue()


def tarred(members, mode="w"):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return target.getvalue()


WAYS = {
    "zip": zipped,
    "zip stored": lambda members: zipped(members, zipfile.ZIP_STORED),
    "zip bzip2": lambda members: zipped(members, zipfile.ZIP_BZIP2),
    "zip lzma": lambda members: zipped(members, zipfile.ZIP_LZMA),
    "tar": tarred,
    "tar.gz": lambda members: tarred(members, "w:gz"),
    "tar.bz2": lambda members: tarred(members, "w:bz2"),
    "tar.xz": lambda members: tarred(members, "w:xz"),
    "7z": seven_zip,
    "7z plain list": lambda members: seven_zip(members, packed_list=False),
    "7z copied": lambda members: seven_zip(members, "copy"),
    "7z lzma": lambda members: seven_zip(members, "lzma"),
    "7z for programs": lambda members: seven_zip(members, "programs"),
    "7z bzip2": lambda members: seven_zip(members, "bzip2"),
    "7z deflate": lambda members: seven_zip(members, "deflate"),
}


def run(scenario, **options):
    async def with_pool():
        pool = HashingPool(**{"workers": 1, **options})
        try:
            return await asyncio.wait_for(scenario(pool), 60)
        finally:
            await pool.close()

    return asyncio.run(with_pool())


def members_of(body, **options):
    async def scenario(pool):
        return [member async for member in pool.members(body, **options)]

    return run(scenario)


def given(members):
    """What an iterator gives before it ends, and why it ended if that was no good end."""
    found = []
    try:
        for member in members:
            found.append(member)  # noqa: PERF402 - what came before the end is kept
    except Undecodable as reason:
        return found, str(reason)
    return found, None


def workers():
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "signals.worker" in child.cmdline()
    ]


@pytest.fixture(scope="module")
def pictures(photos):
    return {f"beach/{path.name}": path.read_bytes() for path in photos[:3]}


@pytest.mark.parametrize("way", WAYS)
def test_every_picture_in_an_archive_is_handed_over_as_it_was(way, pictures):
    body = WAYS[way](pictures)

    assert is_archive(body)
    assert members_of(body) == [ArchiveMember(n, content, None) for n, content in pictures.items()]


def test_videos_and_pictures_of_any_name_are_handed_over_and_nothing_else(photos, pictures):
    video = clip(photographs(photos[:2]), seconds=0.3)
    picture = next(iter(pictures.values()))
    body = zipped({"a.txt": b"hello", "x.dat": picture, "v": video, "__MACOSX/._x.jpg": bytes(99)})

    found = members_of(body)

    assert found[:2] == [ArchiveMember("x.dat", picture, None), ArchiveMember("v", video, None)]
    assert found[2].name == ""
    assert "2 members are neither a picture nor a video" in found[2].reason
    assert len(found) == 3


def test_members_can_be_hashed_while_the_next_ones_wait(pictures):
    async def scenario(pool):
        body = zipped(pictures)
        return [await pool.signals_of(member.body) async for member in pool.members(body)]

    assert run(scenario) == [hash_image(content) for content in pictures.values()]


def test_an_archive_in_an_archive_is_taken_apart_and_one_deeper_is_not(pictures):
    inner = tarred(pictures, "w:gz")
    middle = zipped({"deeper.zip": zipped(pictures), **pictures})

    found = members_of(zipped({"set.tgz": inner, "middle.zip": middle}))

    assert [member.name for member in found] == [
        *(f"set.tgz/{name}" for name in pictures),
        "middle.zip/deeper.zip",
        *(f"middle.zip/{name}" for name in pictures),
    ]
    assert [member.body is None for member in found] == [False] * 3 + [True] + [False] * 3
    assert "archive in an archive in an archive" in found[3].reason


def test_what_cannot_be_had_is_named_and_the_rest_is_handed_over(pictures):
    body = bytearray(zipped(pictures, zipfile.ZIP_STORED))
    names = list(pictures)
    # The second says that it is encrypted; a byte of the third is another one.
    second = body.rindex(names[1].encode())
    body[second - 46 + 8] |= 1
    third = body.index(pictures[names[2]])
    body[third + 5_000] ^= 0xFF

    found = members_of(bytes(body))

    assert [(member.name, member.reason) for member in found] == [
        (names[0], None),
        (names[1], "it is encrypted"),
        (names[2], "it cannot be unpacked (BadZipFile)"),
    ]
    assert found[0].body == pictures[names[0]]


def test_an_encrypted_7z_names_every_file_that_cannot_be_had(pictures):
    found = members_of(seven_zip(pictures, "aes", packed_list=False))

    assert found == [ArchiveMember(name, None, "it is encrypted") for name in pictures]


def test_a_7z_whose_list_unpacks_to_itself_comes_to_an_end():
    with pytest.raises(Undecodable, match="the 7z archive is damaged"):
        list(unpacked(endless_seven_zip(), MEMBER))


def test_a_damaged_7z_is_a_reason_or_some_members(pictures):
    whole = seven_zip(dict(list(pictures.items())[:2]), packed_list=False)
    chance = random.Random(3)
    reasons = set()
    for _ in range(200):
        body = bytearray(whole)
        for _ in range(chance.choice([1, 2, 8])):
            body[chance.randrange(len(body) - 250, len(body))] = chance.randrange(256)
        try:
            reasons |= {member.reason for member in unpacked(bytes(body), MEMBER)}
        except Undecodable as error:
            reasons.add(str(error))
    assert len(reasons) > 3


def test_a_member_that_is_too_large_is_named(pictures):
    sizes = sorted(len(content) for content in pictures.values())

    found = members_of(zipped(pictures), member_bytes=sizes[1])

    assert sorted(len(member.body) for member in found if member.body) == sizes[:2]
    (large,) = [member for member in found if member.body is None]
    assert large.reason == f"it has more than the {sizes[1]:,} bytes allowed"


def test_names_move_no_cursor(pictures):
    picture = next(iter(pictures.values()))

    (member,) = members_of(zipped({"a\x1b[2J\n" + "b" * 999: picture}))

    assert member.name.isprintable()
    assert len(member.name) <= 400


def test_more_members_than_allowed_are_left_with_a_word(pictures, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 2)

    found = list(unpacked(zipped(pictures), MEMBER))

    assert [member.body is None for member in found] == [False, False, True]
    assert "more than 2 members" in str(found[2].reason)
    assert MAX_MEMBERS == 2_000


def bomb(size):
    """A JPEG's beginning and very many zeros."""
    return b"\xff\xd8\xff\xe0" + bytes(size)


def test_a_bomb_is_a_member_that_is_too_large_and_the_next_one_is_a_picture(pictures):
    name, picture = next(iter(pictures.items()))

    found = members_of(zipped({"bomb.jpg": bomb(100 * 2**20), name: picture}))

    assert found[0].reason == f"it has more than the {MEMBER:,} bytes allowed"
    assert found[1].body == picture


@pytest.mark.parametrize("way", ["zip", "tar.gz", "7z"])
def test_bombs_together_end_at_the_limit(way, pictures, monkeypatch):
    monkeypatch.setattr(unpacked_bytes, "MAX_UNPACKED", 30 * 2**20)
    name, picture = next(iter(pictures.items()))
    body = WAYS[way]({name: picture, **{str(n): bomb(8 * 2**20) for n in range(5)}, "z": picture})
    found, reason = given(unpacked(body, MEMBER))

    taken = [member.name for member in found]
    assert reason is not None
    assert "unpacks to more than" in reason
    assert taken[0] == name
    assert "z" not in taken


def test_a_name_of_a_gigabyte_takes_no_memory():
    head = tarfile.TarInfo("././@LongLink")
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, 2**30
    squeezer = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed = squeezer.compress(head.tobuf(tarfile.GNU_FORMAT))
    zeros = bytes(2**20)
    packed += b"".join(squeezer.compress(zeros) for _ in range(64)) + squeezer.flush()

    async def scenario(pool):
        with pytest.raises(Undecodable, match="unpacks to more"):
            async for _ in pool.members(packed):
                pass
        (worker,) = workers()
        return worker.memory_info().rss

    assert run(scenario) < 200 * 2**20


def test_a_list_of_millions_of_members_is_refused():
    entry = b"PK\x01\x02" + bytes(42)
    listed = entry * 200_000
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 65535, 65535, len(listed), 0, 0)

    with pytest.raises(Undecodable, match="list of members has 9,200,000 bytes"):
        members_of(b"PK\x03\x04" + listed + end)


@pytest.mark.parametrize("kept", [0.2, 0.7])
@pytest.mark.parametrize("way", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "7z"])
def test_an_archive_cut_short_is_said_to_be_so_and_what_came_before_stands(way, kept, pictures):
    whole = WAYS[way](pictures)

    found, reason = given(unpacked(whole[: int(len(whole) * kept)], MEMBER))

    assert (reason and "damaged or cut short" in reason) or any(member.reason for member in found)
    assert {m.name: m.body for m in found if m.body}.items() <= pictures.items()
    if kept > 0.5 and way in {"tar", "tar.gz", "tar.xz"}:
        assert any(member.body for member in found)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"Rar!\x1a\x07\x01\x00" + bytes(99), "a RAR archive, which is not read"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\xff" * 99, "the 7z archive is damaged"),
        (b"PK\x03\x04" + bytes(99), "the ZIP archive is damaged"),
        (b"\xfd7zXZ\x00" + bytes(99), "the XZ archive is damaged"),
        (b"nothing", "no archive that is read"),
    ],
)
def test_what_cannot_be_taken_apart_says_why(body, reason):
    with pytest.raises(Undecodable, match=reason):
        members_of(body)


def test_pictures_pages_and_single_compressed_files_are_no_archives(photo):
    for body in (
        photo,
        b"",
        b"<html>",
        gzip.compress(b"<svg/>" * 99),
        b"BZh is a word",
        bytes(600),
    ):
        assert not is_archive(body)


def test_a_member_that_takes_too_much_memory_costs_itself(photo):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w") as archive:
        info = zipfile.ZipInfo("bomb.jpg")
        info.compress_type = zipfile.ZIP_LZMA
        archive.writestr("a.jpg", photo)
        archive.writestr(info, photo)
        archive.writestr("b.jpg", photo)
    body = bytearray(bomb.getvalue())
    # The dictionary that the second member says it was packed with: four gigabytes.
    at = body.index(b"bomb.jpg") + len(b"bomb.jpg") + 5
    body[at : at + 4] = b"\xff\xff\xff\xff"

    found = members_of(bytes(body))

    assert found[0] == ArchiveMember("a.jpg", photo, None)
    assert found[1] == ArchiveMember("bomb.jpg", None, found[1].reason)
    assert "more memory than is allowed" in found[1].reason
    assert found[2] == ArchiveMember("b.jpg", photo, None)


def test_a_worker_that_dies_over_an_archive_leaves_what_it_gave(pictures):
    body = zipped({str(n): content for n in range(9) for content in pictures.values()})
    found = []

    async def take_and_kill(pool):
        async for member in pool.members(body):
            found.append(member)
            for worker in workers():
                worker.kill()

    async def scenario(pool):
        with pytest.raises(Undecodable, match="killed by SIGKILL"):
            await take_and_kill(pool)
        return [member async for member in pool.members(body)]

    again = run(scenario)

    assert 1 <= len(found) < 9
    assert len(again) == 9


def test_whoever_stops_in_the_middle_gets_a_whole_answer_next_time(pictures):
    async def scenario(pool):
        async with contextlib.aclosing(pool.members(zipped(pictures))) as members:
            async for _ in members:
                break
        return [member.name async for member in pool.members(zipped(pictures))]

    assert run(scenario) == list(pictures)


def test_a_worker_for_archives_is_confined(pictures):
    async def scenario(pool):
        async for _ in pool.members(zipped(pictures)):
            (worker,) = workers()
            assert worker.rlimit(psutil.RLIMIT_NOFILE) == (3, 3)
            assert worker.num_threads() == 1

    run(scenario)


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b'{"member": 3, "length": 1, "reason": null}',
        b'{"member": "x", "length": 11, "reason": null}',
        b'{"member": "x", "length": -1, "reason": null}',
        b'{"member": "x", "length": 5, "reason": "both"}',
        b'{"signals": []}',
    ],
)
def test_an_answer_about_an_archive_that_no_worker_gives_is_noticed(text):
    with pytest.raises(UnreadableAnswerError):
        read_member_answer(text, 10)
