"""A real crawl of a real site on loopback, and what it leaves in the database."""

import base64
import io

import pytest
from PIL import Image
from sqlalchemy import func, select

from domain.signal import SignalType
from storage import crawls, matches
from storage.tables import ImageRow, SightingRow

# What this shows is the same whatever keeps the rows.
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def recoded(photo, fmt="JPEG", **options):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").resize((picture.width * 2 // 3, picture.height * 2 // 3)).save(
            out, fmt, **options
        )
    return out.getvalue()


def test_a_repost_is_flagged_once_however_often_it_is_sighted(
    database, practice_site, add_site, crawl, register, photos
):
    case = register(photos[0])
    practice_site.write("/a.webp", recoded(photos[0], "WEBP", quality=60))
    practice_site.write("/other.jpg", recoded(photos[1]))
    practice_site.write("/", b"<img src=a.webp><img src=other.jpg><a href=two.html>more</a>")
    practice_site.write("/two.html", b"<img src=a.webp>")
    add_site("album", practice_site.url("/"))

    summary = crawl("album")

    assert (summary.state, summary.flagged) == ("finished", 1)
    assert (summary.references, summary.hashed, summary.duplicate) == (3, 2, 1)
    with database.reading() as session:
        (match,) = matches.list_matches(session)
    assert (match.case, match.state, match.sightings) == (case, "flagged", 2)
    assert {signal.signal for signal in match.signals} >= {SignalType.PDQ.value}
    assert match.distance is not None
    assert 0 < match.distance <= 31


def test_a_second_crawl_asks_only_what_changed(practice_site, add_site, crawl, photos, database):
    practice_site.write("/a.jpg", recoded(photos[0]))
    practice_site.write("/b.jpg", recoded(photos[1]))
    practice_site.write("/", b"<img src=a.jpg><a href=b.html>b</a>")
    practice_site.write("/b.html", b"<img src=b.jpg>")
    add_site("album", practice_site.url("/"))
    first = crawl("album")
    practice_site.write("/b.jpg", recoded(photos[2]))

    second = crawl("album")

    assert (first.pages_fetched, first.hashed) == (2, 2)
    assert (second.pages_fetched, second.pages_unchanged) == (0, 2)
    assert (second.unchanged, second.hashed) == (1, 1)
    with database.reading() as session:
        gone = session.scalars(select(SightingRow.gone_at)).all()
    assert sorted(when is not None for when in gone) == [False, False, True]


def test_what_a_page_no_longer_shows_is_gone_and_what_cannot_be_reached_is_not(
    practice_site, add_site, crawl, photos, database
):
    for name, photo in zip(("kept", "dropped", "deleted", "broken"), photos, strict=False):
        practice_site.write(f"/{name}.jpg", recoded(photo))
    page = b"<img src=kept.jpg><img src=dropped.jpg><img src=deleted.jpg><img src=broken.jpg>"
    practice_site.write("/", page)
    add_site("album", practice_site.url("/"))
    crawl("album")
    practice_site.write("/", page.replace(b"<img src=dropped.jpg>", b""))
    practice_site.gone("/deleted.jpg")
    practice_site.write("/broken.jpg", b"", status=403)

    crawl("album")

    with database.reading() as session:
        rows = matches_by_address(session)
    assert rows == {"kept": False, "dropped": True, "deleted": True, "broken": False}


@ONLY_SQLITE
def test_what_a_gate_hides_is_not_taken_for_gone(practice_site, add_site, crawl, photos, database):
    practice_site.write("/a.jpg", recoded(photos[0]))
    practice_site.write("/enter", b"<p>Welcome")
    pages = {
        "open": b"<img src=a.jpg>",
        "shut": b"<a href=/enter>Enter now</a>",
        "empty": b"<p>Nothing is here any more.",
    }
    add_site("gated", practice_site.url("/"), age_gate="Enter now")
    seen = []

    for page in ("open", "shut", "empty"):
        practice_site.write("/", pages[page])
        crawl("gated")
        with database.reading() as session:
            seen.append(matches_by_address(session))

    assert seen == [{"a": False}, {"a": False}, {"a": True}]


