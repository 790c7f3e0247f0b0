"""What only the press of an age gate may ask for: to go somewhere, and to send what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from crawler.rendering_scope import acts
from domain.acting_links import acts_by_sending
from domain.address import canonical
from domain.errors import InvalidInput
from domain.site import Site

MOST_OF_A_PRESS: Final = 4
"""Requests of this sort that are sent for one press."""

_RELOADS: Final = 3
"""Times that a page is loaded anew after a press."""

_MOST_SENT: Final = 10_000
"""Characters that a press may send."""

_CALLS: Final = frozenset({"XHR", "Fetch"})


@dataclass(frozen=True, slots=True)
class PressRequest:
    """A request of a press.

    ``sent`` is what it sends by POST, None if it only asks; ``leads_away``: it would have the
    browser show another page.
    """

    identity: str
    url: str
    kind: str
    request: Mapping[str, Any] = field(repr=False)
    sent: str | None = field(repr=False)
    leads_away: bool


class Presses:
    """Which requests of one page its age gate may make, while it is pressed.

    ``frame`` is the frame of the browser that holds the page itself, as soon as that is known;
    ``led_away``: the last press went on to another page of the site.
    """

    def __init__(self, site: Site, url: str) -> None:
        """Allow nothing yet.

        Args:
            site: the site that is crawled.
            url: the page's address, canonical.
        """
        self._site = site
        self._url = url
        self._left = 0
        self._reloads_left = 0
        self.frame: str | None = None
        self.led_away = False

    def begin(self) -> None:
        """The gate is about to be pressed: what only that may ask for is sent from now."""
        self._left, self._reloads_left = MOST_OF_A_PRESS, _RELOADS
        self.led_away = False

    def end(self) -> None:
        """Nothing of it is sent any more, but for the page itself: some load it only later."""
        self._left = 0

    def take(self, kind: str, event: Mapping[str, Any]) -> PressRequest | None:
        """Return a request that the gate makes and may make; None if it is none.

        It may ask the site's own hosts, for no address that acts, and send nothing that does. An
        encrypted page sends nothing unencrypted.

        Args:
            kind: what is asked for, as the DevTools protocol calls it.
            event: the protocol's event.
        """
        request = event["request"]
        url, method = str(request["url"]), request.get("method", "GET")
        goes, sends = kind == "Document" and event.get("frameId") == self.frame, method == "POST"
        again = goes and not sends and leads_to(url, self._url)
        if not (goes or (sends and kind in _CALLS)):
            return None
        if not self._left and not (again and self._reloads_left):
            return None
        sent = str(request.get("postData") or "")
        if len(sent) > _MOST_SENT or (request.get("hasPostData") and not sent):
            return None
        exposed = sends and self._url.startswith("https:") and not url.startswith("https:")
        if exposed or acts(url) or not self._site.covers(url):
            return None
        if sends and acts_by_sending(url, sent) is not None:
            return None
        self._left = max(self._left - 1, 0)
        self._reloads_left = max(self._reloads_left - again, 0)
        self.led_away = self.led_away or (goes and not again)
        return PressRequest(
            str(event["requestId"]),
            url,
            kind,
            request,
            sent if sends else None,
            goes and not again,
        )


def leads_to(asked: str, page: str) -> bool:
    """Say whether an address is that of a page, which is canonical."""
    try:
        return canonical(asked) == page
    except (InvalidInput, ValueError):
        return False
