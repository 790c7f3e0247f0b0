"""Which of the sizes in which a page offers a picture are not worth asking for."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from domain.address import MAX_LENGTH
from domain.image import ImageReference
from domain.renditions import rendition_key, says_a_size, size_of, stem_of

_TELLING_NAME: Final = 4
"""Letters from which on a name is taken for a picture's own, and not for a word in an address."""


def smaller_sizes(references: Mapping[str, ImageReference]) -> list[str]:
    """Return the addresses that only offer a picture smaller than it is named on the same page.

    Of a picture that is shown in several sizes, the largest one shown is kept, besides the largest
    one named: that is what a visitor of the page sees.
    """
    if not any(map(says_a_size, references)):
        return []
    keys = {address: rendition_key(address) for address in references}
    named: dict[str, float] = {}
    shown: dict[str, float] = {}
    for address, key in keys.items():
        size = size_of(address)
        named[key] = max(size, named.get(key, 0.0))
        if _is_shown(references[address]):
            shown[key] = max(size, shown.get(key, 0.0))
    return [
        address
        for address, key in keys.items()
        if size_of(address) < (shown if _is_shown(references[address]) else named)[key]
    ]


def _is_shown(reference: ImageReference) -> bool:
    """Say whether an address is that of a picture as it stands on the page, and not an offer."""
    return reference.found_in.startswith("img@") and not reference.found_in.endswith("srcset")


def is_named_after(link: str, candidates: str) -> bool:
    """Say whether a link leads to a page or file that is named like the picture within it.

    ``candidates`` is the picture's srcset: sizes of it that are smaller than what is behind the
    link.
    """
    first = candidates[:MAX_LENGTH].split(maxsplit=1)[:1]
    stem = stem_of(first[0]) if first else ""
    return len(stem) >= _TELLING_NAME and stem in unquote(link[:MAX_LENGTH])