@ONLY_SQLITE
def test_what_stands_on_a_page_and_is_not_asked_for_is_not_gone(
    practice_site, add_site, crawl, photos, database
):
    for n, name in enumerate(("icons/new", "photo-300x200", "photo-600x400")):
        practice_site.write(f"/{name}.jpg", recoded(photos[n]))
    page = b"<img src=icons/new.jpg><img src=photo-300x200.jpg>"
    practice_site.write("/", page)
    add_site("album", practice_site.url("/"))
    crawl("album")
    page = page.replace(b"new.jpg", b"new.jpg height=16") + b"<img src=photo-600x400.jpg>"
    practice_site.write("/", page)

    changed, unchanged = crawl("album"), crawl("album")

    assert (changed.pages_fetched, unchanged.pages_unchanged) == (1, 1)
    with database.reading() as session:
        rows = matches_by_address(session)
    assert rows == {"new": False, "photo-300x200": False, "photo-600x400": False}


def matches_by_address(session):
    from storage.tables import ImageUrlRow

    rows = session.execute(
        select(ImageUrlRow.url, SightingRow.gone_at).join(
            SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id
        )
    )
    return {url.rsplit("/", 1)[1].split(".")[0]: gone is not None for url, gone in rows}


@ONLY_SQLITE
def test_robots_txt_is_obeyed_unless_a_reason_is_recorded(practice_site, add_site, crawl, photos):
    practice_site.write(
        "/robots.txt", b"User-agent: *\nDisallow: /secret/", content_type="text/plain"
    )
    practice_site.write("/secret/a.jpg", recoded(photos[0]))
    practice_site.write("/", b"<img src=secret/a.jpg>")
    add_site("obeying", practice_site.url("/"))
    add_site("reasoned", practice_site.url("/"), obey_robots=False, robots_reason="evidence")

    obeying, reasoned = crawl("obeying"), crawl("reasoned")

    assert (obeying.refused, obeying.hashed) == (1, 0)
    assert (reasoned.refused, reasoned.hashed) == (0, 1)


@ONLY_SQLITE
def test_a_site_gets_its_headers_and_cookies_and_nobody_else_does(
    practice_site, other_site, add_site, crawl, photos
):
    other_site.write("/cdn.jpg", recoded(photos[0]))
    # Cookies know no ports, so the other site has to have another name.
    abroad_host = other_site.host.replace("127.0.0.1", "localhost")
    practice_site.write("/", f'<img src="http://{abroad_host}/cdn.jpg">'.encode())
    add_site(
        "keyed", practice_site.url("/"), headers={"X-Key": "sesame"}, cookies={"age": "over18"}
    )

    crawled = crawl("keyed", VIGIL_PRACTICE_HOSTS=f"{practice_site.host},{abroad_host}")

    assert crawled.hashed == 1

    (_, _, at_home) = next(r for r in practice_site.requests if r[1] == "/")
    (_, _, abroad) = next(r for r in other_site.requests if r[1] == "/cdn.jpg")
    assert at_home["X-Key"] == "sesame"
    assert "age=over18" in at_home["Cookie"]
    assert "X-Key" not in abroad
    assert "Cookie" not in abroad


@ONLY_SQLITE
def test_budgets_hold(practice_site, add_site, crawl):
    for n in range(40):
        practice_site.write(
            f"/{n}", f"<a href=/{n + 1}>next</a>".encode(), content_type="text/html"
        )
    add_site("deep", practice_site.url("/0"), max_depth=5)
    add_site("long", practice_site.url("/0"), max_pages=7, max_depth=100)

    assert crawl("deep").pages_fetched == 6
    assert crawl("long").pages_fetched == 7


def test_a_picture_registered_after_the_crawl_is_flagged_without_another(
    database, practice_site, add_site, crawl, register, photos
):
    practice_site.write("/a.png", recoded(photos[0], "PNG"))
    practice_site.write("/", b"<img src=a.png>")
    add_site("album", practice_site.url("/"))
    assert crawl("album").flagged == 0

    case = register(photos[0])

    with database.reading() as session:
        assert [m.case for m in matches.list_matches(session)] == [case]


