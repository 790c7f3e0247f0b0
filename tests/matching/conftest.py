"""Large registries and many images, written into real databases at once."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import insert

from domain.signal import View
from storage import cases, registry
from storage.tables import FrameRow, ImageRow, RegistrationRow, SignalRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def register_many(database):
    """Register so many pictures of random signals in one case; return id, case and PDQ of each."""

    def do(pictures, *, seed=0):
        rng = np.random.default_rng(seed)
        pdq = rng.integers(0, 256, (pictures, len(View), 32), dtype=np.uint8)
        with database.writing() as session:
            version = registry.bump(session)
            number = cases.open_case(session, now=NOW).number
            case_id = cases.case_row(session, number).case_id
            rows = [
                {
                    "number": f"R-{seed}-{place}",
                    "case_id": case_id,
                    "picture": f"{seed:032x}{place:032x}",
                    "source": "file",
                    "registered_at": NOW,
                    "added_version": version,
                }
                for place in range(pictures)
            ]
            ids = session.scalars(
                insert(RegistrationRow).returning(
                    RegistrationRow.registration_id, sort_by_parameter_order=True
                ),
                rows,
            ).all()
            session.execute(
                insert(SignalRow),
                [
                    {
                        "registration_id": registration_id,
                        "type": "pdq",
                        "view": view.value,
                        "value": pdq[place, column].tobytes().hex(),
                        "quality": 100,
                    }
                    for place, registration_id in enumerate(ids)
                    for column, view in enumerate(View)
                ],
            )
        return number, list(ids), pdq

    return do


@pytest.fixture
def sight_many(database):
    """Put so many images of random signals into the database; return their ids and PDQ."""

    def do(images, *, seed=0, quality=100):
        rng = np.random.default_rng([*np.atleast_1d(seed), 9])
        pdq = rng.integers(0, 256, (images, 32), dtype=np.uint8)
        rows = [
            {
                "sha256": rng.bytes(32).hex(),
                "md5": rng.bytes(16).hex(),
                "pdq": code.tobytes().hex(),
                "pdq_quality": quality,
                "phash": "0" * 16,
                "format": "JPEG",
                "width": 800,
                "height": 600,
                "byte_size": 1000,
                "first_seen": NOW,
            }
            for code in pdq
        ]
        with database.writing() as session:
            ids = session.scalars(
                insert(ImageRow).returning(ImageRow.image_id, sort_by_parameter_order=True), rows
            ).all()
        return list(ids), pdq

    return do


@pytest.fixture
def sight_videos(database, sight_many):
    """Put so many videos of random frames into the database; return their ids and frames' PDQ."""

    def do(videos, frames, *, seed=0, quality=100):
        ids, _ = sight_many(videos, seed=[seed, 7], quality=0)
        pdq = np.random.default_rng([seed, 8]).integers(0, 256, (videos, frames, 32), np.uint8)
        rows = [
            {
                "image_id": image_id,
                "place": place,
                "at_ms": 1000 * place,
                "pdq": pdq[number, place].tobytes().hex(),
                "pdq_quality": quality,
                "phash": "0" * 16,
            }
            for number, image_id in enumerate(ids)
            for place in range(frames)
        ]
        with database.writing() as session:
            session.execute(insert(FrameRow), rows)
        return ids, pdq

    return do
