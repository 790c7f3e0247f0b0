import csv

import pytest
from PIL import Image
from sqlalchemy import text

from signals.pictures import hash_picture

TYPES = ["sha256", "md5", "pdq", "phash", "constellation"]


def _open(run):
    return run("case", "open", "--json").json["number"]


def test_a_case_is_opened_and_its_pin_said_once(run):
    opened = run("case", "open")
    assert opened.code == 0
    assert "never again" in opened.out
    case = run("case", "open", "--json").json
    assert set(case) == {"number", "pin"}

    listed = run("case", "list", "--json")
    assert len(listed.json) == 2
    assert case["pin"] not in listed.out + run("audit", "list", "--json").out
    assert set(listed.json[0]) >= {
        "number",
        "opened_at",
        "registrations",
        "flagged",
        "confirmed",
        "rejected",
        "withdrawn_at",
    }
    assert case["number"] in run("case", "list").out


def test_an_empty_list_says_what_to_do_next(run):
    assert "vigil case open" in run("case", "list").out


def test_pictures_are_registered_once_and_bad_files_stop_nothing(run, tmp_path, photos):
    case = _open(run)
    folder = tmp_path / "pictures"
    (folder / "inner").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "one.jpg").write_bytes(photos[0].read_bytes())
    (folder / "inner" / "two.jpg").write_bytes(photos[1].read_bytes())
    (folder / ".hidden" / "three.jpg").write_bytes(photos[2].read_bytes())
    (folder / "notes.txt").write_text("not a picture at all")
    (folder / "broken.jpg").write_bytes(photos[3].read_bytes()[:200])

    done = run("register", case, folder, tmp_path / "nowhere.jpg")

    assert done.code == 1
    assert "2 pictures registered, 0 there already, 3 problems" in done.out
    assert "notes.txt is not a picture" in done.err
    assert "nowhere.jpg is not there" in done.err
    assert "broken.jpg" in done.err

    again = run("register", case, folder / "one.jpg", "--json")
    assert (again.code, again.json["already"], again.json["registered"]) == (0, 1, 0)
    (file,) = again.json["files"]
    assert file["file"].endswith("one.jpg")
    assert file["problem"] is None
    assert set(file["registered"]) == {
        "number",
        "already",
        "images",
        "places",
        "places_gone",
        "sites",
        "weak",
        "frames",
        "showing",
        "no_constellation",
        "looks",
        "completed",
        "suspended_for",
        "content",
        "unsure",
        "same_file",
    }
    shown = run("case", "show", case, "--json").json
    assert len(shown["registrations"]) == 2
    first = shown["registrations"][0]
    assert set(first) >= {"number", "registered_at", "signals", "types", "withdrawn_at"}
    assert (first["signals"], first["types"]) == (19, TYPES)
    said = run("case", "show", case).out
    assert " 19  SHA-256, MD5, PDQ, pHash, constellation  " in said
    assert file["registered"]["number"] in said


def test_the_name_of_a_file_is_kept_nowhere(run, tmp_path, photos, database):
    name = "anna-at-the-beach"
    (tmp_path / f"{name}.jpg").write_bytes(photos[0].read_bytes())
    (tmp_path / f"{name}.txt").write_text("not a picture")
    run("register", _open(run), tmp_path / f"{name}.jpg", tmp_path / f"{name}.txt")

    with database.reading() as session:
        for table in ("registration", "signal", "audit_entry"):
            for row in session.execute(text(f"SELECT * FROM {table}")):
                assert name not in repr(tuple(row))


def test_a_picture_too_plain_to_recognise_is_registered_with_a_warning(run, tmp_path):
    plain = tmp_path / "plain.png"
    Image.new("RGB", (300, 300), "white").save(plain)

    done = run("register", _open(run), plain)

    assert done.code == 0
    assert "only exact copies" in done.err
    assert "edited" not in done.err  # the one says it all


def test_a_picture_with_too_little_in_it_is_registered_with_a_word_about_edited_reposts(
    run, tmp_path, photos
):
    glow = tmp_path / "glow.png"
    Image.radial_gradient("L").resize((400, 400)).save(glow)
    case = _open(run)

    done = run("register", case, glow, photos[0])

    assert done.code == 0
    assert done.err.splitlines() == [
        "  It has too little detail to find it in edited reposts; whole copies are found."
    ]
    files = run("register", case, glow, photos[0], "--json").json["files"]
    told = [file["registered"]["no_constellation"] for file in files]
    assert told == ["too little detail", None]
    listed = run("case", "show", case, "--json").json["registrations"]
    assert [each["types"] for each in listed] == [TYPES[:-1], TYPES]


def test_signals_computed_elsewhere_are_registered_row_by_row(run, tmp_path, photos):
    case = _open(run)
    file = tmp_path / "signals.csv"
    upright = {
        signal.type.value: signal
        for signal in hash_picture(photos[0].read_bytes()).signals
        if signal.view.value == "upright"
    }
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["sha256", "md5", "pdq", "pdq_quality", "phash", "constellation"])
        values = [upright[kind].value for kind in ("sha256", "md5", "pdq")]
        values += [str(upright["pdq"].quality), upright["phash"].value]
        writer.writerow([*values, upright["constellation"].value])
        writer.writerow(["ab" * 32, "", "", "", "", "02" * 800])
        writer.writerow(["not hexadecimal", "", "", "", ""])

    done = run("register", case, "--signals", file)

    assert done.code == 1
    assert "1 picture registered, 0 there already, 2 problems" in done.out
    assert "line 3, cannot be used: a constellation signal of version 1 is wanted" in done.err
    assert "line 4" in done.err
    (held,) = run("case", "show", case, "--json").json["registrations"]
    assert held["types"] == TYPES


