"""Small clips of photographs, by real encoders, to be damaged."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from PIL import Image

VIDEO_WAYS: Final[dict[str, tuple[str, str]]] = {
    "mp4 h264": ("mp4", "libx264"),
    "mp4 mpeg4": ("mp4", "mpeg4"),
    "mkv hevc": ("matroska", "libx265"),
    "webm vp8": ("webm", "libvpx"),
    "webm vp9": ("webm", "libvpx-vp9"),
    "ts h264": ("mpegts", "libx264"),
    "avi mjpeg": ("avi", "mjpeg"),
    "flv h264": ("flv", "libx264"),
    "mpeg": ("mpeg", "mpeg2video"),
}
"""Every way of writing a video: container and encoder."""

_OPTIONS: Final = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}
_RATE: Final = 5
_FRAMES_EACH: Final = 3


def clip(pictures: Sequence[Image.Image], way: str) -> bytes:
    """Write a video that shows each picture for a moment; sides are rounded down to even ones."""
    container, encoder = VIDEO_WAYS[way]
    width, height = (side // 2 * 2 for side in pictures[0].size)
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        stream: Any = output.add_stream(encoder, rate=25, options=_OPTIONS.get(encoder, {}))
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
        stream.codec_context.thread_count = 1
        for number in range(_FRAMES_EACH * len(pictures)):
            picture = pictures[number // _FRAMES_EACH].convert("RGB").resize((width, height))
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            # Frames lie a fifth of a second apart, so that many are worth a look.
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target.getvalue()
