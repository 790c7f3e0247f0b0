"""The signals of a picture: as it lies for a found image, in every view for a registration.

What moves, an animation or a video, has signals of every distinct frame.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Generic

from PIL import Image

from domain.content import ContentChoice
from domain.places import FramePlaces
from domain.signal import (
    MIN_PDQ_QUALITY,
    ImageSignals,
    PartSignal,
    PictureSignals,
    Signal,
    SignalType,
    View,
)
from signals.animation import MAX_ANIMATION_FRAMES, may_move, read_animation
from signals.decode import SHORT_SIDE, detail_side, open_picture
from signals.embedding import Embedding
from signals.embedding_picture import embedded
from signals.frames import (
    HELD_SIDE,
    DistinctFrames,
    FoundFrame,
    Made,
    RegisteredFrame,
    evenly,
    found_frame,
    registered_frame,
)
from signals.grid import Picture
from signals.heif import is_heic
from signals.pdq import pdq_of, pdq_of_views
from signals.phash import phash_of
from signals.proportions import in_proportion
from signals.video import video_kind
from signals.wire import MAX_CONSTELLATION_FRAMES, MAX_FRAMES, MAX_REGISTERED_FRAMES
from signals.wire_places import MAX_LOOKED_FRAMES

if TYPE_CHECKING:
    from signals.looking import Looking
    from signals.registered_content import Content

_DETAILED: Final = 2 * SHORT_SIDE
"""Pixels that are left of the shorter side where places are looked for: the longer one then has as
many as a constellation is made of, if the file has them."""


@dataclass(frozen=True, slots=True)
class _Moving(Generic[Made]):
    """What moves: its frames, how it is called, its size and how long it takes."""

    frames: tuple[Made, ...]
    format: str
    width: int
    height: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class HashedFound:
    """A found image hashed: its signals, and the places by which edited reposts are recognised."""

    signals: ImageSignals
    found: tuple[FramePlaces, ...] = field(repr=False)


def hash_image(body: bytes) -> ImageSignals:
    """Hash a found image as it lies: all its signals, and those of every frame.

    With the planes lost, it has no constellation.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    # Here, since it loads compiled code that most who import this do without.
    from signals.looking import looking  # noqa: PLC0415

    return hash_found(body, looking()).signals


def hash_found(
    body: bytes, places: "Looking | None", embedding: Embedding | None = None
) -> HashedFound:
    """Hash a found image, and find its places, which ``places`` then keeps to be looked at again.

    Of what moves, at most MAX_LOOKED_FRAMES frames are looked at, evenly chosen, and no embedding
    is made.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    if places is not None:
        places.let_go()
    moving: _Moving[FoundFrame] | None = _video(body, found_frame, MAX_FRAMES)
    if moving is None:
        picture = _still(body, detailed=places is not None)
        pdq, quality = pdq_of(picture)
        if may_move(body):
            moving = _animation(body, picture, quality, found_frame, MAX_FRAMES)
    if moving is not None:
        return _found_moving(body, moving, places)
    found: tuple[FramePlaces, ...] = ()
    constellation = None
    phash = phash_of(picture.grey)
    if places is not None:
        found, (constellation,) = places.find([(None, lambda: _looked_at(body, picture))])
    signals = ImageSignals(
        sha256=hashlib.sha256(body).hexdigest(),
        md5=_md5(body),
        pdq=pdq,
        pdq_quality=quality,
        phash=phash,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        byte_size=len(body),
        constellation=constellation,
        parts=_parts(picture),
        embedding=embedded(embedding, body, picture, quality),
    )
    return HashedFound(signals, found)


def _parts(picture: Picture) -> tuple[PartSignal, ...]:
    """Give the signals of what may be pictures within a found still."""
    from signals.picture_views import part_signals  # noqa: PLC0415 - loads compiled code

    try:
        parts = part_signals(picture)
    except MemoryError:  # all other signals are made without
        return ()
    return tuple(PartSignal(part.pdq, part.quality, part.box) for part in parts)


def _found_moving(
    body: bytes, moving: _Moving[FoundFrame], places: "Looking | None"
) -> HashedFound:
    frames = [frame.signals for frame in moving.frames]
    found: tuple[FramePlaces, ...] = ()
    if places is not None:
        chosen = evenly(range(len(frames)), MAX_LOOKED_FRAMES)
        found, constellations = places.find(
            [(frames[number].at_ms, moving.frames[number].grey) for number in chosen]
        )
        for number, constellation in zip(chosen, constellations, strict=True):
            frames[number] = replace(frames[number], constellation=constellation)
    first = frames[0]
    signals = ImageSignals(
        sha256=hashlib.sha256(body).hexdigest(),
        md5=_md5(body),
        pdq=first.pdq,
        pdq_quality=first.pdq_quality,
        phash=first.phash,
        format=moving.format,
        width=moving.width,
        height=moving.height,
        byte_size=len(body),
        frames=tuple(frames),
        duration_ms=moving.duration_ms,
    )
    return HashedFound(signals, found)


def hash_picture(
    body: bytes,
    choice: ContentChoice = ContentChoice.AUTO,
    embedding: Embedding | None = None,
) -> PictureSignals:
    """Hash a picture to register, in all eight views; an animation or video by every frame.

    A still picture that lies within something else, as in a screenshot, is cut out before, if that
    is sure or is the ``choice``; only SHA-256 and MD5 are then of all of it. What is given says so.

    A picture too plain for PDQ (quality under MIN_PDQ_QUALITY) gets no PDQ signals at all: it
    would be found by its exact bytes only, which whoever registers it must be told.

    It has one constellation signal, as it lies; what moves has one of each of at most
    MAX_CONSTELLATION_FRAMES frames. One with too few places, or of all of them if the planes are
    lost, is left out, and what is given says why there is none. A still picture has an embedding
    besides, of what its constellation is of, where a model is in use.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    # Here, since it loads compiled code that found images do without.
    from signals.registered_content import (  # noqa: PLC0415
        ContentKind,
        content_chosen,
        content_cut,
    )
    from signals.registered_places import constellations  # noqa: PLC0415

    signals = [
        Signal(SignalType.SHA256, hashlib.sha256(body).hexdigest()),
        Signal(SignalType.MD5, _md5(body)),
    ]
    moving: _Moving[RegisteredFrame] | None = _video(body, registered_frame, MAX_REGISTERED_FRAMES)
    if moving is None:
        whole = _still(body)
        if may_move(body):
            _, quality = pdq_of(whole)
            moving = _animation(body, whole, quality, registered_frame, MAX_REGISTERED_FRAMES)
    if moving is not None:
        signals += [signal for frame in moving.frames for signal in frame.signals]
        chosen = evenly(moving.frames, MAX_CONSTELLATION_FRAMES)
        places, missing = constellations((frame.at_ms, frame.grey()) for frame in chosen)
        return PictureSignals((*signals, *places), moving.format, moving.duration_ms, missing)
    content, places_of, unsure = content_chosen(whole, choice)
    picture = content_cut(whole, content)
    pdq = pdq_of_views(picture)
    _, quality = pdq[View.UPRIGHT]
    for view in View:
        if quality >= MIN_PDQ_QUALITY:
            signals.append(Signal(SignalType.PDQ, pdq[view][0], view, quality))
        signals.append(Signal(SignalType.PHASH, phash_of(picture.laid(view).grey), view))
    places, missing = constellations([(None, _detailed(body, whole, places_of))])
    if (made := embedded(embedding, body, whole, quality, places_of.box)) is not None:
        signals.append(Signal(SignalType.EMBEDDING, made))
    return PictureSignals(
        (*signals, *places),
        no_constellation=missing,
        content=None if content.kind is ContentKind.WHOLE else content.sentence,
        unsure=unsure,
    )


