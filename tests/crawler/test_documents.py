"""Documents other than HTML are read as pages, and hostile ones cost seconds at most."""

import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import Response, TextResponse

from crawler.document_kinds import Kind, kind_of
from crawler.documents import Picture, Unreadable, read_document

AT = "http://site.example"
HOSTS = ("site.example",)
MEGABYTES_16 = 16 << 20
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
JSON = "application/json"


def answer(body, kind=None, path="/d/file", **headers):
    body = body if isinstance(body, bytes) else body.encode()
    return Response(
        AT + path, body=body, headers=({} if kind is None else {"Content-Type": kind}) | headers
    )


def read(body, kind=None, path="/d/file", **headers):
    response = answer(body, kind, path, **headers)
    return read_document(response, AT + path, HOSTS, 0, largest=MEGABYTES_16)


def short(addresses):
    return [address.removeprefix(AT) for address in addresses]


def found(body, kind=None, path="/d/file", **headers):
    extracted = read(body, kind, path, **headers)
    return short(r.address for r in extracted.references), short(extracted.links)


@pytest.mark.parametrize(
    ("body", "kind", "headers", "expected"),
    [
        (JPEG, "text/html", {}, Kind.PICTURE),
        (JPEG, None, {}, Kind.PICTURE),
        (b"\x89PNG\r\n\x1a\n", "application/octet-stream", {}, Kind.PICTURE),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "text/plain", {}, Kind.PICTURE),
        (b"\x00\x00\x00\x1cftypavif", "video/mp4", {}, Kind.PICTURE),
        (b"\x00\x00\x00\x1cftypisom", "text/plain", {}, Kind.PICTURE),
        (b"whatever", "video/mp4", {}, Kind.PICTURE),
        (b"PK\x03\x04", "text/html", {}, Kind.PICTURE),
        (b"#EXTM3U\n", "text/plain", {}, Kind.PICTURE),
        (b"RIFF\x00\x00\x00\x00WAVE", None, {}, Kind.NONE),
        (
            b"\x01\x02odd",
            "application/octet-stream",
            {"Content-Disposition": 'attachment; filename="a b.jpg"'},
            Kind.PICTURE,
        ),
        (
            b"\x01\x02odd",
            "application/octet-stream",
            {"Content-Disposition": "attachment; filename*=UTF-8''a%20b.JPG"},
            Kind.PICTURE,
        ),
        (b"\x01\x02odd", "application/octet-stream", {}, Kind.NONE),
        (b"whatever", "image/jpeg", {}, Kind.PICTURE),
        (b"<!doctype html><p>log in", "image/jpeg", {}, Kind.HTML),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<urlset/>", "text/html", {}, Kind.HTML),
        (b"<?xml version='1.0'?><!-- x --><urlset >", "text/html", {}, Kind.XML),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "text/xml", {}, Kind.HTML),
        (b"<?xml version='1.0'?><center>", "text/html", {}, Kind.HTML),
        (b'{"a":1}', "text/html", {}, Kind.JSON),
        (b"{}", JSON, {}, Kind.JSON),
        (b"<html>", JSON, {}, Kind.HTML),
        (b"i{}", "text/css; charset=x", {}, Kind.CSS),
        (b"f({})", "text/javascript", {}, Kind.SCRIPT),
        (b"<p>hello", None, {}, Kind.HTML),
        ("<rss>".encode("utf-16"), "text/plain", {}, Kind.XML),
        (b"words", "text/plain", {}, Kind.TEXT),
        (b"", "text/html", {}, Kind.HTML),
        (b"", None, {}, Kind.TEXT),
        (b"%PDF-1.7", "application/pdf", {}, Kind.NONE),
    ],
)
def test_a_document_is_what_it_says_unless_it_looks_otherwise(body, kind, headers, expected):
    if body.endswith(b"<urlset/>"):
        expected = Kind.HTML  # not one that any map begins with
    assert kind_of(answer(body, kind, **headers)) is expected


def test_what_is_no_document_is_named():
    assert isinstance(read(JPEG), Picture)
    assert read(b"%PDF-1.7", "application/pdf") == Unreadable("It is application/pdf, not a page.")
    assert read(b"\x00\x01") == Unreadable("It is of no stated kind, not a page.")


def test_a_style_sheet():
    css = "@import 'b.css'; @import url(\"c.css\") print; i{background:url(a.jpg)}"
    assert found(css, "text/css", "/css/s.css") == (["/css/a.jpg"], ["/css/b.css", "/css/c.css"])


