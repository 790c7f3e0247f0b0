"""No byte of a page or an image is anywhere once the crawl is over."""

import base64
import io

from PIL import Image

PATTERN = b"VIGILPATTERN" + bytes(range(200, 232))
TEXT = b"words-that-only-this-page-holds"


def planted(photo, fmt, **options):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").resize((320, 240)).save(out, fmt, **options)
    body = out.getvalue()
    if fmt == "JPEG":  # a comment segment, where it changes no pixel
        return body[:2] + b"\xff\xfe" + (len(PATTERN) + 2).to_bytes(2, "big") + PATTERN + body[2:]
    return body + PATTERN


def test_the_planted_pattern_is_nowhere(
    tmp_path, practice_site, add_site, crawl, photos, config, database, register
):
    register(photos[0])
    practice_site.write("/a.jpg", planted(photos[0], "JPEG"))
    practice_site.write("/b.png", planted(photos[1], "PNG"))
    practice_site.write("/broken.jpg", PATTERN * 50)
    practice_site.write("/failing.jpg", PATTERN, status=500)
    inline = base64.b64encode(planted(photos[2], "JPEG")).decode()
    page = (
        f"<html><title>{TEXT.decode()}</title><p>{TEXT.decode()}</p><img src=a.jpg alt=x>"
        f"<img src=b.png><img src=broken.jpg><img src=failing.jpg>"
        f'<img src="data:image/jpeg;base64,{inline}">'
    )
    practice_site.write("/", page.encode() + PATTERN)
    add_site("album", practice_site.url("/"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    summary = crawl("album", TMPDIR=str(temporary), log=config.data / "crawl.log")

    assert summary.hashed == 3
    assert summary.undecodable == 1
    needles = [
        PATTERN,
        PATTERN.hex().encode(),
        TEXT,
        inline[:60].encode(),
        inline[400:460].encode(),
    ]
    needles.append(base64.b64encode(PATTERN)[:40])
    database.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(needle in content for needle in needles), path
    for row in dump(config.database_url):
        assert not any(needle in row for needle in needles)


def test_the_log_holds_no_address_and_no_signal(
    practice_site, add_site, crawl, photos, config, register
):
    register(photos[0])
    practice_site.write("/anna-from-springfield.jpg", planted(photos[0], "JPEG"))
    practice_site.write("/", b"<img src=anna-from-springfield.jpg><a href=/anna-gone>x</a>")
    practice_site.write("/anna-gone", b"", status=500)
    add_site("album", practice_site.url("/"))

    crawl("album", log=config.data / "crawl.log")

    log = (config.data / "crawl.log").read_text()
    assert "Crawl" in log
    assert "anna" not in log
    assert "http://" not in log


def dump(url):
    """Give every value of every table as bytes."""
    from sqlalchemy import MetaData, create_engine

    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(table.select()):
                for value in row:
                    yield (
                        bytes(value)
                        if isinstance(value, memoryview | bytes)
                        else str(value).encode()
                    )
    engine.dispose()
