"""Taking archives apart, member by member, in a worker that hostile ones cannot leave.

ZIP, 7z, and TAR as it is or compressed with gzip, bzip2 or xz. RAR is not read: what unpacks it may
not be used to make anything that packs it, and is a program of its own.
"""

import contextlib
import io
from collections.abc import Iterator
from typing import Final

from domain.errors import Undecodable
from signals.archive_readers import Entry, opened
from signals.archives import MAX_MEMBERS, MAX_UNPACKED, ArchiveMember, archive_kind
from signals.sniff import may_be_picture
from signals.unpacked_bytes import Budget, TooMuchError
from signals.video import LOOKED_AT, looks_like_video
from signals.wire_text import printable

_MOST_READ: Final = 100_000
"""Members that are looked at, most of which may be no pictures."""

_PIECE: Final = 2**16
_MEMORY: Final = "unpacking it takes more memory than is allowed"
_BOMB: Final = "it unpacks to more than the {:,} bytes that are unpacked of an archive"


class _Tally:
    """What was handed over, and what was left out without a name."""

    def __init__(self) -> None:
        self.handed_over = 0
        self.looked_at = 0
        self.others = 0


def unpacked(body: bytes, member_bytes: int) -> Iterator[ArchiveMember]:
    """Go through the pictures and videos in an archive, and in archives that lie in it.

    Args:
        body: the archive.
        member_bytes: what one member may have at most.

    Returns:
        The members one after the other; one that cannot be had with the reason. At the end one
        without a name says how many were neither pictures nor videos.

    Raises:
        Undecodable: it cannot be taken apart, or not further; what was given before stands.
    """
    tally, budget = _Tally(), Budget()
    try:
        for member in _members(body, member_bytes, budget, tally, "", depth=0):
            if tally.handed_over == MAX_MEMBERS:
                reason = f"it has more than {MAX_MEMBERS:,} members, of which no more are read"
                yield ArchiveMember("", None, reason)
                return
            tally.handed_over += 1
            yield member
    except TooMuchError:
        raise Undecodable(_BOMB.format(MAX_UNPACKED)) from None
    if tally.others:
        what = "member is" if tally.others == 1 else "members are"
        yield ArchiveMember(
            "", None, f"{tally.others:,} {what} neither a picture nor a video by what is in it"
        )


def _members(
    body: bytes, member_bytes: int, budget: Budget, tally: _Tally, within: str, *, depth: int
) -> Iterator[ArchiveMember]:
    kind = archive_kind(body)
    if kind is None:
        msg = f"the file is no archive that is read ({len(body):,} bytes)"
        raise Undecodable(msg)
    if kind == "RAR":
        msg = f"the file is a RAR archive, which is not read ({len(body):,} bytes)"
        raise Undecodable(msg)
    try:
        with contextlib.closing(opened(kind, body, budget)) as entries:
            for entry in entries.each():
                tally.looked_at += 1
                if tally.looked_at > _MOST_READ:
                    raise TooMuchError
                yield from _taken(entry, member_bytes, budget, tally, within, depth=depth)
    except (TooMuchError, Undecodable, MemoryError):
        raise
    # Whatever is wrong with an archive, its libraries' own texts may quote it.
    except Exception as error:  # noqa: BLE001
        msg = f"the {kind} archive is damaged or cut short ({type(error).__name__})"
        raise Undecodable(msg) from None


def _taken(
    entry: Entry, member_bytes: int, budget: Budget, tally: _Tally, within: str, *, depth: int
) -> Iterator[ArchiveMember]:
    """Read one member if it may be a picture, a video or an archive of such."""
    name = printable(within + entry.name)
    content = entry.refused or _content(entry, member_bytes)
    if content is None:
        tally.others += 1
        return
    if isinstance(content, str):
        yield ArchiveMember(name, None, content)
        return
    body = content.getvalue()
    del content
    if _is_wanted(body[:LOOKED_AT]):
        yield ArchiveMember(name, body, None)
        return
    if depth:
        yield ArchiveMember(name, None, "it is an archive in an archive in an archive")
        return
    try:
        yield from _members(body, member_bytes, budget, tally, within=name + "/", depth=depth + 1)
    except Undecodable as error:
        trouble = str(error)
    except MemoryError:
        trouble = _MEMORY
    else:
        return
    del body
    yield ArchiveMember(name, None, trouble)


def _content(entry: Entry, member_bytes: int) -> io.BytesIO | str | None:
    """Unpack a member, or say why it cannot be had; None of what is of no use by its beginning.

    One that takes too much memory is let go of before the next.
    """
    so_far = io.BytesIO()  # which gives away what it holds without a copy
    try:
        with entry.open() as content:
            head = content.read(LOOKED_AT)
            if not _is_wanted(head) and archive_kind(head) is None:
                return None
            so_far.write(head)
            while so_far.tell() <= member_bytes and (part := content.read(_PIECE)):
                so_far.write(part)
    except TooMuchError:
        raise
    except MemoryError:
        return _MEMORY
    except Exception as error:  # noqa: BLE001 - one member's trouble, whatever it is
        return f"it cannot be unpacked ({type(error).__name__})"
    if so_far.tell() > member_bytes:
        return f"it has more than the {member_bytes:,} bytes allowed"
    return so_far


def _is_wanted(head: bytes) -> bool:
    return may_be_picture(head) or looks_like_video(head)
