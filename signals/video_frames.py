"""Frames of a video, decoded by FFmpeg through PyAV; loads FFmpeg, so only video workers do.

Nothing of FFmpeg's that opens other files is within reach: the reader is the one that the first
bytes ask for, it is given bytes in memory, and the decoders are those of an allow-list.
"""

import importlib
import io
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet as CodedPacket
from av.stream import Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray

from domain.errors import Undecodable
from signals.frames import LATEST_MS
from signals.grid import Picture
from signals.luma import grey_picture, is_full_range, luma_of
from signals.video import VideoKind
from signals.video_plan import STEP_MS, Packet, Span, plan

MAX_FRAME_PIXELS: Final = 9_000_000
"""Of one frame: 4096 x 2160 and a little. A decoder keeps up to some twenty of them."""

MAX_SIDE: Final = 16_384

MOST_PIXELS: Final = 2_500_000_000
"""Pixels that are decoded of one video beside its key frames: 1,200 frames of 1920 x 1080, which
take three to ten seconds. The same for the same file everywhere, so that its signals are."""

_LEAST_FRAMES: Final = 60

MOST_SECONDS: Final = 15.0
"""Of processor time, for what takes far longer than its pixels say."""

MOST_PACKETS: Final = 300_000
"""Over two hours at 40 frames a second; what comes later is not looked at."""

_MOST_FAILURES: Final = 200
"""Packets that cannot be decoded, after which the rest is not tried."""

_ALLOWED: Final = (
    "h264,hevc,vp8,vp9,av1,libdav1d,libvpx,libvpx-vp9,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,"
    "mpeg1video,mpeg2video,h263,flv,mjpeg,theora,wmv1,wmv2,wmv3,vc1,prores,dvvideo,vp6,vp6f"
)
DECODERS: Final = frozenset(_ALLOWED.split(","))
"""What videos on web pages and phones are compressed with. FFmpeg has hundreds more."""

_NO_PART_OF_READING: Final = frozenset(("av.__main__", "av.datasets"))

_SPELT: Final = frozenset(("AVI", "FLV", "MKV", "MP4", "MPEG", "MPEGTS", "OGV"))
"""Kinds whose names begin with a vowel when they are spoken."""

_SAMPLED: Final = 64
"""Places across and down at which two frames are compared before anything is hashed."""

_CUT: Final = 12.0
"""The mean difference in brightness, of 255, from which a frame is looked at as another scene."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video is: its size as it is shown, and how long what was read of it takes."""

    width: int
    height: int
    duration_ms: int


def load_everything() -> None:
    """Import what PyAV leaves to the first file that needs it; a confined worker cannot later."""
    for module in pkgutil.walk_packages(av.__path__, f"{av.__name__}."):
        if module.name not in _NO_PART_OF_READING:
            importlib.import_module(module.name)


def read_video(body: bytes, kind: VideoKind, look: Callable[[int, Picture], None]) -> VideoFacts:
    """Show key frames, scene changes and a frame each half second to ``look``, in no order.

    Raises:
        Undecodable: no frame can be decoded, or it is too large; the text says why.
        MemoryError: no frame can be decoded in the memory that the process may have.
    """
    try:
        with opened_video(body, kind) as container:
            packets = tuple(packets_of(container, video_stream(container, kind)))
        with opened_video(body, kind) as container:
            return _Reading(video_stream(container, kind), kind, packets, look).done(container)
    except MemoryError:  # FFmpeg's own among them
        raise
    except (FFmpegError, ValueError, LookupError, OverflowError) as error:
        msg = (
            f"the file begins like {_a(kind)} video and cannot be read as one "
            f"({type(error).__name__}; {len(body):,} bytes)"
        )
        raise Undecodable(msg) from None


def opened_video(body: bytes, kind: VideoKind) -> InputContainer:
    """Open a video in memory, for its one reader and the decoders allowed, with nothing else."""
    options = {
        "protocol_whitelist": "none",
        "codec_whitelist": _ALLOWED,
        "max_pixels": str(MAX_FRAME_PIXELS),
        "threads": "1",
    }
    return av.open(
        io.BytesIO(body), "r", format=kind.reader, options=options, metadata_errors="replace"
    )


def video_stream(container: InputContainer, kind: VideoKind) -> VideoStream:
    """Choose the largest picture that moves; a cover is none.

    Raises:
        Undecodable: there is none, it is too large, or its decoder is not allowed.
    """
    streams = [s for s in container.streams.video if s.codec_context is not None]
    moving = [s for s in streams if not s.disposition & Disposition.attached_pic] or streams
    readable = [s for s in moving if s.codec_context.name in DECODERS]
    if not readable:
        names = ", ".join(sorted({str(s.codec_context.name)[:20] for s in moving}))
        what = f"is compressed with {names}, which is not read" if names else "has no picture"
        msg = f"the file is {_a(kind)} video that {what}"
        raise Undecodable(msg)
    stream = max(readable, key=lambda s: s.codec_context.width * s.codec_context.height)
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_FRAME_PIXELS or max(width, height) > MAX_SIDE:
        msg = (
            f"its header announces frames of {width:,} x {height:,} pixels; at most "
            f"{MAX_FRAME_PIXELS:,} pixels are decoded of a video"
        )
        raise Undecodable(msg)
    return stream


