"""Real crawls with a model for embeddings that the operator supplies."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from casework import registering, withdrawing
from domain.signal import SignalType
from signals.embedding import Embedding
from signals.pictures import hash_picture
from storage import cases, matches
from storage.tables import EvidenceRow, ImageRow
from tests.embedding_models import blurred_into, model_of_the_middle
from tests.promises.test_nothing_is_kept import dump

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
LEAST = 0.93


@pytest.fixture
def model(tmp_path):
    return model_of_the_middle(tmp_path / "middle.onnx")


@pytest.fixture
def with_model(model):
    return {"VIGIL_EMBEDDING_MODEL": str(model), "VIGIL_EMBEDDING_LEAST": str(LEAST)}


@pytest.fixture
def add(database, config):
    """Register a photo as `vigil register` does with a model; return what came of it."""

    def do(photo, model, case=None):
        now = datetime.now(UTC)
        if case is None:
            with database.writing() as session:
                case = cases.open_case(session, now=now).number
        return case, registering.register(
            database,
            case,
            hash_picture(photo.read_bytes(), embedding=Embedding.load(model)),
            source="file",
            actor="a test",
            now=now,
            match_distance=config.match_distance,
            embedding_least=LEAST,
        )

    return do


@pytest.fixture
def album(practice_site, add_site, photos):
    """A page with a repost that no other signal finds, and four photos of other things."""
    practice_site.write("/repost.jpg", blurred_into(photos[0], photos[30]))
    for number in (5, 6, 7, 8):
        practice_site.write(f"/{number}.jpg", photos[number].read_bytes())
    names = ["repost.jpg", *(f"{number}.jpg" for number in (5, 6, 7, 8))]
    practice_site.write("/", "".join(f"<img src={name}>" for name in names).encode())
    add_site("album", practice_site.url("/"))


def evidence(database):
    with database.reading() as session:
        return [
            (row.type, row.distance)
            for row in session.scalars(select(EvidenceRow).order_by(EvidenceRow.type))
        ]


@pytest.mark.usefixtures("album")
def test_a_repost_is_found_by_its_embedding_alone(
    database, crawl, add, model, with_model, photos, vigil, tmp_path
):
    case, _ = add(photos[0], model)

    assert crawl("album").flagged == 0, "no other signal finds it"
    with database.writing() as session:  # so that all of it is fetched once more
        session.execute(update(ImageRow).values(constellation=None))
    found = crawl("album", **with_model)

    assert (found.state, found.flagged) == ("finished", 1)
    ((kind, distance),) = evidence(database)
    assert (kind, distance <= 70) == ("embedding", True)
    with database.reading() as session:
        (match,) = matches.list_matches(session)
    assert (match.case, match.distance, match.strength) == (case, None, 0.0)
    said = vigil("match", "show", match.number).stdout
    assert f"an embedding by the operator's model says {1 - distance / 1000:.3f}"[:-1] in said
    assert "embedding, 0.9" in vigil("match", "list").stdout

    (tmp_path / "out").mkdir()
    with database.reading() as session:
        held = session.scalars(
            select(ImageRow.embedding).where(ImageRow.embedding.is_not(None))
        ).all()
    assert len(held) == 5
    for kind in ("csv", "json", "parquet"):
        file = tmp_path / "out" / kind
        assert vigil("export", "matches", "--format", kind, "--output", file).returncode == 0
        content = file.read_bytes()
        assert b"embedding" in content, "that one agreed is told"
        assert not any(
            needle in content for each in held for needle in (each.encode(), bytes.fromhex(each))
        )


@pytest.mark.usefixtures("album")
def test_what_was_seen_with_the_model_is_found_when_it_is_registered(
    database, crawl, add, model, with_model, photos, tmp_path
):
    assert crawl("album", **with_model).flagged == 0

    _, done = add(photos[0], model)
    _, other = add(photos[1], model)

    assert (done.images, done.places, other.images) == (1, 1, 0)
    assert evidence(database)[0][0] == "embedding"
    changed = model_of_the_middle(tmp_path / "changed.onnx", weight=2.0)
    _, of_another = add(photos[0], changed)
    assert of_another.images == 0, "those of two models are never compared"


@ONLY_SQLITE
@pytest.mark.usefixtures("album")
def test_with_a_changed_model_nothing_is_compared_until_it_is_registered_again(
    database, crawl, add, model, with_model, photos, tmp_path
):
    case, first = add(photos[0], model)
    changed = model_of_the_middle(tmp_path / "changed.onnx", weight=2.0)
    with_changed = with_model | {"VIGIL_EMBEDDING_MODEL": str(changed)}

    assert crawl("album", **with_changed).flagged == 0

    _, again = add(photos[0], changed, case)
    assert (again.number, again.already, again.completed) == (first.number, True, True)
    assert again.images == 1
    with database.reading() as session:
        (match,) = matches.list_matches(session)
        held = [signal.signal for signal in match.signals]
    assert held == ["embedding"]
    _, third = add(photos[0], changed, case)
    assert (third.completed, third.images) == (False, 1)


@ONLY_SQLITE
@pytest.mark.usefixtures("album")
def test_without_its_model_a_crawl_goes_on_and_says_what_is_lost(
    crawl, add, model, with_model, photos, told
):
    add(photos[5], model)
    model.unlink()

    summary = crawl("album", **with_model)

    assert (summary.state, summary.hashed, summary.flagged) == ("finished", 5, 1)
    assert told(summary)["embeddings"] == (
        f"No embeddings were made, and all other signals were: {model} cannot be used as a model "
        "for embeddings: there is no such file."
    )


@ONLY_SQLITE
@pytest.mark.usefixtures("album")
def test_what_is_withdrawn_leaves_no_embedding(
    database, config, practice_site, crawl, add, model, with_model, photos
):
    practice_site.write("/5.jpg", photos[0].read_bytes())
    case, _ = add(photos[0], model)
    assert crawl("album", **with_model).flagged == 2
    (signal,) = (
        signal
        for signal in hash_picture(photos[0].read_bytes(), embedding=Embedding.load(model)).signals
        if signal.type is SignalType.EMBEDDING
    )
    needle = bytes.fromhex(signal.value)
    assert any(needle in value for value in dump(config.database_url)), "the test would see it"

    withdrawn = withdrawing.withdraw(
        database, case, actor="a test", reason=None, now=datetime.now(UTC)
    )

    assert (withdrawn.matches, withdrawn.images) == (2, 2)
    assert not any(needle in value for value in dump(config.database_url))
    assert not any(needle in path.read_bytes() for path in config.data.rglob("*") if path.is_file())
    assert crawl("album", **with_model).flagged == 0


@ONLY_SQLITE
def test_registering_with_a_model_that_is_not_there_says_so_and_makes_all_else(
    vigil, photos, model, with_model
):
    case = json.loads(vigil("case", "open", "--json").stdout)["number"]
    lost = with_model | {"VIGIL_EMBEDDING_MODEL": str(model.with_name("lost.onnx"))}

    done = vigil("register", case, photos[0], **lost)
    assert (done.returncode, done.stdout.count("1 picture registered")) == (0, 1)
    assert "No embedding was made: " in done.stderr
    assert "lost.onnx cannot be used as a model for embeddings: there is no such file" in (
        done.stderr
    )
    mended = vigil("register", case, photos[0], **with_model)
    assert (mended.returncode, mended.stderr) == (0, "")
    assert "It can be found in more edited reposts now than before" in mended.stdout
    (held,) = json.loads(vigil("case", "show", case, "--json").stdout)["registrations"]
    assert held["types"] == ["sha256", "md5", "pdq", "phash", "constellation", "embedding"]
