"""Wikis from Debian's packages: the original of each picture lies behind a page of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.gallery_software import Served, Software, free_host, run, running
from benchmarks.photo_albums import Album, Albums

_MEDIAWIKI: Final = Path("/usr/share/mediawiki")
_DOKUWIKI: Final = Path("/usr/share/dokuwiki")
_PASSWORD: Final = "a wiki for an hour"  # noqa: S105 - of a site on loopback that ends with us

_MEDIAWIKI_SETTINGS: Final = """
$wgUploadDirectory = "{folder}/served/images";
$wgEnableUploads = true;
$wgUseImageMagick = false;
$wgArticlePath = "/wiki/$1";
"""
# Short addresses, as nearly every public wiki has them. PHP's server does not log what a router
# answers by itself, so the router does.
_MEDIAWIKI_ROUTER: Final = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && strpos($path, '/wiki/') !== 0) {
    return false;
}
error_log('[router]: GET ' . $_SERVER['REQUEST_URI']);
$_SERVER['SCRIPT_NAME'] = '/index.php';
require '/usr/share/mediawiki/index.php';
"""
_DOKUWIKI_SETTINGS: Final = """<?php
$conf['title'] = 'Practice';
$conf['useacl'] = 0;
$conf['savedir'] = './data';
"""


def wiki_galleries() -> list[Software]:
    """List the wikis, whether they are installed or not."""
    return [
        Software("mediawiki", lambda: _lacks("mediawiki", _MEDIAWIKI), _mediawiki),
        Software("dokuwiki", lambda: _lacks("dokuwiki", _DOKUWIKI), _dokuwiki),
    ]


def _lacks(package: str, folder: Path) -> str:
    if shutil.which("php") and folder.exists():
        return ""
    return f"{package} is not installed (Debian: {package} php-cli php-sqlite3 php-gd)"


@contextmanager
def _mediawiki(albums: Albums, folder: Path) -> Iterator[Served]:
    """Run MediaWiki on SQLite, with a page of thumbnails for each album."""
    host = free_host()
    root = folder / "served"
    (root / "images").mkdir(parents=True)
    for part in _MEDIAWIKI.iterdir():
        if part.name not in {"images", "LocalSettings.php"}:
            (root / part.name).symlink_to(part)
    php: list[str | Path] = ["php", "-d", "memory_limit=512M"]
    maintenance = _MEDIAWIKI / "maintenance"
    settings = folder / "LocalSettings.php"
    environment = {"MW_CONFIG_FILE": str(settings), "MW_INSTALL_PATH": str(_MEDIAWIKI)}
    install = [*php, maintenance / "install.php", "--dbtype", "sqlite", "--dbname", "wiki"]
    install += ["--dbpath", folder / "db", "--server", f"http://{host}", "--scriptpath", ""]
    install += ["--confpath", folder, "--pass", _PASSWORD, "Practice", "Keeper"]
    run(install, folder, {"MW_INSTALL_PATH": str(_MEDIAWIKI)})
    with settings.open("a") as written:
        written.write(_MEDIAWIKI_SETTINGS.format(folder=folder))
    (folder / "router.php").write_text(_MEDIAWIKI_ROUTER)
    upload = [*php, maintenance / "importImages.php", "--search-recursively", albums.folder]
    run(upload, folder, environment)
    pages = {album.title: _mediawiki_page(album) for album in albums.albums}
    pages["Main Page"] = "\n".join(f"* [[{title}]]" for title in pages)
    for title, text in pages.items():
        edit = [*php, maintenance / "edit.php", "--summary", "as written", title]
        run(edit, folder, environment, given=text)
    command = [*php, "-S", host, "-t", root, folder / "router.php"]
    start = f"http://{host}/wiki/Main_Page"
    with running(command, folder, host, start, root / "images", environment) as served:
        yield served


def _mediawiki_page(album: Album) -> str:
    # The first stands beside the text, as on an encyclopaedia's page; the others in a gallery.
    first, *others = [photo.name for photo in album.photos]
    lines = [f"{name}|A view of {album.title}" for name in others]
    gallery = "\n".join(["<gallery>", *lines, "</gallery>"])
    return f"[[File:{first}|thumb|A view]]\nWords.\n\n{gallery}\n\n[[Category:Walks]]\n"


@contextmanager
def _dokuwiki(albums: Albums, folder: Path) -> Iterator[Served]:
    """Run DokuWiki on a copy of its own, with a page of small pictures for each album."""
    host = free_host()
    root = Path(shutil.copytree(_DOKUWIKI, folder / "served", ignore_dangling_symlinks=True))
    # Debian keeps these apart for all wikis of a machine; this one is to touch none of that.
    (root / "inc" / "preload.php").unlink(missing_ok=True)
    shutil.copytree("/etc/dokuwiki", root / "conf", ignore_dangling_symlinks=True)
    shutil.copytree("/var/lib/dokuwiki/data", root / "data")
    (root / "conf" / "local.php").write_text(_DOKUWIKI_SETTINGS)
    pages = root / "data" / "pages"
    for album in albums.albums:
        media = root / "data" / "media" / album.slug
        media.mkdir(parents=True)
        for photo in album.photos:
            shutil.copyfile(photo, media / photo.name)
        shown = "\n".join(f"{{{{{album.slug}:{photo.name}?200}}}}" for photo in album.photos)
        (pages / f"{album.slug}.txt").write_text(f"====== {album.title} ======\n\n{shown}\n")
    links = "\n".join(f"  * [[{album.slug}|{album.title}]]" for album in albums.albums)
    (pages / "start.txt").write_text(f"====== Albums ======\n\n{links}\n")
    command: list[str | Path] = ["php", "-S", host, "-t", root]
    published = root / "data" / "media"
    with running(command, root, host, f"http://{host}/", published) as served:
        yield served
