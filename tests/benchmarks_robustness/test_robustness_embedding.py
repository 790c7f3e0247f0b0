"""The column of `benchmarks.robustness` that a model for embeddings gets."""

import csv
import json

from benchmarks.robustness import main
from tests.embedding_models import blurred_into, model_of_the_middle

PHOTOS = 4


def test_a_model_is_measured_by_edit_beside_the_other_ways(tmp_path, photos, capsys):
    originals, reposts = tmp_path / "originals", tmp_path / "reposts"
    originals.mkdir()
    reposts.mkdir()
    rows = []
    for number, photo in enumerate(photos[:PHOTOS]):
        (originals / photo.name).write_bytes(photo.read_bytes())
        (reposts / f"copy{number}.jpg").write_bytes(photo.read_bytes())
        (reposts / f"blurred{number}.jpg").write_bytes(blurred_into(photo, photos[30 - number]))
        rows += [(f"copy{number}.jpg", "copy", photo.name)]
        rows += [(f"blurred{number}.jpg", "blurred", photo.name)]
    # What says to be of another photo is missed, and shows a photo that is not its own.
    (reposts / "wrong.jpg").write_bytes(photos[0].read_bytes())
    rows += [("wrong.jpg", "wrong", photos[1].name)]
    with (reposts / "reposts.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "edit", "original"), *rows])
    model = model_of_the_middle(tmp_path / "middle.onnx")
    asked = ["--originals", str(originals), "--reposts", str(reposts), "--quick", "--json"]

    main([*asked, "--sscd", str(model), "--sscd-least", "0.92"])

    figures = json.loads(capsys.readouterr().out)["figures"]
    value = {each["name"]: each["value"] for each in figures}
    assert value["embedding: recall of copy"] == 100
    assert value["embedding: recall of blurred"] == 100
    assert value["recall of blurred"] == 0, "nothing else finds these"
    assert value["embedding: recall of wrong"] == 0
    assert value["embedding: recall"] == round(100 * 8 / 9, 2)
    assert (value["embedding: false pairs"], value["embedding: least likeness"]) == (1, 0.92)


def test_a_model_that_cannot_be_used_is_said(tmp_path, photos, capsys):
    (tmp_path / "a.jpg").write_bytes(photos[0].read_bytes())
    (tmp_path / "reposts.csv").write_text("file,edit,original\na.jpg,copy,a.jpg\n")
    asked = ["--originals", str(tmp_path), "--reposts", str(tmp_path), "--quick"]

    assert main([*asked, "--sscd", str(tmp_path / "none.onnx")]) == 2

    assert "none.onnx cannot be used as a model for embeddings" in capsys.readouterr().err
