"""A tag with a crowd of attributes takes little memory, and hides nothing that stands beside it."""

import tracemalloc

import pytest

from crawler.extract import extract

PAGE = "http://site.example/"
CROWD = 1_000_000
MOST_HELD = 60 * 2**20

SEPARATED = {
    "spaces": "a{}=1 ",
    "lines": "a{}\n",
    "slashes": "a{}/",
    "quotes alone": 'a{}="1"',
}


@pytest.fixture(params=list(SEPARATED.values()), ids=list(SEPARATED))
def crowd(request):
    return "".join(map(request.param.format, range(CROWD)))


def addresses(html):
    return [reference.address for reference in extract(html, PAGE, ["site.example"]).references]


def test_pictures_before_in_and_after_a_crowded_tag_are_found(crowd):
    html = f"<img src=/before.jpg><img src=/in.jpg {crowd}><img src=/after.jpg>"

    assert addresses(html) == [f"{PAGE}{name}.jpg" for name in ("before", "in", "after")]


def test_a_crowded_tag_that_never_ends_is_read_all_the_same(crowd):
    assert addresses(f"<img src=/in.jpg {crowd}") == [f"{PAGE}in.jpg"]


def test_a_crowd_of_attributes_is_never_held_as_a_whole(crowd):
    html = f"<p {crowd}><img src=/after.jpg>"
    tracemalloc.start()
    try:
        found = addresses(html)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == [f"{PAGE}after.jpg"]
    assert peak < len(html) * 2 + MOST_HELD


def test_a_long_script_keeps_its_words():

    script = "".join(f'{{"n" : "{n}" , "src" : "/in-{n}.jpg"}} ,\n ' for n in range(10_000))
    assert script.count(" ") < 300_000 < (script * 10).count(" ")
    html = f"<script>[{script * 10} 0]</script>"

    found = set(addresses(html))

    assert {f"{PAGE}in-{n}.jpg" for n in (0, 1, 500)} <= found


@pytest.mark.parametrize("line", ["/9j/" + "A" * 72 + "\n", "/" * 76], ids=["wrapped", "white"])
def test_a_picture_in_an_address_keeps_its_bytes(line):
    data = "data:image/bmp;base64," + line * 200_000  # as large as a page may be
    [reference] = extract(f'<img src="{data}">', PAGE, ["site.example"]).references

    assert reference.url.count("/") == data.count("/")
