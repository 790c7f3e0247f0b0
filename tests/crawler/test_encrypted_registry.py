"""Real crawls with constellations that are encrypted: with the key, and without it."""

import io
import os
import subprocess
import sys

import pytest
from PIL import Image

from benchmarks.edit_kinds import edited
from crawler.visit import PROJECT
from domain.signal import SignalType
from storage import resealing
from storage.tables import EvidenceRow, ImageRow
from tests.embedding_models import model_of_the_middle
from tests.registry_key_files import key_file, opened_with


@pytest.fixture
def keyed(database, tmp_path):
    opened = opened_with(database, key_file(tmp_path / "registry.key"))
    yield opened
    opened.close()


def cut(photo, seed):
    with Image.open(photo) as picture:
        return edited("crop50", picture.convert("RGB"), [], seed).body


@pytest.fixture
def shown(practice_site, add_site, photos):
    """A site that shows one registered picture cut, and another one whole but saved anew."""
    practice_site.write("/cut.jpg", cut(photos[0], 1))
    with Image.open(photos[1]) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=70)
    practice_site.write("/whole.jpg", out.getvalue())
    practice_site.write("/", b"<img src=cut.jpg><img src=whole.jpg>")
    add_site("album", practice_site.url("/"))


def evidence_by(database):
    with database.reading() as session:
        return {row.type for row in session.query(EvidenceRow)}


@pytest.mark.usefixtures("shown")
def test_without_the_key_a_crawl_goes_on_with_all_else_and_with_it_finds_edited_reposts(
    database, keyed, practice_site, crawl, register, photos
):
    register(photos[0])
    register(photos[1])
    resealing.encrypt(keyed, told=lambda *_: None)

    without = crawl("album", VIGIL_REGISTRY_KEY_FILE=str(keyed.keys.path.with_name("lost")))

    assert (without.state, without.hashed, without.flagged) == ("finished", 2, 1)
    assert SignalType.CONSTELLATION.value not in evidence_by(database)

    practice_site.write("/later.jpg", cut(photos[0], 2))
    practice_site.write("/", b"<img src=cut.jpg><img src=whole.jpg><img src=later.jpg>")
    crawl("album", VIGIL_REGISTRY_KEY_FILE=str(keyed.keys.path))

    assert SignalType.CONSTELLATION.value in evidence_by(database)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("shown")
def test_files_named_from_the_folder_that_one_is_in_reach_the_crawl(
    database, keyed, practice_site, environment, tmp_path, register, photos
):
    """A crawl runs in a process of its own, in another folder than the command that began it."""
    register(photos[0])
    resealing.encrypt(keyed, told=lambda *_: None)
    model_of_the_middle(tmp_path / "middle.onnx")

    done = subprocess.run(
        [sys.executable, "-m", "cli", "crawl", "album"],
        env={
            **os.environ,
            **environment,
            "PYTHONPATH": str(PROJECT),
            "VIGIL_PRACTICE_HOSTS": practice_site.host,
            "VIGIL_REGISTRY_KEY_FILE": "registry.key",
            "VIGIL_EMBEDDING_MODEL": "middle.onnx",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert SignalType.CONSTELLATION.value in evidence_by(database)
    with database.reading() as session:
        assert all(row.embedding is not None for row in session.query(ImageRow))
