"""The apps and pages of `benchmarks.app_chrome`, by name. All are invented."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from benchmarks.app_chrome_browser import Window
from domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Kind:
    """One app on one sort of device. Its template has the name that it is listed under.

    ``least`` is the scale to which its screenshots are shrunk at most.
    """

    sentence: str
    language: str
    windows: tuple[Window, ...]
    least: float

    @property
    def device(self) -> str:
        """Say in a word what it is seen on."""
        return "phone" if self.windows == _PHONE else "desktop"


_PHONE: Final = (Window(360, 780, 3),)
_DESKTOP: Final = (Window(1366, 768, 1), Window(1920, 1080, 1))


def _on_phone(language: str, sentence: str) -> Kind:
    return Kind(sentence, language, _PHONE, 0.5)


def _on_desktop(language: str, sentence: str) -> Kind:
    return Kind(sentence, language, _DESKTOP, 0.7)


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "feed_light": _on_phone("en", "a feed of photos, light"),
        "feed_dark": _on_phone("de", "the same feed of photos, dark"),
        "chat_light": _on_phone("es", "a chat with bubbles, light"),
        "chat_dark": _on_phone("ar", "another chat with bubbles, dark, from right to left"),
        "short_video": _on_phone("ko", "a short video that fills the screen, with buttons on it"),
        "dating_card": _on_phone("en", "a card of a dating app, with text on the picture"),
        "phone_gallery": _on_phone("hi", "the phone's own viewer of pictures"),
        "story": _on_phone("th", "a story that fills the screen, with its progress above"),
        "listing": _on_phone("de", "something for sale on a marketplace"),
        "microblog": _on_phone("ja", "a short post with its answers"),
        "image_board": _on_desktop("en", "a thread of an image board"),
        "forum_post": _on_desktop("ru", "a post of a forum"),
        "video_page": _on_desktop("ja", "the page of a video, which is paused"),
        "web_gallery": _on_desktop("zh", "a gallery on the web, with the picture opened"),
        "news_article": _on_desktop("el", "an article of a newspaper"),
        "mail": _on_desktop("en", "a mail with an attached picture, in a mail program"),
        "browser_tabs": _on_desktop("es", "a picture alone in a browser with many tabs"),
        "social_page": _on_desktop("ru", "the page of a social network between two columns"),
    }
)


def find_kind(name: str) -> Kind:
    """Give the kind of a name.

    Raises:
        InvalidInput: there is none; the text lists those with a name much like it.
    """
    kind = KINDS.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, KINDS, n=4, cutoff=0.4)
        like = f" Did you mean {', '.join(near)}?" if near else ""
        msg = (
            f"There is no kind of screenshot called {name}.{like} "
            "`python -m benchmarks.app_chrome --list` shows all of them."
        )
        raise InvalidInput(msg)
    return kind
