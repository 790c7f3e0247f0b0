"""Every place on a page where a picture may hide is looked into."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract
from crawler.findings import MAX_LINKS, MAX_REFERENCES, MAX_UNUSABLE

PAGE = "http://site.example/albums/1"
HOSTS = ("site.example",)


def images(html):
    return [reference.address for reference in extract(html, PAGE, HOSTS).references]


@pytest.mark.parametrize(
    "html",
    [
        "<img src=a.jpg>",
        "<IMG SRC=' a.jpg\n'>",
        "<img data-src=a.jpg>",
        "<img data-original=a.jpg src=a.jpg>",
        "<img data-lazy-src='a.jpg'>",
        "<img srcset='a.jpg 2x'>",
        "<img data-srcset='a.jpg 640w'>",
        "<picture><source srcset=a.jpg type=image/jpeg></picture>",
        "<a href=a.jpg>full size</a>",
        "<area href=a.jpg>",
        "<div data-bg=a.jpg></div>",
        "<div style='background: #fff url( \"a.jpg\" ) no-repeat'></div>",
        "<style>@media screen { .x { background-image: image-set('a.jpg' 1x) } }</style>",
        "<style>.x{background:url(a.jpg)}</style>",
        "<noscript><img src=a.jpg></noscript>",
        "<template><img src=a.jpg></template>",
        "<svg><image href=a.jpg></image></svg>",
        "<svg><image xlink:href=a.jpg></image></svg>",
        "<video poster=a.jpg></video>",
        "<input type=image src=a.jpg>",
        "<body background=a.jpg>",
        "<object data=a.jpg></object>",
        "<embed src=a.jpg>",
        "<meta property=og:image content=a.jpg>",
        "<meta name=twitter:image content=a.jpg>",
        "<link rel=image_src href=a.jpg>",
        "<link rel=preload as=image href=a.jpg>",
        "<img src=//site.example/albums/a.jpg>",
        "<img src=/albums/a.jpg#x>",
        "<base href=/albums/><img src=a.jpg>",
        "<iframe srcdoc=x></iframe><p><img src=a.jpg></i>",
        "<iframe srcdoc='&lt;img src=a.jpg&gt;'></iframe>",
        "<img src=\\albums\\a.jpg>",
        "<image src=a.jpg>",
        "<svg><a xlink:href=a.jpg></a></svg>",
        "<div data-bg='url(a.jpg)'></div>",
        "<div style='background-image:image-set(\"a.jpg\" 1x)'></div>",
        '<div style=\'background:-webkit-image-set("a.jpg" type("image/jpeg") 1x)\'></div>',
        "<style>@import 'b.jpg'; @namespace url(http://x.example); i{content:url(a.jpg)}</style>",
        "<style>@font-face{src:url(f.woff2) format('woff2')} i{--x:url(a.jpg)}</style>",
        "<style>@font-face{src:url(f.bin)} i{content:url(a.jpg)}</style>",
        "<style>@font-face; i{content:url(a.jpg)}</style>",
        "<img data-lazy=true data-full=1 src=a.jpg>",
        "<div data-large_image=/albums/a.jpg data-title='b.jpg'></div>",
        "<link itemprop=thumbnailUrl href=a.jpg>",
        "<meta itemprop='image' content=a.jpg>",
        "<link rel=preload as=image imagesrcset='a.jpg 2x'>",
        "<img srcset='a.jpg 640'>",
        "<table><tr><td background=a.jpg></table>",
        "<head><noscript><img src=a.jpg></noscript></head>",
        "<base href='javascript:x'><img src=/albums/a.jpg><base href=/other/>",
        "<img src=a.jpg title='\x00\ud800\uffff'>",
        '<script>album = ["a.jpg", \'b\', "the end."]</script>',
        "<script>// don't\nlet p = {u: `a.jpg`}</script>",
        '<script>p=\'{"u":"\\/albums\\u002fa.jpg"}\'</script>',
        "<script>document.write('<img src=\"a.jpg\">')</script>",
        "<script>ok = '.jpg,.png'; x = 'p/{id}.jpg' + \"*.gif\"; y = 'a.jpg'</script>",
        "<script>s = 'a.jpg 2x'</script>",
        '<script type=application/ld+json>{\'x\':1, "image": ["a.jpg"]}</script>',
        '<script type=application/json>{"html": "<img src=\\"a.jpg\\">"}</script>',
        '<script type=application/json>{"in": "{\\"u\\":\\"a.jpg\\"}"}</script>',
        "<script type=text/template><img src=a.jpg></script>",
        '<div data-items=\'[{"full": "a.jpg"}]\'></div>',
        "<a href=# onclick=\"show('a.jpg')\">x</a>",
        "<!-- <img src=b.jpg> --><script>'<img src=b.jpg>'</script><img src=a.jpg>",
        "<!-- <img src='a.jpg'> -->",
        "<!-- http://site.example/albums/a.jpg -->",
        "<script>var wg={page:'File:Boat_1.jpg',title:'Boat 1.jpg'}; show('a.jpg')</script>",
        "<img src='/count.php?9' width=1 height=1><img src=a.jpg width=1 height=1>",
        "<img src='/smileys/wink.svg'><img src='/icons/x.gif' height=15><img src=a.jpg height=15>",
        "<img src=a.jpg><a href=a-320x200.jpg>small</a><a href=a-640x400.jpg>middle</a>",
        "<a href=/wiki/File:Boat.jpg><img src=a.jpg srcset='Boat-2x.jpg 2x, Boat-3x.jpg 3x'></a>",
    ],
)
def test_the_picture_is_found(html):
    assert images(html) == ["http://site.example/albums/a.jpg"]


def test_every_candidate_of_a_srcset_is_found_once():
    html = "<img src=s.jpg srcset='s.jpg 100w, m.jpg 400w, l.jpg 1600w'>"
    assert [address.rsplit("/", 1)[1] for address in images(html)] == ["s.jpg", "m.jpg", "l.jpg"]


def test_videos_and_archives_are_found_as_pictures_are():
    html = (
        "<video src=v1 poster=p.jpg><source src=v2 type='video/webm'><source src=v3.mp4>"
        "<source src=s.mp3 type=audio/mpeg></video><a href=v4.mkv>x</a><a href=c.zip>x</a>"
        "<embed src=v5.webm><object data=v6.mov></object><meta property=og:video content=v7>"
        "<meta property=og:video content=/embed/9><script>play('v8.m3u8')</script>"
        "<a href=s.mp3>x</a><a href=f.pdf>x</a>"
    )
    assert [address.rsplit("/", 1)[1] for address in images(html)] == [
        "p.jpg", "v1", "v2", "v3.mp4", "v4.mkv", "c.zip", "v5.webm", "v6.mov", "v7", "v8.m3u8",
    ]  # fmt: skip


def test_of_a_picture_shown_twice_the_larger_is_taken_and_so_is_what_it_links_to():
    html = (
        "<a href=/i/boat.jpg><img src=/i/800px-boat.jpg></a>"
        "<a href=/i/boat.jpg><img src=/i/120px-boat.jpg></a>"
    )
    assert images(html) == [
        f"http://site.example/i/{name}" for name in ("boat.jpg", "800px-boat.jpg")
    ]


@pytest.mark.parametrize(
    "name", ["w_" * 2000 + "/a-1x1.jpg", "a" + "-1x1" * 1000 + "!.jpg", "1x" * 2000]
)
def test_names_made_of_sizes_hold_up_nothing(name):
    html = "".join(f"<a href=/{n}/{name}?w=1>x</a><a href=/{n}.jpg>x</a>" for n in range(300))
    began = time.process_time()
    images(html)
    assert time.process_time() - began < 5


def test_a_srcset_that_browsers_would_not_read_in_full_is_read_in_full():
    html = "<img srcset='s.jpg 100, data:image/gif;base64,R0lGODlhAQAB 2x, m.jpg 400w 2x,l.jpg 3x'>"
    assert {address.rsplit("/", 1)[1].split(";")[0] for address in images(html)} >= {
        "s.jpg", "m.jpg", "l.jpg", "gif",
    }  # fmt: skip


@pytest.mark.parametrize(
    "html",
    [
        "<img srcset='a " + "1" * 990_000 + "w, b.jpg 2x'><img src=a.jpg>",  # just parsed in full
        "<img srcset='" + "b.jpg 1x, " * 500_000 + "'><img src=a.jpg>",
        "<style>url(b.jpg)" + "(" * 5_000_000 + "</style><img src=a.jpg>",
        "<img src='" + "b" * 5_000_000 + "'><img src=a.jpg>",
        "<img src='http://[b'>" * 100_000 + "<img src=a.jpg>",
    ],
    ids=["long number", "many candidates", "open brackets", "long address", "broken addresses"],
)
def test_one_hostile_attribute_holds_up_nothing(html):
    began = time.process_time()
    found = images(html)
    assert time.process_time() - began < 5
    assert found[-1].endswith("/a.jpg")


def test_what_is_too_much_to_parse_is_still_read():
    padding = "x" * 1_000_001
    html = (
        f"<style>/*{padding}*/ i{{background:url( 'a.jpg' )}} b{{background:URL(b.jpg)}}</style>"
        "<img srcset='c.jpg 1x,d.jpg 2x, e.jpg 640w, 7.jpg'>"
    )
    assert [address.rsplit("/", 1)[1] for address in images(html)] == [
        "a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "7.jpg",
    ]  # fmt: skip


def test_a_link_to_a_picture_is_never_left_out_without_a_word():
    inline = extract("<a href='data:image/gif;base64,R0lGODlhAQAB'>x</a>", PAGE, HOSTS)
    too_long = extract("<a href='/" + "a" * 5000 + ".jpg'>x</a>", PAGE, HOSTS)
    assert [r.found_in for r in inline.references] == ["a@href"]
    assert [place for place, _ in too_long.unusable] == ["a@href"]


@pytest.mark.parametrize("tag", ["<div>", "<font color=red>", "<b>", "<svg>"])
def test_elements_that_nobody_closes_hide_nothing(tag):
    html = "<img src=a.jpg>" + tag * 5000 + "<image src=b.jpg>" + "</div>" * 9 + "<img src=c.jpg>"
    assert [address[-5:] for address in images(html)] == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize(
    ("content", "link"),
    [
        ("0;url=/new", "/new"),
        ("5; /new", "/new"),
        ('3 , URL = "/new"', "/new"),
        ("5", None),
        (" " * 200_000, None),
        ("5;url=javascript:x", None),
    ],
)
def test_a_page_that_sends_its_readers_on_is_followed(content, link):
    html = f"<meta http-equiv=Refresh content='{content}'>"
    began = time.process_time()
    links = extract(html, PAGE, HOSTS).links
    assert time.process_time() - began < 5
    assert links == (() if link is None else (f"http://site.example{link}",))


def test_a_link_is_an_image_by_its_path_and_not_by_its_query():
    html = "<a href='view.php?f=a.jpg'>v</a><a href='b.JPG?w=9#x'>b</a><a href=c.pdf>c</a>"
    extracted = extract(html, PAGE, HOSTS)
    assert [r.address for r in extracted.references] == ["http://site.example/albums/b.JPG?w=9"]
    assert extracted.links == ("http://site.example/albums/view.php?f=a.jpg",)


@pytest.mark.parametrize("html", ["", " ", "\x00", "<!-- x -->", "<!doctype html>", "&", "<", "<a"])
def test_a_page_that_holds_nothing_gives_nothing(html):
    assert extract(html, PAGE, HOSTS) == extract("plain text", PAGE, HOSTS)


def test_links_lead_on_within_the_site_next_pages_first():
    html = (
        "<a href=two>2</a><a href='/three#c'>3</a><a href=http://other.example/>o</a>"
        "<a href=mailto:a@b.c>m</a><a href='javascript:x()'>j</a><a href=movie.mp4>v</a>"
        "<iframe src=/frame></iframe><meta http-equiv=refresh content=\"5; URL='/moved'\">"
        "<a rel=next href=?page=2>next</a><a href=1>here</a>"
    )
    links = extract(html, PAGE, HOSTS).links
    assert [link.removeprefix("http://site.example") for link in links] == [
        "/albums/1?page=2", "/albums/two", "/three", "/frame", "/moved",
    ]  # fmt: skip


def links(html):
    found = extract(html, PAGE, HOSTS).links
    return [link.removeprefix("http://site.example") for link in found]


def test_what_pictures_lead_to_comes_first_and_is_kept_with_them():
    html = (
        "<link rel=stylesheet href=/s.css><a href=/text>text</a><a rel=next href=/2>2</a>"
        "<a href=/photo/1><span><img src=t1.jpg></span></a><img src=plain.jpg>"
        "<a href=b.jpg><img src=t2.jpg></a><a href='javascript:x'><img src=t3.jpg></a>"
        "<a href=/photo/2><i style='background:url(t4.jpg)'></i></a>"
    )
    assert links(html) == ["/photo/1", "/photo/2", "/2", "/text", "/s.css"]
    at = "http://site.example"
    assert [(r.address, r.links_to) for r in extract(html, PAGE, HOSTS).references] == [
        (f"{at}/albums/t1.jpg", f"{at}/photo/1"),
        (f"{at}/albums/plain.jpg", None),
        (f"{at}/albums/b.jpg", None),
        (f"{at}/albums/t2.jpg", f"{at}/albums/b.jpg"),
        (f"{at}/albums/t3.jpg", None),
        (f"{at}/albums/t4.jpg", f"{at}/photo/2"),
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<link rel=stylesheet href=/s.css>", ["/s.css"]),
        ("<style>@import url(/s.css); @import '/t.css';</style>", ["/s.css", "/t.css"]),
        ("<link rel=manifest href=/m.webmanifest>", ["/m.webmanifest"]),
        ("<link rel=alternate type=application/atom+xml href=/f>", ["/f"]),
        ("<link rel=alternate hreflang=de href=/de>", []),
        ("<link rel=alternate type=application/json+oembed href=/o?u=1>", ["/o?u=1"]),
        ("<link rel=alternate type=text/xml+oembed href=/o?f=xml>", []),
        (
            "<link rel='https://api.w.org/' href=/wp-json/>",
            ["/wp-json/wp/v2/media?per_page=100", "/wp-json/wp/v2/posts?per_page=100"],
        ),
        ("<link rel=stylesheet href=http://fonts.example/s.css>", []),
        ("<button data-url=/more?p=2>more</button>", ["/more?p=2"]),
        ("<button data-url=like>like</button><div data-next=2></div>", []),
        ("<div data-next-url='?p=3'></div><a href=/x>x</a>", ["/albums/1?p=3", "/x"]),
        ("<a href=/x>x</a><a class='btn next' href=/n>more</a>", ["/n", "/x"]),
        ("<form action=/search method=get><input name=q></form>", []),
        ("<script>location = '/page/2'; u = 'http://site.example/p'</script>", []),
        ('<script type=application/json>{"u":"http://site.example/p"}</script>', ["/p"]),
        ('<script type=application/ld+json>{"url":"/p","@type":"/q"}</script>', ["/p"]),
        ("<a href=/wiki/File:x.jpg>x</a><a href=/w/Datei%3Ay.png>y</a>",
         ["/wiki/File:x.jpg", "/w/Datei:y.png"]),
    ],
)  # fmt: skip
def test_what_a_page_announces_is_read_too(html, expected):
    extracted = extract(html, PAGE, HOSTS)
    assert [link.replace("%3A", ":") for link in links(html)] == expected
    assert extracted.references == ()


def test_a_page_about_a_file_on_another_site_is_an_image_for_all_that_we_know():
    assert images("<a href=http://wiki.example/File:x.jpg>x</a>") == [
        "http://wiki.example/File:x.jpg"
    ]


def test_links_beyond_what_is_taken_are_counted():
    html = "".join(f"<a href=/p{n}>x</a>" for n in range(MAX_LINKS + 5))
    extracted = extract(html, PAGE, HOSTS)
    assert (len(extracted.links), extracted.links_left) == (MAX_LINKS, 5)


def test_what_would_pass_our_address_on_is_refused_and_counted():
    html = (
        "<a href='https://lens.example/by.jpg?url=http://site.example/a.jpg'>find</a>"
        "<img src='https://proxy.example/x?u=site.example/a.jpg'><img src=https://cdn.example/a.jpg>"
    )
    extracted = extract(html, PAGE, HOSTS)
    assert len(extracted.refused) == 2
    assert [r.address for r in extracted.references] == ["https://cdn.example/a.jpg"]


def test_an_address_that_cannot_be_read_is_named_and_stops_nothing():
    html = "<img src='http://[bad/'><img src='ftp://a.example/x.jpg'><img src=a.jpg>"
    extracted = extract(html, PAGE, HOSTS)
    assert len(extracted.references) == 1
    assert [place for place, _ in extracted.unusable] == ["img@src", "img@src"]
    assert all(reason for _, reason in extracted.unusable)


@pytest.mark.parametrize(
    "source", ["java\nscript:x", "JavaScript:x", "about:blank", "#", " ", "mailto:a@b.example"]
)
def test_what_is_no_address_at_all_is_no_reference(source):
    html = f"<img src='{source}'><a href='{source}'>x</a>"
    assert extract(html, PAGE, HOSTS) == extract("", PAGE, HOSTS)


def test_a_picture_in_the_page_itself_is_stored_without_its_bytes():
    (reference,) = extract("<img src='data:image/gif;base64,R0lGODlhAQAB'>", PAGE, HOSTS).references
    assert "R0lGOD" in reference.url
    assert "R0lGOD" not in reference.address
    assert "R0lGOD" not in repr(reference)


@pytest.mark.parametrize("scheme", ["DATA:", " data:", "da&#9;ta:", "d&#10;ata:"])
def test_a_picture_in_the_page_is_known_however_its_address_begins(scheme):
    # An SVG names a web address; that hands nothing on to anybody.
    html = f"<img src='{scheme}image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"/>'>"
    extracted = extract(html, PAGE, HOSTS)
    assert [r.url[:9] for r in extracted.references] == ["data:imag"]
    assert not extracted.refused
    assert not extracted.unusable


def test_a_picture_met_before_is_no_reference_too_many():
    html = "".join(f"<img src={n}.jpg>" for n in range(MAX_REFERENCES))
    extracted = extract(html + "<img src=7.jpg>" * 100 + "<img src=new.jpg>", PAGE, HOSTS)
    assert len(extracted.references) == MAX_REFERENCES
    assert (extracted.left_out, extracted.unusable) == (1, ())


def test_a_page_of_nothing_but_nonsense_is_counted_and_not_kept():
    extracted = extract("<img src=//[>" * 50_000, PAGE, HOSTS)
    assert len(extracted.unusable) == MAX_UNUSABLE
    assert len(extracted.unusable) + extracted.left_out == 50_000


def test_a_huge_page_is_read_in_bounded_time_and_number():
    html = "".join(f"<a href=/p{n}><img src={n}.jpg></a>" for n in range(60_000))
    began = time.process_time()
    extracted = extract(html, PAGE, HOSTS)
    assert time.process_time() - began < 30  # a page whose time grows with its square takes hours
    assert len(extracted.references) == MAX_REFERENCES
    assert len(extracted.references) + extracted.left_out == 60_000
    assert len(extracted.links) == MAX_LINKS


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                "<img src=", "<iframe srcdoc=", "<meta http-equiv=refresh content=", "<style>",
                "url(", "'", '"', ">", "srcset=", "data:", ";base64,", "<a href=", "http://", "[",
                "%", "\\", "\x00", "</", "<!--", "]]>", "<svg>", "ß", " ", ",", "<base href=",
            ]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_no_text_breaks_it(html):
    extract(html, PAGE, HOSTS)


@pytest.mark.parametrize(
    "nothing", ["<b>", "<ul><li></p></b>", "<font><p>", "<i a=b c=d>"], ids=lambda text: text[:6]
)
def test_a_page_nested_without_end_is_read_as_far_as_many_elements_go(nothing):
    around = "<img src=first.jpg>" + nothing * 100_000
    found = extract(f"{around}<img src=last.jpg>", PAGE, HOSTS)
    assert [r.address.rpartition("/")[2] for r in found.references] == ["first.jpg", "last.jpg"]
    assert found.whole

    longer = extract(around * 6 + "<img src=beyond.jpg>", PAGE, HOSTS)
    assert [r.address.rpartition("/")[2] for r in longer.references] == ["first.jpg"]
    assert not longer.whole
