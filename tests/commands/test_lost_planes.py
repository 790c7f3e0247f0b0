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
    for name in ("cli.py", "config.py"):
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
