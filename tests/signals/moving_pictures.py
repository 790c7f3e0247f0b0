"""Clips and animations of practice photos, written by real encoders."""

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from PIL import Image

SIZE: Final = (480, 360)

ENCODERS: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "mp4": ("mp4", "libx264", {"preset": "ultrafast"}),
    "mov": ("mov", "mpeg4", {}),
    "webm": ("webm", "libvpx", {"deadline": "realtime", "cpu-used": "8"}),
    "webm vp9": ("webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    "mkv": ("matroska", "libx265", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "ts": ("mpegts", "libx264", {"preset": "ultrafast"}),
    "avi": ("avi", "mjpeg", {}),
    "flv": ("flv", "libx264", {"preset": "ultrafast"}),
    "mpeg": ("mpeg", "mpeg2video", {}),
}
"""Container, encoder and its options: what is tried of each kind of video."""

_UNCUT: Final = {"preset": "ultrafast", "x264-params": "scenecut=0"}
_X265: Final = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=1"}

OTHERS: Final = {
    "hevc mp4": ("mp4", "libx265", _X265),
    "mp4 uncut": ("mp4", "libx264", _UNCUT),
}
"""For a single frame, as in a HEIC, and without key frames at cuts."""


def photographs(paths: Sequence[Path], size: tuple[int, int] = SIZE) -> list[Image.Image]:
    """The photos, all of one size."""
    pictures = []
    for path in paths:
        with Image.open(path) as opened:
            pictures.append(opened.convert("RGB").resize(size))
    return pictures


def clip(
    pictures: Iterable[Image.Image],
    way: str = "mp4",
    *,
    seconds: float = 1.0,
    rate: int = 12,
    gop: int | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """A video that shows each picture for so many seconds, with a hard cut to the next."""
    container, encoder, usual = (ENCODERS | OTHERS)[way]
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        stream: Any = output.add_stream(encoder, rate=rate, options=usual | (options or {}))
        stream.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
        stream.codec_context.thread_count = 1
        if gop is not None:
            stream.gop_size = gop
        count = 0
        for picture in pictures:
            if not count:
                stream.width, stream.height = picture.size
            frame = av.VideoFrame.from_image(picture)
            for _ in range(max(1, round(rate * seconds))):
                frame.pts = count
                frame.time_base = Fraction(1, rate)
                output.mux(stream.encode(frame))
                count += 1
        output.mux(stream.encode(None))
    return target.getvalue()


def animation(pictures: Sequence[Image.Image], image_format: str, **options: object) -> bytes:
    """A picture that moves, each frame for a quarter of a second."""
    target = io.BytesIO()
    pictures[0].save(
        target,
        image_format,
        save_all=True,
        append_images=list(pictures[1:]),
        duration=250,
        loop=0,
        **options,
    )
    return target.getvalue()
