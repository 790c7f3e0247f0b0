"""What a caseworker is shown of a match in a video: where in it to look, and where it is."""

import csv
import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from pyarrow import parquet
from sqlalchemy import update

from commands.evidence import clock, in_words
from domain.image import ImageReference
from domain.signal import FrameSignals, ImageSignals
from domain.site import Site
from signals.pictures import hash_image
from storage import sightings, sites
from storage.matches import MatchSignal
from storage.tables import ImageRow

PAGE = "https://gallery.example/album"
VIDEO = "https://gallery.example/clip.mp4"
THREAD = "https://gallery.example/thread/7"
SHOWS = {12_000: 0, 12_400: 0, 47_000: 0, 63_500: 1}


@pytest.fixture
def match(database, run, photos):
    """The number of the match of a photograph in a video of a minute that shows it three times."""
    hashed = [hash_image(photo.read_bytes()) for photo in photos[:3]]
    frames = tuple(
        FrameSignals(at_ms, hashed[n].pdq, hashed[n].pdq_quality, hashed[n].phash)
        for at_ms, n in {0: 2, **SHOWS}.items()
    )
    plain = FrameSignals(64_000, "0" * 64, 0, "0" * 16)
    signals = ImageSignals(
        "a" * 64,
        "b" * 32,
        frames[0].pdq,
        frames[0].pdq_quality,
        frames[0].phash,
        "MP4",
        640,
        360,
        10**6,
        frames=(*frames, plain),
        duration_ms=64_900,
    )
    now = datetime.now(UTC)
    with database.writing() as session:
        site = sites.add(session, Site("gallery", ("https://gallery.example/",)), now=now)
        image_id = sightings.image_id_of(session, signals, now=now)
        for page, links_to in ((PAGE, THREAD), (f"{PAGE}/2", None)):
            sightings.sight(
                session,
                site.site_id,
                ImageReference(page, VIDEO, VIDEO, "video@src", links_to=links_to),
                image_id,
                etag=None,
                last_modified=None,
                now=now,
            )
    case = run("case", "open", "--json").json["number"]
    assert "found at 2 places on 1 site" in run("register", case, photos[0]).out
    return run("match", "list", "--json").json[0]["number"]


def test_a_match_in_a_video_says_where_to_look(run, match):
    said = run("match", "show", match).out

    assert "Lasts     1:04, 5 frames compared" in said
    assert " at 0:12; in 3 of 5 frames: 0:12, 0:47\n" in said
    assert THREAD in said
    assert ", 3 frames" in run("match", "list").out
    shown = run("match", "show", match, "--json").json
    assert (shown["summary"]["duration_ms"], shown["summary"]["frames"]) == (64_900, 5)
    assert shown["summary"]["links_to"] == THREAD
    assert [seen["links_to"] for seen in shown["sightings"]] == [THREAD, None]
    pdq = next(each for each in shown["summary"]["signals"] if each["signal"] == "pdq")
    assert (pdq["at_ms"], pdq["moments"]) == (12_000, [12_000, 12_400, 47_000])


def test_a_match_in_the_beginning_of_a_video_says_that_it_lasts_longer(run, match, database):
    with database.writing() as session:
        session.execute(update(ImageRow).values(byte_size=100 * 2**20))  # as long as is read

    assert "at least 1:04 (it was read in part), 5 frames" in run("match", "show", match).out
    assert run("match", "show", match, "--json").json["summary"]["in_part"]


@pytest.mark.usefixtures("match")
def test_an_export_holds_where_it_was_seen(run, tmp_path):
    (row,) = csv.DictReader(io.StringIO(run("export", "matches", "--format", "csv").out))
    assert (row["duration_ms"], row["frames"], row["links_to"]) == ("64900", "5", THREAD)
    assert "in 3 of 5 frames: 0:12, 0:47" in row["signals"]
    (given,) = run("export", "matches", "--format", "json").json
    file = tmp_path / "matches.parquet"
    assert run("export", "matches", "--format", "parquet", "--output", file).code == 0
    (kept,) = parquet.read_table(file).to_pylist()
    assert kept["signals"] == given["signals"]
    assert (kept["duration_ms"], kept["frames"]) == (given["duration_ms"], given["frames"])


def test_a_still_picture_says_nothing_of_time(run, database, photos):
    now = datetime.now(UTC)
    with database.writing() as session:
        site = sites.add(session, Site("gallery", ("https://gallery.example/",)), now=now)
        image_id = sightings.image_id_of(session, hash_image(photos[0].read_bytes()), now=now)
        reference = ImageReference(PAGE, VIDEO, VIDEO, "img@src")
        sightings.sight(
            session, site.site_id, reference, image_id, etag=None, last_modified=None, now=now
        )
    case = run("case", "open", "--json").json["number"]
    registered = run("register", case, photos[0])
    assert "video" not in registered.out
    (listed,) = run("match", "list", "--json").json
    said = run("match", "show", listed["number"]).out
    assert not any(word in said for word in ("Lasts", "frame", "A click opens"))
    assert (listed["duration_ms"], listed["frames"]) == (None, 0)


def test_many_moments_are_said_in_one_line():
    signal = MatchSignal("pdq", "upright", 1, "R", 5000, tuple(range(0, 90_000, 500)))
    said = in_words(signal, 200)
    assert said.endswith(
        "in 180 of 200 frames: " + ", ".join(map(clock, range(0, 12_000, 1000))) + " …"
    )
    assert clock(3_725_999) == "1:02:05"
    assert clock(0) == "0:00"


def test_an_animation_is_registered_and_found(run, database, photos, tmp_path):
    whole, clip = tmp_path / "film.webp", tmp_path / "clip.gif"
    shots = [Image.open(photo).convert("RGB").resize((320, 240)) for photo in photos[:5]]
    shots[0].save(whole, "WEBP", save_all=True, append_images=shots[1:], duration=700)
    shots[2].save(clip, "GIF", save_all=True, append_images=shots[3:4], duration=500)
    now = datetime.now(UTC)
    with database.writing() as session:
        site = sites.add(session, Site("gallery", ("https://gallery.example/",)), now=now)
        image_id = sightings.image_id_of(session, hash_image(clip.read_bytes()), now=now)
        reference = ImageReference(PAGE, VIDEO, VIDEO, "img@src")
        sightings.sight(
            session, site.site_id, reference, image_id, etag=None, last_modified=None, now=now
        )
    case = run("case", "open", "--json").json["number"]

    done = run("register", case, whole, photos[4])

    assert ", an animation of 5 frames; found at 1 place on 1 site." in done.out
    assert "1 picture and 1 animation registered" in done.out
    assert run("register", case, whole, "--json").json["already"] == 1
    (listed,) = run("match", "list", "--json").json
    assert (listed["frames"], listed["duration_ms"]) == (2, 1000)
    pdq = next(each for each in listed["signals"] if each["signal"] == "pdq")
    assert pdq["moments"] == [0, 500]
