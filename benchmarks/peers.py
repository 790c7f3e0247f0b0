"""What Vigil is measured beside, where it is installed: an environment of its own, one thread.

`make benchmarks` installs the peers in `.venv/benchmarks`, with everything that Vigil runs on,
so that a hundred packages of theirs stay away from Vigil itself.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parent.parent
_ENVIRONMENT: Final = PROJECT / ".venv" / "benchmarks"
_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    # Not about threads: without it a part of img2dataset asks the internet for a newer version.
    "NO_ALBUMENTATIONS_UPDATE": "1",
}
_told: set[str] = set()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every benchmark beside peers takes."""
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--photos", type=Path, default=PROJECT / "practice" / "photos")
    parser.add_argument(
        "--without-peers", action="store_true", help="measure ours alone, whatever is installed"
    )


def start_again_beside_peers(module: str, options: argparse.Namespace) -> None:
    """Start this command anew with the peers' interpreter and one thread for each library.

    Returns only in a process where both are so already: how many threads a numeric library takes
    is settled while it is loaded. Where no peers are installed, only the threads are settled.
    """
    python = _ENVIRONMENT / "bin" / "python"
    beside = python.exists() and not options.without_peers
    here = Path(sys.prefix).resolve() == _ENVIRONMENT.resolve()
    one_thread = all(os.environ.get(name) == value for name, value in _ONE_THREAD.items())
    if one_thread and (here or not beside):
        return
    command = [str(python) if beside else sys.executable, "-m", module, *sys.argv[1:]]
    # Peers warn about one another's versions; what they say belongs to no figure.
    os.execve(  # noqa: S606 - our own command line
        command[0], command, {"PYTHONWARNINGS": "ignore", **os.environ, **_ONE_THREAD}
    )


def peer(module: str, package: str, options: argparse.Namespace) -> Any | None:
    """Import a peer's module; where it is not installed, say so once and return None."""
    if not options.without_peers:
        try:
            return importlib.import_module(module)
        except ImportError:
            pass
    if package not in _told:
        _told.add(package)
        why = "is left out" if options.without_peers else "is not installed (make benchmarks)"
        print(f"{package} {why}: what needs it is not measured.", file=sys.stderr)
    return None
