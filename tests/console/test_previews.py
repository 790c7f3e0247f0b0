"""A picture on demand: what is shown, what is said, what is refused, and that nothing stays."""

import base64
import io
import logging
import re
import struct
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from PIL import Image

from domain.address import storable
from storage import audit, matches, referrals, sightings
from storage.exposure import add_look
from storage.review_tables import ReferralRow
from tests.posted_photos import found, posted
from tests.signals.moving_pictures import clip, photographs

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SHOWN = re.compile(r'src="data:image/jpeg;base64,([^"]+)"')
FRAGMENT = {"X-Fragment": "preview"}


@pytest.fixture
def environment(environment, practice_site):
    return environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host}


@pytest.fixture
def post(database, practice_site):
    """Post a registered photograph on the practice site; returns the number of its match."""
    return partial(posted, database, practice_site)


def pictures(answer):
    return [Image.open(io.BytesIO(base64.b64decode(each))) for each in SHOWN.findall(answer.text)]


def detail(picture):
    """How much brightness changes from pixel to pixel."""
    return float(np.abs(np.diff(np.asarray(picture, dtype=float), axis=1)).mean())


def actions(database, number):
    with database.reading() as session:
        found = audit.entries(session, subject=number, limit=10)
    return [(each.action, each.actor, each.details) for each in found if "picture" in each.action]


def test_a_picture_comes_small_grey_and_blurred_and_the_look_is_noted(
    as_role, post, photos, practice_site, database
):
    number = post(photos[0], headers={"X-Key": "secret"}, cookies={"adult": "yes"})
    client = as_role("caseworker", name="anna")

    answer = client.post(f"/matches/{number}/preview", headers=FRAGMENT)

    heavy, light = pictures(answer)
    with Image.open(photos[0]) as original:
        sharp = original.convert("L").resize(heavy.size)
        assert original.width > 256
    assert answer.status_code == 200
    assert "byte for byte" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert heavy.mode == light.mode == "L"
    assert max(heavy.size) == max(light.size) == 256
    assert detail(heavy) < detail(light) / 2 < detail(sharp) / 3
    assert len(answer.data) < 20_000
    asked = next(each for each in practice_site.requests if each.path == "/a.jpg")
    assert asked.headers["X-Key"] == "secret"
    assert asked.headers["Cookie"] == "adult=yes"
    assert asked.headers["Referer"] == practice_site.url("/anna")
    ((action, actor, details),) = actions(database, number)
    assert (action, actor) == ("picture looked at", "anna")
    assert details == {"level": "lighter", "outcome": "shown", "tries": ["shown"]}
    assert "You today: 2 pictures," in client.post(f"/matches/{number}/preview").text


def test_nothing_of_it_stays(as_role, post, photos, database, caplog, tmp_path):
    pattern = b"VIGILPATTERN" + bytes(range(200, 232))
    body = photos[0].read_bytes()
    body = body[:2] + b"\xff\xfe" + (len(pattern) + 2).to_bytes(2, "big") + pattern + body[2:]
    number = post(photos[0], "/anna-from-springfield.jpg", body=body)
    caplog.set_level(logging.DEBUG)

    answer = as_role("caseworker").post(f"/matches/{number}/preview", headers=FRAGMENT)

    shown = [base64.b64decode(each) for each in SHOWN.findall(answer.text)]
    assert len(shown) == 2
    assert "springfield" not in caplog.text
    database.close()
    needles = [pattern, pattern.hex().encode(), *(each[-300:-250] for each in shown)]
    needles += [base64.b64encode(each)[400:460] for each in shown]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "vigil.db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(needle in content for needle in needles), path


def test_what_is_gone_is_said_to_be_gone_and_what_cannot_be_reached_is_unknown(
    as_role, post, photos, practice_site, database
):
    number = post(photos[0], "/a.jpg", "/b.jpg")
    client = as_role("caseworker")
    practice_site.remove("/a.jpg")
    practice_site.gone("/b.jpg")
    gone = client.post(f"/matches/{number}/preview", headers=FRAGMENT)
    practice_site.write("/b.jpg", b"", status=403)
    practice_site.redirect("/a.jpg", "http://127.0.0.1:9/inside.jpg")
    unknown = client.post(f"/matches/{number}/preview", headers=FRAGMENT)

    assert "It is gone: all 2 addresses" in gone.text
    assert "whether it is still there is not known" in unknown.text
    assert "refuses us (403)" in unknown.text
    assert "leads into a private network" in unknown.text
    assert "It is gone:" not in unknown.text
    assert not pictures(gone)
    assert not pictures(unknown)
    assert {action for action, *_ in actions(database, number)} == {"picture asked for"}
    assert "You today: 0 pictures," in client.post(f"/matches/{number}/preview").text


