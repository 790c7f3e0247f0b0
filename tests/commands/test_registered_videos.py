"""What a caseworker is shown of registered videos and animations, and of what matches them."""

import csv
import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from pyarrow import parquet
from sqlalchemy import update

from domain.image import ImageReference
from domain.site import Site
from signals.pictures import hash_image
from storage import sightings, sites
from storage.tables import RegistrationRow
from tests.signals.moving_pictures import clip, photographs

PAGE = "https://gallery.example/album"


@pytest.fixture
def shots(photos):
    return photographs(photos[:6])


@pytest.fixture
def files(photos, shots, tmp_path):
    """A video of four and a half seconds, an animation of two, and a photograph."""
    film, dance = tmp_path / "film.mp4", tmp_path / "dance.gif"
    film.write_bytes(clip(shots[:4], seconds=1.125, rate=8))
    small = [shot.resize((320, 240)) for shot in shots[4:]]
    small[0].save(dance, "GIF", save_all=True, append_images=small[1:], duration=1000)
    return film, dance, photos[10]


@pytest.fixture
def sight(database):
    """Sight files on one page, each under its own address."""

    def do(**bodies):
        now = datetime.now(UTC)
        with database.writing() as session:
            site = sites.add(session, Site("gallery", ("https://gallery.example/",)), now=now)
            for name, body in bodies.items():
                image_id = sightings.image_id_of(session, hash_image(body), now=now)
                reference = ImageReference(PAGE, f"{PAGE}/{name}", f"{PAGE}/{name}", "img@src")
                sightings.sight(
                    session,
                    site.site_id,
                    reference,
                    image_id,
                    etag=None,
                    last_modified=None,
                    now=now,
                )

    return do


def jpeg(shot):
    body = io.BytesIO()
    shot.resize((400, 300)).save(body, "JPEG", quality=80)
    return body.getvalue()


def pdq(match):
    return next(each for each in match["signals"] if each["signal"] == "pdq")


def test_a_case_says_which_registrations_move(run, files):
    case = run("case", "open", "--json").json["number"]

    done = run("register", case, *files)

    assert ", a video of 4 frames;" in done.out
    assert ", an animation of 2 frames;" in done.out
    assert "1 picture, 1 animation and 1 video registered, 0 there already" in done.out
    listed = run("case", "show", case, "--json").json["registrations"]
    assert [(each["showing"], each["frames"], each["duration_ms"]) for each in listed] == [
        ("video", 4, 4500),
        ("animation", 2, 2000),
        ("picture", 0, None),
    ]
    said = run("case", "show", case).out
    assert "video of 0:04, 4 frames " in said
    assert "animation of 0:02, 2 frames " in said
    assert " picture " in said

    assert run("withdraw", case, "--yes").code == 0
    listed = run("case", "show", case, "--json").json["registrations"]
    assert {(each["showing"], each["frames"], each["duration_ms"]) for each in listed} == {
        (None, 0, None)
    }
    assert "video" not in run("case", "show", case).out


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_was_registered_before_it_was_kept_is_told_when_it_comes_again(run, database, files):
    case = run("case", "open", "--json").json["number"]
    run("register", case, files[1])
    with database.writing() as session:
        session.execute(update(RegistrationRow).values(format=None, duration_ms=None))
    assert "video or animation, 2 frames" in run("case", "show", case).out

    assert "0 pictures registered, 1 there already" in run("register", case, files[1]).out

    said = run("case", "show", case).out
    assert "animation of 0:02, 2 frames" in said
    assert " or " not in said


def test_a_match_says_which_moment_of_the_registered_video_it_shows(
    run, files, shots, sight, tmp_path
):
    """Whether it is a mirrored picture, or a clip in which the scene stands elsewhere."""
    mirrored = shots[2].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    sight(still=jpeg(mirrored), clip=clip([shots[5], shots[4], shots[3], shots[1]], rate=10))
    case = run("case", "open", "--json").json["number"]
    assert "found at 2 places" in run("register", case, files[0]).out

    found = {
        match["image_url"].rsplit("/", 1)[1]: match for match in run("match", "list", "--json").json
    }

    assert set(found) == {"still", "clip"}
    still, moving = pdq(found["still"]), pdq(found["clip"])
    assert (still["at_ms"], still["registered_at_ms"] // 1000) == (None, 2)
    shown = {2: 3, 3: 1}  # what the clip shows in this second stands there in what is registered
    assert moving["registered_at_ms"] // 1000 == shown[moving["at_ms"] // 1000]
    said = run("match", "show", found["still"]["number"]).out
    assert "bits (mirrored) from 0:02 of what is registered\n" in said
    second = moving["at_ms"] // 1000
    said = run("match", "show", found["clip"]["number"]).out
    assert f" at 0:0{second} from 0:0{shown[second]} of what is registered; in 2 of 4" in said

    rows = csv.DictReader(io.StringIO(run("export", "matches", "--format", "csv").out))
    assert sum("of what is registered" in row["signals"] for row in rows) == 2
    given = run("export", "matches", "--format", "json").json
    file = tmp_path / "matches.parquet"
    assert run("export", "matches", "--format", "parquet", "--output", file).code == 0
    kept = parquet.read_table(file).to_pylist()
    assert [each["signals"] for each in kept] == [each["signals"] for each in given]
    assert {pdq(each)["registered_at_ms"] // 1000 for each in kept} >= {2}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_match_with_a_registered_picture_has_no_moment_of_it(run, photos, shots, sight):
    sight(clip=clip(shots[:3]))
    case = run("case", "open", "--json").json["number"]
    assert "found at 1 place" in run("register", case, photos[1]).out

    (match,) = run("match", "list", "--json").json
    assert pdq(match)["registered_at_ms"] is None
    assert pdq(match)["at_ms"] // 1000 == 1
    assert "of what is registered" not in run("match", "show", match["number"]).out