def packets_of(container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
    """Go through the frames without decoding any; where the file makes no sense they end."""
    unit = 1000 * float(stream.time_base or 0)
    count = 0
    try:
        for packet in with_content(container, stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            yield Packet(int((stamp or 0) * unit), bool(packet.is_keyframe))
            count += 1
            if count == MOST_PACKETS:
                return
    except (FFmpegError, ValueError):
        return


def with_content(
    container: InputContainer, stream: VideoStream
) -> Iterator["CodedPacket[VideoStream]"]:
    """Go through a stream's packets; the last one, which is empty, is left out."""
    for packet in container.demux(stream):
        if packet.size:
            yield packet


class _Reading:
    """One video being decoded as planned."""

    def __init__(
        self,
        stream: VideoStream,
        kind: VideoKind,
        packets: tuple[Packet, ...],
        look: Callable[[int, Picture], None],
    ) -> None:
        self._stream = stream
        self._decoder = stream.codec_context
        self._kind = kind
        self._look = look
        self._begins = min((packet.at_ms for packet in packets), default=0)
        lasts = max((packet.at_ms for packet in packets), default=0) - self._begins
        # The last frame is shown as long as the others are.
        self._lasts = lasts + lasts // max(1, len(packets) - 1)
        self._unit = 1000 * float(stream.time_base or 0)
        pixels = max(1, self._decoder.width * self._decoder.height)
        self._spans = plan(packets, max(_LEAST_FRAMES, MOST_PIXELS // pixels))
        self._ends = time.process_time() + MOST_SECONDS
        self._failures = 0
        self._lacked_memory = False
        self._size: tuple[int, int] | None = None
        self._looked_ms = -STEP_MS
        self._sample: NDArray[np.int16] | None = None

    def done(self, container: InputContainer) -> VideoFacts:
        """Decode the spans of the plan, one after the other."""
        self._decoder.thread_count = 1
        self._decoder.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
        spans = iter(self._spans)
        span: Span | None = next(spans, None)
        try:
            for number, packet in enumerate(with_content(container, self._stream)):
                while span is not None and number >= span[1]:
                    self._drain()
                    span = next(spans, None)
                if span is None or self._has_enough():
                    break
                if number >= span[0]:
                    self._decode(packet, whole=span[1] > span[0] + 1)
        except (FFmpegError, ValueError):
            pass  # what was shown before stands
        self._drain()
        if self._size is None and self._lacked_memory:
            raise MemoryError
        if self._size is None:
            msg = (
                f"the file is {_a(self._kind)} video of which no frame can be decoded "
                f"({self._decoder.name}, {len(self._spans):,} tried)"
            )
            raise Undecodable(msg)
        width, height = self._size
        return VideoFacts(width, height, min(self._lasts, LATEST_MS))

    def _has_enough(self) -> bool:
        return self._failures > _MOST_FAILURES or time.process_time() > self._ends

    def _drain(self) -> None:
        """Take out what the decoder holds back, and have it forget what it has seen."""
        self._decode(None, whole=True)
        self._decoder.flush_buffers()
        self._looked_ms = -STEP_MS
        self._sample = None

    def _decode(self, packet: "CodedPacket[VideoStream] | None", *, whole: bool) -> None:
        try:
            for frame in self._decoder.decode(packet):
                self._consider(frame, whole=whole)
        except MemoryError:  # FFmpeg's own among them; said in the end if nothing else is
            self._failures += 1
            self._lacked_memory = True
        # A frame that cannot be decoded, whatever its decoder says, is one frame.
        except Exception:  # noqa: BLE001
            self._failures += 1

    def _consider(self, frame: av.VideoFrame, *, whole: bool) -> None:
        """Look at a frame if it is a key, half a second after the last one or another scene."""
        if frame.is_corrupt or frame.width * frame.height > MAX_FRAME_PIXELS:
            self._failures += 1
            return
        stamp = frame.pts if frame.pts is not None else frame.dts
        at_ms = int((stamp or 0) * self._unit) - self._begins
        luma = luma_of(frame)
        rows, columns = (max(1, side // _SAMPLED) for side in luma.shape)
        sample = luma[::rows, ::columns].astype(np.int16)
        if (
            whole
            and 0 <= at_ms - self._looked_ms < STEP_MS
            and self._sample is not None
            and sample.shape == self._sample.shape
            and float(np.abs(sample - self._sample).mean()) < _CUT
        ):
            return
        self._sample = sample
        self._looked_ms = at_ms
        picture = grey_picture(
            luma, self._kind.name, full_range=is_full_range(frame), turned=frame.rotation
        )
        self._size = self._size or (picture.width, picture.height)
        self._look(at_ms, picture)


def _a(kind: VideoKind) -> str:
    return f"an {kind.name}" if kind.name in _SPELT else f"a {kind.name}"
