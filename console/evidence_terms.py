"""The words of evidence that need explaining, and what each means."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from domain.evidence import Grade
from domain.signal import SignalType

GRADES: Final[Mapping[Grade, LazyString]] = MappingProxyType(
    {
        Grade.CERTAIN: lazy_gettext("Certain"),
        Grade.VERY_STRONG: lazy_gettext("Very strong"),
        Grade.STRONG: lazy_gettext("Strong"),
        Grade.FAIR: lazy_gettext("Fair"),
        Grade.WEAK: lazy_gettext("Weak"),
    }
)

_SAME_BYTES: Final = lazy_gettext(
    "A digest of the file's bytes. Two files have the same one only if they are the very same file."
)

TERMS: Final[Mapping[SignalType, tuple[str, LazyString]]] = MappingProxyType(
    {
        SignalType.SHA256: ("SHA-256", _SAME_BYTES),
        SignalType.MD5: ("MD5", _SAME_BYTES),
        SignalType.PDQ: (
            "PDQ",
            lazy_gettext(
                "A fingerprint of a picture as a whole, of 256 bits. It stays nearly the same "
                "when the picture is made smaller, compressed again or changed a little."
            ),
        ),
        SignalType.PHASH: (
            "pHash",
            lazy_gettext(
                "A coarse fingerprint of where a picture is light and dark, of 64 bits. It "
                "supports what else agrees, and flags nothing alone."
            ),
        ),
        SignalType.CONSTELLATION: (
            "constellation",
            lazy_gettext(
                "The arrangement of the places that stand out in a picture. A picture that was "
                "cut, written on or set among others is recognised by it."
            ),
        ),
        SignalType.EMBEDDING: (
            "embedding",
            lazy_gettext(
                "What a model that your organisation supplies makes of a picture. Nobody has "
                "counted how often it is wrong, so it adds nothing to the strength."
            ),
        ),
    }
)
"""What each signal type is called, and what that means."""