def test_a_picture_registered_while_the_crawl_runs_is_flagged(
    database, practice_site, add_site, start_crawl, wait_for, register, photos
):
    practice_site.write("/last.jpg", recoded(photos[0]))
    practice_site.slow("/last.jpg", 4.0)
    practice_site.write("/first.jpg", recoded(photos[1]))
    practice_site.write("/", b"<img src=first.jpg><img src=last.jpg>")
    add_site("album", practice_site.url("/"))
    process = start_crawl("album")
    wait_for(lambda: _count(database, ImageRow) == 1)

    case = register(photos[0])
    assert process.wait(timeout=60) == 0

    with database.reading() as session:
        assert [m.case for m in matches.list_matches(session)] == [case]
        assert crawls.list_crawls(session, site="album")[0].flagged == 1


def _count(database, table):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("times", [2])
def test_a_killed_crawl_loses_and_doubles_nothing(
    database, practice_site, add_site, start_crawl, crawl, wait_for, photos, times
):
    expected = 24
    for n in range(expected):
        practice_site.write(f"/{n}.jpg", recoded(photos[n]))
        practice_site.write(f"/{n}.html", f"<img src={n}.jpg>".encode())
    links = "".join(f"<a href={n}.html>{n}</a>" for n in range(expected))
    practice_site.write("/", links.encode())
    add_site("album", practice_site.url("/"), rate=15)
    for n in range(times):
        process = start_crawl("album")
        wait_for(lambda n=n: _count(database, SightingRow) >= 5 * (n + 1))
        process.kill()
        process.wait()
        forget_heartbeat(database)

    summary = crawl("album")

    assert summary.state == "finished"
    assert _count(database, SightingRow) == expected
    with database.reading() as session:
        pairs = session.execute(
            select(SightingRow.page_id, SightingRow.image_url_id, SightingRow.gone_at)
        ).all()
        states = [c.state for c in crawls.list_crawls(session)]
    assert len({(page, url) for page, url, _ in pairs}) == expected
    assert all(gone is None for *_, gone in pairs)
    assert states == ["finished", "crashed", "crashed"]


def forget_heartbeat(database):
    """Let the heartbeat of a killed crawl be old already, instead of waiting a minute."""
    from datetime import UTC, datetime, timedelta

    from sqlalchemy import update

    from storage.tables import CrawlRow

    with database.writing() as session:
        session.execute(
            update(CrawlRow)
            .where(CrawlRow.state == "running")
            .values(heartbeat_at=datetime.now(UTC) - timedelta(minutes=5))
        )


@ONLY_SQLITE
def test_a_redirected_page_is_read_where_it_leads(practice_site, add_site, crawl, photos):
    practice_site.redirect("/", practice_site.url("/home/"))
    practice_site.write("/home/", b"<img src=a.jpg>", content_type="text/html")
    practice_site.write("/home/a.jpg", recoded(photos[0]))
    add_site("moved", practice_site.url("/"))

    summary = crawl("moved")

    assert (summary.pages_fetched, summary.hashed) == (1, 1)


@ONLY_SQLITE
def test_a_picture_within_an_unchanged_page_stays_sighted(
    practice_site, add_site, crawl, photos, database
):
    inline = base64.b64encode(recoded(photos[0])).decode()
    practice_site.write("/", f'<img src="data:image/jpeg;base64,{inline}">'.encode())
    add_site("inline", practice_site.url("/"))

    first, second = crawl("inline"), crawl("inline")

    assert (first.hashed, second.pages_unchanged, second.unchanged) == (1, 1, 1)
    with database.reading() as session:
        (sighting,) = session.scalars(select(SightingRow)).all()
    assert sighting.gone_at is None
    assert sighting.last_seen > first.ended_at


@ONLY_SQLITE
def test_an_image_that_failed_is_tried_again_though_its_page_has_not_changed(
    practice_site, add_site, crawl, photos
):
    practice_site.write("/", b"<img src=a.jpg>")
    practice_site.write("/a.jpg", b"busy", status=503)
    add_site("busy", practice_site.url("/"))
    first = crawl("busy")
    practice_site.write("/a.jpg", recoded(photos[0]))

    second, third = crawl("busy"), crawl("busy")

    assert (first.failed, second.failed, second.hashed) == (1, 0, 1)
    # Read in full while something on it was due for another try, and not any longer.
    assert (second.pages_fetched, second.pages_unchanged) == (1, 0)
    assert (third.pages_fetched, third.pages_unchanged) == (0, 1)
