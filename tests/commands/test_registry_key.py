"""`vigil registry-key`, and what is said of it where one looks."""

import base64
import os

import pytest
from sqlalchemy import select

from storage import audit, resealing
from storage.tables import CaseRow
from tests.registry_key_files import opened_with

SETTING = "VIGIL_REGISTRY_KEY_FILE"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "registry.key"


@pytest.fixture
def keyed(run, path):
    """Run commands with the key."""
    run("registry-key", "make", path)

    def run_with(*arguments, **more):
        return run(*arguments, **{SETTING: str(path)} | more)

    return run_with


@pytest.fixture
def registered(register, photos):
    """The case of a picture that was registered without a key."""
    return register(photos[0])


def stored(database, path):
    opened = opened_with(database, path)
    try:
        with opened.reading() as session:
            return resealing.stored_constellations(session)
    finally:
        opened.close()


def finding(outcome):
    (found,) = [each for each in outcome.json["findings"] if each["what"] == "Signatures"]
    return found


def actions(database):
    with database.reading() as session:
        return [each.action for each in audit.entries(session, subject="registry", limit=20)][::-1]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_key_is_made_for_its_owner_alone_and_never_written_over(run, path):
    made = run("registry-key", "make", path)

    assert made.code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    (line,) = path.read_text().splitlines()
    assert len(base64.b64decode(line)) == 32
    assert line not in made.out
    assert f"{SETTING}={path}" in made.out
    again = run("registry-key", "make", path)
    assert (again.code, "is there already" in again.err) == (1, True)
    assert path.read_text().splitlines() == [line]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["apply", "undo", "renew", "drop-old"])
def test_without_a_key_it_says_how_to_make_one(run, name):
    refused = run("registry-key", name, *(["--yes"] if name == "undo" else []))

    assert refused.code == 1
    assert f"{SETTING} is not set" in refused.err
    assert "vigil registry-key make PATH" in refused.err


@pytest.mark.usefixtures("registered")
def test_from_plain_to_a_key_to_another_and_back(run, keyed, database, path):
    before = finding(run("doctor", "--json"))
    assert (before["level"], "1 constellation of registered" in before["found"]) == ("warn", True)
    assert "vigil registry-key make" in before["advice"]
    waiting = finding(keyed("doctor", "--json"))
    assert (waiting["level"], waiting["advice"]) == ("warn", "Run: vigil registry-key apply")

    applied = keyed("registry-key", "apply")

    assert (applied.code, applied.out.strip()) == (0, "1 constellation encrypted.")
    now = finding(keyed("doctor", "--json"))
    assert (now["level"], "1 constellation, encrypted with key" in now["found"]) == ("ok", True)
    said = keyed("signals", "status").out
    assert "Of 1 registered constellation, 1 are encrypted and 0 are not." in said

    assert keyed("registry-key", "renew").code == 0

    assert len(path.read_text().splitlines()) == 2
    assert stored(database, path).older == 1
    assert "1 of 1 are under an older key" in finding(keyed("doctor", "--json"))["found"]
    refused = keyed("registry-key", "drop-old")
    assert (refused.code, "vigil registry-key apply" in refused.err) == (1, True)
    assert keyed("registry-key", "apply", "--json").json == {"changed": 1, "unreadable": 0}
    assert keyed("registry-key", "drop-old").code == 0
    assert len(path.read_text().splitlines()) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert stored(database, path).current == 1

    assert keyed("registry-key", "undo").code == 2  # there is nobody to answer
    assert keyed("registry-key", "undo", "--yes").code == 0

    assert stored(database, None).plain == 1
    assert actions(database) == [
        "signatures encrypted",
        "registry key renewed",
        "signatures encrypted",
        "older registry keys dropped",
        "signatures decrypted",
    ]


@pytest.mark.usefixtures("registered")
def test_a_lost_key_is_told_and_what_to_do(run, keyed, path, tmp_path):
    keyed("registry-key", "apply")
    run("registry-key", "make", tmp_path / "other.key")
    other = {SETTING: str(tmp_path / "other.key")}

    for settings in ({}, other):
        found = finding(run("doctor", "--json", **settings))
        assert found["level"] == "fail"
        assert "1 of 1 constellations cannot be decrypted" in found["found"]
        assert "vigil register CASE FILE" in found["advice"]
        said = run("signals", "status", **settings).out
        assert "1 cannot be decrypted and are left out" in said
        status = run("signals", "status", "--json", **settings).json
        assert status["stored_constellations"]["unreadable"] == 1
    left = run("registry-key", "apply", **other)
    assert (left.code, "1 constellation cannot be read" in left.out) == (1, True)

    path.write_bytes(b"spoilt")

    found = finding(keyed("doctor", "--json"))
    assert (found["level"], "Line 1 of the registry's key file" in found["found"]) == ("fail", True)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_registered_with_a_key_is_encrypted_from_the_start(keyed, database, path, photos):
    case = keyed("case", "open", "--json").json["number"]

    done = keyed("register", case, photos[1])
    with_unusable = keyed("register", case, photos[2], **{SETTING: str(path.with_name("none"))})

    assert done.code == 0
    assert stored(database, path).current == stored(database, path).all == 1
    assert with_unusable.code != 0
    assert "The registry's key file" in with_unusable.err + with_unusable.out


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
@pytest.mark.usefixtures("registered")
def test_the_file_of_keys_stays_whose_it_was(keyed, path):
    """As root renews the key, the crawls of another user still have to read it."""
    os.chown(path, 4321, 4321)

    assert keyed("registry-key", "renew").code == 0

    assert (path.stat().st_uid, path.stat().st_gid) == (4321, 4321)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("registered")
def test_registering_without_the_key_where_others_are_encrypted_is_told(
    run, keyed, tmp_path, database
):
    keyed("registry-key", "apply")
    with database.reading() as session:
        number = session.scalars(select(CaseRow.number)).first()
    file = tmp_path / "more.csv"
    file.write_text(f"sha256,md5\n{os.urandom(32).hex()},{os.urandom(16).hex()}\n")

    done = run("register", number, "--signals", file)

    assert done.code == 0
    assert "VIGIL_REGISTRY_KEY_FILE is not set for this command" in done.err
    assert "not set" not in keyed("register", number, "--signals", file).err


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_key_that_is_there_is_not_written_over_and_no_way_to_is_named(run, path):
    run("registry-key", "make", path)
    before = path.read_bytes()

    refused = run("registry-key", "make", path)

    assert refused.code == 1
    assert "could not be read any more" in refused.err
    assert "--force" not in refused.err
    assert path.read_bytes() == before
