"""WordPress from Debian's packages: what most sites run, with albums in its old way and its new."""

import getpass
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.gallery_software import Served, Software, free_host, run, running
from benchmarks.photo_albums import Albums
from domain.errors import OutsideDown

_WORDPRESS: Final = Path("/usr/share/wordpress")
_THEME: Final = "twentytwentythree"
"""What a blog of this version looks like, and without which it shows nothing at all."""
_DATABASE: Final = "/usr/sbin/mariadbd"
_START_SECONDS: Final = 60.0

# No jobs of its own, and no word to anyone outside: what it would ask there is not asked.
_CONFIG: Final = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', 'http://{host}');
define('WP_SITEURL', 'http://{host}');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL: Final = """<?php
define('WP_INSTALLING', true);
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_false');
wp_install('Practice', 'keeper', 'keeper@site.example', true, '', wp_generate_password());
$wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%postname%/');
$wp_rewrite->flush_rules(false);
switch_theme($argv[1]);
"""
# Half of the albums as the gallery shortcode, whose pictures lead to a page each; half as blocks,
# whose pictures lead nowhere and name their other sizes in srcset.
_UPLOAD: Final = """<?php
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/image.php';
foreach (array_slice($argv, 1) as $number => $folder) {
    $post = wp_insert_post(['post_title' => ucfirst(basename($folder)), 'post_author' => 1]);
    $ids = [];
    foreach (glob("$folder/*.jpg") as $file) {
        $kept = wp_upload_bits(basename($file), null, file_get_contents($file));
        $about = ['post_title' => basename($file, '.jpg'), 'post_mime_type' => 'image/jpeg'];
        $id = wp_insert_attachment($about, $kept['file'], $post);
        wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $kept['file']));
        $ids[] = $id;
    }
    $blocks = '';
    foreach ($ids as $id) {
        $src = wp_get_attachment_image_url($id, 'medium');
        $blocks .= "<!-- wp:image {\\"id\\":$id,\\"sizeSlug\\":\\"medium\\"} -->"
            . "<figure class=\\"wp-block-image size-medium\\">"
            . "<img src=\\"$src\\" alt=\\"\\" class=\\"wp-image-$id\\"/></figure>"
            . "<!-- /wp:image -->\\n";
    }
    $shortcode = '[gallery ids="' . implode(',', $ids) . '"]';
    $text = $number % 2 ? $blocks : $shortcode;
    wp_update_post(['ID' => $post, 'post_content' => $text, 'post_status' => 'publish']);
}
"""
_ROUTER: Final = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file(__DIR__ . $path)) {
    return false;
}
error_log('[router]: GET ' . $_SERVER['REQUEST_URI']);
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require __DIR__ . '/index.php';
"""


def wordpress() -> Software:
    """Describe WordPress, whether it is installed or not."""
    return Software("wordpress", _lacks, _wordpress)


def _lacks() -> str:
    theme = _WORDPRESS / "wp-content" / "themes" / _THEME
    if shutil.which("php") and theme.exists() and Path(_DATABASE).exists():
        return ""
    return (
        f"wordpress is not installed (Debian: wordpress wordpress-theme-{_THEME} php-cli php-mysql "
        "mariadb-server-core)"
    )


@contextmanager
def _wordpress(albums: Albums, folder: Path) -> Iterator[Served]:
    """Run WordPress on a copy of its own, with a post for each album."""
    host = free_host()
    root = Path(shutil.copytree(_WORDPRESS, folder / "served", ignore_dangling_symlinks=True))
    (root / "wp-content" / "uploads").mkdir(exist_ok=True)
    socket = folder / "db.sock"
    (root / "wp-config.php").write_text(_CONFIG.format(socket=socket, host=host))
    for name, text in (("install", _INSTALL), ("upload", _UPLOAD), ("router", _ROUTER)):
        (root / f"{name}.php").write_text(text)
    with _database(folder, socket):
        php = ["php", "-d", "memory_limit=512M"]
        run([*php, "install.php", _THEME], root)
        run([*php, "upload.php", *(albums.folder / a.name for a in albums.albums)], root)
        command: list[str | Path] = [*php, "-S", host, "-t", root, root / "router.php"]
        uploads = root / "wp-content" / "uploads"
        with running(command, root, host, f"http://{host}/", uploads) as served:
            yield served


@contextmanager
def _database(folder: Path, socket: Path) -> Iterator[None]:
    """Run a database server of WordPress's own, on a socket."""
    data = folder / "db"
    user = f"--user={getpass.getuser()}"
    make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", user, "--skip-test-db"]
    run([*make, "--auth-root-authentication-method=normal"], folder)
    setup = folder / "setup.sql"
    setup.write_text("CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4;\n")
    command = [_DATABASE, "--no-defaults", f"--datadir={data}", f"--socket={socket}", user]
    command += ["--skip-networking", f"--init-file={setup}", f"--pid-file={folder / 'db.pid'}"]
    log = folder / "db.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(command, cwd=folder, stdout=stream, stderr=stream)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > deadline:
                msg = f"The database did not come up. It said:\n{log.read_text(errors='replace')}"
                raise OutsideDown(msg)
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()
