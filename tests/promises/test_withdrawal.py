"""A withdrawn registration is gone everywhere and never flagged again."""

import io
import zipfile
from datetime import UTC, datetime

from PIL import Image

from casework import registering, withdrawing
from domain.signal import SignalType
from signals.pictures import hash_image, hash_picture
from storage import cases, matches
from tests.promises.test_nothing_is_kept import dump


def parts(signals):
    """Each signal as bytes; of a constellation, a part would be too much, too."""
    for signal in signals:
        value = bytes.fromhex(signal.value)
        yield value
        if signal.type is SignalType.CONSTELLATION:
            yield from (value[start : start + 16] for start in range(4, len(value) - 16, 16))


def test_it_is_in_no_table_and_never_flagged_again(
    database, config, practice_site, add_site, crawl, register, photos
):
    exact = photos[0].read_bytes()
    with Image.open(photos[0]) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "WEBP", quality=70)
    practice_site.write("/exact.jpg", exact)
    practice_site.write("/repost.webp", out.getvalue())
    practice_site.write("/other.jpg", photos[1].read_bytes())
    practice_site.write("/", b"<img src=exact.jpg><img src=repost.webp><img src=other.jpg>")
    add_site("album", practice_site.url("/"))
    case = register(photos[0])
    other_case = register(photos[1])
    assert crawl("album").flagged == 3

    withdrawn = withdrawing.withdraw(
        database, case, actor="a test", reason="she asked", now=datetime.now(UTC)
    )

    assert (withdrawn.registrations, withdrawn.matches, withdrawn.images) == (1, 2, 2)
    signals = set(parts(hash_picture(exact).signals))
    assert sum(len(value) == 16 for value in signals) > 40  # a constellation is among them
    signals.add(bytes.fromhex(hash_image(out.getvalue()).sha256))
    needles = [*signals, *(value.hex().encode() for value in signals)]
    for value in dump(config.database_url):
        assert not any(needle in value for needle in needles)
    if database.dialect == "sqlite":
        for file in config.data.rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            assert not any(needle in content for needle in needles), file

    again = crawl("album")

    assert (again.state, again.flagged) == ("finished", 0)
    assert again.hashed == 2  # the two forgotten images, as any image on earth
    with database.reading() as session:
        assert [m.case for m in matches.list_matches(session)] == [other_case]


def test_in_an_archive_with_others_it_is_hashed_like_any_image_and_can_be_found_again(
    practice_site, add_site, crawl, register, database, config, photos
):
    """The archive has not changed, and holds another picture that is still known."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in (0, 1):
            archive.write(photos[number], f"{number}.jpg")
    practice_site.write("/all.zip", out.getvalue(), "application/zip")
    practice_site.write("/", b"<a href=all.zip>all of them</a>")
    add_site("album", practice_site.url("/"))
    case = register(photos[0])
    assert crawl("album").flagged == 1
    now = datetime.now(UTC)
    withdrawing.withdraw(database, case, actor="a test", reason=None, now=now)

    assert crawl("album").flagged == 0

    with database.writing() as session:
        anew = cases.open_case(session, now=now).number
    found = registering.register(
        database,
        anew,
        hash_picture(photos[0].read_bytes()),
        source="file",
        actor="a test",
        now=now,
        match_distance=config.match_distance,
    )
    assert (found.images, found.places) == (1, 1)


def test_no_frame_of_a_withdrawn_video_is_left(
    database, config, practice_site, add_site, crawl, photos
):
    """Neither of the registration nor of what was found: a copy, a clip, and one shared frame."""
    shots = [Image.open(photo).convert("RGB").resize((320, 240)) for photo in photos[:12]]

    def animation(*numbers):
        out = io.BytesIO()
        first, *others = [shots[number] for number in numbers]
        first.save(
            out, "WEBP", save_all=True, append_images=others, duration=400, lossless=True, method=0
        )
        return out.getvalue()

    copy = animation(*range(6))
    practice_site.write("/copy.webp", copy)
    practice_site.write("/clip.webp", animation(3, 4))
    practice_site.write("/shared.webp", animation(0, *range(6, 12)))
    practice_site.write("/other.webp", animation(*range(6, 12)))
    practice_site.write(
        "/", b"<img src=copy.webp><img src=clip.webp><img src=shared.webp><img src=other.webp>"
    )
    add_site("album", practice_site.url("/"))
    now = datetime.now(UTC)
    with database.writing() as session:
        case = cases.open_case(session, now=now).number
    picture = hash_picture(copy)
    done = registering.register(
        database, case, picture, source="file", actor="a test", now=now, match_distance=31
    )
    assert done.frames == 6
    assert crawl("album").flagged == 2
    assert SignalType.CONSTELLATION in {signal.type for signal in picture.signals}
    needles = set(parts(picture.signals))
    held = {needle for value in dump(config.database_url) for needle in needles if needle in value}
    assert held == needles, "the test would see them"

    withdrawn = withdrawing.withdraw(database, case, actor="a test", reason=None, now=now)

    assert (withdrawn.registrations, withdrawn.matches, withdrawn.images) == (1, 2, 3)
    for value in dump(config.database_url):
        assert not any(needle in value for needle in needles)
    if database.dialect == "sqlite":
        for file in config.data.rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            assert not any(needle in content for needle in needles), file
    again = crawl("album")
    assert (again.flagged, again.hashed) == (0, 3)