def test_maps_of_a_site():
    xml = (
        "<?xml version='1.0' encoding='iso-8859-1'?><urlset xmlns='http://x/0.9' xmlns:image="
        "'http://x/sitemap-image/1.1'><url><loc> /p&amp;1 </loc><image:image><image:loc>/i?n=1"
        "</image:loc></image:image></url><url><loc>/b.jpg</loc></url></urlset>"
    )
    assert found(xml, "application/xml") == (["/i?n=1", "/b.jpg"], ["/p&1"])
    index = "<sitemapindex><sitemap><loc>/m/1.xml.gz</loc></sitemap></sitemapindex>"
    assert found(index, "text/plain") == ([], ["/m/1.xml.gz"])
    packed = gzip.compress(xml.encode())
    assert found(packed, "application/gzip", "/m.xml.gz") == found(xml, "text/xml", "/m.xml.gz")


def test_a_packed_file_unpacks_to_the_limit_and_no_further():
    bomb = gzip.compress(bytes(MEGABYTES_16 + 1))
    assert read(bomb, "application/gzip") == Unreadable(
        "It unpacks to more than the limit of 16 MB (gzip)."
    )
    damaged = b"\x1f\x8b\x08" + b"x" * 50
    assert read(damaged) == Unreadable("It is packed (gzip) and cannot be unpacked.")


def test_feeds():
    rss = (
        "<rss xmlns:media='http://x/mrss/' xmlns:itunes='http://www.itunes.com/x'><channel><link>"
        "http://site.example/</link><image><url>/logo?1</url></image><itunes:image href='/i?2'/>"
        "<item><link>/post</link><enclosure url='/e?3' type='image/png'/><enclosure url='/f.mp3'"
        " type='audio/mpeg'/><media:group><media:content url='/m?4' medium='image'/><media:content"
        " url='/m.mp4' medium='video'/><media:thumbnail url='/t?5'/></media:group><description>"
        "<![CDATA[<a href=/more><img src=/d.jpg></a>]]></description></item></channel></rss>"
    )
    images, pages = found(rss, "application/rss+xml")
    assert images == ["/logo?1", "/i?2", "/e?3", "/m?4", "/m.mp4", "/t?5", "/d.jpg"]
    assert pages == ["/more", "/", "/post"]
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><logo>/l</logo><link rel='next' href='/2'/>"
        "<entry><link href='/e'/><link rel='enclosure' type='image/gif' href='/n'/>"
        "<content type='html'>&lt;img src=/h.jpg&gt;</content></entry></feed>"
    )
    assert found(atom, "application/atom+xml") == (["/l", "/n", "/h.jpg"], ["/2", "/e"])


def test_broken_xml_hides_nothing():
    xml = f"<rss><item><link>{AT}/a</link><b>&nope; <i></b></item> {AT}/b.jpg & <x"
    images, pages = found(xml, "text/xml")
    assert (images, pages) == (["/b.jpg"], ["/a"])
    deep = "<a>" * 5000 + f"<link>{AT}/x.jpg</link>"
    assert found(deep, "text/xml")[0] == ["/x.jpg"]


def test_entities_stand_for_nothing(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("/secret.jpg")
    laughs = "".join(
        f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else '/laugh.jpg '}'>" for n in range(12)
    )
    xml = (
        f"<!DOCTYPE x [{laughs}<!ENTITY f SYSTEM 'file://{secret}'><!<!ENTITYENTITY g '/g.jpg'>]>"
        "<x><b>&f;</b><b c='&a11;'>&a11;</b><b>&g;</b><loc>/p.jpg</loc></x>"
    )
    began = time.monotonic()
    images, pages = found(xml, "text/xml")
    assert time.monotonic() - began < 5
    assert "/p.jpg" in images
    assert not [address for address in images + pages if "laugh" in address or "secret" in address]


def test_a_manifest():
    manifest = {"start_url": "/app", "icons": [{"src": "i?1"}, {"src": "b.png", "type": "x/y"}]}
    images, _ = found(json.dumps(manifest), "application/manifest+json", "/d/m.webmanifest")
    assert sorted(images) == ["/d/b.png", "/d/i?1"]


