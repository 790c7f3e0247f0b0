"""Real crawls with constellations that are encrypted: with the key, and without it."""

import io

import pytest
from PIL import Image

from benchmarks.edit_kinds import edited
from domain.signal import SignalType
from storage import resealing
from storage.tables import EvidenceRow
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
