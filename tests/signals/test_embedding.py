"""Embeddings by small models that are made here, as files, and run by ONNX Runtime itself."""

import hashlib
import io
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from domain.errors import InvalidInput
from signals.embedding import Embedding
from signals.embedding_file import MOST_BYTES, UnusableModelError
from signals.embedding_model import onnx_runtime
from signals.embedding_rows import (
    ModelIdentity,
    OtherModelError,
    quantised,
    similar,
    similarity,
)

ROOT = Path(__file__).resolve().parents[2]

only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

FLOAT = TensorProto.FLOAT
ANY_SIZE = ("pictures", 3, "height", "width")
GIVEN = (1, None)

TILES = (
    helper.make_node(
        "AveragePool", ["picture"], ["tiles"], kernel_shape=[36, 36], strides=[36, 36]
    ),
    helper.make_node("Flatten", ["tiles"], ["row"]),
)
CENTRED = (
    helper.make_node("ReduceMean", ["row"], ["mean"], axes=[1]),
    helper.make_node("Sub", ["row", "mean"], ["off"]),
)
TAKEN_LENGTH = helper.make_node("LpNormalization", ["off"], ["embedding"], axis=1, p=2)
SMALL = (*TILES, *CENTRED, TAKEN_LENGTH)
"""The colours of eight by eight parts of a picture, less their mean: 192 numbers."""


