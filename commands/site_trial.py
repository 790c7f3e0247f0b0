"""A trial crawl with its progress on standard error: what a site shows within a minute or two."""

import time
from typing import Any, Final

from commands.app import App
from commands.output import console, printable, say
from domain.counted import counted
from domain.site import Site
from watching import trial
from watching.trial import Progress

_SPEAK_EVERY: Final = 5.0


def try_out(app: App, site: Site, *, seconds: int, probing: bool) -> dict[str, Any]:
    """Crawl a site for so long at most, as `watching.trial` does, and show how far it is.

    Raises:
        VigilError: it could not begin.
        OutsideDown: it ended without a report.
    """
    screen, spoken_at = console(err=True), time.monotonic()
    with screen.status(f"{site.name}: looking …") as status:

        def show(progress: Progress) -> None:
            nonlocal spoken_at
            so_far = f"{site.name}: {_so_far(progress)}"
            if screen.is_terminal:
                status.update(printable(so_far))
            elif time.monotonic() - spoken_at > _SPEAK_EVERY:
                spoken_at = time.monotonic()
                say(so_far, err=True)

        return trial.try_out(
            site, app.environment, seconds=seconds, probing=probing, on_progress=show
        )


def _so_far(progress: Progress) -> str:
    return (
        f"{counted(progress['pages'], 'page')}, "
        f"{counted(progress['references'], 'image reference')}, "
        f"{counted(progress['pictures'], 'picture')}"
    )
