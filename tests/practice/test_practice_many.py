import hashlib
import io
import json
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from PIL import Image

from practice.many import image_bytes, many_sites, most_images


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def test_images_are_distinct_photographs_of_one_size():
    indexes = [*range(0, 10_000, 67), *range(40)]
    pixels = set()
    for index in set(indexes):
        with Image.open(io.BytesIO(image_bytes(index))) as image:
            assert (image.format, image.size) == ("JPEG", (640, 480))
            pixels.add(hashlib.sha256(image.tobytes()).digest())
    assert len(pixels) == len(set(indexes))


def test_an_image_is_the_same_each_time_and_there_are_enough():
    assert image_bytes(4321) == image_bytes(4321)
    assert most_images() >= 10_000
    with pytest.raises(ValueError, match="none of them"):
        image_bytes(most_images())


def test_images_are_spread_evenly_over_pages_that_lead_on():
    many = many_sites(3, 100)
    try:
        assert many.images == (33, 33, 34)
        assert many.pages == (2, 2, 2)
        site = many.sites[0].start()
        first = get(many.start_urls[0]).decode()
        assert '<link rel="next" href="/page/2">' in first
        shown = re.findall(r'<img src="([^"]+)"', first + get(site.url("/page/2")).decode())
        assert len(set(shown)) == 33
        assert get(site.url(shown[-1])) == image_bytes(32)
    finally:
        for site in many.sites:
            site.stop()


@pytest.mark.parametrize(("sites", "images"), [(0, 10), (5, 4), (1, 10**9)])
def test_what_cannot_be_made_is_refused(sites, images):
    with pytest.raises(ValueError, match="cannot be made"):
        many_sites(sites, images)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_a_process_it_says_where_the_sites_are_and_stops_when_told(number):
    command = [sys.executable, "-m", "practice.many", "--sites", "2", "--images", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            assert (said["images"], said["pages"], len(said["sites"])) == (30, 2, 2)
            assert b"/photos/000000.jpg" in get(said["sites"][0]["start"])
        finally:
            process.send_signal(number)
        assert process.wait(timeout=10) == 0
