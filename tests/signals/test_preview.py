"""A picture made small, grey and blurred in a process that holds nothing and can do nothing."""

import hashlib
import io
import re
import socket
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from domain.errors import HashingLost, Undecodable
from signals import preview
from signals.pictures import hash_image
from signals.preview import small_picture
from signals.preview_picture import BlurredPicture, MemberGoneError, blurred_picture
from signals.preview_wire import PreviewDuty, read_head
from signals.wire_places import UnreadableAnswerError
from tests.signals.heic_files import heic
from tests.signals.moving_pictures import animation, clip, photographs


def mean(jpeg):
    return float(np.asarray(Image.open(io.BytesIO(jpeg))).mean())


def brightness(picture):
    return float(np.asarray(picture.convert("L")).mean())


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_pictures_of_every_format_keep_their_shape_and_are_told_by_their_pdq(photos, fmt):
    with Image.open(photos[0]) as opened:
        original = opened.convert("RGB").resize((640, 400))
    file = io.BytesIO()
    original.save(file, fmt)
    picture = small_picture(file.getvalue(), seconds=20)
    assert (picture.width, picture.height) == (256, 160)
    assert picture.sha256 == hashlib.sha256(file.getvalue()).hexdigest()
    assert picture.pdq == hash_image(file.getvalue()).pdq
    assert abs(mean(picture.light) - brightness(original)) < 4


def test_what_is_small_is_not_enlarged(photos):
    with Image.open(photos[0]) as opened:
        file = io.BytesIO()
        opened.convert("RGB").resize((90, 60)).save(file, "PNG")
    picture = small_picture(file.getvalue(), seconds=20)
    assert (picture.width, picture.height) == (90, 60)


def test_a_phones_picture_is_shown(photos):
    (picture,) = photographs(photos[:1])
    shown = small_picture(heic([picture], 1, picture.size), seconds=20)
    assert abs(mean(shown.heavy) - brightness(picture)) < 6


@pytest.mark.parametrize("way", ["mp4", "webm"])
def test_of_a_video_the_frame_at_the_moment_is_shown(photos, way):
    pictures = photographs(photos[:4])
    body = clip(pictures, way)
    for place in (1, 3):
        shown = small_picture(body, seconds=20, at_ms=1000 * place + 400)
        differences = [abs(mean(shown.light) - brightness(each)) for each in pictures]
        assert int(np.argmin(differences)) == place


def test_of_an_animation_the_frame_at_the_moment_is_shown(photos):
    pictures = photographs(photos[:3])
    body = animation(pictures, "GIF")
    shown = small_picture(body, seconds=20, at_ms=300)
    differences = [abs(mean(shown.light) - brightness(each)) for each in pictures]
    assert int(np.argmin(differences)) == 1


def test_of_an_archive_the_file_that_was_matched_is_shown(photos):
    wanted, other = (photo.read_bytes() for photo in photos[:2])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("other.jpg", other)
        archive.writestr("wanted.jpg", wanted)
    digest = hashlib.sha256(wanted).hexdigest()
    assert small_picture(file.getvalue(), seconds=20, member=digest).sha256 == digest
    with pytest.raises(MemberGoneError):
        small_picture(file.getvalue(), seconds=20, member="1" * 64)


def test_what_is_no_picture_is_said_to_be_none_and_no_process_is_left(photos):
    with pytest.raises(Undecodable, match="damaged"):
        small_picture(photos[0].read_bytes()[:3000], seconds=20)
    with pytest.raises(HashingLost, match="took longer"):
        small_picture(photos[0].read_bytes(), seconds=0.01)
    assert not [
        child
        for child in psutil.Process().children()
        if "signals.preview_worker" in child.cmdline()
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
@pytest.mark.parametrize("duty", list(PreviewDuty))
def test_the_process_is_confined_before_it_reads_a_byte(duty):
    ours, theirs = socket.socketpair()
    with ours:
        process = preview._started(theirs, duty, demand_filter=True)
        try:
            status = Path(f"/proc/{process.pid}/status")
            end = time.monotonic() + 30
            while "Seccomp:\t2" not in status.read_text():
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)
            assert "NoNewPrivs:\t1" in status.read_text()
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            assert re.search(r"Max open files +3 +3 ", limits)
            assert re.search(r"Max file size +0 +0 ", limits)
        finally:
            process.kill()
            process.wait()


def test_even_a_worker_that_was_taken_over_cannot_send_more_than_a_small_picture(photos):
    with Image.open(photos[0]) as opened:
        file = io.BytesIO()
        opened.save(file, "JPEG")
    true = blurred_picture(file.getvalue(), None)
    told = '{"sha256": "%s", "pdq": "%s", "pdq_quality": 90, "width": %d, "height": 200}'
    head = read_head((told % (true.sha256, true.pdq, 256)).encode())
    assert isinstance(head, BlurredPicture)
    assert (head.width, head.heavy) == (256, b"")
    for width in (257, 0, -1, 10**9):
        with pytest.raises(UnreadableAnswerError):
            read_head((told % (true.sha256, true.pdq, width)).encode())
    for nonsense in (b"", b"[]", b'{"undecodable": 3}', b"\xff"):
        with pytest.raises(UnreadableAnswerError):
            read_head(nonsense)
