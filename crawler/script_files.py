"""Script files: which of them may name pictures of the site that they stand on."""

import re
from typing import Final

# Libraries hold no site's pictures, and are the same on every site.
_LIBRARY: Final = re.compile(
    r"jquery|mootools|prototype|bootstrap|modernizr|polyfill|analytics|gtag|fontawesome|recaptcha"
    r"|(?:angular|react|vue|lodash|moment|hls|video|plyr|swiper|photoswipe|masonry)[.\w-]{0,20}"
    r"(?:min|umd|esm|prod)?\.js",
    re.IGNORECASE,
)


def is_library(address: str) -> bool:
    """Say whether a script is a library by its name, the same on every site that uses it."""
    return _LIBRARY.search(address) is not None