def port(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


PICTURE = port("picture", ANY_SIZE)
EMBEDDING = port("embedding", GIVEN)


def network(nodes, *, inputs=(PICTURE,), outputs=(EMBEDDING,), weights=None):
    numbers = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
    graph = helper.make_graph(nodes, "small", inputs, outputs, numbers)
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def weighted(seed=7, numbers=128):
    """A model with weights: 192 numbers mixed to others by chance."""
    chance = np.random.default_rng(seed).standard_normal((192, numbers), dtype=np.float32)
    nodes = (
        *TILES,
        *CENTRED,
        helper.make_node("MatMul", ["off", "weights"], ["embedding"]),
    )
    return network(nodes, weights={"weights": chance})


def ending(*nodes, **more):
    return network((*TILES, *CENTRED, *nodes), **more)


def written_to(path: Path, model) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture(scope="module")
def small_model(tmp_path_factory) -> Path:
    return written_to(tmp_path_factory.mktemp("model") / "small.onnx", network(SMALL))


@pytest.fixture(scope="module")
def small(small_model) -> Embedding:
    return Embedding.load(small_model)


@pytest.fixture(scope="module")
def pictures(photos) -> list[Image.Image]:
    opened = []
    for path in photos:
        with Image.open(path) as picture:
            opened.append(picture.convert("RGB"))
    return opened


def reopened(picture, written, *form, **options):
    """A picture after it was saved and read again."""
    with Image.open(io.BytesIO(written(picture, *form, **options))) as opened:
        opened.load()
        return opened.copy()


def test_what_a_model_says_of_itself(small, small_model):
    assert small.version == hashlib.sha256(small_model.read_bytes()).hexdigest()[:16]
    assert small.size == (288, 288)
    assert small.identity.dimensions == 192


def test_a_picture_is_as_like_itself_as_can_be(small, pictures):
    for picture in pictures:
        embedding = small.embed(picture)

        assert (embedding.shape, embedding.dtype) == ((192,), np.int8)
        assert np.abs(embedding).max() == 127
        assert similarity(embedding, small.embed(picture.copy())) == 1.0


def test_copies_lie_nearer_than_any_other_photo(small, pictures, written):
    registered = np.stack([small.embed(picture) for picture in pictures])
    highest = 0.0
    for number, picture in enumerate(pictures):
        half = picture.resize((picture.width // 2, picture.height // 2))
        for copy in (half, reopened(half, written, "JPEG", quality=30)):
            rows, cosines = similar(small.embed(copy), registered, 0.95)
            assert rows[0] == number
            assert cosines[0] > 0.99
    for one, other in itertools.combinations(registered, 2):
        highest = max(highest, similarity(one, other))
    assert highest < 0.95


def test_what_a_model_gives_loses_nothing_in_a_byte_each(tmp_path, pictures):
    path = written_to(tmp_path / "model.onnx", weighted())
    embedding = Embedding.load(path)
    session = onnx_runtime().InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    exact, kept = [], []
    for picture in pictures[:12]:
        (given,) = session.run(None, {"picture": embedding._prepared(picture)})
        exact.append(given[0] / np.linalg.norm(given[0]))
        kept.append(embedding.embed(picture))
    for (one, one_kept), (other, other_kept) in itertools.combinations(
        zip(exact, kept, strict=True), 2
    ):
        assert similarity(one_kept, other_kept) == pytest.approx(float(one @ other), abs=0.002)


def test_colours_are_prepared_as_the_authors_of_sscd_do(small):
    """A picture of one colour, in numbers that anybody can work out from their text."""
    prepared = small._prepared(Image.new("RGB", (500, 200), (255, 128, 0)))

    assert (prepared.shape, prepared.dtype) == ((1, 3, 288, 288), np.float32)
    assert prepared[0, 0] == pytest.approx((1 - 0.485) / 0.229)
    assert prepared[0, 1] == pytest.approx((128 / 255 - 0.456) / 0.224)
    assert prepared[0, 2] == pytest.approx((0 - 0.406) / 0.225)


def test_a_model_of_fixed_size_gets_that_size(tmp_path, pictures):
    wide = helper.make_node(
        "AveragePool", ["picture"], ["tiles"], kernel_shape=[8, 8], strides=[8, 8]
    )
    model = network(
        (wide, *TILES[1:], *CENTRED, TAKEN_LENGTH), inputs=[port("picture", (1, 3, 64, 96))]
    )
    embedding = Embedding.load(written_to(tmp_path / "wide.onnx", model))

    assert embedding.size == (96, 64)
    assert embedding.identity.dimensions == 8 * 12 * 3
    assert np.any(embedding.embed(pictures[0]))


def test_a_picture_is_the_same_in_every_mode(small, pictures):
    for picture in pictures[::6]:
        colours = small.embed(picture)
        grey = picture.convert("L")
        sixteen_bits = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        alike = {
            "RGBA": (colours, picture.convert("RGBA")),
            "P": (colours, picture.quantize(256)),
            "CMYK": (colours, picture.convert("CMYK")),
            "YCbCr": (colours, picture.convert("YCbCr")),
            "LA": (small.embed(grey), grey.convert("LA")),
            "I;16": (small.embed(grey), sixteen_bits),
            "I": (small.embed(grey), sixteen_bits.convert("I")),
        }
        for mode, (expected, other) in alike.items():
            assert other.mode == mode
            assert similarity(expected, small.embed(other)) > 0.99, mode


def test_what_is_transparent_shows_white(small, pictures):
    seen = pictures[0].convert("RGBA")
    seen.paste((90, 200, 10, 0), (0, 0, seen.width // 2, seen.height))
    laid_on_white = pictures[0].copy()
    laid_on_white.paste("white", (0, 0, seen.width // 2, seen.height))

    assert similarity(small.embed(seen), small.embed(laid_on_white)) > 0.999


def test_a_picture_in_which_the_model_finds_nothing_is_similar_to_nothing(tmp_path):
    bright_only = (
        *TILES,
        helper.make_node("Sub", ["row", "two"], ["above"]),
        helper.make_node("Relu", ["above"], ["embedding"]),
    )
    model = network(bright_only, weights={"two": np.array([2.0], np.float32)})
    embedding = Embedding.load(written_to(tmp_path / "model.onnx", model))
    white, black = (
        embedding.embed(Image.new("RGB", (300, 300), name)) for name in ("white", "black")
    )

    assert not black.any()
    assert (similarity(white, white), similarity(black, black), similarity(white, black)) == (
        1,
        0,
        0,
    )


# --- models that cannot be used -------------------------------------------------------------


def cut_in_half(path):
    body = weighted().SerializeToString()
    path.write_bytes(body[: len(body) // 2])


def large(path):
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # takes no room on the disk


def in_another_file(path):
    onnx.save_model(
        weighted(),
        path,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )


def in_a_file_elsewhere(path):
    model = weighted()
    model.graph.initializer[0].CopyFrom(elsewhere("/etc/passwd"))
    written_to(path, model)


def elsewhere(location):
    tensor = TensorProto(name="weights", dims=[192, 128], data_type=FLOAT)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def in_a_file_elsewhere_told_oddly(path):
    """The length of the word is written in two bytes where one would do, as no program does."""
    body = elsewhere("../weights.bin").SerializeToString().replace(b"weights", b"another", 1)
    plain = b"\x6a" + bytes([2 + 8 + 2 + 14]) + b"\x0a\x08location"
    odd = b"\x6a" + bytes([3 + 8 + 2 + 14]) + b"\x0a\x88\x00location"
    assert plain in body
    tensor = body.replace(plain, odd)
    graph = b"\x2a" + bytes([len(tensor)]) + tensor
    # What is added to a message's end is merged into it.
    added = weighted().SerializeToString() + b"\x3a" + bytes([len(graph)]) + graph
    assert (
        onnx.load_model_from_string(added).graph.initializer[1].external_data[0].key == "location"
    )
    path.write_bytes(added)


def in_onnx_runtimes_own_format(path):
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.save_model_format", "ORT")
    body = weighted().SerializeToString()
    runtime.InferenceSession(body, options, providers=["CPUExecutionProvider"])


def saving(make):
    return lambda path: written_to(path, make())


NOT_FINITE = (
    helper.make_node("Abs", ["off"], ["sizes"]),
    helper.make_node("Neg", ["sizes"], ["below"]),
    helper.make_node("Log", ["below"], ["embedding"]),
)

UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "not there": (str, "there is no such file"),
    "a folder": (lambda path: path.mkdir(), "it is no file"),
    "a pipe": (os.mkfifo, "it is no file"),
    "empty": (lambda path: path.touch(), "no model in it that it can run"),
    "text": (lambda path: path.write_text("hello\n" * 99), "no model in it that it can run"),
    "cut in half": (cut_in_half, "no model in it that it can run"),
    "too large": (large, "it has 500 MB; at most 500 are read"),
    "another format": (in_onnx_runtimes_own_format, "no model in it that it can run"),
    "an unknown step": (
        saving(lambda: ending(helper.make_node("Guess", ["off"], ["embedding"]))),
        "no model in it that it can run",
    ),
    "weights in another file": (in_another_file, "its weights in another file"),
    "weights elsewhere": (in_a_file_elsewhere, "its weights in another file"),
    "weights elsewhere, oddly": (in_a_file_elsewhere_told_oddly, "its weights in another file"),
    "two inputs": (
        saving(lambda: network(SMALL, inputs=(PICTURE, port("mask", ANY_SIZE)))),
        r"it takes 2 inputs \(picture, mask\); one is wanted",
    ),
    "bytes as input": (
        saving(
            lambda: network(
                (helper.make_node("Cast", ["bytes"], ["picture"], to=FLOAT), *SMALL),
                inputs=[port("bytes", ANY_SIZE, TensorProto.UINT8)],
            )
        ),
        r"its input is tensor\(uint8\)",
    ),
    "colours last": (
        saving(
            lambda: network(
                (helper.make_node("Transpose", ["rows"], ["picture"], perm=[0, 3, 1, 2]), *SMALL),
                inputs=[port("rows", (1, None, None, 3))],
            )
        ),
        r"of shape \(1, any, any, 3\); one picture is wanted",
    ),
    "two pictures": (
        saving(lambda: network(SMALL, inputs=[port("picture", (2, 3, 288, 288))])),
        r"of shape \(2, 3, 288, 288\); one picture is wanted",
    ),
    "a large picture": (
        saving(lambda: network(SMALL, inputs=[port("picture", (1, 3, 288, 4096))])),
        "pictures of 4096 x 288 pixels",
    ),
    "two outputs": (
        saving(lambda: network(SMALL, outputs=(EMBEDDING, port("row", GIVEN)))),
        r"it gives 2 outputs \(embedding, row\); one is wanted",
    ),
    "another output": (
        saving(
            lambda: ending(
                helper.make_node("Cast", ["off"], ["embedding"], to=TensorProto.DOUBLE),
                outputs=[port("embedding", GIVEN, TensorProto.DOUBLE)],
            )
        ),
        r"its output is tensor\(double\)",
    ),
    "a picture as output": (
        saving(lambda: network(TILES[:1], outputs=[port("tiles", (1, 3, None, None))])),
        r"it gives \(1, 3, 8, 8\) for one picture",
    ),
    "few numbers": (saving(lambda: weighted(numbers=63)), "its embedding has 63 numbers"),
    "many numbers": (saving(lambda: weighted(numbers=2049)), "its embedding has 2049 numbers"),
    "not finite": (saving(lambda: ending(*NOT_FINITE)), "is not finite"),
    "blind": (
        saving(
            lambda: ending(
                helper.make_node("Mul", ["off", "zero"], ["none"]),
                helper.make_node("Add", ["none", "one"], ["embedding"]),
                weights={"zero": np.zeros(1, np.float32), "one": np.ones(1, np.float32)},
            )
        ),
        "the same embedding for two pictures",
    ),
    "a step that does not fit": (
        saving(
            lambda: ending(
                helper.make_node("Reshape", ["off", "hundred"], ["embedding"]),
                weights={"hundred": np.array([1, 100], np.int64)},
            )
        ),
        "cannot run it on a picture of 288 x 288 pixels",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_refused_in_a_sentence(name, tmp_path):
    make, said = UNUSABLE[name]
    path = tmp_path / "model.onnx"
    make(path)

    with pytest.raises(UnusableModelError, match=said) as refused:
        Embedding.load(path)

    assert str(refused.value).startswith(f"{path} cannot be used as a model for embeddings: ")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 700


# --- embeddings of several models -----------------------------------------------------------


def test_embeddings_of_two_models_never_meet(tmp_path, pictures):
    one, other = (
        Embedding.load(written_to(tmp_path / f"{seed}.onnx", weighted(seed))) for seed in (1, 2)
    )
    stored = [one.identity.packed(one.embed(picture)) for picture in pictures[:3]]

    assert one.version != other.version
    assert {len(row) for row in stored} == {8 + 128}
    assert np.array_equal(
        one.identity.unpacked(stored), [one.embed(picture) for picture in pictures[:3]]
    )
    with pytest.raises(OtherModelError, match=f"made by the model {one.version} and cannot"):
        other.identity.unpacked(stored)


def test_an_embedding_that_was_cut_is_refused():
    identity = ModelIdentity("0123456789abcdef", 64)
    whole = identity.packed(np.arange(64, dtype=np.int8))

    assert identity.unpacked([]).shape == (0, 64)
    for cut in (b"", whole[:7], whole[:-1], whole + b"\0"):
        with pytest.raises(InvalidInput, match=f"stored in 72 bytes, not in {len(cut)}"):
            identity.unpacked([whole, cut])
    with pytest.raises(ValueError, match=r"shape \(64,\) here; this one \(63,\)"):
        identity.packed(np.zeros(63, np.int8))


# --- comparing ------------------------------------------------------------------------------


@pytest.mark.parametrize("dimensions", [64, 1024, 2048])
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_search_finds_what_comparing_number_by_number_finds(dimensions, count):
    chance = np.random.default_rng(dimensions + count)
    query = chance.integers(-127, 128, dimensions, np.int8)
    registered = chance.integers(-127, 128, (count, dimensions), np.int8)
    registered[1::7] = np.where(chance.random(dimensions) < 0.4, 127, query)
    registered[2::9] = query
    registered[3::11] = 0
    whole, sought = registered.astype(np.int64), query.astype(np.int64)
    lengths = np.sqrt((whole**2).sum(axis=1) * float((sought**2).sum()))
    expected = np.where(lengths > 0, whole @ sought / np.maximum(lengths, 1), 0)

    rows, cosines = similar(query, registered, 0.3)

    assert set(rows) == set(np.flatnonzero(expected >= 0.3))
    assert np.array_equal(cosines, expected[rows])
    assert list(zip(-cosines, rows, strict=True)) == sorted(zip(-cosines, rows, strict=True))
    assert all(cosines[np.isin(rows, np.arange(count)[2::9])] == 1.0)


def test_the_greatest_numbers_are_summed_up_exactly():
    for dimensions in (1024, 2048):
        highest = np.full(dimensions, 127, np.int8)

        assert similarity(highest, highest) == 1.0
        assert similarity(highest, -highest) == -1.0


def test_what_is_no_embedding_is_not_compared():
    row = np.ones(64, np.int8)
    with pytest.raises(ValueError, match="int8"):
        similarity(row.astype(np.float32), row)
    with pytest.raises(ValueError, match="cannot be compared"):
        similarity(row, row[:63])
    with pytest.raises(ValueError, match="cannot be compared"):
        similar(row, row, 0.5)


@pytest.mark.parametrize("scale", [1e-38, 1.0, 1e38])
def test_an_embedding_keeps_its_direction_and_not_its_length(scale):
    values = np.array([1.0, -0.5, 0.25, 0.0] * 16, np.float32)

    assert list(quantised(values * np.float32(scale))[:4]) == [127, -64, 32, 0]


# --- other processes ------------------------------------------------------------------------

EMBEDDED = """
import os, sys
from pathlib import Path
from PIL import Image
from signals.embedding import Embedding
from signals.sandbox import confine
embedding = Embedding.load(Path(sys.argv[1]))
with Image.open(sys.argv[2]) as opened:
    picture = opened.convert("RGB")
threads = len(os.listdir("/proc/self/task"))
if len(sys.argv) > 3:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    sandbox = confine(pages * os.sysconf("SC_PAGE_SIZE") + int(sys.argv[3]))
    print("filter:", sandbox.unfiltered)
print("threads:", threads)
try:
    print(embedding.embed(picture).tobytes().hex())
except MemoryError:
    print("too little memory")
"""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def embedded(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", EMBEDDED, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@only_on_linux
def test_two_processes_make_the_same_embedding(small_model, small, photos, pictures):
    here = small.embed(pictures[3]).tobytes().hex()

    assert [embedded(small_model, photos[3]) for _ in range(2)] == [["threads: 1", here]] * 2


@only_on_linux
def test_a_confined_process_makes_the_same_embedding(small_model, small, photos, pictures):
    here = small.embed(pictures[3]).tobytes().hex()

    said = embedded(small_model, photos[3], 64 * 2**20)
    assert said == ["filter: None", "threads: 1", here]


@only_on_linux
def test_a_model_that_needs_more_memory_than_there_is_loses_one_picture(tmp_path, photos):
    sixteen = np.array([1, 1, 16, 16], np.int64)
    model = ending(
        helper.make_node("Tile", ["picture", "sixteen"], ["wall"]),  # 255 MB
        helper.make_node("GlobalMaxPool", ["wall"], ["highest"]),
        helper.make_node("ReduceMean", ["highest"], ["level"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["off", "level"], ["embedding"]),
        weights={"sixteen": sixteen},
    )
    path = written_to(tmp_path / "model.onnx", model)

    assert embedded(path, photos[3], 64 * 2**20)[-1] == "too little memory"
    assert len(embedded(path, photos[3], 512 * 2**20)[-1]) == 2 * 192


QUIET = """
import contextlib, os, stat, sys
from pathlib import Path
from signals.embedding import Embedding
Embedding.load(Path(sys.argv[1]))
print(len(os.listdir("/proc/self/task")))
sockets = 0
for number in range(1000):
    with contextlib.suppress(OSError):
        sockets += stat.S_ISSOCK(os.fstat(number).st_mode)
print(sockets)
"""


@only_on_linux
def test_onnx_runtime_tells_nobody_that_it_ran(small_model, tmp_path):
    """Its makers have it report home unless it is told not to: a thread, a socket and a file."""
    # In CI it keeps silent by itself.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", QUIET, str(small_model)],
        cwd=tmp_path,
        env={**kept, **ONE_THREAD, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["1", "0"]
    assert list(tmp_path.iterdir()) == []


WITHOUT = """
import sys
from pathlib import Path
from domain.errors import VigilError
from signals.embedding import Embedding
from signals.embedding_rows import similarity
from signals.pictures import hash_image
try:
    Embedding.load(Path(sys.argv[1]))
except VigilError as error:
    print(error.exit_code, error)
print(len(hash_image(Path(sys.argv[2]).read_bytes()).pdq))
"""


def test_without_onnx_runtime_all_else_works_and_it_is_said_what_to_install(
    small_model, photos, tmp_path
):
    bare = tmp_path / "packages"
    bare.mkdir()
    for folder in sys.path:
        if "site-packages" not in folder:
            continue
        for package in Path(folder).iterdir():
            if not package.name.startswith("onnx") and not (bare / package.name).exists():
                (bare / package.name).symlink_to(package)

    done = subprocess.run(
        [sys.executable, "-S", "-c", WITHOUT, str(small_model), str(photos[0])],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(bare)])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    said, pdq = done.stdout.splitlines()
    assert said.startswith("3 Embeddings need ONNX Runtime, which is not installed here.")
    assert "pip install" in said
    assert pdq == "64"