def test_a_second_place_is_tried_where_the_first_has_lost_it(as_role, post, photos, practice_site):
    number = post(photos[0], "/a.jpg", "/b.jpg")
    for path in ("/a.jpg", "/b.jpg"):
        practice_site.write("/a.jpg", photos[0].read_bytes())
        practice_site.write("/b.jpg", photos[0].read_bytes())
        practice_site.remove(path)
        assert len(pictures(as_role("caseworker").post(f"/matches/{number}/preview"))) == 2


def test_another_picture_is_said_and_shown_only_when_asked_for(
    as_role, post, photos, practice_site, database
):
    number = post(photos[0])
    practice_site.write("/a.jpg", photos[5].read_bytes())
    client = as_role("caseworker")

    first = client.post(f"/matches/{number}/preview", headers=FRAGMENT)
    asked = client.post(f"/matches/{number}/preview", headers=FRAGMENT, data={"another": "yes"})

    assert "shows another picture now" in first.text
    assert not pictures(first)
    assert "not known to be the picture that was matched" in asked.text
    assert len(pictures(asked)) == 2
    assert [action for action, *_ in actions(database, number)] == [
        "picture looked at",
        "picture asked for",
    ]


def test_a_picture_saved_anew_is_the_same_picture(as_role, post, photos, practice_site):
    number = post(photos[0])
    with Image.open(photos[0]) as original:
        anew = io.BytesIO()
        original.convert("RGB").resize((400, 300)).save(anew, "WEBP")
    practice_site.write("/a.jpg", anew.getvalue(), "image/webp")
    answer = as_role("caseworker").post(f"/matches/{number}/preview")
    assert "saved anew" in answer.text
    assert len(pictures(answer)) == 2


def test_what_lies_in_an_archive_or_in_its_page_is_found_there(
    as_role, post, photos, practice_site
):
    body = photos[0].read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("1.jpg", photos[5].read_bytes())
        packed.writestr("2.jpg", body)
    inline = f"data:image/jpeg;base64,{base64.b64encode(body).decode()}"
    number = post(photos[0], "/all.zip#2.jpg", storable(inline))
    client = as_role("caseworker")

    practice_site.write("/all.zip", archive.getvalue())
    practice_site.write("/anna", b"<p>nothing")
    from_archive = client.post(f"/matches/{number}/preview", headers=FRAGMENT)
    practice_site.write("/all.zip", photos[5].read_bytes())
    neither = client.post(f"/matches/{number}/preview", headers=FRAGMENT)
    practice_site.write("/anna", f'<img src="{inline}">'.encode())
    from_page = client.post(f"/matches/{number}/preview", headers=FRAGMENT)

    assert len(pictures(from_archive)) == len(pictures(from_page)) == 2
    assert "byte for byte" in from_archive.text
    assert "byte for byte" in from_page.text
    assert "another picture" in neither.text
    assert "part of its page" in neither.text


def test_of_a_streamed_video_the_piece_that_matched_is_shown(as_role, post, photos, practice_site):
    shots = photographs([photos[5], photos[0], photos[7]])
    pieces = [clip([shot], "ts", seconds=2) for shot in shots]
    number = post(photos[0], "/all.m3u8", body=clip(shots, seconds=2))
    for place, piece in enumerate(pieces):
        practice_site.write(f"/{place}.ts", piece)
    listed = "".join(f"#EXTINF:2\n{place}.ts\n" for place in range(3))
    practice_site.write("/low.m3u8", f"#EXTM3U\n{listed}#EXT-X-ENDLIST".encode())
    practice_site.write("/all.m3u8", b"#EXTM3U\n#EXT-X-STREAM-INF:RESOLUTION=480x360\nlow.m3u8\n")

    answer = as_role("caseworker").post(f"/matches/{number}/preview", headers=FRAGMENT)

    assert "as far as one frame of it tells" in answer.text
    shown = np.asarray(pictures(answer)[1], dtype=float)
    likest = [
        np.abs(shown - np.asarray(shot.convert("L").resize((256, 192)), dtype=float)).mean()
        for shot in shots
    ]
    assert int(np.argmin(likest)) == 1
    assert practice_site.requested("/1.ts") == 1
    assert practice_site.requested("/0.ts") + practice_site.requested("/2.ts") == 0


def test_no_more_than_a_few_wait_for_a_picture_at_one_time(
    as_role, post, photos, practice_site, console
):
    number = post(photos[0])
    seats = console.extensions["vigil previews"]
    while seats.acquire(blocking=False):
        pass
    answer = as_role("caseworker").post(f"/matches/{number}/preview", headers=FRAGMENT)
    assert answer.status_code == 503
    assert "try again in a few seconds" in answer.text
    assert practice_site.requested("/a.jpg") == 0


def test_a_bomb_is_refused(as_role, post, photos, practice_site):
    number = post(photos[0])
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10**6))), (b"IEND", b""))
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    practice_site.write("/a.jpg", bomb)
    answer = as_role("caseworker").post(f"/matches/{number}/preview", headers=FRAGMENT)
    assert answer.status_code == 200
    assert "no picture that can be opened" in answer.text
    assert not pictures(answer)


