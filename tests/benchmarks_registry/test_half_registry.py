"""Half of a folder is registered: own photos are counted as found, another's are shown as false."""

import json
from html.parser import HTMLParser

import pytest
from PIL import Image

from benchmarks import half_registry
from benchmarks.photos import encoded

TWO = ("deb-lomiri16_6739221f28.jpg", "sklearn_5a4cd546b3.jpg")


class Pictures(HTMLParser):
    def __init__(self):
        super().__init__()
        self.shown = []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.shown.append(dict(attrs)["src"])


@pytest.fixture(scope="module")
def folder(photos, tmp_path_factory):
    """Two photos, the first of which is registered, and a part of it, which is not."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate(TWO):
        photo = next(path for path in photos if path.name == name)
        (folder / f"{2 * number}.jpg").write_bytes(photo.read_bytes())
    with Image.open(folder / "0.jpg") as opened:
        part = opened.crop((60, 200, 640, 900))
    (folder / "1.jpg").write_bytes(encoded(part, {"format": "JPEG", "quality": 90}))
    return folder


def test_a_part_of_a_registered_photo_is_told_and_shown_beside_it(folder, tmp_path, capsys):
    shown = tmp_path / "shown"

    code = half_registry.main(["--photos", str(folder), "--details", str(shown), "--json"])

    told = json.loads(capsys.readouterr().out)
    values = {figure["name"]: figure["value"] for figure in told["figures"]}
    assert code == 0
    assert told["benchmark"] == "half_registry"
    assert values["photos registered"] == values["own photos flagged"] == 2
    assert values["images crawled"] == 3
    assert values["flags of another's photo"] == 1
    assert values["of those, of a photo nobody registered"] == 1
    assert values["of those, by constellation alone"] == 1
    assert values["only a stronger threshold would drop"] == 1
    strongest = values["none of those is left above strength"]
    assert strongest > values["flagged from strength"]
    by_strength = [value for name, value in values.items() if name.startswith("of those with pl")]
    assert sum(by_strength) == 2 + 1  # how many have places at all, and the flag in its one band
    page = (shown / "index.html").read_text()
    assert f"1.jpg as 0.jpg, strength {strongest:.1f}" in page
    assert "places that should be visible are seen" in page
    pictures = Pictures()
    pictures.feed(page)
    assert [path.name for path in sorted(shown.glob("*.jpg"))] == pictures.shown == ["flag-001.jpg"]


def test_one_photo_is_too_few_for_another_half(folder, tmp_path, capsys):
    (tmp_path / "0.jpg").write_bytes((folder / "0.jpg").read_bytes())

    code = half_registry.main(["--photos", str(tmp_path), "--half", "odd"])

    assert code == 2
    assert "holds one photo" in capsys.readouterr().err
