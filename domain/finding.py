"""What a check of the installation found, one line each."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked: what was looked at, what was found, and what to do about it."""

    level: Level
    what: str
    found: str
    advice: str | None = None


def ok(what: str, found: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(Level.OK, what, found)


def warn(what: str, found: str, advice: str) -> Finding:
    """Say that something wants attention."""
    return Finding(Level.WARN, what, found, advice)


def fail(what: str, found: str, advice: str) -> Finding:
    """Say that something is missing or unsafe."""
    return Finding(Level.FAIL, what, found, advice)
