"""Keeping several programs running: what dies is started again, and all end together."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

SECONDS_TO_STOP: Final = 24.0
"""How long they may take to end once they are asked to; then they are killed."""

LONGEST_PAUSE: Final = 60.0
AT_ONCE: Final = 10.0
"""One that has lived for so many seconds did not die at once."""

TRIES: Final = 6
"""So many times in a row it may die at once."""

_LOOK_EVERY: Final = 0.5

_log = logging.getLogger("vigil.run")


@dataclass(slots=True)
class _Program:
    """One of the programs: its process, and what became of those before it."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    again_at: float = 0.0
    died_at_once: int = 0
    code: int = field(default=0)

    def start(self, environment: Mapping[str, str]) -> None:
        # Within our terminal but in a group of its own: Ctrl-C reaches it only through us, once.
        self.process = subprocess.Popen(
            self.command, env=environment, stdin=subprocess.DEVNULL, process_group=0
        )
        self.began = time.monotonic()

    def has_died(self) -> bool:
        """Say whether it has ended since the last look, and note how."""
        if self.process is None or (code := self.process.poll()) is None:
            return False
        self.process, self.code = None, code
        lived = time.monotonic() - self.began
        self.died_at_once = self.died_at_once + 1 if lived < AT_ONCE else 0
        return True


class Supervisor:
    """Runs programs until it is asked to stop, by SIGTERM or SIGINT."""

    def __init__(
        self, programs: Mapping[str, Sequence[str]], environment: Mapping[str, str]
    ) -> None:
        """Get ready.

        Args:
            programs: their names, and their command lines.
            environment: what they are started in.
        """
        self._programs = [_Program(name, command) for name, command in programs.items()]
        self._environment = environment
        self._stopping = threading.Event()

    def run(self) -> int:
        """Run them all; return 0 if asked to stop, else the exit code of the one given up."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        try:
            return self._watch()
        finally:
            self._end_all()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _watch(self) -> int:
        while not self._stopping.is_set():
            for program in self._programs:
                if program.has_died() and not self._stopping.is_set():
                    if program.died_at_once >= TRIES:
                        _log.error(
                            "%s given up: it ended at once %d times, lastly %s. What it said "
                            "stands above. Everything is stopped.",
                            program.name,
                            program.died_at_once,
                            _how(program.code),
                        )
                        return program.code if program.code > 0 else 1
                    pause = _pause(program.died_at_once)
                    program.again_at = time.monotonic() + pause
                    _log.warning(
                        "%s ended (%s): started again in %.0f s",
                        program.name,
                        _how(program.code),
                        pause,
                    )
                if program.process is None and time.monotonic() >= program.again_at:
                    program.start(self._environment)
            self._stopping.wait(_LOOK_EVERY)
        return 0

    def _end_all(self) -> None:
        running = [each for each in self._programs if each.process is not None]
        _log.info("stopping: %s", ", ".join(each.name for each in running) or "nothing runs")
        for each in running:
            if each.process is not None:
                each.process.terminate()
        end = time.monotonic() + SECONDS_TO_STOP
        for each in running:
            if each.process is None:
                continue
            try:
                each.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("%s did not end in time: killed", each.name)
                each.process.kill()
                each.process.wait()
        _log.info("stopped")


def _pause(died_at_once: int) -> float:
    return min(2.0 ** max(0, died_at_once - 1), LONGEST_PAUSE)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"


def own_environment(given: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return what the programs are started in: ours, with the settings that we were given."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    settings = {name: value for name, value in given.items() if name.startswith("VIGIL_")}
    return {**plain, **settings, **more}
