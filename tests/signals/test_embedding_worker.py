"""Embeddings that a confined worker makes, and what of them is believed."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from domain.content import ContentChoice
from domain.signal import ImageSignals, SignalType
from signals.embedding import Embedding
from signals.embedding_rows import similarity
from signals.picture_hasher import PictureHasher
from signals.pictures import hash_found, hash_picture
from signals.pool import HashingPool
from signals.wire import ImageAnswer, image_answer, pack_answer, read_image_answer
from signals.wire_places import UnreadableAnswerError
from signals.wire_registered import picture_answer, read_picture_answer
from tests.embedding_models import model_of_the_middle
from tests.signals.heic_files import heic


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of_the_middle(tmp_path_factory.mktemp("model") / "middle.onnx")


@pytest.fixture(scope="module")
def embedding(model):
    return Embedding.load(model)


def saved(picture, form="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def shown(photo):
    with Image.open(photo) as opened:
        return opened.convert("RGB")


def of(picture):
    """The embedding of what is registered."""
    (value,) = (s.value for s in picture.signals if s.type is SignalType.EMBEDDING)
    return value


def likeness(one, other):
    rows = [np.frombuffer(bytes.fromhex(each)[8:], np.int8) for each in (one, other)]
    return similarity(*rows)


def test_confined_workers_make_the_very_embedding_that_is_made_here(model, embedding, photos):
    """For what is found as for what is registered, beside all other signals."""
    body = photos[3].read_bytes()

    async def found():
        pool = HashingPool(1, embedding_model=model)
        try:
            held = await pool.hash(body)
            held.let_go()
            return held.signals, pool.embedding_lost
        finally:
            await pool.close()

    signals, lost = asyncio.run(found())
    with PictureHasher(embedding_model=model) as hasher:
        registered = hasher.hash(body)

    assert lost is None
    assert hasher.embedding_lost is None
    assert signals.embedding == hash_found(body, None, embedding).signals.embedding
    assert signals.embedding is not None
    assert signals.embedding.startswith(embedding.version)
    assert of(registered) == signals.embedding
    assert signals.constellation is not None


def test_a_worker_without_its_model_makes_all_other_signals_and_says_why(tmp_path, photos):
    lost = tmp_path / "lost.onnx"

    with PictureHasher(embedding_model=lost) as hasher:
        picture = hasher.hash(photos[3].read_bytes())

    assert "there is no such file" in (hasher.embedding_lost or "")
    kinds = {signal.type for signal in picture.signals}
    assert kinds == set(SignalType) - {SignalType.EMBEDDING}


def test_without_a_model_there_is_no_embedding_and_nothing_is_said(photos):
    with PictureHasher() as hasher:
        picture = hasher.hash(photos[3].read_bytes())

    assert hasher.embedding_lost is None
    assert SignalType.EMBEDDING not in {signal.type for signal in picture.signals}


def test_the_embedding_is_of_the_picture_as_it_is_shown(embedding, photos):
    """Turned upright, in its colours, and white where it is transparent."""
    upright = shown(photos[3])
    half = upright.width // 2, upright.height
    for left, colour in ((0, (230, 30, 30)), (half[0], (30, 30, 230))):  # of much the same grey
        tinted = Image.blend(
            upright.crop((left, 0, left + half[0], half[1])), Image.new("RGB", half, colour), 0.4
        )
        upright.paste(tinted, (left, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter to the right
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    clear = upright.convert("RGBA")
    ways = {
        "turned": saved(lying, quality=95, exif=exif),
        "PNG": saved(upright, "PNG"),
        "clear": saved(clear, "PNG"),
        "palette": saved(upright.quantize(256), "GIF"),
        "large": saved(upright.resize((3000, 2250)), quality=90),
    }
    whole = hash_found(saved(upright, "WEBP", quality=95), None, embedding).signals.embedding
    grey = hash_found(saved(upright.convert("L"), "PNG"), None, embedding).signals.embedding

    for name, body in ways.items():
        made = hash_found(body, None, embedding).signals.embedding
        assert likeness(made, whole) > 0.99, name
    assert likeness(grey, whole) < 0.9, "colours count"


def test_of_heic_its_brightness_is_embedded(model, embedding, photos):
    """It is hashed in the worker for videos, which holds the model as well."""
    picture = shown(photos[3]).resize((512, 384))
    grey = hash_found(saved(picture.convert("L"), "PNG"), None, embedding).signals.embedding

    with PictureHasher(embedding_model=model) as hasher:
        registered = hasher.hash(heic([picture], 1, picture.size))

    assert likeness(of(registered), grey) > 0.99


def test_of_a_registered_screenshot_what_lies_inside_is_embedded(embedding, photos):
    picture = shown(photos[3])
    screen = Image.new("RGB", (picture.width, picture.height * 2), "white")
    screen.paste(picture, (0, picture.height // 2))
    body = saved(screen, "PNG")

    alone = of(hash_picture(saved(picture, "PNG"), embedding=embedding))
    cut = hash_picture(body, ContentChoice.INSIDE, embedding)
    whole = of(hash_picture(body, ContentChoice.WHOLE, embedding))

    assert cut.content is not None
    assert likeness(of(cut), alone) > 0.99
    assert likeness(whole, alone) < 0.9


def test_what_moves_and_what_the_model_finds_nothing_in_has_none(embedding, photos):
    frames = [shown(photo).resize((320, 240)) for photo in photos[:4]]
    first, *others = frames
    moving = saved(first, "GIF", save_all=True, append_images=others, duration=300)
    plain = saved(Image.new("RGB", (300, 300), "white"), "PNG")

    assert hash_found(moving, None, embedding).signals.frames
    assert hash_found(moving, None, embedding).signals.embedding is None
    assert hash_found(plain, None, embedding).signals.embedding is None


def test_of_a_damaged_picture_other_signals_are_made(embedding, photos):
    body = photos[3].read_bytes()
    cut = body[: len(body) * 97 // 100]

    made = hash_found(cut, None, embedding).signals

    assert (len(made.pdq), made.embedding) == (64, None)


# --- what a taken-over worker may say -------------------------------------------------------

IMAGE = ImageSignals("a" * 64, "b" * 32, "c" * 64, 90, "d" * 16, "JPEG", 9, 9, 9)
LONGEST = "0a" * (8 + 2048)


def said(answer):
    return pack_answer(answer)[8:]


@pytest.mark.parametrize("value", [None, "0a" * 72, LONGEST])
def test_an_embedding_comes_through(value):
    answer = image_answer(IMAGE)
    answer["signals"]["embedding"] = value

    read = read_image_answer(said(answer))

    assert isinstance(read, ImageAnswer)
    assert read.signals.embedding == value


@pytest.mark.parametrize(
    "value", ["", "0a" * 71, "0a" * 72 + "0", LONGEST + "00", "0A" * 72, "zz" * 72, 7, ["0a"], True]
)
def test_what_is_no_embedding_is_noticed(value):
    answer = image_answer(IMAGE)
    answer["signals"]["embedding"] = value

    with pytest.raises(UnreadableAnswerError):
        read_image_answer(said(answer))


def test_an_embedding_of_what_moves_or_of_a_view_is_noticed(photos):
    answer = image_answer(IMAGE)
    answer["signals"] |= {"embedding": "0a" * 72, "duration_ms": 900}
    answer["signals"]["frames"] = [[0, "c" * 64, 90, "d" * 16]]
    with pytest.raises(UnreadableAnswerError, match="an embedding of what moves"):
        read_image_answer(said(answer))

    registered = picture_answer(hash_picture(photos[3].read_bytes()))
    for view, at_ms in (("mirrored", None), ("upright", 100)):
        row = ["embedding", "0a" * 72, view, None, at_ms]
        with pytest.raises(UnreadableAnswerError, match="of a view or a frame"):
            read_picture_answer(said(registered | {"signals": [*registered["signals"], row]}))
