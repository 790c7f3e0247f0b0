"""Commands run in this process: as `vigil` does, in a fraction of the time."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import cli


@dataclass(frozen=True)
class Outcome:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run one command, and return its exit code and what it printed."""

    def run_one(*arguments: object, typed: str = "", **more: str) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.run([str(argument) for argument in arguments], {**environment, **more})
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run_one
