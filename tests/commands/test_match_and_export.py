import csv
import io
import json
import stat
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageOps
from pyarrow import parquet

from commands.export_formats import WRITERS, write_csv
from domain.image import ImageReference
from domain.signal import SignalType
from domain.site import Site
from signals.pictures import hash_image, hash_picture
from storage import sightings, sites
from storage.matches import MatchSignal, MatchSummary

PAGE = "https://gallery.example/album"
COLUMNS = (  # noqa: SIM905 - easier to compare with a file's first line
    "number,case,state,site,page,image_url,signals,distance,sightings,gone,first_seen,last_seen,"
    "flagged_at,duration_ms,frames,links_to"
).split(",")


@pytest.fixture
def sight(database):
    """Record a picture as sighted on the site "gallery", as a crawl would."""

    def record(body, image="https://gallery.example/a.jpg", page=PAGE):
        now = datetime.now(UTC)
        with database.writing() as session:
            watched = sites.all_sites(session) or [
                sites.add(session, Site("gallery", ("https://gallery.example/",)), now=now)
            ]
            image_id = sightings.image_id_of(session, hash_image(body), now=now)
            sightings.sight(
                session,
                watched[0].site_id,
                ImageReference(page, image, image, "img"),
                image_id,
                etag=None,
                last_modified=None,
                now=now,
            )

    return record


def _mirrored(photo):
    out = io.BytesIO()
    with Image.open(photo) as picture:
        ImageOps.mirror(picture.convert("RGB")).save(out, "WEBP", quality=80)
    return out.getvalue()


@pytest.fixture
def case(run, sight, photos):
    """A case whose one picture was sighted as an exact copy and as a mirrored one."""
    sight(photos[0].read_bytes(), "https://gallery.example/exact.jpg")
    sight(
        _mirrored(photos[0]), "https://gallery.example/mirrored.webp", "https://gallery.example/=b"
    )
    sight(photos[1].read_bytes(), "https://gallery.example/another.jpg")
    number = run("case", "open", "--json").json["number"]
    registered = run("register", number, photos[0])
    assert registered.code == 0
    assert "found at 2 places on 1 site" in registered.out
    assert f"vigil match list --case {number}" in registered.out
    return number


def test_matches_are_listed_with_their_evidence_in_words(run, case):
    listed = run("match", "list", "--case", case.lower(), "--json").json
    assert [list(match) for match in listed] == [[*COLUMNS, "in_part", "strength"]] * 2
    assert {match["state"] for match in listed} == {"flagged"}
    assert all(match["flagged_at"].endswith("Z") for match in listed)

    said = run("match", "list").out
    assert "exact copy" in said
    assert "mirrored" in said
    assert PAGE in said

    mirrored = next(match for match in listed if match["image_url"].endswith("webp"))
    shown = run("match", "show", mirrored["number"]).out
    assert "of 256 bits (mirrored)" in shown
    assert "Nobody has decided yet" in shown
    exact = next(match for match in listed if match["image_url"].endswith("jpg"))
    assert "SHA-256 is equal: the very same file" in run("match", "show", exact["number"]).out
    detail = run("match", "show", exact["number"], "--json").json
    assert set(detail) == {"summary", "sightings", "decisions"}
    assert detail["sightings"][0]["gone_at"] is None


@pytest.mark.usefixtures("case")
def test_matches_are_filtered_and_an_empty_list_says_what_to_do(run):
    assert len(run("match", "list", "--site", "gallery", "--json").json) == 2
    assert run("match", "list", "--state", "confirmed", "--json").json == []
    assert "vigil match list" in run("match", "list", "--state", "confirmed").out
    assert "--limit shows more" in run("match", "list", "--limit", "1").out
    other = run("case", "open", "--json").json["number"]
    assert run("match", "list", "--case", other, "--json").json == []


def test_no_match_at_all_says_how_to_look_for_some(run):
    assert "vigil crawl" in run("match", "list").out


@pytest.mark.usefixtures("case")
def test_a_decision_is_recorded_and_taken_back(run):
    number = run("match", "list", "--json").json[0]["number"]
    state = lambda: run("match", "show", number, "--json").json["summary"]["state"]  # noqa: E731

    assert run("match", "undo", number, "--reason", "x").code == 1  # there is nothing to take back
    assert run("match", "unsure", number, "--reason", "too dark").code == 0
    assert state() == "flagged"
    assert run("match", "confirm", number, "--reason", "same picture").code == 0
    assert state() == "confirmed"
    again = run("match", "confirm", number, "--reason", "same picture")
    assert again.code == 1
    assert f"vigil match undo {number}" in again.err
    undone = run("match", "undo", number, "--reason", "wrong line")
    assert (undone.code, state()) == (0, "flagged")
    assert run("match", "reject", number, "--reason", "another beach").code == 0
    assert state() == "rejected"
    assert run("match", "reject", number, "--reason", "  ").code == 2

    shown = run("match", "show", number).out
    assert all(words in shown for words in ("too dark", "same picture", "another beach", "tester"))
    decisions = run("match", "show", number, "--json").json["decisions"]
    assert [decision["verdict"] for decision in decisions] == ["unsure", "confirmed", "rejected"]
    assert [decision["undone_at"] is None for decision in decisions] == [True, False, True]
    assert "wrong line" in run("audit", "list", "--subject", number).out
    shown = run("site", "show", "gallery", "--json").json["counts"]
    assert (shown["flagged"], shown["rejected"], shown["images"]) == (1, 1, 3)


