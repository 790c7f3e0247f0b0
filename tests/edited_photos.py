"""Practice photos, reposts of them, and what is kept of both."""

import io

from PIL import Image, ImageDraw

from signals.constellation import constellation_of
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.found_signature import signature_of
from signals.place_bits import planes
from signals.scale_space import Workspace


def cut_and_written_on(photo, quality=60):
    """Cut a photo at two sides, put a band of writing on it, and save it small."""
    with Image.open(photo) as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    picture = picture.crop((0, 0, int(width * 0.8), int(height * 0.85)))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, picture.width, picture.height // 8), fill="white")
    draw.text((10, 10), "look who this is", fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def registered(body):
    """Give the packed constellation that a picture is registered with."""
    return constellation_of(_grey(body), planes(), Workspace()).packed()


def sighted(body):
    """Give the packed constellation that is kept of a found image."""
    upright, _ = found_places(space_of(scaled_for_looking(_grey(body)), Workspace()), planes())
    signature = signature_of(upright)
    assert signature is not None
    return signature.packed()


def _grey(body):
    with Image.open(io.BytesIO(body)) as opened:
        return opened.convert("L")
