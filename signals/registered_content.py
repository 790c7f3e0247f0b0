"""The picture itself in what is registered: without the app, the caption or the bars around it.

What belongs to an app is on every screenshot of that app. Registered with the picture, it would
match pictures of people who have nothing to do with it, so it is cut off first.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.content import ContentChoice
from signals.content_signs import Judged, flat_share, judged, levels_of, tightened
from signals.grid import Picture
from signals.layout import Part, part_of, parts_of
from signals.layout_boxes import Box, steps_of

_LEAST_AREA: Final = 0.06
"""A smaller share of what is registered is hardly what somebody wants to have found."""

_RIVAL: Final = 0.3
"""A box beside the likeliest one, of more of its area, may be what is meant just as well."""

_WITHIN: Final = 0.9
_BARS: Final = 0.97
_WHOLE_SIDE: Final = 0.97
_MIDDLE: Final = (0.4, 0.6)


class ContentKind(StrEnum):
    """What lies around the picture itself."""

    WHOLE = "whole"
    """Nothing: the picture fills everything."""

    BORDER = "border"
    """Bars, or a border, of one colour."""

    CAPTION = "caption"
    """Something written above or below it, and nothing beside it."""

    SCREENSHOT = "screenshot"
    """An app or a page."""


@dataclass(frozen=True, slots=True)
class Content:
    """Where the picture itself lies in what somebody registers.

    ``box`` is left, top, right and bottom, as fractions of width and height; ``sure``: it may be
    cut without asking; ``sentence`` says in words what was seen, for whoever is asked.
    """

    box: tuple[float, float, float, float]
    kind: ContentKind
    sure: bool
    sentence: str


def content_to_register(picture: Picture) -> Content:
    """Find the picture itself in what somebody registers.

    What is sure may be cut; otherwise whoever registers is shown the sentence and says whether
    the whole is meant, or what lies inside.
    """
    grey = np.asarray(picture.grey)
    height, width = grey.shape
    whole = Box(0, 0, width, height)
    parts = [Box(part.left, part.top, part.right, part.bottom) for part in parts_of(grey)]
    large = [box for box in parts if box.area >= _LEAST_AREA * whole.area]
    if not large:
        return _all_of_it()
    steps = steps_of(grey)
    tight = dict.fromkeys(tightened(grey, steps, box) for box in large)
    boxes = [judged(grey, steps, box, whole) for box in tight]
    likely = [seen for seen in boxes if seen.likely] or _on_a_page(boxes)
    if not likely:
        return _all_of_it()
    best = max(likely, key=lambda seen: seen.like_picture)
    rivals = [
        other
        for other in likely
        if other.box.shared(best.box) == 0 and other.box.area > _RIVAL * best.box.area
    ]
    sure = best.sure and not rivals
    if not sure:  # it may hold some of the ground beside a plain picture
        inner = [seen for seen in likely if seen.clear and _within(seen, best)]
        best = max(inner, key=lambda seen: seen.like_picture, default=best)
    box = best.box
    fractions = box.left / width, box.top / height, box.right / width, box.bottom / height
    kind = _kind(grey, fractions, best.box)
    return Content(fractions, kind, sure, _sentence(kind, fractions, sure=sure))


def _on_a_page(boxes: list[Judged]) -> list[Judged]:
    """Give what may be the picture on a page: a plain one, or one with words close to it.

    A box in which another lies is the card that holds it.
    """
    if not any(seen.page_around for seen in boxes):
        return []
    maybe = [seen for seen in boxes if seen.maybe_on_page]
    return [seen for seen in maybe if not any(_within(other, seen) for other in maybe)]


def _within(inner: Judged, outer: Judged) -> bool:
    """Say whether a smaller box lies in another."""
    shared = inner.box.shared(outer.box)
    return inner.box.area < outer.box.area and shared >= _WITHIN * inner.box.area


def content_chosen(picture: Picture, choice: ContentChoice) -> tuple[Content, Content, str | None]:
    """Say what of a picture is registered, as whoever registers it chose.

    Returns:
        What to cut it down to; what to cut it down to for its constellation; and in words what may
        lie inside, where nobody chose and that is not sure, so that all of it is registered. Its
        constellation is of what may lie inside all the same: part of a picture is enough for one,
        and the screen around it would match every other screen of that app.
    """
    if choice is ContentChoice.WHOLE:
        return _all_of_it(), _all_of_it(), None
    seen = content_to_register(picture)
    if seen.sure or choice is ContentChoice.INSIDE:
        return seen, seen, None
    return _all_of_it(), seen, seen.sentence


def content_cut(picture: Picture, content: Content) -> Picture:
    """Cut a decoded picture down to its content; its signals are then those of the content alone.

    Places outside are left out by that, too: they are looked for only in what is left.
    """
    if content.kind is ContentKind.WHOLE:
        return picture
    left, top, right, bottom = _pixels(content, picture.grey)
    cut = part_of(picture, Part(left, top, right, bottom))
    detail = picture.detail
    return cut if detail is None else replace(cut, detail=grey_cut(detail, content))


def grey_cut(grey: Image.Image, content: Content) -> Image.Image:
    """Cut the same picture in any other size down to its content."""
    return grey if content.kind is ContentKind.WHOLE else grey.crop(_pixels(content, grey))


def _pixels(content: Content, grey: Image.Image) -> tuple[int, int, int, int]:
    left, top, right, bottom = content.box
    return (
        round(left * grey.width),
        round(top * grey.height),
        round(right * grey.width),
        round(bottom * grey.height),
    )


def _all_of_it() -> Content:
    sentence = "The picture seems to fill all of it."
    return Content((0.0, 0.0, 1.0, 1.0), ContentKind.WHOLE, sure=True, sentence=sentence)


def _kind(
    grey: NDArray[np.uint8], fractions: tuple[float, float, float, float], box: Box
) -> ContentKind:
    inside = levels_of(grey[box.top : box.bottom, box.left : box.right])
    if flat_share(levels_of(grey) - inside, 1) >= _BARS:
        return ContentKind.BORDER
    left, top, right, bottom = fractions
    # An app has something at the top and at the bottom.
    ends_with_it = top < 1 - _WHOLE_SIDE or bottom > _WHOLE_SIDE
    if right - left > _WHOLE_SIDE and ends_with_it:
        return ContentKind.CAPTION
    return ContentKind.SCREENSHOT


def _sentence(
    kind: ContentKind, fractions: tuple[float, float, float, float], *, sure: bool
) -> str:
    left, top, right, bottom = fractions
    seen = {
        ContentKind.BORDER: ("There is a border of one colour", "There may be a border"),
        ContentKind.CAPTION: (
            f"Something is written {'above' if top > 1 - bottom else 'below'} it",
            f"There may be writing {'above' if top > 1 - bottom else 'below'} it",
        ),
        ContentKind.SCREENSHOT: ("It looks like a screenshot", "It may be a screenshot"),
    }[kind][0 if sure else 1]
    size = f"{right - left:.0%} of the width and {bottom - top:.0%} of the height"
    if right - left > _WHOLE_SIDE:
        size = f"{bottom - top:.0%} of the height"
    elif bottom - top > _WHOLE_SIDE:
        size = f"{right - left:.0%} of the width"
    size = size.replace("%", " %")
    across, down = (left + right) / 2, (top + bottom) / 2
    places = [
        *(["at the top"] if down < _MIDDLE[0] else ["at the bottom"] if down > _MIDDLE[1] else []),
        *(["on the left"] if across < _MIDDLE[0] else ["on the right"] * (across > _MIDDLE[1])),
    ]
    place = " ".join(places) or "in the middle"
    return f"{seen}: the picture itself seems to lie {place}, {size}."