def test_a_look_alike_is_kept_with_the_rejection_and_a_referral_says_whom_to_report_to(run, case):
    one, two = (match["number"] for match in run("match", "list", "--json").json)
    kept = run("match", "reject", one, "--kind", "same-scene", "--reason", "another person")
    assert "kept as a look-alike" in kept.out
    assert len(run("look-alike", "list", case, "--json").json) == 1
    assert "rejected: same scene" in run("match", "show", one).out
    assert run("match", "undo", one, "--reason", "it is her").code == 0
    assert run("look-alike", "list", case, "--json").json == []

    referred = run("match", "refer", two, "--reason", "looks very young")
    assert "Report it to your national hotline (INHOPE member)" in referred.out
    assert run("match", "list", "--state", "referred", "--json").json[0]["number"] == two
    refused = run("match", "confirm", two, "--reason", "so")
    assert (refused.code, "referred" in refused.err) == (1, True)
    assert "may be under 18" in run("match", "show", two).out


@pytest.mark.usefixtures("case")
def test_every_format_holds_the_same_rows(run, tmp_path):
    by_csv = run("export", "matches", "--format", "csv")
    by_json = run("export", "matches", "--format", "json")
    file = tmp_path / "matches.parquet"
    assert run("export", "matches", "--format", "parquet", "--output", file).code == 0

    rows = list(csv.DictReader(io.StringIO(by_csv.out)))
    objects = json.loads(by_json.out)
    table = parquet.read_table(file)
    assert list(rows[0]) == list(objects[0]) == table.column_names == COLUMNS
    assert [row["number"] for row in rows] == [each["number"] for each in objects]
    assert table["number"].to_pylist() == [row["number"] for row in rows]
    assert [row["flagged_at"] for row in rows] == [each["flagged_at"] for each in objects]
    assert rows[0]["flagged_at"].endswith("Z")
    assert str(table.schema.field("first_seen").type) == "timestamp[us, tz=UTC]"
    assert table["signals"].to_pylist()[0][0]["registration"].startswith("R-")
    assert {row["gone"] for row in rows} == {"false"}
    assert "2 matches written" in by_csv.err
    assert len(run("audit", "list", "--subject", "matches", "--json").json) == 3


def test_a_file_is_written_whole_for_its_owner_and_never_over_another(run, case, tmp_path):
    file = tmp_path / "matches.csv"
    command = ["export", "matches", "--format", "csv", "--output", file]

    assert run(*command, "--case", case).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    refused = run(*command, "--state", "confirmed")
    assert refused.code == 1
    assert "--force" in refused.err
    assert file.read_text() == before
    assert run(*command, "--state", "confirmed", "--force").code == 0
    assert file.read_text().strip() == ",".join(COLUMNS)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["matches.csv"]


@pytest.mark.usefixtures("case")
def test_a_file_that_cannot_be_written_is_no_traceback(run, tmp_path):
    down = run("export", "matches", "--format", "csv", "--output", tmp_path / "no" / "m.csv")
    assert down.code == 3
    assert "cannot be written" in down.err
    assert run("export", "matches", "--format", "parquet").code == 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula(start):
    now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    match = MatchSummary(
        number="M-1",
        case="C-1",
        state="flagged",
        site="gallery",
        page=f"{start}HYPERLINK(1)",
        image_url=None,
        signals=(MatchSignal("pdq", "mirrored", 4, "R-1"),),
        distance=4,
        sightings=1,
        gone=False,
        first_seen=None,
        last_seen=None,
        flagged_at=now,
    )
    out = io.BytesIO()

    assert write_csv([match], out) == 1

    (row,) = csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""))
    assert row["page"] == f"'{start}HYPERLINK(1)"
    assert row["image_url"] == ""
    assert row["signals"] == "PDQ differs by 4 of 256 bits (mirrored)"
    assert row["flagged_at"] == "2026-01-31T09:30:00Z"


def test_an_export_of_nothing_is_still_a_file_of_its_kind(run, tmp_path):
    assert run("export", "matches", "--format", "json").json == []
    assert run("export", "matches", "--format", "csv").out.strip() == ",".join(COLUMNS)
    file = tmp_path / "none.parquet"
    assert run("export", "matches", "--format", "parquet", "--output", file).code == 0
    assert parquet.read_table(file).num_rows == 0


def test_no_export_and_no_listing_holds_a_constellation(run, case, photos, tmp_path):
    """It is for finding, and nobody else's: whoever has it could look for the picture elsewhere."""
    signals = hash_picture(photos[0].read_bytes()).signals
    (constellation,) = [s.value for s in signals if s.type is SignalType.CONSTELLATION]
    written = [tmp_path / f"matches.{kind}" for kind in WRITERS]
    for file in written:
        kind = file.suffix[1:]
        assert run("export", "matches", "--format", kind, "--output", file).code == 0
    matched = [match["number"] for match in run("match", "list", "--json").json]
    assert len(matched) == 2
    asked = [["match", "show", number] for number in matched]
    asked += [["match", "list"], ["case", "show", case], ["case", "list"], ["audit", "list"]]
    told = [run(*command, *more) for command in asked for more in ([], ["--json"])]
    assert {outcome.code for outcome in told} == {0}

    exported = [
        repr(parquet.read_table(f).to_pylist()).encode()
        if f.suffix == ".parquet"
        else f.read_bytes()
        for f in written
    ]
    for content in exported:
        assert b"constellation" not in content
    for content in [*exported, *(outcome.out.encode() for outcome in told)]:
        for start in range(8, len(constellation) - 32, 32):
            part = constellation[start : start + 32]
            assert part.encode() not in content.lower()
            assert bytes.fromhex(part) not in content
