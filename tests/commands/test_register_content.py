"""What is cut off what somebody registers, what is said about it, and what is found by it."""

import pytest

from practice.photographs import ORIGINALS
from tests.signals.framing import captioned, framed, screenshot, shown, two_on_a_page

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
NAME, OTHER = ORIGINALS[2], ORIGINALS[3]


@pytest.fixture
def case(run):
    return run("case", "open", "--json").json["number"]


@pytest.fixture
def save(tmp_path):
    def do(name, picture):
        picture.save(tmp_path / name)
        return tmp_path / name

    return do


def registered(done):
    (file,) = done.json["files"]
    return file["registered"]


@ONLY_SQLITE
def test_what_is_cut_off_is_said_with_the_command_for_all_of_it(run, case, save):
    file = save("her screen.png", screenshot(NAME))

    done = run("register", case, file)

    assert done.code == 0
    assert done.err == ""
    again = f"vigil register {case} --content whole '{file}'"
    (line,) = (line for line in done.out.splitlines() if "looks like a screenshot" in line)
    assert line.strip().endswith(f"Only that is registered. If all of it is meant: {again}")
    (file_json,) = run("register", case, file, "--json").json["files"]
    assert file_json["again"] == again
    assert file_json["registered"]["already"]
    assert file_json["registered"]["content"] in line
    assert file_json["registered"]["unsure"] is None


@ONLY_SQLITE
def test_what_is_unsure_is_registered_whole_and_asked_about(run, case, save):
    file = save("page.png", two_on_a_page(NAME, OTHER))

    done = run("register", case, file)

    number = registered(run("register", case, file, "--json"))["number"]
    assert "It may be a screenshot" in done.err
    assert (
        "All of it is registered. If only that is meant: "
        f"vigil withdraw {number}, and then vigil register {case} --content inside {file}"
    ) in done.err
    inside = registered(run("register", case, file, "--content", "inside", "--json"))
    assert "It may be a screenshot" in inside["content"]
    assert (inside["already"], inside["same_file"]) == (False, number)
    said = run("register", case, file, "--content", "inside")
    assert f"The same file is also registered as {number}" in said.out
    assert f"vigil withdraw {number}" in said.out
    whole = run("register", case, file, "--content", "whole", "--json")
    assert registered(whole)["number"] == number
    assert whole.json["files"][0]["again"] is None


@ONLY_SQLITE
def test_where_nothing_is_seen_around_what_is_wanted_inside_it_is_said(run, case, photos):
    done = run("register", case, photos[0], "--content", "inside")

    assert done.code == 0
    assert "Nothing is seen around the picture, so all of it is registered." in done.out
    assert "around the picture" not in run("register", case, photos[0]).out


def test_a_choice_that_there_is_not_is_refused(run, case, photos):
    done = run("register", case, photos[0], "--content", "half")

    assert done.code == 2
    assert "'auto', 'whole', 'inside'" in done.err


@ONLY_SQLITE
def test_the_photo_below_a_registered_caption_is_found_without_it(
    run, case, save, practice_site, add_site, crawl
):
    registered(run("register", case, save("meme.png", captioned(NAME)), "--json"))
    for name, picture in (("bare.png", shown(NAME, 480, 360)), ("other.png", captioned(OTHER))):
        practice_site.write(f"/{name}", save(name, picture).read_bytes())
    practice_site.write("/", b"<img src=bare.png><img src=other.png>")
    add_site("album", practice_site.url("/"))

    assert crawl("album").flagged == 1

    (match,) = run("match", "list", "--json").json
    shown_match = run("match", "show", match["number"])
    assert "bare.png" in shown_match.out
    assert "PDQ differs by" in shown_match.out


@ONLY_SQLITE
def test_two_photos_in_the_same_app_are_not_taken_for_each_other(
    run, case, save, practice_site, add_site, crawl
):
    for name in (NAME, OTHER):
        assert registered(run("register", case, save(f"{name}.png", screenshot(name)), "--json"))[
            "content"
        ]
    practice_site.write("/a.png", save("a.png", screenshot(ORIGINALS[4])).read_bytes())
    practice_site.write("/b.png", save("b.png", screenshot(ORIGINALS[6])).read_bytes())
    practice_site.write("/", b"<img src=a.png><img src=b.png>")
    add_site("album", practice_site.url("/"))

    summary = crawl("album")

    assert (summary.hashed, summary.flagged) == (2, 0)


@ONLY_SQLITE
def test_where_a_registered_photo_lies_in_a_found_collage_is_said_and_drawn(
    run, case, save, practice_site, add_site, crawl, tmp_path
):
    photo = shown(NAME, 800, 600)
    run("register", case, save("photo.png", photo))
    posted = framed(photo.resize((400, 300)), 400, 200, 0, 0, (20, 90, 60))
    posted.paste(shown(OTHER, 300, 200), (0, 0))
    practice_site.write("/posted.png", save("posted.png", posted).read_bytes())
    practice_site.write("/", b"<img src=posted.png>")
    add_site("album", practice_site.url("/"))

    assert crawl("album").flagged == 1

    (match,) = run("match", "list", "--json").json
    (signal,) = (signal for signal in match["signals"] if signal["signal"] == "pdq")
    assert signal["laid"]["in_view"] == 0
    assert signal["strength"] > 7
    assert "in a part" in run("match", "list").out
    said = run("match", "show", match["number"], "--outline", tmp_path / "drawn.svg").out
    assert "in a part of the found image; it fills a third of the found image, at its" in said
    drawn = (tmp_path / "drawn.svg").read_text()
    assert "It fills a third" in drawn.replace("\n", " ")
