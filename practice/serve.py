"""Run the demo's two sites, to look at them in a browser and to practise on.

`python -m practice.serve` prints their addresses and what to register, and serves until Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence

from practice.plan import DemoPlan, make_plan
from practice.sites import PracticeSite
from practice.until_stopped import wait_until_stopped


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m practice.serve", description=__doc__)
    parser.add_argument("--gallery-port", type=int, default=8801, help="0 takes a free one")
    parser.add_argument("--board-port", type=int, default=8802, help="0 takes a free one")
    given = parser.parse_args(arguments)
    try:
        gallery, board = PracticeSite(given.gallery_port), PracticeSite(given.board_port)
    except (OSError, OverflowError) as error:
        parser.error(f"a port cannot be used ({error}); name others, or 0 for free ones")
    with gallery, board:
        plan = make_plan()
        wait_until_stopped(announcement(plan, gallery, board))
    return 0


def announcement(plan: DemoPlan, gallery: PracticeSite, board: PracticeSite) -> str:
    """Fill both sites and write what a newcomer needs to know of them."""
    gallery_start, board_start = plan.build(gallery, board)
    cases = "\n".join(
        f"  Case {number}: {', '.join(str(file) for file in case.files)}"
        for number, case in enumerate(plan.cases, start=1)
    )
    return (
        f"Practice gallery: {gallery_start}\n"
        f"Practice board:   {board_start}\n\n"
        "Both are on this machine alone. For Vigil to fetch from them, set\n"
        f"  VIGIL_PRACTICE_HOSTS={gallery.host},{board.host}\n\n"
        f"They hold {len(plan.reposts)} reposts, and {len(plan.others)} other pictures, of which "
        "none is to be flagged.\nThe reposts are of these pictures:\n"
        f"{cases}\n\n"
        "Ctrl-C stops both."
    )


if __name__ == "__main__":
    sys.exit(main())
