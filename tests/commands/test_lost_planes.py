"""An installation that has lost the file which edited reposts are found by goes on without."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from crawler.visit import PROJECT

PACKAGES = (
    "casework",
    "commands",
    "crawler",
    "domain",
    "matching",
    "pipelines",
    "scheduling",
    "signals",
    "storage",
)


@pytest.fixture
def installed(tmp_path, environment):
    """Vigil once more, to be damaged; gives its folder and its command."""
    folder = tmp_path / "installed"
    for name in PACKAGES:
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("cli.py", "config.py", "scrapy.cfg"):
        shutil.copy2(PROJECT / name, folder)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return folder, run


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_pictures_are_registered_without_and_it_is_said_what_is_lost(installed, photos):
    folder, run = installed
    (folder / "signals" / "constellation.planes").unlink()
    case = json.loads(run("case", "open", "--json").stdout)["number"]

    done = run("register", case, photos[0])

    assert done.returncode == 0, done.stderr
    assert "1 picture registered, 0 there already, 0 problems" in done.stdout
    (said,) = done.stderr.splitlines()
    assert said.startswith("  It was registered without what edited reposts are found by")
    assert "vigil doctor" in said
    (held,) = json.loads(run("case", "show", case, "--json").stdout)["registrations"]
    assert held["types"] == ["sha256", "md5", "pdq", "phash"]

    checked = run("doctor", "--json")
    assert checked.returncode == 1
    findings = {each["what"]: each for each in json.loads(checked.stdout)["findings"]}
    lost = findings["Edited reposts"]
    assert lost["level"] == "fail"
    assert "edited reposts are not found" in lost["found"]
    assert str(folder / "signals" / "constellation.planes") in lost["found"]
    assert findings["Hashing worker"]["level"] == "ok"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_worker_that_names_another_file_than_it_was_sent_is_not_believed(
    installed, environment, practice_site, photos
):
    """As a file may that has taken it over: what it says would be kept for that other file."""
    folder, run = installed
    with (folder / "signals" / "pictures.py").open("a") as code:
        code.write(
            "\n\n_truly = hash_found\n\n\ndef hash_found(*given, **more):\n"
            "    hashed = _truly(*given, **more)\n"
            "    return replace(hashed, signals=replace(hashed.signals, sha256='ab' * 32))\n"
        )
    environment["VIGIL_PRACTICE_HOSTS"] = practice_site.host
    practice_site.write("/", b"<img src=one.jpg>")
    practice_site.write("/one.jpg", photos[0].read_bytes())
    run("site", "add", "gallery", practice_site.url("/"), "--rate", "100/s")

    done = run("crawl", "gallery", "--json")

    crawl = json.loads(done.stdout)
    assert (crawl["hashed"], crawl["undecodable"]) == (0, 1)
    errors = run("crawls", "show", crawl["crawl_id"], "--errors").stdout
    assert "as if this file had taken it over" in errors
