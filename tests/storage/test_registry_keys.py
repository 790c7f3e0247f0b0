"""A file of keys is used only if it is whole and its owner's alone, and says what is wrong."""

import base64
import os

import pytest

from storage.registry_keys import (
    RegistryKeys,
    UnusableKeyError,
    new_secret,
    read_secrets,
    written,
)
from tests.registry_key_files import key_file


def changed(path, content):
    """Write a file, and be sure that the change can be told by its time."""
    before = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_keys_are_read_in_their_order_and_the_first_encrypts(tmp_path):
    first, second = new_secret(), new_secret()
    path = key_file(tmp_path / "key", first, second)

    keys = RegistryKeys(path)

    assert read_secrets(path) == (first, second)
    assert len(first) == 32
    assert keys.problem() is None
    assert keys.current().id == keys.all()[0].id != keys.all()[1].id
    assert keys.find(keys.all()[1].id) == keys.all()[1]
    assert keys.find(b"another!") is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (base64.b64encode(bytes(16)), "Line 1 .* holds 16 bytes, and a key has 32"),
        (base64.b64encode(bytes(33)), "holds 33 bytes"),
        (b"not!so", r"Line 1 .* is not base64 \(6 characters\)"),
        (written([bytes(32)]) + b"x\n", "Line 2 .* is not base64"),
        (written([bytes(32), bytes(32)]), "holds a key twice"),
    ],
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path, content, told):
    path = key_file(tmp_path / "key")
    path.write_bytes(content)

    with pytest.raises(UnusableKeyError, match=told) as refused:
        RegistryKeys(path).current()

    assert str(path) in str(refused.value)
    for line in content.split():
        assert line.decode() not in str(refused.value) or len(line) < 2


def test_a_file_that_is_not_there_or_open_to_others_is_refused(tmp_path):
    missing = RegistryKeys(tmp_path / "none")
    path = key_file(tmp_path / "key")
    path.chmod(0o640)

    assert "No such file" in (missing.problem() or "")
    assert "vigil registry-key make" in (missing.problem() or "")
    assert missing.find(b"whatever") is None
    with pytest.raises(UnusableKeyError, match=r"\(mode 640\).*chmod 600"):
        RegistryKeys(path).current()


def test_a_key_that_is_made_meanwhile_is_known_and_what_was_read_outlives_its_file(tmp_path):
    old, new = new_secret(), new_secret()
    path = key_file(tmp_path / "key", old)
    keys = RegistryKeys(path)
    of_old = keys.current()

    changed(path, written([new, old]))

    assert keys.current() != of_old
    assert keys.find(of_old.id) == of_old
    of_new = keys.current()
    path.unlink()
    assert keys.find(of_new.id) == of_new  # a crawl under way goes on
    with pytest.raises(UnusableKeyError):  # but nobody registers with a key that may be lost
        keys.current()


def test_nothing_of_a_key_is_shown(tmp_path):
    secret = new_secret()
    keys = RegistryKeys(key_file(tmp_path / "key", secret))

    shown = repr(keys.current()) + repr(keys.all()) + repr(vars(keys)) + keys.current().name

    for written_as in (secret.hex(), base64.b64encode(secret).decode(), repr(secret)):
        assert written_as not in shown
