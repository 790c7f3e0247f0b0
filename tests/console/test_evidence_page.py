"""What a caseworker reads of a match without seeing a picture, and where it was seen."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from domain.image import ImageReference
from domain.signal import Agreement, SignalType, View
from storage import flagging, match_evidence, registrations, sightings, sites

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


# A database with all that is read here takes a while to fill, so few tests read much each.


def test_a_match_is_told_in_sentences_beside_measured_numbers(as_role, filled):
    client = as_role("caseworker")

    near = _text(client, filled.spread)
    assert "Very strong: nearly the same picture, mirrored" in near
    assert "Of 864 measured reposts, 76 are as near or nearer" in near
    assert "Of 251,695 pairs of different photos, the nearest two differ in 72 bits" in near
    assert "At 40 places: 40 there at the last visit, 0 not seen any more." in near

    edited = _text(client, filled.edited)
    assert "Strong: an edited copy, recognised by its places, mirrored" in edited
    assert "Of its 24 places that should be visible, 17 are seen where they should be" in edited
    assert "Seen is about 68% of the registered picture, at the upper left of it" in edited
    assert "The strength is 9.2" in edited
    assert "Of 1,060,415 pairs of different pictures none is; the strongest has 5.1" in edited

    unsure = _text(client, filled.matches["unsure"][0])
    assert "Fair: an edited copy, recognised by its places" in unsure
    assert "1 confirmed, 2 waiting" in unsure  # on its site so far

    moving = _text(client, filled.video)
    assert "It agrees in 1 of the 3 frames that were compared: 0:02" in moving
    assert "It lasts 0:06, and agrees at one moment of that. It is nearest at 0:02." in moving

    other = _text(client, filled.match)
    assert re.search(r"Nearly the same in this case .*?1 confirmed", other)
    assert filled.look_alike in other


def test_what_is_drawn_is_said_as_well_and_addresses_are_no_links(as_role, filled):
    html = as_role("caseworker").get(f"/matches/{filled.edited}").text
    (drawing,) = re.findall(r'<svg class="outline".*?</svg>', html, re.DOTALL)
    assert 'aria-label="Where picture 1 lies in the found image. The registered' in drawing
    assert "its top" in drawing
    assert "style=" not in drawing
    assert "<script>alert" not in html
    assert "who=&lt;script&gt;" in html
    assert 'href="https://gallery.example' not in html


def test_equal_bytes_are_certain(as_role, filled, database):
    with database.writing() as session:
        image = match_evidence.matched_image(session, filled.match)
        row = registrations.registration_row(session, filled.registrations[0])
        same = Agreement(row.registration_id, SignalType.SHA256, View.UPRIGHT, 0)
        flagging.flag(session, image_id=image.image_id, agreements=[same], now=datetime.now(UTC))
    page = _text(as_role("caseworker"), filled.match)
    assert "Certain: the very same file" in page
    assert "times likelier" not in page


def test_every_place_is_shown_page_by_page_and_gone_is_not_called_removed(
    as_role, filled, database
):
    now = datetime.now(UTC)
    with database.writing() as session:
        image = match_evidence.matched_image(session, filled.spread)
        board = sites.get(session, "image-board").site_id
        for place in range(25):
            album = f"https://board.example/more/{place}"
            sightings.sight(
                session,
                board,
                ImageReference(album, f"{album}.jpg", f"{album}.jpg", "img@src"),
                image.image_id,
                etag=None,
                last_modified=None,
                now=now - timedelta(minutes=place),
            )
        sightings.mark_address_gone(session, "https://board.example/more/3.jpg", now=now)
    client = as_role("caseworker")
    assert "Show all 65 places" in client.get(f"/matches/{filled.spread}").text
    address: str | None = f"/matches/{filled.spread}/sightings"
    seen: list[str] = []
    while address:
        html = client.get(address).text
        seen += re.findall(r'data-copies="(https://board.example/(?:more|album)[^"]*?)"', html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        address = str(following.group(1)).replace("&amp;", "&") if following else None
    pages = [each for each in seen if not each.endswith(".jpg")]
    assert len(pages) == len(set(pages)) == 64
    gone = client.get(f"/matches/{filled.spread}/sightings?gone=yes").text
    assert "https://board.example/more/3<" in gone
    assert "not seen any more" in gone
    assert "Not seen at the last visit is not the same as removed" in gone
    for key in ("x", "2026-03-01~1", "2026-03-01T00:00:00+00:00~-1", "~"):
        asked = f"/matches/{filled.spread}/sightings"
        assert client.get(asked, query_string={"after": key}).status_code == 404, key
    assert client.get("/matches/M-7K3M-9QXD-5/sightings").status_code == 404


def test_an_address_is_copied_by_its_button(browse, filled):
    page = browse("caseworker")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/matches/{filled.edited}")
    page.get_by_role("button", name="Copy the address of the page").first.click()
    page.get_by_role("button", name="Copy the address of the page").get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "https://gallery.example/album/story/0"
    )


def _text(client, number):
    """Give the page of a match as text without its tags."""
    answer = client.get(f"/matches/{number}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
