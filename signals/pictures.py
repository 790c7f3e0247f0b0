"""The signals of a picture: as it lies for a found image, in every view for a registration."""

import hashlib
from typing import Final

import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

from domain.signal import (
    MIN_PDQ_QUALITY,
    ImageSignals,
    PictureSignals,
    Signal,
    SignalType,
    View,
)
from signals.decode import open_picture

_MIRROR: Final = Image.Transpose.FLIP_LEFT_RIGHT
_QUARTERS: Final = {
    90: Image.Transpose.ROTATE_90,  # Pillow's turns are anticlockwise, as View's are
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
_STEPS: Final[dict[View, tuple[Image.Transpose, ...]]] = {
    View.UPRIGHT: (),
    View.TURNED_90: (_QUARTERS[90],),
    View.TURNED_180: (_QUARTERS[180],),
    View.TURNED_270: (_QUARTERS[270],),
    View.MIRRORED: (_MIRROR,),
    View.MIRRORED_90: (_MIRROR, _QUARTERS[90]),
    View.MIRRORED_180: (_MIRROR, _QUARTERS[180]),
    View.MIRRORED_270: (_MIRROR, _QUARTERS[270]),
}


def hash_image(body: bytes) -> ImageSignals:
    """Hash a found image as it lies.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    picture = open_picture(body)
    pdq, quality = pdq_of(picture.grey)
    return ImageSignals(
        sha256=hashlib.sha256(body).hexdigest(),
        md5=_md5(body),
        pdq=pdq,
        pdq_quality=quality,
        phash=phash_of(picture.grey),
        format=picture.format,
        width=picture.width,
        height=picture.height,
        byte_size=len(body),
    )


def hash_picture(body: bytes) -> PictureSignals:
    """Hash a picture to register, in all eight views.

    A picture too plain for PDQ (quality under MIN_PDQ_QUALITY) gets no PDQ signals at all: it
    would be found by its exact bytes only, which whoever registers it must be told.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    picture = open_picture(body)
    signals = [
        Signal(SignalType.SHA256, hashlib.sha256(body).hexdigest()),
        Signal(SignalType.MD5, _md5(body)),
    ]
    _, quality = pdq_of(picture.grey)
    for view in View:
        laid = lay(picture.grey, view)
        if quality >= MIN_PDQ_QUALITY:
            signals.append(Signal(SignalType.PDQ, pdq_of(laid)[0], view, quality))
        signals.append(Signal(SignalType.PHASH, phash_of(laid), view))
    return PictureSignals(tuple(signals))


def lay(picture: Image.Image, view: View) -> Image.Image:
    """Lay a picture down as a view says: mirrored left to right, then turned anticlockwise."""
    for step in _STEPS[view]:
        picture = picture.transpose(step)
    return picture


def pdq_of(grey: Image.Image) -> tuple[str, int]:
    """Compute PDQ of a grey picture as it lies.

    Each view is hashed from the picture so laid, and not by PDQ's own dihedral shortcut: PDQ
    samples a little off the centre of its cells, so the shortcut's turned hashes miss those of a
    really turned picture by 11-18 bits in the mean and up to 104 (31 photos), of the 31 that match.

    Args:
        grey: a picture of mode "L"; a side under 5 pixels gives quality 0.

    Returns:
        256 bits as 64 lower-case hexadecimal digits, and the quality, 0 to 100.

    Raises:
        ValueError: the picture is not of mode "L".

    Source: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (2019).
    """
    if grey.mode != "L":
        msg = f"PDQ is computed of a grey picture (mode L); this one has mode {grey.mode}"
        raise ValueError(msg)
    pixels: NDArray[np.uint8] = np.asarray(grey)
    # PDQ weighs red, green and blue by factors that add up to one: three times grey is grey.
    as_colour = np.broadcast_to(pixels[:, :, np.newaxis], (*pixels.shape, 3))
    bits, quality = pdqhash.compute(as_colour)
    return np.packbits(bits.astype(np.uint8)).tobytes().hex(), int(quality)


def phash_of(picture: Image.Image) -> str:
    """Compute the 64-bit pHash as imagehash does: 16 lower-case hexadecimal digits."""
    return str(imagehash.phash(picture))


def _md5(body: bytes) -> str:
    # Hash lists of other organisations hold MD5; nothing's safety rests on it here.
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
