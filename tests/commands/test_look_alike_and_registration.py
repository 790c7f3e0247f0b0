"""Look-alikes, suspended registrations and drawings of matches, as a caseworker meets them."""

import io
import stat
from datetime import UTC, datetime

import pytest
from PIL import Image

from domain.image import ImageReference
from domain.laid import Laid
from domain.signal import Agreement, SignalType, View
from domain.site import Site
from signals.pictures import hash_image, hash_picture
from storage import flagging, matches, registrations, sightings, sites
from tests.conftest import ROOT

PAGE = "https://gallery.example/album"
PHOTOS = sorted((ROOT / "practice" / "photos").glob("*.jpg"))


def reposted(photo, quality):
    out = io.BytesIO()
    with Image.open(photo) as picture:
        picture.convert("RGB").resize((700, 500)).save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.fixture(scope="module")
def hashed():
    return [hash_image(reposted(PHOTOS[0], quality)) for quality in (60, 70, 80)]


@pytest.fixture(scope="module")
def signals_file(tmp_path_factory):
    """What was hashed on her telephone: quicker to register here than the picture itself."""
    file = tmp_path_factory.mktemp("signals") / "hers.csv"
    signals = hash_picture(PHOTOS[0].read_bytes()).signals
    named = {s.type.value: s for s in signals if s.view is View.UPRIGHT}
    held = {name: named[name].value for name in ("sha256", "md5", "pdq", "phash")}
    held["pdq_quality"] = str(named["pdq"].quality)
    file.write_text(",".join(held) + "\n" + ",".join(held.values()) + "\n")
    return file


@pytest.fixture
def sight(database):
    """Record an image as sighted on the site "gallery", and flag it, as a crawl would."""

    def record(signals, *agreements):
        now = datetime.now(UTC)
        with database.writing() as session:
            watched = sites.all_sites(session) or [
                sites.add(session, Site("gallery", ("https://gallery.example/",)), now=now)
            ]
            image_id = sightings.image_id_of(session, signals, now=now)
            url = f"https://gallery.example/{signals.sha256[:8]}.jpg"
            sightings.sight(
                session,
                watched[0].site_id,
                ImageReference(PAGE, url, url, "img"),
                image_id,
                etag=None,
                last_modified=None,
                now=now,
            )
            flagging.flag(session, image_id=image_id, agreements=agreements, now=now)

    return record


@pytest.fixture
def case(run, sight, hashed, signals_file):
    """A case with one picture, of which one repost was found."""
    sight(hashed[0])
    number = run("case", "open", "--json").json["number"]
    registered = run("register", number, "--signals", signals_file)
    assert "found at 1 place on 1 site" in registered.out, registered.err
    return number


def _registration(run, case):
    return run("case", "show", case, "--json").json["registrations"][0]["number"]


def _row(database, number):
    with database.reading() as session:
        return registrations.registration_row(session, number).registration_id


def _pdq(registration_id):
    return Agreement(registration_id, SignalType.PDQ, View.UPRIGHT, 20)


def test_a_rejected_look_alike_is_not_flagged_again_until_that_is_taken_back(
    run, case, sight, database, hashed
):
    (match,) = run("match", "list", "--json").json
    number = match["number"]
    early = run("look-alike", "add", case, "--match", number)
    assert early.code == 1
    assert f"vigil match reject {number}" in early.err

    rejected = run("match", "reject", number, "--reason", "another person")
    advised = f"vigil look-alike add {case} --match {number}"
    assert advised in rejected.out
    added = run(*advised.split()[1:], "--note", "her sister", "--json").json
    agreement = _pdq(_row(database, _registration(run, case)))
    sight(hashed[1], agreement)

    assert len(run("match", "list", "--json").json) == 1
    (kept,) = run("look-alike", "list", case, "--json").json
    assert (kept["number"], kept["note"], kept["spared"]) == (added["number"], "her sister", 1)
    said = run("look-alike", "list", case).out
    assert all(word in said for word in (added["number"], "her sister", "bytes and PDQ", "tester"))

    removed = run("look-alike", "remove", added["number"])
    assert "is erased" in removed.out
    sight(hashed[2], agreement)
    assert len(run("match", "list", "--json").json) == 2
    assert "has no look-alikes" in run("look-alike", "list", case).out
    recorded = run("audit", "list", "--subject", added["number"]).out
    assert "look-alike added" in recorded
    assert "look-alike removed" in recorded