def test_a_case_and_a_picture_are_withdrawn(run, photos):
    case = _open(run)
    registered = [
        run("register", case, photo, "--json").json["files"][0]["registered"]["number"]
        for photo in photos[:3]
    ]

    assert run("withdraw", registered[0]).code == 2  # nobody is there to answer
    one = run("withdraw", registered[0], "--yes", "--reason", "she asked", "--json")
    assert (one.code, one.json["registrations"]) == (0, 1)
    again = run("withdraw", registered[0], "--yes")
    assert again.code == 1
    assert registered[0] in again.err

    rest = run("withdraw", case.lower(), "--yes")
    assert rest.code == 0
    assert "2 registrations" in rest.out
    shown = run("case", "show", case, "--json").json
    assert shown["case"]["withdrawn_at"] is not None
    assert all(each["withdrawn_at"] for each in shown["registrations"])
    assert all(each["signals"] == 0 for each in shown["registrations"])
    assert all(each["types"] == [] for each in shown["registrations"])
    assert run("register", case, photos[3]).code == 1


def test_withdrawing_asks_first(run, photos):
    case = _open(run)
    run("register", case, photos[0])

    kept = run("withdraw", case, typed="n\n")
    assert kept.code == 1
    assert "Nothing was changed" in kept.err
    assert run("withdraw", case, typed="y\n").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["case", "show", "C-7K3M-9QXD-4"], 2, "typing error"),
        (["case", "show", "C-0000-0000-0"], 1, "C-0000-0000-0"),
        (["case", "show", "hello"], 2, "is not a number like C-"),
        (["register", "C-0000-0000-0", "."], 1, "C-0000-0000-0"),
        (["register", "C-0000-0000-1", "."], 2, "typing error"),
        (["withdraw", "C-0000-0000-0", "--yes"], 1, "C-0000-0000-0"),
        (["withdraw", "R-0000-0000-0", "--yes"], 1, "R-0000-0000-0"),
        (["withdraw", "M-0000-0000-0", "--yes"], 2, "C-"),
        (["match", "show", "M-0000-0000-0"], 1, "M-0000-0000-0"),
        (["match", "show", "M-0000-0000-1"], 2, "typing error"),
        (["match", "confirm", "M-0000-0000-0", "--reason", "x"], 1, "M-0000-0000-0"),
        (["match", "undo", "M-0000-0000-0", "--reason", "x"], 1, "M-0000-0000-0"),
        (["match", "list", "--case", "C-0000-0000-0"], 1, "C-0000-0000-0"),
        (["match", "list", "--site", "nowhere"], 1, "nowhere"),
        (["match", "list", "--limit", "0"], 2, "limit"),
        (["export", "matches", "--format", "csv", "--site", "nowhere"], 1, "nowhere"),
        (["crawl", "nowhere"], 1, "nowhere"),
        (["crawls", "show", "1"], 1, "no crawl 1"),
        (["crawls", "show", "one"], 2, "'one'"),
        (["crawls", "list", "--site", "nowhere"], 1, "nowhere"),
        (["site", "show", "galery"], 1, "Did you mean gallery?"),
        (["site", "edit", "gallery"], 2, "Say what to change"),
        (["site", "add", "gallery", "https://gallery.example/"], 1, "vigil site edit gallery"),
        (["site", "add", "Bad Name", "https://gallery.example/"], 2, "lower-case letters"),
        (["site", "add", "new", "gallery.example"], 2, "https://gallery.example"),
        (["site", "add", "new", "ftp://gallery.example/"], 2, "ftp"),
        (["site", "add", "new", "https:/a.example/x"], 2, "whole: https://a.example/x"),
        (["site", "add", "new", "a.example:8080/x"], 2, "whole: https://a.example:8080/x"),
        (["site", "add", "new", "htp:/x"], 2, "begins with 'htp:'"),
        (["site", "edit", "gallery", "--url", "ftp:a.example"], 2, "begins with 'ftp:'"),
        (["site", "probe", "htp:/x"], 2, "begins with 'htp:'"),
        (
            ["site", "add", "new", "https://a.example/", "--host", "b.example"],
            2,
            "outside the hosts",
        ),
        (["site", "add", "new", "https://a.example/", "--rate", "5"], 2, "is no rate"),
        (["site", "add", "new", "https://a.example/", "--rate", "9000/s"], 2, "1000/s"),
        (["site", "add", "new", "https://a.example/", "--every", "often"], 2, "is no interval"),
        (["site", "add", "new", "https://a.example/", "--every", "5s"], 2, "1m to 90d"),
        (["site", "add", "new", "https://a.example/", "--max-pages", "0"], 2, "at least one page"),
        (["site", "add", "new", "https://a.example/", "--ignore-robots", " "], 2, "why"),
        (["site", "pause", "nowhere"], 1, "nowhere"),
        (["site", "remove", "nowhere", "--yes"], 1, "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_bad_input_is_a_sentence_and_an_exit_code(run, arguments, code, words):
    run("site", "add", "gallery", "https://gallery.example/")

    refused = run(*arguments)

    assert refused.code == code, refused.err
    assert words in refused.err
    assert refused.out == ""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_text_file_in_a_process_of_its_own(vigil, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("just words")
    case = vigil("case", "open").stdout.split()[2]

    refused = vigil("register", case, file)

    assert refused.returncode == 1
    assert "notes.txt is not a picture" in refused.stderr
    assert "Traceback" not in refused.stderr
    unknown = vigil("register", "C-7K3M-9QXD-4", file)
    assert unknown.returncode in (1, 2)
    assert len(unknown.stderr.splitlines()) == 1
