"""What `vigil doctor` and `vigil signals status` say of embeddings."""

from datetime import UTC, datetime

import pytest

from casework import registering
from commands import embedding_check
from config import load_config
from signals.embedding import Embedding
from signals.pictures import hash_picture
from storage import cases
from tests.embedding_models import model_of_the_middle

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def model(tmp_path):
    return model_of_the_middle(tmp_path / "middle.onnx")


@pytest.fixture
def registered(database, photos, model):
    """One photo with an embedding, one without."""
    now = datetime.now(UTC)
    with database.writing() as session:
        case = cases.open_case(session, now=now).number
    for photo, embedding in ((photos[0], Embedding.load(model)), (photos[1], None)):
        registering.register(
            database,
            case,
            hash_picture(photo.read_bytes(), embedding=embedding),
            source="file",
            actor="a test",
            now=now,
            match_distance=31,
        )


def findings(database, environment, model):
    config = load_config(environment | ({"VIGIL_EMBEDDING_MODEL": str(model)} if model else {}))
    found = list(embedding_check.model(config))
    with database.reading() as session:
        found += embedding_check.registered(config, session)
    return {each.what: each for each in found}


def test_where_no_model_was_ever_named_nothing_is_said(database, environment):
    assert findings(database, environment, None) == {}


@pytest.mark.usefixtures("registered")
def test_a_model_that_is_in_use_is_told_and_what_has_no_embedding(database, environment, model):
    found = findings(database, environment, model)

    levels = {what: each.level.value for what, each in found.items()}
    assert levels == {"Embedding model": "ok", "Embeddings": "warn"}
    version = Embedding.load(model).version
    assert f"version {version}, gives 192 numbers" in found["Embedding model"].found
    assert "flagged by its embedding alone from 0.9 of 1" in found["Embedding model"].found
    assert found["Embeddings"].found.startswith("1 registered picture has none")
    assert "vigil register CASE FILE" in found["Embeddings"].advice


@pytest.mark.usefixtures("registered")
def test_a_model_that_is_lost_is_told_with_what_is_missed(database, environment, model):
    model.unlink()

    (lost,) = findings(database, environment, model).values()

    assert (lost.what, lost.level.value) == ("Embedding model", "fail")
    assert "there is no such file. Copies that only embeddings would find are missed" in lost.found
    assert "all other signals are made and compared" in lost.found


def test_a_damaged_model_is_told(database, environment, model):
    model.write_bytes(model.read_bytes()[:200])

    lost = findings(database, environment, model)["Embedding model"]

    assert lost.level.value == "fail"
    assert "ONNX Runtime finds no model in it that it can run" in lost.found


@pytest.mark.usefixtures("registered")
def test_a_changed_model_leaves_registrations_that_nothing_is_compared_with(
    database, environment, tmp_path
):
    changed = model_of_the_middle(tmp_path / "changed.onnx", weight=2.0)

    found = findings(database, environment, changed)

    assert found["Embedding model"].level.value == "ok"
    assert found["Embeddings"].level.value == "warn"
    assert found["Embeddings"].found == (
        "1 registration has one by another model than the one in use, which no image is compared "
        "with"
    )
    assert "vigil register CASE FILE" in (found["Embeddings"].advice or "")


@pytest.mark.usefixtures("registered")
def test_a_model_that_is_no_longer_named_is_told(database, environment):
    found = findings(database, environment, None)["Embeddings"]

    assert found.level.value == "warn"
    assert "VIGIL_EMBEDDING_MODEL is not set" in found.found


def test_the_status_of_signals_says_what_has_no_embedding(run, model):
    without = run("signals", "status", "--json")
    assert "embedding" not in {each["type"] for each in without.json["types"]}

    named = run("signals", "status", "--json", VIGIL_EMBEDDING_MODEL=str(model))
    of_type = {each["type"]: each for each in named.json["types"]}
    assert of_type["embedding"]["images"] == 0


@pytest.mark.usefixtures("registered")
def test_the_status_counts_registrations_with_one(run, model):
    named = run("signals", "status", VIGIL_EMBEDDING_MODEL=str(model))
    assert "what the operator's model takes for the same picture" in named.out
    assert "0 of 0 images seen have none" in named.out
    counted = run("signals", "status", "--json").json
    (held,) = (each for each in counted["types"] if each["type"] == "embedding")
    assert (held["registrations"], held["registrations_without"]) == (1, 1)


def test_the_doctor_lists_the_model_among_its_findings(vigil, tmp_path):
    lost = tmp_path / "lost.onnx"

    told = vigil("doctor", VIGIL_EMBEDDING_MODEL=str(lost))

    assert told.returncode == 1
    assert "Embedding model" in told.stdout
