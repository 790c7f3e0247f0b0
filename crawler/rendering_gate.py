"""The age gate in a rendered page: one that only scripts understand is pressed where they run.

What a recipe names is pressed, where it can be seen, and nothing else: not what acts, and twice in
a row at most. What the page then keeps in the browser is given to the pages after it, so that the
gate stands before few of them.
"""

import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

from crawler.age_gate import IN_A_ROW
from crawler.rendering_gate_scripts import KEPT, PRESS, looking_for
from crawler.rendering_requests import PageRequests
from crawler.rendering_scope import acts

_LOOKS: Final = 5
"""Times that it is waited whether a gate that was pressed goes away: some fade."""

_ACTS: Final = (
    "What stands on it leads to an address that may have the site do something, so it was not "
    "pressed."
)
_STANDS: Final = "It was pressed in a browser, and it stands there still."


class OpenPage(Protocol):
    """What a gate needs of the page that it stands on."""

    requests: PageRequests

    async def run(self, script: str) -> Any:
        """Run a script in the page, in a world of our own, and return what it gives."""

    async def settle(self) -> None:
        """Wait until the page asks for nothing more for now."""

    async def show_again(self) -> None:
        """Go to the page once more."""

    def has_time(self) -> bool:
        """Say whether its time is not over."""


@dataclass(slots=True)
class GatePressed:
    """How it went on one page: how often it was pressed, and why it stands there still, if so.

    ``kept`` is what the page kept in the browser after it was pressed; ``led_away``: it went on to
    another page; ``stands``: it stands there still, be it that it belongs there.
    """

    times: int = 0
    led_away: bool = False
    stands: bool = False
    why: str | None = None
    kept: str | None = None


async def press_gate(page: OpenPage, words: str) -> GatePressed:
    """Press the gate if it stands on a page, and wait for what comes behind it.

    Args:
        page: the page, settled.
        words: the words on it or its selector, as `domain.site_entry` has them.
    """
    pressed, look = GatePressed(), looking_for(words)
    leads = await page.run(look)
    while leads is not None and page.has_time():
        if any(map(acts, json.loads(leads))):
            pressed.why, pressed.stands = _ACTS, True
            break
        if pressed.times >= IN_A_ROW:
            pressed.why, pressed.stands = _STANDS, True
            break
        pressed.times += 1
        page.requests.presses.begin()
        await page.run(PRESS)
        leads = await _after(page, look)
        if page.requests.presses.led_away:
            # Where it led has been asked for, as the site wanted it. If it stands here still, this
            # page is the gate, and the site lies behind the link.
            page.requests.presses.begin()
            await page.show_again()
            await page.settle()
            pressed.led_away, pressed.stands = True, await page.run(look) is not None
            leads = None
    page.requests.presses.end()
    if pressed.times:
        pressed.kept = await page.run(KEPT)
    return pressed


async def _after(page: OpenPage, look: str) -> str | None:
    """Return where the gate leads if it stands there after a while; None if it has gone."""
    leads = None
    for _ in range(_LOOKS):
        await page.settle()
        leads = None if page.requests.presses.led_away else await page.run(look)
        if leads is None or not page.has_time():
            break
    return None if leads is None else str(leads)