def test_json_of_all_kinds():
    document = {
        "title": "Holiday.jpg in words",
        "items": [
            {"image": {"@id": "/no", "url": "/i/1"}, "images": [{"url": "/i/2"}, {"url": "/i/3"}]},
            {"photo": "//cdn.example/4", "srcset": "/i/5.jpg 1x, /i/6 2x", "note": "/i/x"},
            {"file": "7.jpg", "full": f"{AT}/up/7.jpg", "lone": "8.jpg"},
            {"cooked": "<p>x <a href='/t/9'><img src='/i/9.jpg'></a></p>"},
            {
                "url": "/post/1",
                "next": "/page/2",
                "other": f"{AT}/seen",
                "alien": "http://o.example/",
            },
            {"template": f"{AT}/?s={{term}}", "_links": {"self": [{"href": f"{AT}/wp/1"}]}},
        ],
    }
    for dumped in (json.dumps(document), json.dumps(document).replace("/", "\\/"),
                   f"call({json.dumps(document)});", json.dumps(document)[:-3]):  # fmt: skip
        images, pages = found(dumped, JSON)
        assert sorted(images) == [
            "/d/8.jpg", "/i/1", "/i/2", "/i/3", "/i/5.jpg", "/i/6", "/i/9.jpg", "/up/7.jpg",
            "http://cdn.example/4",
        ]  # fmt: skip
        assert pages == ["/t/9", "/page/2", "/post/1", "/seen"]


def test_headers_of_an_answer_link_too():
    links = '</2>; rel="next", </w/>; rel="https://api.w.org/", </a>; rel=preload; as=image'
    images, pages = found("<p>x", "text/html", Link=links)
    assert images == ["/a"]
    assert pages == ["/2", "/w/wp/v2/media?per_page=100", "/w/wp/v2/posts?per_page=100"]


def test_plain_text_and_scripts():
    text = f"see {AT}/a.jpg, ({AT}/page) and http://other.example/"
    assert found(text, "text/plain") == (["/a.jpg"], ["/page"])
    assert found("show('/a.jpg', '/page')", "text/javascript") == (["/a.jpg"], [])


@pytest.mark.parametrize(
    ("kind", "start", "again"),
    [
        ("text/html", "<script>", '"a",'),
        ("text/html", "<script>", '"a.jpg?",'),
        ("text/html", "<script>'", "data:image/"),
        ("text/html", "<script>", '\\"'),
        (JSON, '{"', '\\"'),
        (JSON, '["', '[\\"'),
        (JSON, "", '"\\'),
        (JSON, "", "[{"),
        (JSON, "", '{"image":{"next":'),
        (JSON, "[", '"<b a=1>",'),
        (JSON, "[", '"[\\"a\\"]",'),
        (JSON, "[", f'"{AT}/",'),
        ("text/xml", "", "<a>"),
        ("text/xml", "<a>", "<b c='d.jpg'/>"),
        ("text/xml", "<a>", "<b>&lt;b c=1></b>"),
        ("text/xml", "<!DOCTYPE a [", "<!ENTITY a 'b'>"),
        ("text/css", "", "@import 'a.css';"),
        ("text/css", "", "@import url("),
        ("text/plain", "", "http://a"),
        ("text/html", "", "<a href=x><img src=y>"),
    ],
)
def test_a_megabyte_of_one_thing_hold_up_nothing(kind, start, again):
    size = 1_000_000
    body = (start + again * (size // len(again)))[:size]
    began = time.monotonic()
    assert read(body, kind) is not None
    assert time.monotonic() - began < 10  # what grows with its square takes minutes


def test_what_is_beyond_a_limit_is_counted():
    names = "<script>" + "".join(f'"{n}.jpg",' for n in range(30_000))
    assert read(names, "text/html").left_out == 10_000
    locs = "".join(f"<url><loc>{AT}/{n}</loc></url>" for n in range(30_000))
    assert read(f"<urlset >{locs}</urlset>", "text/xml").links_left == 10_000
    pieces = read(json.dumps(["<b a=1>"] * 6_000), JSON)
    assert pieces.left_out == 1_000


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["text/html", "text/xml", JSON, "text/css", "text/plain", ""]),
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                '"', "'", "\\", "[", "{", "]", "}", ":", "<loc>", "</loc>", "<![CDATA[", "]]>",
                "<a b='", "&x;", "<!DOCTYPE a [", "<!ENTITY", "@import", "url(", "http://", ".jpg",
                "image", "\x00", "\ud800", "<script>", "_links", " ",
            ]
        ),
        max_size=40,
    ).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
)  # fmt: skip
def test_no_body_breaks_it(kind, body):
    response = TextResponse(AT, body=body, headers={"Content-Type": kind})
    read_document(response, f"{AT}/", HOSTS, 0, largest=MEGABYTES_16)
