"""Real crawls of sites that show registered pictures only as they were edited."""

import io

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select

from benchmarks.edit_kinds import edited
from domain.signal import SignalType, View
from storage.tables import CaseRow, EvidenceRow, ImageUrlRow, MatchRow, SightingRow

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
OTHERS = 20


def opened(photo):
    with Image.open(photo) as picture:
        return picture.convert("RGB")


def jpeg(picture):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=75)
    return out.getvalue()


def collage(photos):
    sheet = Image.new("RGB", (900, 700), "white")
    for number, photo in enumerate(photos):
        tile = ImageOps.fit(opened(photo), (440, 340))
        sheet.paste(tile, (450 * (number % 2), 350 * (number // 2)))
    return jpeg(sheet)


def evidence(database):
    """Give what was flagged: address and case → the evidence that says where it lies."""
    with database.reading() as session:
        rows = session.execute(
            select(ImageUrlRow.url, CaseRow.number, EvidenceRow)
            .select_from(MatchRow)
            .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
            .join(SightingRow, SightingRow.image_id == MatchRow.image_id)
            .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
            .join(EvidenceRow, EvidenceRow.match_id == MatchRow.match_id)
        ).all()
    return {(url.rsplit("/", 1)[-1], case): row for url, case, row in rows if row.laid is not None}


@ONLY_SQLITE
def test_edited_reposts_are_flagged_and_nothing_else(
    database, practice_site, add_site, crawl, register, photos
):
    cases = [register(photo) for photo in photos[:7]]
    turned = ImageOps.mirror(opened(photos[2])).rotate(14, Image.Resampling.BICUBIC, expand=True)
    planted = {
        "cut.jpg": edited("crop50", opened(photos[0]), [], 1).body,
        "screenshot.jpg": edited("shot_mobile", opened(photos[1]), [], 1).body,
        "turned.jpg": jpeg(turned),
        "collage.jpg": collage(photos[3:7]),
    }
    for name, body in planted.items():
        practice_site.write(f"/{name}", body)
    others = photos[7 : 7 + OTHERS]
    for number, photo in enumerate(others):
        practice_site.write(f"/other{number}.jpg", jpeg(opened(photo)))
    names = [*planted, *(f"other{number}.jpg" for number in range(len(others)))]
    practice_site.write("/", "".join(f"<img src={name}>" for name in names).encode())
    add_site("album", practice_site.url("/"))

    summary = crawl("album")

    wanted = {("cut.jpg", cases[0]), ("screenshot.jpg", cases[1]), ("turned.jpg", cases[2])}
    wanted |= {("collage.jpg", case) for case in cases[3:]}
    seen = evidence(database)
    assert set(seen) == wanted
    assert (summary.flagged, summary.hashed) == (len(wanted), len(names))
    # A part of the image that is the whole picture is told by PDQ, all else by its places.
    assert seen["screenshot.jpg", cases[1]].type == SignalType.PDQ.value
    assert seen["cut.jpg", cases[0]].type == SignalType.CONSTELLATION.value
    assert seen["turned.jpg", cases[2]].type == SignalType.CONSTELLATION.value
    assert seen["turned.jpg", cases[2]].view == View.MIRRORED.value
    assert seen["cut.jpg", cases[0]].view == View.UPRIGHT.value
    assert all(row.strength == row.laid.strength for row in seen.values())
    for number, case in enumerate(cases[3:]):
        across, down = number % 2, number // 2
        corners = seen["collage.jpg", case].laid.corners
        middle = [sum(corner[axis] for corner in corners) / 4 for axis in (0, 1)]
        assert [int(2 * part) for part in middle] == [across, down], "each lies in its tile"

    assert crawl("album").flagged == 0, "what was flagged is not flagged again"
