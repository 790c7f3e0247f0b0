import io
from functools import cache

import numpy as np
import pdqhash
import pytest
from PIL import Image

from practice.photographs import ORIGINALS, open_photo
from practice.plan import make_plan
from practice.sites import PracticeSite


@pytest.fixture
def site():
    with PracticeSite() as running:
        yield running


@pytest.fixture(scope="session")
def plan():
    return make_plan()


@pytest.fixture(scope="session")
def views():
    """For each original, the PDQ bits of its eight views, shape (8, 256)."""
    return {name: eight_pdq(open_photo(name)) for name in ORIGINALS}


@cache
def pdq_of(body):
    with Image.open(io.BytesIO(body)) as picture:
        return pdqhash.compute(np.asarray(picture.convert("RGB")))[0]


def eight_pdq(picture):
    upright = np.asarray(picture)
    return np.array(
        [
            pdqhash.compute(np.ascontiguousarray(np.rot90(laid, quarters)))[0]
            for laid in (upright, upright[:, ::-1])
            for quarters in range(4)
        ]
    )


@pytest.fixture(scope="session")
def distance(views):
    """Give the distance of an encoded picture to an original, in the nearest of its views."""

    def nearest(body, original):
        return int((views[original] != pdq_of(body)).sum(axis=1).min())

    return nearest