def test_what_may_show_a_minor_is_locked_and_nothing_is_asked_of_the_site(
    as_role, post, photos, practice_site, database
):
    number = post(photos[0])
    with database.writing() as session:
        match = matches.match_row(session, number)
        referrals.add(session, match, hotline="h", actor="bela", now=datetime.now(UTC))

    answer = as_role("caseworker").post(f"/matches/{number}/preview", headers=FRAGMENT)

    assert answer.status_code == 403
    assert "locked for good" in answer.text
    assert practice_site.requested("/a.jpg") == 0
    assert not pictures(answer)


def test_another_picture_that_is_locked_elsewhere_is_not_shown(
    as_role, post, photos, practice_site, database
):
    number = post(photos[0])
    with database.writing() as session:
        now = datetime.now(UTC)
        locked = sightings.image_id_of(session, found(photos[5].read_bytes()), now=now)
        session.add(ReferralRow(image_id=locked, hotline="h", actor="bela", referred_at=now))
    practice_site.write("/a.jpg", photos[5].read_bytes())

    answer = as_role("caseworker").post(
        f"/matches/{number}/preview", headers=FRAGMENT, data={"another": "yes"}
    )

    assert answer.status_code == 403
    assert not pictures(answer)
    assert actions(database, number)[0][2]["outcome"] == "refused"


def test_the_policy_turns_pictures_off_for_a_role_and_can_be_taken_back(
    as_role, post, photos, practice_site, database
):
    number = post(photos[0])
    supervisor, client = as_role("supervisor", name="eva"), as_role("caseworker")

    supervisor.post("/policy", data={"caseworker": "off", "supervisor": "heavy"})
    off = client.post(f"/matches/{number}/preview", headers=FRAGMENT)
    asked = practice_site.requested("/a.jpg")
    heavy = supervisor.post(f"/matches/{number}/preview", headers=FRAGMENT)
    page = supervisor.get("/policy").text
    (undo,) = re.findall(r'action="(/policy/restore[^"]+)"', page)
    supervisor.post(undo.replace("&amp;", "&"))
    back = client.post(f"/matches/{number}/preview", headers=FRAGMENT)

    assert off.status_code == 403
    assert asked == 0
    assert len(pictures(heavy)) == 1
    assert len(pictures(back)) == 2
    with database.reading() as session:
        changes = audit.entries(session, subject="preview policy", limit=5)
    assert [each.actor for each in changes] == ["eva", "eva"]


def test_a_person_can_choose_to_see_less(as_role, post, photos):
    number = post(photos[0])
    client = as_role("caseworker")
    client.post("/exposure", data={"looks": "50", "minutes": "90", "heavy_only": "yes"})
    assert len(pictures(client.post(f"/matches/{number}/preview"))) == 1


def test_holding_a_key_or_the_picture_lessens_the_blur_and_it_is_forgotten(browse, post, photos):
    number = post(photos[0])
    page = browse("caseworker")
    page.clock.install()
    show_section(page, number)

    page.keyboard.press("v")
    page.wait_for_selector("[data-hold]")

    def visible():
        return page.eval_on_selector(".light", "e => getComputedStyle(e).visibility") == "visible"

    assert not visible()
    page.keyboard.down("v")
    assert visible()
    page.keyboard.up("v")
    assert not visible()
    box = page.locator("[data-hold]").bounding_box()
    assert box["width"] < 280
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    assert visible()
    page.mouse.up()
    assert not visible()
    page.clock.run_for(20_000)
    assert page.locator("[data-hold]").count() == 1
    page.clock.run_for(11_000)
    assert page.locator("[data-preview-area] img").count() == 0
    assert "was forgotten" in page.inner_text("[data-preview-area]")


def test_fetching_can_be_stopped(browse, post, photos, practice_site):
    number = post(photos[0])
    practice_site.hang("/a.jpg")
    page = browse("caseworker")
    show_section(page, number)
    page.keyboard.press("v")
    page.wait_for_selector("[data-cancel]")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Given up")
    practice_site.stop()


def test_a_reminder_of_a_pause_stands_above_the_match_and_goes_away_for_a_while(
    browse, post, photos, person, database
):
    number = post(photos[0])
    anna, now = person("caseworker", name="anna").account_id, datetime.now(UTC)
    with database.writing() as session:
        for ago in range(50, 0, -1):
            add_look(session, anna, now=now - timedelta(seconds=ago))
    page = browse("caseworker", name="anna")
    page.goto(f"/matches/{number}")
    reminder = page.get_by_role("complementary", name="A pause")
    assert "looked at 50 pictures" in reminder.inner_text()
    reminder.get_by_role("button").click()
    page.wait_for_url(f"**/matches/{number}")
    assert reminder.count() == 0


def show_section(page, number):
    page.goto(f"/matches/{number}")
    page.wait_for_selector("[data-preview-form]")
