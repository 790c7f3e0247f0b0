"""Every place on a page where a picture may hide is looked into."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import MAX_REFERENCES, extract

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
    ],
)
def test_the_picture_is_found(html):
    assert images(html) == ["http://site.example/albums/a.jpg"]


def test_every_candidate_of_a_srcset_is_found_once():
    html = "<img src=s.jpg srcset='s.jpg 100w, m.jpg 400w, l.jpg 1600w'>"
    assert [address.rsplit("/", 1)[1] for address in images(html)] == ["s.jpg", "m.jpg", "l.jpg"]


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


def test_a_picture_in_the_page_itself_is_stored_without_its_bytes():
    (reference,) = extract("<img src='data:image/gif;base64,R0lGODlhAQAB'>", PAGE, HOSTS).references
    assert "R0lGOD" in reference.url
    assert "R0lGOD" not in reference.address
    assert "R0lGOD" not in repr(reference)


def test_a_huge_page_is_read_in_bounded_time_and_number():
    html = "".join(f"<a href=/p{n}><img src={n}.jpg></a>" for n in range(60_000))
    began = time.monotonic()
    extracted = extract(html, PAGE, HOSTS)
    assert time.monotonic() - began < 30  # a page whose time grows with its square takes hours
    assert len(extracted.references) == MAX_REFERENCES
    assert len(extracted.references) + len(extracted.unusable) == 60_000


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            ["<img src=", "'", '"', ">", "<style>", "url(", "srcset=", "data:", ";base64,",
             "<a href=", "http://", "[", "%", "\x00", "</", "<!--", "]]>", "<svg>", "ß", " ", ",",
             "<base href="]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_no_text_breaks_it(html):
    extract(html, PAGE, HOSTS)
