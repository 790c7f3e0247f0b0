"""Hostile and broken things cost at most themselves, and each says in one sentence what it was."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from storage import crawls


def jpeg(photo):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def huge_png():
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 50_000, 40_000, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.fixture
def errors(database):
    def of(summary):
        with database.reading() as session:
            return {
                e.url.rsplit("/", 1)[-1]: (e.outcome, e.reason)
                for e in crawls.errors(session, summary.crawl_id)
            }

    return of


def test_each_bad_image_costs_one_image(practice_site, add_site, crawl, photos, errors):
    good = jpeg(photos[0])
    practice_site.write("/good.jpg", good)
    practice_site.write("/empty.jpg", b"")
    practice_site.write("/half.jpg", jpeg(photos[1])[: len(good) // 3])
    practice_site.write("/text.jpg", b"this is no picture", content_type="image/jpeg")
    practice_site.write("/huge.png", huge_png())
    practice_site.write("/lying.gif", jpeg(photos[2]), content_type="image/gif")
    practice_site.write("/missing.jpg", b"nothing here", status=404)
    practice_site.write("/broken.jpg", b"oops", status=500)
    practice_site.write("/big.jpg", good + bytes(22 * 1024 * 1024))
    practice_site.drop("/dropped.jpg")
    small = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(small, "PNG")
    practice_site.write("/icon.png", small.getvalue())
    names = ["empty.jpg", "half.jpg", "text.jpg", "huge.png", "lying.gif", "missing.jpg"]
    names += ["broken.jpg", "big.jpg", "dropped.jpg", "icon.png", "good.jpg"]
    practice_site.write("/", "".join(f"<img src={name}>" for name in names).encode())
    add_site("hostile", practice_site.url("/"))

    summary = crawl("hostile")
    said = errors(summary)

    assert summary.state == "finished"
    assert summary.references == len(names)
    assert (summary.hashed, summary.too_small, summary.undecodable) == (2, 1, 4)
    assert (summary.failed, summary.refused, summary.unfinished) == (4, 0, 0)
    assert "2,000,000,000" in said["huge.png"][1] or "2000" in said["huge.png"][1]
    assert said["missing.jpg"] == ("failed", "It is gone: the site answers 404.")
    assert "VIGIL_MAX_IMAGE_MB" in said["big.jpg"][1]
    assert all(reason for _, reason in said.values())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_page_made_to_exhaust_us_is_counted_to_the_last(
    practice_site, add_site, crawl, photos, errors
):
    practice_site.write("/a.jpg", jpeg(photos[0]))
    practice_site.write("/", b"<img src=a.jpg>" + b"<img src=//[>" * 100_000)
    add_site("exhausting", practice_site.url("/"))

    summary = crawl("exhausting")

    assert (summary.state, summary.hashed) == ("finished", 1)
    assert (summary.references, summary.unfinished) == (100_001, 0)
    assert summary.refused + summary.undecodable == 100_000
    assert "99,000 more image references" in errors(summary)[""][1]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_page_that_is_no_page_is_named(practice_site, add_site, crawl, errors, photos):
    practice_site.write("/doc", b"%PDF-1.7", content_type="application/pdf")
    practice_site.write("/picture", jpeg(photos[0]), content_type="image/jpeg")
    practice_site.write("/broken", b"no", status=503)
    practice_site.write("/", b"<a href=doc>d</a><a href=picture>p</a><a href=broken>b</a>")
    add_site("mixed", practice_site.url("/"))

    summary = crawl("mixed")
    said = errors(summary)

    assert said["doc"] == ("refused", "It is application/pdf, not a page.")
    assert said["broken"] == ("failed", "The site answers 503.")
    assert summary.hashed == 1  # the link that led to a picture after all


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_site_that_is_down_fails_its_crawl_and_keeps_its_sightings(
    practice_site, add_site, crawl, photos, database
):
    practice_site.write("/a.jpg", jpeg(photos[0]))
    practice_site.write("/", b"<img src=a.jpg>")
    add_site("fragile", practice_site.url("/"))
    crawl("fragile")
    practice_site.stop()

    summary = crawl("fragile")

    assert summary.state == "failed"
    assert "down" in summary.reason
    from sqlalchemy import select

    from storage.tables import SightingRow

    with database.reading() as session:
        assert session.scalars(select(SightingRow.gone_at)).all() == [None]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_unknown_site_and_a_second_crawl_are_refused_in_a_sentence(
    practice_site, add_site, start_crawl, wait_for, database
):
    practice_site.write("/", b"<img src=a.jpg>")
    practice_site.slow("/a.jpg", 15.0)
    add_site("slow", practice_site.url("/"))
    first = start_crawl("slow")

    def under_way():
        with database.reading() as session:
            return crawls.latest(session, "slow") is not None

    wait_for(under_way)
    second = start_crawl("slow", capture=True)
    unknown = start_crawl("nowhere", capture=True)

    assert second.wait(timeout=30) == 4
    assert "under way" in second.stderr.read()
    assert unknown.wait(timeout=30) == 1
    assert "Traceback" not in unknown.stderr.read()
    first.terminate()
    assert first.wait(timeout=30) == 5
    with database.reading() as session:
        ended = crawls.list_crawls(session, site="slow")[0]
    assert (ended.state, ended.unfinished) == ("stopped", 0)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_scrapy_users_find_their_commands(environment):
    import subprocess
    import sys

    from crawler.visit import PROJECT

    listed = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=PROJECT,
        timeout=60,
        check=True,
    )
    assert listed.stdout.split() == ["site"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_scrapy_crawl_does_the_same(environment, practice_site, add_site, photos, database):
    import subprocess
    import sys

    from crawler.visit import PROJECT

    practice_site.write("/a.jpg", jpeg(photos[0]))
    practice_site.write("/", b"<img src=a.jpg>")
    add_site("album", practice_site.url("/"))

    subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "site", "-a", "site=album"],
        env=environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host},
        cwd=PROJECT,
        timeout=60,
        check=True,
        capture_output=True,
    )

    with database.reading() as session:
        assert crawls.list_crawls(session, site="album")[0].hashed == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_disk_that_fills_up_stops_the_crawl_and_keeps_what_was_recorded(
    practice_site, add_site, environment, database, photos
):
    import subprocess
    import sys

    from sqlalchemy import func, select

    from crawler.visit import PROJECT
    from storage.tables import SightingRow

    for n in range(200):
        links = "".join(f"<a href=/{n}/{m}>{'x' * 50}</a>" for m in range(200))
        practice_site.write(f"/{n}.html", f"<img src={n}.jpg>{links}".encode())
        practice_site.write(f"/{n}.jpg", jpeg(photos[n % len(photos)]) + bytes([n]))
    practice_site.write("/", "".join(f"<a href={n}.html>{n}</a>" for n in range(200)).encode())
    # Slow enough that most of it is still to come when the disk is found full.
    add_site("album", practice_site.url("/"), max_pages=200, rate=40.0)

    # A limit on the size of files is what a full disk looks like to whoever writes.
    crawled = subprocess.run(
        ["bash", "-c", 'ulimit -f 500; exec "$0" -m crawler album', sys.executable],
        env=environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host},
        cwd=PROJECT, text=True, capture_output=True, timeout=100, check=False,
    )  # fmt: skip

    assert crawled.returncode == 6
    assert "stops" in crawled.stderr
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SightingRow)) > 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_page_that_never_comes_does_not_keep_a_crawl_from_stopping(
    practice_site, add_site, start_crawl, wait_for, database
):
    practice_site.write("/", b"<img src=slow.jpg><a href=slow.html>s</a>")
    practice_site.hang("/slow.html")
    practice_site.hang("/slow.jpg")
    add_site("hanging", practice_site.url("/"))
    process = start_crawl("hanging")
    wait_for(lambda: practice_site.requested("/slow.html"))

    process.terminate()
    time.sleep(0.3)
    process.terminate()  # as a service does that signals all of its group, and the scheduler

    assert process.wait(timeout=15) == 5
    with database.reading() as session:
        ended = crawls.list_crawls(session, site="hanging")[0]
    assert (ended.state, ended.references, ended.failed) == ("stopped", 1, 1)
