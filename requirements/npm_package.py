"""Packages of npm that the tests need, each checked against a lock beside this file."""  # noqa: INP001 - of scripts beside their locks

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def fetched(npm: str, lock: Path) -> bytes:
    """Get the package that the last line of a lock names; end the program if it is another one."""
    name, version, integrity = lock.read_text().splitlines()[-1].split()
    with tempfile.TemporaryDirectory() as there:
        command = [
            str(Path(npm).absolute()),
            "pack",
            "--silent",
            "--ignore-scripts",
            f"{name}@{version}",
        ]
        environment = os.environ | {"npm_config_cache": str(Path(there) / "cache")}
        subprocess.run(command, cwd=there, env=environment, check=True, stdout=subprocess.DEVNULL)
        (file,) = Path(there).glob("*.tgz")
        body = file.read_bytes()
    digest = base64.b64encode(hashlib.sha512(body).digest()).decode("ascii")
    if integrity != f"sha512-{digest}":
        sys.exit(f"{name} {version} is not the package that {lock.name} names: nothing is kept.")
    return body
