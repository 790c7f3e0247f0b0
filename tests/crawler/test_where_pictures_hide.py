"""Real crawls of a practice site on which a registered picture stands in one place only.

One crawl visits a start page for each way to hide it; each way has an address of its own.
"""

import gzip
import io
import json

import pytest
from PIL import Image
from sqlalchemy import select

from storage import matches
from storage.tables import ImageUrlRow, MatchRow, PageRow, SightingRow

JSON = "application/json"
XML = "application/xml"
CSS = "text/css"
HTML = "text/html"


class Way:
    """Pages below a folder; the picture is ``x.jpg`` there unless said otherwise."""

    def __init__(self, start, pages=(), picture="x.jpg", *, picture_type="image/jpeg", headers=()):
        self.start = start
        self.pages = dict(pages)
        self.picture = picture
        self.picture_type = picture_type
        self.headers = dict(headers)


RSS = (
    '<rss xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/x"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item>{}</item></channel>'
    "</rss>"
)
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><entry>{}</entry></feed>"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{}</svg>"
FEED = "<link rel=alternate type=application/rss+xml href=feed>"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def feed(inner):
    return Way(FEED, {"feed": (RSS.format(inner), "application/rss+xml")})


def announced(document):
    link = "<link rel=alternate type=application/json href=data.json>"
    return Way(link, {"data.json": (json.dumps(document), JSON)})


WAYS = {
    "style-sheet": Way(
        "<link rel=stylesheet href=s.css>", {"s.css": ("i{background:url(x.jpg)}", CSS)}
    ),
    "imported-sheet": Way(
        "<style>@import 's.css';</style>",
        {"s.css": ("@import url(t.css);", CSS), "t.css": ("i{content:url('x.jpg')}", CSS)},
    ),
    "rss-enclosure": feed("<enclosure url='x.jpg' type='image/jpeg' length='1'/>"),
    "rss-media-content": feed("<media:content url='x?id=1' medium='image'/>"),
    "rss-media-thumbnail": feed("<media:thumbnail url='x?id=2'/>"),
    "rss-itunes": feed("<itunes:image href='x.jpg'/>"),
    "rss-description": feed("<description>&lt;img src='x.jpg'&gt;</description>"),
    "rss-content": feed("<content:encoded><![CDATA[<p><img src='x.jpg'>]]></content:encoded>"),
    "rss-link": Way(
        FEED,
        {
            "feed": (RSS.format("<link>/rss-link/post</link>"), "text/html"),
            "post": ("<img src=x.jpg>", HTML),
        },
    ),
    "atom-link": Way(
        "<link rel=alternate type=application/atom+xml href=feed>",
        {
            "feed": (
                ATOM.format("<link href='post'/>"),
                "application/atom+xml",
            ),
            "post": ("<img src=x.jpg>", HTML),
        },
    ),
    "atom-xhtml": Way(
        "<link rel=alternate type=application/atom+xml href=feed>",
        {
            "feed": (
                ATOM.format(
                    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
                    "<img src='x.jpg'/></div></content>"
                ),
                "text/plain",
            )
        },
    ),
    "manifest": Way(
        "<link rel=manifest href=app.webmanifest>",
        {
            "app.webmanifest": (
                json.dumps({"screenshots": [{"sizes": "9x9"}, {"src": "./x?s=1"}]}),
                "application/manifest+json",
            )
        },
    ),
    "json": announced({"posts": [{"file": {"path": "/json/x.jpg"}}]}),
    "json-cooked": announced({"topic": {"cooked": '<p><a href="#"><img src="x.jpg"></a></p>'}}),
    "json-in-json": announced({"props": json.dumps({"photo": "/json-in-json/x?f=1"})}),
    "json-page": Way(
        "<link rel=alternate type=application/json href=data>",
        {
            "data": (json.dumps({"next": "/json-page/two"}), HTML),
            "two": ("<img src=x.jpg>", HTML),
        },
    ),
    "wordpress": Way(
        "<link rel='https://api.w.org/' href=/wordpress/wp-json/>",
        {
            "wp-json/wp/v2/posts": (
                json.dumps([{"content": {"rendered": '<img src="/wordpress/x.jpg">'}}]),
                JSON,
            )
        },
    ),
    "wordpress-plain": Way(
        "<link rel='https://api.w.org/' href='/wordpress-plain/?rest_route=/'>",
        {
            "?rest_route=/wp/v2/media&per_page=100": (
                json.dumps([{"guid": {}, "source_url": "/wordpress-plain/x.jpg"}]),
                JSON,
            )
        },
    ),
    "oembed": Way(
        "<link rel=alternate type=application/json+oembed href=oembed.json>",
        {"oembed.json": (json.dumps({"thumbnail_url": "x.jpg", "type": "photo"}), JSON)},
    ),
    "json-ld": Way(
        '<script type=application/ld+json>{"image":{"@type":"ImageObject","url":'
        '"\\/json-ld\\/x?id=3"}}</script>'
    ),
    "json-script-page": Way(
        '<script type=application/json>{"albums":[{"url":"/json-script-page/two"}]}</script>',
        {"two": ("<img src=x.jpg>", HTML)},
    ),
    "script-array": Way("<script>var album = ['a b', 'x.jpg', \"it's\"];</script>"),
    "script-escaped": Way('<script>p={"u":"\\/script-escaped\\u002fx.jpg"}</script>'),
    "script-after-apostrophe": Way("<script>// don't\nvar r=/'/; f('x.jpg')</script>"),
    "script-writes-html": Way("<script>document.write('<img src=\"x.jpg\">')</script>"),
    "script-template": Way("<script type=text/x-template><b><img src=x.jpg></b></script>"),
    "attribute-json": Way('<div data-album=\'[{"full":"x.jpg"}]\'></div>'),
    "on-click": Way("<a onclick=\"show('x.jpg')\">see</a>"),
    "data-next": Way("<div data-next-url=?page=2>", {"?page=2": ("<img src=x.jpg>", HTML)}),
    "load-more": Way(
        "<button data-url=/load-more/part>more</button>",
        {"part": ("<img src=x.jpg>", HTML)},
    ),
    "body-next": Way("<a class=next href=?page=2>2</a>", {"?page=2": ("<img src=x.jpg>", HTML)}),
    "link-header": Way(
        "", {"two": ("<img src=x.jpg>", HTML)}, headers={"Link": '<two>; rel="next"'}
    ),
    "no-type": Way("<a href=show?id=9>see</a>", picture="show?id=9", picture_type="text/plain"),
    "octet-stream": Way(
        "<a href=get/9>get</a>", picture="get/9", picture_type="application/octet-stream"
    ),
    "wiki": Way(
        "<a href='/wiki/File:x.jpg'>the file</a>",
        {"/wiki/File:x.jpg": ("<img src=/wiki/original.png>", HTML)},
        picture="/wiki/original.png",
    ),
    "hoster": Way(
        "<a href=/hoster/view/x.jpg>see</a>",
        {"view/x.jpg": ("<title>x</title><img src=/hoster/i/x.jpg>", HTML)},
        picture="i/x.jpg",
    ),
    "frame-srcdoc": Way("<iframe srcdoc='&lt;script&gt;s=&quot;x.jpg&quot;&lt;/script&gt;'>"),
    "svg-file": Way(
        "<iframe src=drawing></iframe>",
        {
            "drawing": (
                SVG.format("<image xlink:href='x.jpg'/>"),
                "image/svg+xml",
            )
        },
    ),
    "album-xml": Way(
        "<a href=album.xml>album</a>", {"album.xml": ("<a><f n='1'>x.jpg</f></a>", XML)}
    ),
    "plain-list": Way("<a href=list.txt>list</a>", {"list.txt": ("{site}x.jpg\n", "text/plain")}),
}