def pdq_of_bytes(body: bytes) -> tuple[str, int]:
    """Decode a picture and compute its PDQ alone, with its quality.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    return pdq_of(open_picture(body))


def _detailed(body: bytes, picture: Picture, content: "Content") -> Image.Image:
    """Give what is registered of a still in grey as it is shown, as detailed as a constellation."""
    from signals.registered_content import grey_cut  # noqa: PLC0415 - loads compiled code

    left, top, right, bottom = content.box
    inside = max((right - left) * picture.width, (bottom - top) * picture.height)
    longest = round(HELD_SIDE * max(picture.width, picture.height) / inside)
    shown = in_proportion(picture, longest)
    if max(shown.size) < min(longest, max(picture.width, picture.height)):
        # Decoders of JPEG and HEIC have shrunken it further. Not less from the beginning: its other
        # signals would no longer be those under which older registrations know it.
        shown = in_proportion(_still(body, _DETAILED), longest)
    return grey_cut(shown, content)


def _looked_at(body: bytes, picture: Picture) -> Image.Image:
    """Give a found still in grey as it is shown, in the detail in which places are looked for."""
    if picture.detail is None:  # a decoder of JPEG or HEIC has left too little
        picture = _still(body, detail_side(picture.width, picture.height), detailed=True)
    if picture.detail is not None:
        return picture.detail
    return in_proportion(picture, max(picture.width, picture.height))


def _still(body: bytes, short_side: int = SHORT_SIDE, *, detailed: bool = False) -> Picture:
    if is_heic(body):
        from signals.heic_picture import open_heic  # noqa: PLC0415 - loads FFmpeg

        return open_heic(body, short_side)
    return open_picture(body, short_side, detailed=detailed)


def _video(
    body: bytes, make: Callable[[int, Picture, str, int], Made], most: int
) -> _Moving[Made] | None:
    """Go through a video, or give None of what is none."""
    kind = video_kind(body)
    if kind is None:
        return None
    from signals.video_frames import read_video  # noqa: PLC0415 - loads FFmpeg

    distinct = DistinctFrames(make)
    facts = read_video(body, kind, distinct.look)
    return _Moving(distinct.kept(most), kind.name, facts.width, facts.height, facts.duration_ms)


def _animation(
    body: bytes,
    first: Picture,
    quality: int,
    make: Callable[[int, Picture, str, int], Made],
    most: int,
) -> _Moving[Made] | None:
    """Go through an animation, or give None of what does not move, or not so that it shows."""
    distinct = DistinctFrames(make)
    duration_ms = read_animation(body, distinct.look)
    frames = distinct.kept(min(most, MAX_ANIMATION_FRAMES))
    moves = len(frames) > 1 or (len(frames) == 1 and quality < MIN_PDQ_QUALITY)
    if not moves or not duration_ms:
        return None
    return _Moving(frames, first.format, first.width, first.height, duration_ms)


def _md5(body: bytes) -> str:
    # Hash lists of other organisations hold MD5; nothing's safety rests on it here.
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
