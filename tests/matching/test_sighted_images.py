"""A new registration meets every image ever sighted, in files beside the database or not."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import delete, event, insert, update

from domain.signal import Signal, SignalType, View
from matching.sighted_images import SightedImages
from signals.snapshot_file import load_snapshot
from storage import images
from storage.tables import ForgottenImageRow, ImageRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def signals_near(*codes):
    return [
        Signal(SignalType.PDQ, code.tobytes().hex(), view, 100)
        for code, view in zip(codes, View, strict=False)
    ]


def a_bit_off(code, bits=20):
    flipped = np.unpackbits(code)
    flipped[:bits] ^= 1
    return np.packbits(flipped)


@pytest.fixture
def sighted(database):
    """With files of few images, so that several come about."""
    return SightedImages(database.snapshots, file_images=1000, kept_images=300)


@pytest.fixture
def near(database, sighted):
    def find(*codes):
        with database.writing() as session:
            return sighted.near(session, signals_near(*codes), pdq_distance=31)

    return find


@pytest.fixture
def files(database):
    return lambda: sorted(database.snapshots.images.glob("*"))


def forget(database, *image_ids):
    with database.writing() as session:
        session.execute(delete(ImageRow).where(ImageRow.image_id.in_(image_ids)))
        session.execute(insert(ForgottenImageRow), [{"image_id": each} for each in image_ids])


def test_few_images_are_read_from_the_database_alone(database, sighted, near, files, sight_many):
    ids, pdq = sight_many(298)
    plain, plain_pdq = sight_many(1, seed=1, quality=49)

    assert sighted.keep_up(database) == 0
    assert files() == []
    assert near(a_bit_off(pdq[5]), pdq[200]) == {ids[5], ids[200]}
    assert near(a_bit_off(pdq[5], 32)) == set()
    assert near(plain_pdq[0]) == set(), f"image {plain} is too plain to match"
    assert near() == set()


def test_every_image_is_found_wherever_it_stands(database, sighted, near, files, sight_many):
    ids, pdq = [], []
    written = []
    for round_ in range(6):
        more_ids, more_pdq = sight_many(450, seed=round_)
        ids += more_ids
        pdq += list(more_pdq)
        written.append(sighted.keep_up(database))
        for place in (0, len(ids) // 2, len(ids) - 1):
            assert near(a_bit_off(pdq[place])) == {ids[place]}
    tail_ids, tail_pdq = sight_many(10, seed=99)

    assert written == [450] * 6
    assert [path.name for path in files()] == ["000000", "000001", "000002"]
    assert near(*pdq[::400], tail_pdq[3]) == {*ids[::400], tail_ids[3]}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files())
    kept = np.concatenate([load_snapshot(path).arrays["ids"] for path in files()])
    assert kept.tolist() == ids


def test_a_forgotten_image_is_in_no_file(database, sighted, near, files, sight_many):
    ids, pdq = sight_many(2500)
    sighted.keep_up(database)
    gone = [ids[3], ids[999], ids[1500], ids[-1]]
    assert all(any(pdq[ids.index(i)].tobytes() in f.read_bytes() for f in files()) for i in gone)

    forget(database, *gone)

    assert sighted.forget(database) == 4
    for image_id in gone:
        assert all(pdq[ids.index(image_id)].tobytes() not in f.read_bytes() for f in files())
    assert near(pdq[3], pdq[4], pdq[998]) == {ids[4], ids[998]}
    assert sighted.forget(database) == 0
    more, more_pdq = sight_many(500, seed=4)
    assert sighted.keep_up(database) == 500
    assert near(more_pdq[0], pdq[2000]) == {more[0], ids[2000]}


def test_what_is_withdrawn_while_files_are_extended_is_in_none(database, files, sight_many):
    """A withdrawal may come between the cleaning of the files and the writing of the last one."""

    class Overtaken(SightedImages):
        def forget(self, database):
            erased = super().forget(database)
            forget(database, *gone)
            return erased

    ids, pdq = sight_many(400)
    sizes = {"file_images": 1000, "kept_images": 300}
    SightedImages(database.snapshots, **sizes).keep_up(database)
    gone = [ids[3], ids[-1]]
    _, more_pdq = sight_many(400, seed=1)

    assert Overtaken(database.snapshots, **sizes).keep_up(database) == 400
    SightedImages(database.snapshots).forget(database)

    held = b"".join(path.read_bytes() for path in files())
    assert pdq[4].tobytes() in held
    assert more_pdq[-1].tobytes() in held
    for image_id in gone:
        assert pdq[ids.index(image_id)].tobytes() not in held


def test_what_is_withdrawn_while_the_first_file_is_written_is_in_none(database, files, sight_many):
    """Whoever withdraws finds no file that could be cleaned."""

    class Overtaken(SightedImages):
        def _write(self, session, *more):
            images.last_forgotten(session)  # from here on, the session sees this moment
            forget(database, gone)
            assert super().forget(database) == 0
            return super()._write(session, *more)

    ids, pdq = sight_many(400)
    gone = ids[3]

    assert Overtaken(database.snapshots, file_images=1000, kept_images=300).keep_up(database) == 400

    held = b"".join(path.read_bytes() for path in files())
    assert pdq[4].tobytes() in held
    assert pdq[3].tobytes() not in held


def test_images_after_a_restored_backup_are_found_though_files_are_newer(
    database, sighted, near, sight_many
):
    """Ids are given again, and what files were complete up to was of plain pictures alone."""
    sight_many(400)
    plain, _ = sight_many(3, seed=1)
    with database.writing() as session:
        session.execute(update(ImageRow).where(ImageRow.image_id.in_(plain)).values(pdq_quality=9))
    sighted.keep_up(database)
    with database.writing() as session:
        session.execute(delete(ImageRow).where(ImageRow.image_id.in_(plain)))
    again, pdq = sight_many(3, seed=2)
    with database.writing() as session:
        for old, new in zip(plain, again, strict=True):
            session.execute(update(ImageRow).where(ImageRow.image_id == new).values(image_id=old))

    assert near(*pdq) == set(plain)


def test_files_of_another_database_are_dropped(database, sighted, near, files, sight_many):
    """As after a restored backup: ids are given again, to other images."""
    old, old_pdq = sight_many(1200)
    sighted.keep_up(database)
    with database.writing() as session:
        session.execute(delete(ImageRow))
    with database.writing() as session:
        session.execute(
            insert(ImageRow),
            [
                {
                    "image_id": image_id,
                    "sha256": f"{image_id:064x}",
                    "md5": "0" * 32,
                    "pdq": "0f" * 32,
                    "pdq_quality": 100,
                    "phash": "0" * 16,
                    "format": "JPEG",
                    "width": 8,
                    "height": 8,
                    "byte_size": 1,
                    "first_seen": NOW,
                }
                for image_id in old
            ],
        )

    assert near(np.frombuffer(bytes([0x0F] * 32), np.uint8)) == set(old)
    assert near(old_pdq[0]) == set()
    assert files() == []
    assert sighted.keep_up(database) == 1200


def test_files_cleaned_of_what_a_backup_brought_back_are_dropped(
    database, sighted, near, sight_many
):
    ids, pdq = sight_many(400)
    sighted.keep_up(database)
    with database.reading() as session:
        row = session.get_one(ImageRow, ids[7])
        values = {c.key: getattr(row, c.key) for c in ImageRow.__table__.columns}
    forget(database, ids[7])
    sighted.forget(database)
    assert near(pdq[7]) == set()

    with database.writing() as session:
        session.execute(insert(ImageRow), [values])
        session.execute(delete(ForgottenImageRow))

    assert near(pdq[7]) == {ids[7]}


def test_a_damaged_file_is_read_from_the_database_and_made_anew(
    database, sighted, near, files, sight_many
):
    ids, pdq = sight_many(2500)
    sighted.keep_up(database)
    assert len(files()) == 3
    body = files()[1].read_bytes()
    files()[1].write_bytes(body[:3000] + b"\x01" + body[3001:])

    assert near(pdq[0], pdq[1200], pdq[2400]) == {ids[0], ids[1200], ids[2400]}
    assert [path.name for path in files()] == ["000000"]
    assert sighted.keep_up(database) == 1500
    assert near(pdq[0], pdq[1200], pdq[2400]) == {ids[0], ids[1200], ids[2400]}


def test_files_written_while_others_are_searched_are_of_use(database, sighted, files, sight_many):
    """A search that holds nothing sees one moment of the database, and files of a later one."""
    ids, pdq = sight_many(400)
    sighted.keep_up(database)
    more: list[int] = []

    def keep_up(*happened):
        if "forgotten_image" in happened[2] and not more:
            more.extend(sight_many(400, seed=1)[0])
            sighted.keep_up(database)

    with database.reading() as session:
        event.listen(session.get_bind(), "after_cursor_execute", keep_up)
        found = sighted.near(session, signals_near(pdq[7]), pdq_distance=31)
        event.remove(session.get_bind(), "after_cursor_execute", keep_up)

    assert found == {ids[7]}
    assert len(more) == 400
    kept = np.concatenate([load_snapshot(path).arrays["ids"] for path in files()])
    assert kept.tolist() == [*ids, *more]


def test_every_frame_is_found_wherever_it_stands(
    database, sighted, near, files, sight_many, sight_videos
):
    """Files end between two images, and never between two frames of one."""
    stills, still_pdq = sight_many(950)
    ids, pdq = sight_videos(30, 70)
    plain, plain_pdq = sight_videos(1, 5, seed=1, quality=49)
    assert near(a_bit_off(pdq[29, 69])) == {ids[29]}

    assert sighted.keep_up(database) == 950 + 30 * 70

    kept = [load_snapshot(path).arrays["ids"] for path in files()]
    assert len(kept) > 2
    assert np.concatenate(kept).tolist() == [*stills, *np.repeat(ids, 70).tolist()]
    assert all(one[-1] < other[0] for one, other in pairwise(kept))
    for number, place in ((0, 0), (0, 69), (14, 35), (29, 69)):
        assert near(a_bit_off(pdq[number, place])) == {ids[number]}
    assert near(a_bit_off(pdq[3, 3], 32)) == set()
    assert near(plain_pdq[0, 0]) == set(), f"image {plain} is too plain to match"
    more, more_pdq = sight_videos(3, 70, seed=2)
    assert near(still_pdq[7], more_pdq[2, 1], pdq[0, 1]) == {stills[7], more[2], ids[0]}


def test_only_the_very_signal_is_held(database, sighted, files, sight_many, sight_videos):
    stills, still_pdq = sight_many(1200)
    videos, frames = sight_videos(3, 40)
    sighted.keep_up(database)
    assert files()
    tail, tail_pdq = sight_videos(2, 40, seed=5)
    wanted = [still_pdq[3], frames[1, 39], tail_pdq[0, 0], a_bit_off(still_pdq[9], 1)]
    other = wanted[0].copy()
    other[-1] ^= 1  # it begins alike

    with database.writing() as session:
        assert sighted.holding(session, signals_near(*wanted)) == {stills[3], videos[1], tail[0]}
        assert sighted.holding(session, signals_near(other)) == set()
        assert sighted.holding(session, []) == set()


def test_few_videos_of_many_frames_are_worth_a_file(database, sighted, near, files, sight_videos):
    ids, pdq = sight_videos(5, 60)

    assert sighted.keep_up(database) == 300
    assert len(files()) == 1
    assert near(pdq[4, 59]) == {ids[4]}


def test_no_frame_of_a_forgotten_video_is_in_a_file(database, sighted, near, files, sight_videos):
    ids, pdq = sight_videos(20, 70)
    sighted.keep_up(database)
    assert len(files()) == 2

    forget(database, ids[0], ids[19])

    assert sighted.forget(database) == 2
    held = b"".join(path.read_bytes() for path in files())
    for number in (0, 19):
        assert not any(code.tobytes() in held for code in pdq[number])
    assert near(pdq[0, 0], pdq[0, 69], pdq[19, 69], pdq[1, 1]) == {ids[1]}
    assert len(files()) == 2, "they still fit the database"


def test_frames_read_in_small_parts_are_all_there(database, sight_many, sight_videos):
    sight_many(40)
    ids, pdq = sight_videos(9, 11)
    with database.reading() as session:
        parts = list(images.pdq_chunks(session, after=ids[0], rows=7))
    read = np.concatenate([part.ids for part in parts])
    assert read.tolist() == np.repeat(ids[1:], 11).tolist()
    codes = {code.tobytes() for part in parts for code in part.pdq}
    assert codes == {code.tobytes() for code in pdq[1:].reshape(-1, 32)}
