"""A drawing of each attempt beside its photo, all of one size, as one small file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.inversion_judging import as_picture
from benchmarks.inversion_leak import Numbers
from domain.errors import OutsideDown

SUFFIX: Final = ".webp"

_ACROSS: Final = 3
_GAP: Final = 6
_LINE: Final = 20
_TEXT: Final = 14
_QUALITY: Final = 65
_EFFORT: Final = 6
_SPREAD: Final = 50.0
_MIDDLE: Final = 118.0


def write_sheet(path: Path, pictures: Sequence[tuple[str, Numbers]]) -> None:
    """Write pictures of one size, three in a row, each with a line of words above it.

    All are shown in the same contrast: none of them says how bright the photo was.

    Raises:
        OutsideDown: the disk does not take the file.
    """
    height, width = pictures[0][1].shape
    rows = -(-len(pictures) // _ACROSS)
    across, down = width + _GAP, height + _LINE + _GAP
    sheet = Image.new("L", (across * _ACROSS - _GAP, down * rows - _GAP), 255)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_TEXT)
    for number, (words, brightness) in enumerate(pictures):
        left, top = number % _ACROSS * across, number // _ACROSS * down
        pen.text((left, top + 1), words, fill=0, font=font)
        sheet.paste(as_picture(_as_contrasted(brightness)), (left, top + _LINE))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path, "WEBP", quality=_QUALITY, method=_EFFORT)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}."
        raise OutsideDown(msg) from error


def _as_contrasted(brightness: Numbers) -> Numbers:
    spread = max(float(brightness.std()), 1.0)
    shown: Numbers = (brightness - np.median(brightness)) / spread * _SPREAD + _MIDDLE
    return shown
