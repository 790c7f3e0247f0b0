"""Files of keys, and databases opened with them."""

from storage.database import Database
from storage.registry_keys import RegistryKeys, new_secret, written


def key_file(path, *secrets):
    """Write keys to a file as the command does; without any, one new key."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(written(secrets or (new_secret(),)))
    return path


def opened_with(database, path):
    """Open a database once more, with the keys of a file; None for none."""
    url = database._url.render_as_string(hide_password=False)
    return Database(url, database.snapshots, None if path is None else RegistryKeys(path))
