"""One frame of a video, the one nearest to a moment; loads FFmpeg, as only video workers may."""

import itertools
import time
from typing import Final

from av import VideoFrame
from av.container import InputContainer
from av.error import FFmpegError

from domain.errors import Undecodable
from signals.grid import Picture
from signals.luma import grey_picture, is_full_range, luma_of
from signals.video import VideoKind
from signals.video_frames import (
    MAX_FRAME_PIXELS,
    opened_video,
    packets_of,
    video_stream,
    with_content,
)

MOST_SECONDS: Final = 6.0
"""Of processor time for the frames that have to be decoded before the one that is wanted."""


def frame_near(body: bytes, kind: VideoKind, at_ms: int) -> Picture:
    """Decode the frame that is shown at a moment, in milliseconds from the beginning, or near it.

    Raises:
        Undecodable: no frame can be decoded, or it is too large; the text says why.
        MemoryError: no frame can be decoded in the memory that the process may have.
    """
    try:
        begins, first = _where(body, kind, at_ms)
        with opened_video(body, kind) as container:
            frame = _decoded(container, kind, first, begins + at_ms)
        if frame is None and first > 0:  # damaged there: what it begins with is better than nothing
            with opened_video(body, kind) as container:
                frame = _decoded(container, kind, 0, begins)
    except (FFmpegError, ValueError, LookupError, OverflowError) as error:
        if isinstance(error, MemoryError):
            raise
        msg = f"the video cannot be read ({type(error).__name__}; {len(body):,} bytes)"
        raise Undecodable(msg) from None
    if frame is None:
        msg = f"no frame of the {kind.name} video can be decoded"
        raise Undecodable(msg)
    return grey_picture(
        luma_of(frame), kind.name, full_range=is_full_range(frame), turned=frame.rotation
    )


def _where(body: bytes, kind: VideoKind, at_ms: int) -> tuple[int, int]:
    """Return when a video begins, and at which packet decoding has to begin for a moment."""
    with opened_video(body, kind) as container:
        packets = tuple(packets_of(container, video_stream(container, kind)))
    begins = min((packet.at_ms for packet in packets), default=0)
    keys = [
        number
        for number, packet in enumerate(packets)
        if packet.is_key and packet.at_ms - begins <= at_ms
    ]
    return begins, max(keys, default=0)


def _decoded(
    container: InputContainer, kind: VideoKind, first: int, until_ms: int
) -> VideoFrame | None:
    """Decode from a packet on until a moment; give the last frame that came, if any did."""
    stream = video_stream(container, kind)
    decoder = stream.codec_context
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
    unit = 1000 * float(stream.time_base or 0)
    ends = time.process_time() + MOST_SECONDS
    last: VideoFrame | None = None
    packets = (p for number, p in enumerate(with_content(container, stream)) if number >= first)
    for packet in itertools.chain(packets, (None,)):
        try:
            frames = decoder.decode(packet)
        except MemoryError:
            if last is None:
                raise
            return last
        except Exception:  # noqa: BLE001, S112 - one frame's trouble, whatever its decoder says
            continue
        for frame in frames:
            if frame.is_corrupt or frame.width * frame.height > MAX_FRAME_PIXELS:
                continue
            last = frame
            stamp = frame.pts if frame.pts is not None else frame.dts
            if int((stamp or 0) * unit) >= until_ms:
                return last
        if last is not None and time.process_time() > ends:
            return last
    return last
