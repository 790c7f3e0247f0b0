"""Real crawls of galleries that publish each photograph at several addresses."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from storage import crawls
from storage.tables import ImageUrlRow, SightingRow

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

_FAST = {"rate": 1000.0}
NUMBER = 16


def resized(photo, long_side):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").resize(
            (long_side, round(picture.height * long_side / picture.width))
        ).save(out, "JPEG", quality=88)
    return out.getvalue()


def write_gallery(site, photos):
    """Write two lists of thumbnails, and for each a page with a small one and the original."""
    for number, photo in enumerate(photos):
        site.write(f"/{number}.jpg", resized(photo, 700), "image/jpeg")
        site.write(f"/{number}_small.jpg", resized(photo, 400), "image/jpeg")
        site.write(f"/{number}_thumb.jpg", resized(photo, 200), "image/jpeg")
        page = f"<img src={number}_small.jpg><p><a href={number}.jpg>Original</a>"
        site.write(f"/{number}.html", page.encode())
    half = len(photos) // 2
    for name, part in (("one", range(half)), ("two", range(half, len(photos)))):
        thumbs = "".join(f"<a href={n}.html><img src={n}_thumb.jpg></a>" for n in part)
        site.write(f"/{name}.html", thumbs.encode())
    site.write("/", b"<a href=one.html>1</a><a href=two.html>2</a>")


@pytest.fixture
def gone(database):
    """The paths of images that were sighted, and whether each is gone."""

    def read():
        with database.reading() as session:
            rows = session.execute(
                select(ImageUrlRow.url, SightingRow.gone_at).join(
                    SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id
                )
            ).all()
        return {"/" + url.split("/", 3)[3]: moment is not None for url, moment in rows}

    return read


@pytest.fixture
def said(database):
    def read(summary, what):
        with database.reading() as session:
            errors = crawls.errors(session, summary.crawl_id, limit=1000)
        return [error.reason for error in errors if error.what == what]

    return read


def test_smaller_sizes_are_left_once_their_words_are_known(
    practice_site, add_site, crawl, register, photos, gone, said
):
    write_gallery(practice_site, photos[:NUMBER])
    near = range(NUMBER - 4, NUMBER)
    for number in near:
        register(photos[number])
    add_site("album", practice_site.url("/"), **_FAST)

    first = crawl("album")

    asked = [path for _, path, _ in practice_site.requests]
    assert first.state == "finished"
    assert sum(path.endswith("_thumb.jpg") for path in asked) <= NUMBER * 3 // 4
    assert {f"/{n}.jpg" for n in range(NUMBER)} <= gone().keys()
    assert not any(gone().values())
    assert (first.unfinished, first.failed, first.references) == (0, 0, 3 * NUMBER)
    named = " ".join(said(first, "sizes"))
    assert "with “_thumb” in their address were not asked for" in named
    # All places are wanted of what is near a registration, once that is known.
    sizes = {f"/{n}_{size}.jpg" for n in near for size in ("thumb", "small")}
    assert not sizes <= gone().keys()

    second = crawl("album")

    assert sizes <= gone().keys()
    assert second.pages_fetched == 0
    assert second.unfinished == second.failed == 0
    assert not any(gone().values())


def test_where_the_larger_one_fails_the_smaller_one_is_asked_for(
    practice_site, add_site, crawl, photos, gone
):
    write_gallery(practice_site, photos[:NUMBER])
    for number in range(NUMBER // 2, NUMBER):
        practice_site.remove(f"/{number}.jpg")
        practice_site.remove(f"/{number}_small.jpg")
    add_site("album", practice_site.url("/"), **_FAST)

    crawl("album")

    assert {f"/{n}_thumb.jpg" for n in range(NUMBER // 2, NUMBER)} <= gone().keys()


def test_a_word_that_hides_other_pictures_is_found_out(
    practice_site, add_site, crawl, register, photos, gone
):
    pairs = photos[:6]
    for number, photo in enumerate(pairs):
        practice_site.write(f"/{number}.jpg", resized(photo, 700), "image/jpeg")
        practice_site.write(f"/{number}_b.jpg", resized(photo, 300), "image/jpeg")
    hidden = range(10, 18)
    for number in hidden:
        practice_site.write(f"/{number}.jpg", resized(photos[number], 700), "image/jpeg")
        practice_site.write(f"/{number}_b.jpg", resized(photos[number + 10], 300), "image/jpeg")
    register(photos[10])
    add_site("album", practice_site.url("/"), rate=100.0)
    practice_site.write("/", b"<img src=10.jpg>")
    assert crawl("album").flagged == 1
    shown = "".join(f"<img src={n}.jpg><img src={n}_b.jpg>" for n in range(len(pairs)))
    practice_site.write("/", f"{shown}<a href=next.html>next</a>".encode())
    kept = "".join(f"<img src={n}.jpg><img src={n}_b.jpg>" for n in reversed(hidden))
    practice_site.write("/next.html", kept.encode())
    practice_site.slow("/next.html", 2.0)  # the word is believed when it comes

    summary = crawl("album")

    assert {f"/{n}_b.jpg" for n in hidden} <= gone().keys()
    assert summary.unfinished == summary.failed == 0


def test_a_size_that_is_no_longer_asked_for_is_not_taken_for_gone(
    practice_site, add_site, crawl, photos, gone
):
    for name, side in (("boat-320w", 320), ("boat-640w", 640), ("boat", 900), ("plane", 300)):
        practice_site.write(f"/{name}.jpg", resized(photos[0], side), "image/jpeg")
    practice_site.write("/", b"<img src=boat-320w.jpg><img src=plane.jpg>")
    practice_site.write("/two", b"<img src=boat-320w.jpg>")
    add_site("album", practice_site.url("/"), practice_site.url("/two"), **_FAST)
    crawl("album")
    sizes = b"srcset='boat-320w.jpg 320w, boat-640w.jpg 640w'"
    practice_site.write("/", b"<img " + sizes + b">")
    practice_site.write("/two", b"<a href=boat.jpg><img " + sizes + b"></a>")

    crawl("album")

    assert gone() == {
        "/boat-320w.jpg": False, "/plane.jpg": True, "/boat-640w.jpg": False, "/boat.jpg": False,
    }  # fmt: skip