def saved_anew(photo, *, quality):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").resize((320, 240)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def in_folder(name, path):
    return path if path.startswith("/") else f"/{name}/{path}"


def plant(site, name, way, picture):
    site.write(f"/{name}/", way.start.encode(), HTML, headers=way.headers)
    for path, (body, kind) in way.pages.items():
        written = body.replace("{site}", site.url(f"/{name}/"))
        site.write(in_folder(name, path), written.encode(), kind)
    for path in {way.picture, "x"}:
        site.write(in_folder(name, path), picture, way.picture_type)


def flagged_addresses(database):
    """Return where copies of registered pictures were sighted."""
    with database.reading() as session:
        rows = session.execute(
            select(ImageUrlRow.url, PageRow.url, SightingRow.links_to)
            .join(SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id)
            .join(PageRow, PageRow.page_id == SightingRow.page_id)
            .join(MatchRow, MatchRow.image_id == SightingRow.image_id)
            .where(SightingRow.gone_at.is_(None))
        ).all()
    return {address: (page, links_to) for address, page, links_to in rows}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_picture_is_flagged_wherever_it_hides(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    # Each a file of its own: a crawl soon leaves a site that has only one picture, everywhere.
    for number, (name, way) in enumerate(WAYS.items()):
        plant(practice_site, name, way, saved_anew(photos[0], quality=45 + number))
    add_site("ways", *(practice_site.url(f"/{name}/") for name in WAYS), rate=500.0)

    summary = crawl("ways")

    assert (summary.state, summary.unfinished) == ("finished", 0)
    found = {address.split("/")[3] for address in flagged_addresses(database)}
    assert set(WAYS) - found == set()
    assert summary.flagged == len(WAYS)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_maps_of_the_site_lead_to_pictures(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    for name in ("/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg"):
        practice_site.write(name, photos[0].read_bytes())
    at = practice_site.url
    robots = f"User-agent: *\nAllow: /\nSitemap: {at('/maps/index.xml')}\n"
    practice_site.write("/robots.txt", robots.encode())
    practice_site.write("/", b"<p>nothing")
    index = "".join(
        f"<sitemap><loc>{at(path)}</loc></sitemap>"
        for path in ("/maps/pages.xml.gz", "/maps/images.xml", "/maps/bomb.xml.gz")
    )
    practice_site.write(
        "/maps/index.xml", f"<sitemapindex xmlns='{SITEMAP}'>{index}</sitemapindex>".encode()
    )
    pages = f"<?xml version='1.0'?><urlset><url><loc>{at('/hidden')}</loc></url></urlset>"
    practice_site.write("/maps/pages.xml.gz", gzip.compress(pages.encode()), "application/gzip")
    practice_site.write("/maps/bomb.xml.gz", gzip.compress(bytes(17 << 20)), "application/gzip")
    practice_site.write(
        "/maps/images.xml",
        f"<urlset xmlns='{SITEMAP}' xmlns:i='http://www.google.com/schemas/sitemap-image/1.1'>"
        f"<url><loc>{at('/')}</loc><i:image><i:loc>{at('/b.jpg')}</i:loc></i:image></url>"
        f"</urlset>".encode(),
    )
    practice_site.write("/hidden", b"<img src=a.jpg>")
    add_site("mapped", at("/"))

    summary = crawl("mapped")

    assert set(flagged_addresses(database)) == {at("/a.jpg"), at("/b.jpg")}
    assert summary.pages_refused == 1  # the bomb
    assert practice_site.requested("/robots.txt") == 1
    assert practice_site.requested("/sitemap.xml") == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_map_is_looked_for_and_not_missed(practice_site, add_site, crawl):
    practice_site.write("/", b"<p>nothing")
    add_site("plain", practice_site.url("/"))

    summary = crawl("plain")

    assert practice_site.requested("/sitemap.xml") == 1
    assert (summary.state, summary.pages_fetched, summary.pages_failed) == ("finished", 1, 0)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_a_thumbnail_links_to_is_kept_with_it(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    for name in ("/t.jpg", "/full.jpg", "/u.jpg", "/shown"):
        practice_site.write(name, photos[0].read_bytes(), "image/jpeg")
    practice_site.write(
        "/", b"<a href=full.jpg><img src=t.jpg></a><a href=/photo/1><img src=u.jpg></a>"
    )
    practice_site.write("/photo/1", b"<a href=/shown>the picture, under no telling name</a>")
    add_site("album", practice_site.url("/"))
    at = practice_site.url
    expected = {
        at("/t.jpg"): (at("/"), at("/full.jpg")),
        at("/u.jpg"): (at("/"), at("/photo/1")),
        at("/full.jpg"): (at("/"), None),
        at("/shown"): (at("/photo/1"), None),
    }

    first = crawl("album")
    assert flagged_addresses(database) == expected

    second = crawl("album")  # nothing has changed, and all of it is still known
    assert flagged_addresses(database) == expected
    assert (first.references, second.references, second.pages_unchanged) == (4, 4, 2)

    practice_site.write("/", b"<img src=t.jpg><a href=/photo/2><img src=u.jpg></a>")
    crawl("album")
    found = flagged_addresses(database)
    assert found[at("/t.jpg")] == (at("/"), None)
    assert found[at("/u.jpg")] == (at("/"), at("/photo/2"))
    with database.reading() as session:
        assert len(matches.list_matches(session)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_picture_under_no_telling_name_is_there_as_long_as_its_link(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    practice_site.write("/shown", photos[0].read_bytes(), "image/jpeg")
    practice_site.write("/", b"<a href=/shown>the picture</a>")
    add_site("album", practice_site.url("/"))
    at = practice_site.url
    crawl("album")
    assert set(flagged_addresses(database)) == {at("/shown")}

    practice_site.write("/shown", b"", status=403)  # unknown, which is not gone
    practice_site.write("/", b"<a href=/shown>the picture, still</a>")
    crawl("album")
    assert set(flagged_addresses(database)) == {at("/shown")}

    practice_site.write("/", b"<p>nothing any more")
    crawl("album")
    assert set(flagged_addresses(database)) == set()
