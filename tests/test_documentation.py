"""What the program offers, the documents name."""

import re
import tomllib
from pathlib import Path

import pytest

from cli import CONTENTS
from config import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", [entry.name for entry in CONTENTS])
def test_the_readme_names_every_command(name):
    assert re.search(rf"(vigil|make) {name}\b", README)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_readme_names_every_setting(name):
    assert f"| `{name}` | {SETTINGS[name]} |" in README


def test_every_link_between_documents_leads_somewhere():
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), (document.name, target)


def test_the_tests_that_the_promises_name_are_there():
    for path in re.findall(r"`(tests/[^`]+)`", (ROOT / "SECURITY.md").read_text()):
        assert (ROOT / path).exists(), path


def test_every_package_is_installed_and_typed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    listed = {name.split(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    assert listed == packages
    assert packages <= set(project["tool"]["mypy"]["files"])


def test_every_file_that_the_program_reads_is_installed_with_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    given = project["tool"]["setuptools"]["package-data"]
    for package in project["tool"]["setuptools"]["packages"]:
        folder = ROOT / package.replace(".", "/")
        patterns = given.get(package, [])
        others = {
            path
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
        }
        covered = {path for pattern in patterns for path in folder.glob(pattern)}
        assert others <= covered, package
        assert all(list(folder.glob(pattern)) for pattern in patterns), package


def test_no_lock_names_an_address():
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert "://" not in lock.read_text()
        npms = lock.name in {"axe.lock", "chromium.lock"}
        digest = "sha512-" if npms else "--hash=sha256:"
        assert digest in lock.read_text()
