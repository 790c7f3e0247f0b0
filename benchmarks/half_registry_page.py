"""A page of each flag of another's photo: what was found beside what was registered, for a person.

The photos are written here again, as small JPEGs: give it only photos that anybody may see.
"""

import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from benchmarks.half_registry_crawl import Crawled, Flag
from commands.placement_words import laid_in_words, strength_in_words
from domain.errors import OutsideDown
from domain.evidence import reason_of
from domain.laid import Laid

Point = tuple[float, float]

_HEIGHT: Final = 400
_WIDEST: Final = 560
_GAP: Final = 12
_LINE: Final = 4
_QUALITY: Final = 80
_OUTLINE: Final = (230, 40, 40)
_WHITE: Final = (255, 255, 255)
_HEAD: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Flags of another's photo</title>
<style>
body {{ font: 1rem sans-serif; max-width: 75rem; margin: 2rem auto }}
img {{ max-width: 100% }}
</style>
<h1>Flags of another's photo</h1>
<p>{registered:,} of {photos:,} photos are registered, and all were crawled. {false:,} times a photo
was flagged as another one. On the left is what was found, on the right what is registered. Red: the
outline of the registered photo, and what is seen of it. Do both show the same thing?</p>
"""


def write_details(folder: Path, crawled: Crawled) -> None:
    """Write ``index.html`` and a JPEG for each false flag, the strongest first.

    Raises:
        OutsideDown: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        words = [
            _HEAD.format(
                registered=len(crawled.registered),
                photos=len(crawled.photos),
                false=len(crawled.false),
            )
        ]
        ordered = sorted(crawled.false, key=lambda flag: -(flag.strength or 0.0))
        for number, flag in enumerate(ordered, 1):
            name = f"flag-{number:03}.jpg"
            draw(flag).save(folder / name, "JPEG", quality=_QUALITY)
            words.append(_told(number, name, flag))
        words += _missed(crawled)
        (folder / "index.html").write_text("".join(words), encoding="utf-8")
    except OSError as error:
        msg = f"Nothing can be written to {folder}: {error.strerror or error}."
        raise OutsideDown(msg) from error


def draw(flag: Flag) -> Image.Image:
    """Draw the found photo beside the registered one, both of one height where they can be."""
    found, registered = (_shown(path) for path in (flag.found, flag.registered))
    laid = next((each.laid for each in flag.evidence if each.laid is not None), None)
    if laid is not None:
        _outline(found, laid.corners)
        left, top, right, bottom = laid.part
        _outline(registered, ((left, top), (right, top), (right, bottom), (left, bottom)))
    both = Image.new("RGB", (found.width + _GAP + registered.width, _HEIGHT), _WHITE)
    both.paste(found, (0, 0))
    both.paste(registered, (found.width + _GAP, 0))
    return both


def in_words(flag: Flag) -> Iterator[str]:
    """Say what agrees, how strongly, and where it lies, each as a sentence or some clauses."""
    for each in flag.evidence:
        yield f"{each.signal}: {reason_of(each)}"
        if each.laid is not None:
            yield _of_laid(each.laid)


def _of_laid(laid: Laid) -> str:
    return f"{strength_in_words(laid.strength)}; {laid_in_words(laid)}"


def _told(number: int, picture: str, flag: Flag) -> str:
    said = "".join(f"<li>{html.escape(words)}</li>\n" for words in in_words(flag))
    strength = "by PDQ" if flag.strength is None else f"strength {flag.strength:.1f}"
    names = f"{html.escape(flag.found.name)} as {html.escape(flag.registered.name)}"
    return (
        f"<h2>{number}. {names}, {strength}</h2>\n"
        f'<img src="{picture}" alt="found and registered">\n<ul>\n{said}</ul>\n'
    )


def _missed(crawled: Crawled) -> Iterator[str]:
    flagged = set(crawled.own)
    for photo in crawled.registered:
        if photo not in flagged:
            yield f"<p>Registered and not flagged as itself: {html.escape(photo.name)}</p>\n"


def _shown(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return ImageOps.contain(upright, (_WIDEST, _HEIGHT), Image.Resampling.LANCZOS)


def _outline(picture: Image.Image, corners: Sequence[Point]) -> None:
    points = [(x * (picture.width - 1), y * (picture.height - 1)) for x, y in corners]
    ImageDraw.Draw(picture).line([*points, points[0]], fill=_OUTLINE, width=_LINE, joint="curve")
