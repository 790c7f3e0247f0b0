"""Gallery software that writes files: each set up as its own introduction says."""

import shutil
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.gallery_software import SOFTWARE, Room, Software, run, static
from benchmarks.photo_albums import Album, Albums

_SIGAL: Final = """\
source = {source!r}
theme = {theme!r}
plugins = {plugins!r}
keep_orig = True
ncpu = 1
"""
_NIKOLA: Final = """
SITE_URL = BASE_URL = {address!r} + "/"
NAVIGATION_LINKS = {{
    DEFAULT_LANG: (("/galleries/index.html", "Galleries"), ("/archive.html", "Archive")),
}}
"""
_PELICAN: Final = """\
AUTHOR = SITENAME = "Practice"
SITEURL = {address!r}
PATH = "content"
TIMEZONE = "UTC"
PLUGINS = ["pelican.plugins.photos"]
PHOTO_LIBRARY = {source!r}
PHOTO_RESIZE_JOBS = 1
"""
# Debian's own programs call one another by name, and mean Debian's.
_DEBIAN: Final = {"PATH": "/usr/bin:/bin"}


def static_galleries() -> list[Software]:
    """List the software that writes files, whether it is installed or not."""
    themes = ("colorbox", "galleria", "photoswipe")
    plugins = {"colorbox, page a photo": ("colorbox", "sigal.plugins.media_page")}
    plugins |= {theme: (theme, "") for theme in themes}
    return [
        *(
            static(f"sigal {name}", partial(_lacks_ours, "sigal"), partial(_sigal, *chosen))
            for name, chosen in sorted(plugins.items())
        ),
        static("nikola", partial(_lacks_ours, "nikola"), _nikola),
        static("pelican", partial(_lacks_ours, "pelican"), _pelican),
        static("fgallery", partial(_lacks_debian, "fgallery"), _fgallery),
        static("lazygal", partial(_lacks_debian, "lazygal"), _lazygal),
        static("llgal", partial(_lacks_debian, "llgal"), _llgal),
        static("igal2", partial(_lacks_debian, "igal2"), _igal2),
    ]


def _lacks_ours(program: str) -> str:
    return "" if (SOFTWARE / program).exists() else f"{program} is not installed (make coverage)"


def _lacks_debian(program: str) -> str:
    return (
        ""
        if shutil.which(program, path=_DEBIAN["PATH"])
        else f"{program} is not installed (Debian: {program})"
    )


def _sigal(theme: str, plugin: str, albums: Albums, room: Room) -> Path:
    settings = _SIGAL.format(
        source=str(albums.folder), theme=theme, plugins=[plugin] if plugin else []
    )
    (room.folder / "sigal.conf.py").write_text(settings)
    run([SOFTWARE / "sigal", "build", "-q", albums.folder, "site"], room.folder)
    return room.folder / "site"


def _nikola(albums: Albums, room: Room) -> Path:
    run([SOFTWARE / "nikola", "init", "-q", "blog"], room.folder)
    blog = room.folder / "blog"
    with (blog / "conf.py").open("a") as settings:
        settings.write(_NIKOLA.format(address=room.address))
    shutil.copytree(albums.folder, blog / "galleries", dirs_exist_ok=True)
    for album in albums.albums:
        text = f"Words about {album.title}, and `its photos </galleries/{album.name}/>`_.\n"
        (blog / "posts" / f"{album.slug}.rst").write_text(_nikola_post(album, text))
    run([SOFTWARE / "nikola", "build"], blog)
    return blog / "output"


def _nikola_post(album: Album, text: str) -> str:
    return f".. title: {album.title}\n.. slug: {album.slug}\n.. date: 2026-01-02\n\n{text}"


def _pelican(albums: Albums, room: Room) -> Path:
    (room.folder / "content").mkdir()
    settings = _PELICAN.format(address=room.address, source=str(albums.folder))
    (room.folder / "pelicanconf.py").write_text(settings)
    for day, album in enumerate(albums.albums, 1):
        lines = [f"Title: {album.title}", f"Date: 2026-01-{day:02}", "Category: walks", ""]
        for number, photo in enumerate(album.photos):
            # In turn: one that a click enlarges, one that stands in the text as it is.
            how = "photo" if number % 2 else "lightbox"
            lines.append(f"![{photo.stem}]({{{how}}}{album.name}/{photo.name})\n")
        (room.folder / "content" / f"{album.slug}.md").write_text("\n".join(lines))
    run([SOFTWARE / "pelican", "content", "-o", "site", "-s", "pelicanconf.py"], room.folder)
    return room.folder / "site"


def _fgallery(albums: Albums, room: Room) -> Path:
    site = room.folder / "site"
    site.mkdir()
    for album in albums.albums:
        # Made beside the site: fgallery takes the folders below an album as its photographs' too.
        only = room.folder / "albums" / album.slug
        only.mkdir(parents=True)
        for photo in album.photos:
            shutil.copyfile(photo, only / photo.name)
        (site / album.name).parent.mkdir(parents=True, exist_ok=True)
        run(["fgallery", "-j", "1", only, site / album.name, album.title], room.folder, _DEBIAN)
    return _with_a_list(albums, site)


def _lazygal(albums: Albums, room: Room) -> Path:
    run(["lazygal", "--quiet", "--original", "-o", "site", albums.folder], room.folder, _DEBIAN)
    return room.folder / "site"


def _llgal(albums: Albums, room: Room) -> Path:
    site = Path(shutil.copytree(albums.folder, room.folder / "site"))
    for album in albums.albums:
        run(["llgal", "-d", site / album.name, "--www"], room.folder, _DEBIAN)
    return _with_a_list(albums, site)


def _igal2(albums: Albums, room: Room) -> Path:
    site = Path(shutil.copytree(albums.folder, room.folder / "site"))
    for album in albums.albums:
        run(["igal2", "-d", site / album.name], room.folder, _DEBIAN)
    return _with_a_list(albums, site)


def _with_a_list(albums: Albums, site: Path) -> Path:
    """Add the front page that people write by hand above albums made one at a time."""
    links = "".join(f'<li><a href="{a.name}/">{a.title}</a>' for a in albums.albums)
    (site / "index.html").write_text(f"<!doctype html><title>Albums</title><ul>{links}</ul>\n")
    return site
