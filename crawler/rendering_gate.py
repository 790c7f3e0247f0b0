"""The age gate in a rendered page: one that only scripts understand is pressed where they run.

What a recipe names is pressed, where it can be seen, and nothing else: not what acts, and twice in
a row at most. What the page then keeps in the browser is given to the pages after it, so that the
gate stands before few of them.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from crawler.age_gate import IN_A_ROW, GateWords
from crawler.rendering_devtools import CallRefused, CallTooSlow
from crawler.rendering_gate_scripts import KEPT, PRESS, looking_for
from crawler.rendering_requests import PageRequests
from crawler.rendering_scope import acts
from domain.acting_links import acting_words, acts_by_sending

_LOOKS: Final = 5
"""Times that it is waited whether a gate that was pressed goes away: some fade."""

_ACTS: Final = (
    "What stands on it leads to an address that may have the site do something, so it was not "
    "pressed."
)
_ACTING_WORDS: Final = (
    "What it says may have the site do something, as to delete or to buy, so it was not pressed."
)
_IN_TIME: Final = "It could not be pressed in time."
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

    ``words`` stood on it. ``kept`` is what the page kept in the browser after it was pressed;
    ``led_away``: it went on to another page; ``stands``: it stands there still, be it that it
    belongs there.
    """

    times: int = 0
    led_away: bool = False
    stands: bool = False
    why: str | None = None
    words: str | None = None
    kept: str | None = None

    def break_off(self) -> None:
        """Learn that the page let nothing more be done; where no gate was found, none is named."""
        self.stands = True
        self.why = None if self.words is None else _IN_TIME


async def press_gate(page: OpenPage, named: GateWords, pressed: GatePressed) -> None:
    """Press the gate if it stands on a page, and wait for what comes behind it.

    Args:
        page: the page, settled.
        named: what is to be pressed.
        pressed: is told how it goes.
    """
    try:
        await _press_gate(page, named, pressed)
    finally:
        page.requests.presses.end()
    if pressed.times:
        with suppress(CallRefused, CallTooSlow):  # it may be busy with what came behind it
            pressed.kept = await page.run(KEPT)


async def _press_gate(page: OpenPage, named: GateWords, pressed: GatePressed) -> None:
    look = looking_for(named)
    found = await page.run(look)
    while found is not None:
        gate = json.loads(found)
        if named.found is not None and not gate["exact"]:
            pressed.stands = True  # it may, with other words: nothing is gone for that
            return
        pressed.words = str(gate["words"])
        pressed.why = _why_not(gate, pressed.times)
        if pressed.why is None and not page.has_time():
            pressed.why = _IN_TIME
        if pressed.why is not None:
            pressed.stands = True
            return
        pressed.times += 1
        page.requests.presses.begin()
        await page.run(PRESS)
        found = await _after(page, look)
        if page.requests.presses.led_away:
            # Where it led has been asked for, as the site wanted it. If it stands here still, this
            # page is the gate, and the site lies behind the link.
            page.requests.presses.begin()
            await page.show_again()
            await page.settle()
            pressed.led_away, pressed.stands = True, await page.run(look) is not None
            return


def _why_not(gate: Mapping[str, Any], times: int) -> str | None:
    """Say why what was found is not to be pressed, having been so many times; None if it is."""
    if any(map(acts, gate["leads"])) or acts_by_sending(gate["form"] or "", gate["fields"]):
        return _ACTS
    if acting_words(gate["words"]) is not None:
        return _ACTING_WORDS
    return _STANDS if times >= IN_A_ROW else None


async def _after(page: OpenPage, look: str) -> str | None:
    """Return what is found of the gate if it stands there after a while; None if it has gone."""
    found = None
    for _ in range(_LOOKS):
        await page.settle()
        found = None if page.requests.presses.led_away else await page.run(look)
        if found is None or not page.has_time():
            break
    return None if found is None else str(found)