def test_a_look_alike_is_of_the_case_of_its_match(run, case):
    (match,) = run("match", "list", "--json").json
    other = run("case", "open", "--json").json["number"]

    refused = run("look-alike", "add", other, "--match", match["number"])

    assert refused.code == 2
    assert f"is of case {case}" in refused.err
    assert run("look-alike", "remove", "L-0000-0000-0").code in {1, 2}


def test_a_suspended_registration_flags_nothing_until_it_is_resumed(
    run, case, sight, database, hashed
):
    number = _registration(run, case)
    agreement = _pdq(_row(database, number))
    assert "all of them flag" in run("registration", "list").out

    suspended = run("registration", "suspend", number, "--reason", "an empty page.")
    assert f"vigil registration resume {number}" in suspended.out
    sight(hashed[1], agreement)

    assert len(run("match", "list", "--json").json) == 1
    (listed,) = run("registration", "list", "--json").json["suspended"]
    assert (listed["number"], listed["case"], listed["reason"]) == (number, case, "an empty page.")
    for told in (run("case", "show", case), run("registration", "list")):
        assert "an empty page." in told.out
        assert f"vigil registration resume {number}" in told.out
    findings = run("doctor", "--json").json["findings"]
    (finding,) = [each for each in findings if each["what"] == "Suspended"]
    assert finding["level"] == "warn"
    assert number in finding["found"]
    assert run("registration", "suspend", number, "--reason", "again").code == 1

    resumed = run("registration", "resume", number, "--reason", "it is hers", "--json").json
    assert (resumed["suspended"], resumed["found"]["images"]) == (False, 2)
    assert len(run("match", "list", "--json").json) == 2  # what came meanwhile as well
    recorded = run("audit", "list", "--subject", number).out
    assert all(word in recorded for word in ("suspended", "resumed", "it is hers"))
    assert run("registration", "resume", number, "--reason", "again").code == 1


def test_a_registration_that_is_already_suspended_says_so(run, case, signals_file):
    number = _registration(run, case)
    run("registration", "suspend", number, "--reason", "an empty page.")

    again = run("register", case, "--signals", signals_file)

    assert "It is suspended: nothing is flagged for it. an empty page." in again.err
    assert f"vigil registration resume {number}" in again.err


@pytest.fixture
def edited(run, case, sight, database, hashed):
    """A match of which places agree: the picture, mirrored, in the left half of another image."""
    registration_id = _row(database, _registration(run, case))
    corners = ((0.5, 0.0), (0.0, 0.0), (0.0, 1.0), (0.5, 1.0))
    laid = Laid(9.4, True, corners, (0.0, 0.0, 1.0, 1.0), 17, 24)  # noqa: FBT003
    agreement = Agreement(registration_id, SignalType.CONSTELLATION, View.MIRRORED, 14, laid=laid)
    sight(hashed[1], agreement)
    with database.reading() as session:
        found = matches.list_matches(session)
    return next(each.number for each in found if each.signals[0].signal == "constellation")


def test_places_that_agree_are_said_and_drawn_without_the_picture(run, edited, tmp_path, hashed):
    shown = run("match", "show", edited).out
    assert "strong: 10^9 times likelier of this picture than of another" in shown
    assert "17 of its 24 places that should be visible are seen; mirrored" in shown
    assert "it fills the left half of the found image" in shown
    assert f"vigil match show {edited} --outline" in shown
    assert "edited, strong, mirrored" in run("match", "list").out

    file = tmp_path / "where.svg"
    drawn = run("match", "show", edited, "--outline", file)

    assert f"Drawn in {file}" in drawn.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text()
    assert f"The found image, {hashed[1].width} × {hashed[1].height} pixels" in written
    assert edited in written
    assert "<image" not in written
    refused = run("match", "show", edited, "--outline", file)
    assert refused.code == 1
    assert "--force" in refused.err
    assert run("match", "show", edited, "--outline", file, "--force", "--json").json


@pytest.mark.usefixtures("case")
def test_a_match_of_the_whole_picture_has_nothing_to_draw(run, tmp_path):
    (match,) = run("match", "list", "--json").json

    refused = run("match", "show", match["number"], "--outline", tmp_path / "no.svg")

    assert refused.code == 1
    assert "nothing to draw" in refused.err
    assert not (tmp_path / "no.svg").exists()
