"""The fonts that the screens of `benchmarks.app_chrome` are written in.

The browser gets a configuration of its own, so that what this user has set up changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.sax.saxutils import escape

from domain.errors import OutsideDown

FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
"""Where fonts of the whole machine lie."""

_CONFIGURATION: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{folders}
  <cachedir>/var/cache/fontconfig</cachedir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <match target="font"><edit name="rgba"><const>none</const></edit></match>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface: as style sheets call it, how the names of its files begin, and who packs it."""

    family: str
    file: str
    package: str


_CJK: Final = ("NotoSansCJK", "fonts-noto-cjk")
_LATIN: Final = (
    Face("Roboto", "Roboto-", "fonts-roboto-unhinted"),
    Face("Noto Sans", "NotoSans-", "fonts-noto-core"),
    Face("Noto Serif", "NotoSerif-", "fonts-noto-core"),
    Face("Liberation Sans", "LiberationSans-", "fonts-liberation"),
    Face("DejaVu Sans", "DejaVuSans", "fonts-dejavu-core"),
)
_OWN: Final[Mapping[str, Face]] = {
    "ar": Face("Noto Sans Arabic", "NotoSansArabic-", "fonts-noto-core"),
    "hi": Face("Noto Sans Devanagari", "NotoSansDevanagari-", "fonts-noto-core"),
    "th": Face("Noto Sans Thai", "NotoSansThai-", "fonts-noto-core"),
    "ko": Face("Noto Sans CJK KR", *_CJK),
    "ja": Face("Noto Sans CJK JP", *_CJK),
    "zh": Face("Noto Sans CJK SC", *_CJK),
}
"""The faces without which these languages would be rows of empty boxes."""


def families(language: str) -> str:
    """Name the faces of a language for a style sheet, after whichever the app prefers."""
    own = _OWN.get(language)
    names = ([own.family] if own else []) + ["Noto Sans", "DejaVu Sans"]
    return ", ".join([*(f"'{name}'" for name in names), "sans-serif"])


def check_faces(languages: Iterable[str], folders: Sequence[Path] = FOLDERS) -> list[str]:
    """See whether the fonts are there; the packages of those that one can do without come back.

    Raises:
        OutsideDown: a language could not be written at all; the text says what to install.
    """
    files = {path.name for folder in folders for path in folder.rglob("*.[ot]t[fc]")}

    def lacks(face: Face) -> bool:
        return not any(name.startswith(face.file) for name in files)

    wanted = sorted(set(languages) & _OWN.keys())
    unwritable = [language for language in wanted if lacks(_OWN[language])]
    if unwritable:
        packages = sorted({_OWN[language].package for language in unwritable})
        msg = (
            f"There is no font here for {', '.join(unwritable)}. Install {', '.join(packages)} "
            f"(Debian: apt install --no-install-recommends {' '.join(packages)}), or leave those "
            "kinds out with --kinds."
        )
        raise OutsideDown(msg)
    return sorted({face.package for face in _LATIN if lacks(face)})


@contextmanager
def configuration(program: Path) -> Iterator[Path]:
    """Write the browser a configuration with this machine's fonts and those beside it.

    The folder that holds it comes back, for FONTCONFIG_PATH; it is deleted in the end.
    """
    with TemporaryDirectory(prefix="vigil-fonts-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the browser of a benchmark that root runs is another user's
        places = [*FOLDERS, program.parent / "fonts"]
        lines = "\n".join(f"  <dir>{escape(str(place))}</dir>" for place in places)
        (folder / "fonts.conf").write_text(_CONFIGURATION.format(folders=lines))
        yield folder
