"""Get axe, which finds what on a page some cannot use: `python requirements/get_axe.py FOLDER NPM`.

It comes as a package of npm, checked against `axe.lock`. In the end FOLDER holds `axe.min.js`.
"""  # noqa: INP001 - a script beside its lock

import io
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Final

from npm_package import fetched

_LOCK: Final = Path(__file__).with_name("axe.lock")
_KEPT: Final = ("axe.min.js", "LICENSE")


def main() -> int:
    """Get it, checked, and unpack it."""
    folder, npm = Path(sys.argv[1]), sys.argv[2]
    package = fetched(npm, _LOCK)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as opened:
        for name in _KEPT:
            member = opened.extractfile(f"package/{name}")
            if member is None:
                sys.exit(f"{name} is missing from the package.")
            (folder / name).write_bytes(member.read())
    return 0


if __name__ == "__main__":
    sys.exit(main())
