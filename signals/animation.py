"""Pictures that move: GIF, APNG, animated WebP and AVIF, frame after frame."""

import contextlib
import io
import time
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageFile

from signals.containers import PNG_MAGIC, png_chunks
from signals.decode import limited_to, shrunken_picture
from signals.decoding_cost import MAX_BYTES
from signals.frames import LATEST_MS
from signals.grid import Picture

MAX_ANIMATION_FRAMES: Final = 64
"""Distinct frames of an animation that are kept."""

MOST_PIXELS: Final = 200_000_000
"""Pixels that are decoded of one animation, all frames together: some four seconds. The same for
the same file everywhere, so that its signals are."""

MOST_LOOKED_AT: Final = 1_000

MOST_SECONDS: Final = 10.0
"""Of processor time, for what takes far longer than its pixels say."""

_CANVAS_BYTES: Final = 16
"""For each pixel while an animation is put together: the canvas, what it was before, the frame."""

_TOO_SHORT_MS: Final = 10
_INSTEAD_MS: Final = 100
"""Browsers show a frame for so long that is to be shown for no time at all."""

_FORMATS: Final = ("GIF", "PNG", "WEBP", "AVIF")

_WEBP_FLAGS_AT: Final = 20
_WEBP_ANIMATED: Final = 2


def may_move(body: bytes) -> bool:
    """Say whether a picture may have several frames, from what it begins with."""
    if body.startswith(b"GIF8"):
        return True
    if body.startswith(PNG_MAGIC):
        for kind, _, _ in png_chunks(body):
            if kind in {b"acTL", b"IDAT"}:
                return kind == b"acTL"
        return False
    if body.startswith(b"RIFF"):
        extended = body[8:16] == b"WEBPVP8X" and len(body) > _WEBP_FLAGS_AT
        return extended and bool(body[_WEBP_FLAGS_AT] & _WEBP_ANIMATED)
    return body[4:8] == b"ftyp" and b"avis" in body[8:64]


def read_animation(body: bytes, look: Callable[[int, Picture], None]) -> int:
    """Show every frame of an animation to ``look``, with the milliseconds from its beginning.

    A frame that cannot be decoded ends it, as do MOST_PIXELS and the like: what was shown before
    stands. One that is too large to be put together is not shown at all.

    Returns:
        The milliseconds that the frames shown take together; 0 of a picture that does not move.
    """
    shown = _Shown(look)
    # The first frame has been decoded as a picture of its own; a later one that is damaged, or
    # takes too much memory, loses itself and what comes after it.
    with (
        contextlib.suppress(Exception),
        limited_to(MAX_BYTES // _CANVAS_BYTES),
        Image.open(io.BytesIO(body), formats=_FORMATS) as opened,
    ):
        shown.all_of(opened)
    return min(shown.until_ms, LATEST_MS) if shown.frames > 1 else 0


class _Shown:
    """How far an animation has been shown."""

    def __init__(self, look: Callable[[int, Picture], None]) -> None:
        self._look = look
        self.frames = 0
        self.until_ms = 0

    def all_of(self, opened: ImageFile.ImageFile) -> None:
        if not getattr(opened, "is_animated", False):
            return
        most = min(MOST_LOOKED_AT, max(1, MOST_PIXELS // max(1, opened.width * opened.height)))
        ends = time.process_time() + MOST_SECONDS
        while self.frames < most and time.process_time() < ends:
            try:
                opened.seek(self.frames)
            except EOFError:
                return
            opened.load()
            picture = shrunken_picture(opened, opened.size)
            self._look(self.until_ms, picture)
            self.frames += 1
            lasts = int(opened.info.get("duration") or 0)
            self.until_ms += lasts if lasts > _TOO_SHORT_MS else _INSTEAD_MS
