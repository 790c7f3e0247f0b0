"""A hashing worker seen from the process that started it: start, socket, end."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from domain.errors import HashingLost, OutsideDown
from signals.sandbox import PROCESSOR_LIMIT, UNFILTERED, Sandbox
from signals.wire import (
    ANSWER_HEAD,
    REQUEST_HEAD,
    Duty,
    Kind,
    answer_length,
    read_ready_answer,
)
from signals.wire_places import UnreadableAnswerError

DEFAULT_TIME_LIMIT: Final = 20.0
"""Seconds for one picture. A large photo takes well under one."""

MOVING_TIMES: Final = 3
"""How many times as long a video may take, and each step through an archive."""

DEFAULT_MEMORY_LIMIT: Final = 2 * 2**30
"""Bytes of address space: a worker starts with 0.46 GiB, 0.2 of them resident. The largest
pictures of each format that `signals.decoding_cost` lets through took the first to 0.62 GiB at
most, 480 MiB of them resident, beside twice the file. The rest is for what no header says, as of
an AVIF that is larger inside."""

START_LIMIT: Final = 180.0
"""Seconds for a worker to start: about one, on a machine that does nothing else; the first one that
starts after an installation takes fifteen, in which it compiles."""

ROOT: Final = Path(__file__).resolve().parents[1]
"""The folder that workers run in, from which they import."""

_KEPT: Final = (
    *("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"),
    # Where compiled code is kept, if not beside its source: compiling anew takes half a minute.
    *("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME"),
)

_ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


def environment_of_workers() -> dict[str, str]:
    """Return what a worker is given of our environment: nothing it does not need, no password."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | _ONE_THREAD


class WorkerProcess:
    """A running hashing worker and our end of its socket.

    Linux kills a worker when the thread that started it ends, so start it from one that stays.
    """

    def __init__(
        self,
        memory_limit: int,
        *,
        demand_filter: bool = False,
        duty: Duty = Duty.PICTURES,
        registering: bool = False,
        embedding_model: Path | None = None,
    ) -> None:
        """Start a worker; one that demands a filter of system calls does not start without.

        Only one for ``registering`` answers `Kind.PICTURE`, and only others `Kind.IMAGE`: compiled
        code is loaded before the worker is confined, for what it is there for. So is the model for
        embeddings, where there is one: a worker that cannot load it makes all other signals.
        """
        self.socket, theirs = socket.socketpair()
        self.pictures = 0
        command = [sys.executable, "-m", "signals.worker"]
        command += ["--memory-limit", str(memory_limit), "--parent", str(os.getpid())]
        command += ["--duty", duty.value]
        if demand_filter:
            command.append("--demand-filter")
        if registering:
            command.append("--registering")
        if embedding_model is not None:
            command += ["--embedding-model", str(embedding_model)]
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
                env=environment_of_workers(),
                start_new_session=True,
            )
        except OSError as error:
            self.socket.close()
            msg = f"a hashing worker could not be started with {sys.executable}: {error}"
            raise OutsideDown(msg) from error
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Say whether the process still runs."""
        return self._process.poll() is None

    def sandbox(self) -> Sandbox:
        """Wait for the worker to be ready, and return what it says that holds it.

        Raises:
            OutsideDown: it did not start.
        """
        self.socket.settimeout(START_LIMIT)
        try:
            length = answer_length(self._receive(ANSWER_HEAD.size))
            return read_ready_answer(self._receive(length))
        except (OSError, EOFError, UnreadableAnswerError):
            raise self.did_not_start() from None

    def request_head(self, kind: Kind, body: bytes, more: int = 0) -> bytes:
        """Give the bytes to send before a file, and count the file.

        ``more``: how many bytes a member of an archive may have; of a picture to register, the
        place in `signals.wire.CONTENT_CHOICES` of what of it is meant.
        """
        self.pictures += 1
        return REQUEST_HEAD.pack(kind.value, len(body), more)

    def look_head(self, body: bytes) -> bytes:
        """Give the bytes to send before what is to be looked for in the image just hashed."""
        return REQUEST_HEAD.pack(Kind.LOOK.value, len(body), 0)

    def forget(self) -> None:
        """Have the worker forget the image just hashed; there is no answer to wait for.

        Raises:
            OSError: it has died, or does not listen.
        """
        head = REQUEST_HEAD.pack(Kind.LET_GO.value, 0, 0)
        if self.socket.send(head) < len(head):
            raise BlockingIOError

    def kill(self) -> None:
        """Kill the process, and let whoever waits for its answer hear that it is lost."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process at once. It holds nothing worth saving; `reap` waits for it."""
        self.socket.close()
        self._process.kill()

    def reap(self, seconds: float) -> bool:
        """Wait so long for the process to be gone, and say whether it is."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def lost(self) -> HashingLost:
        """Describe the loss of one picture with a worker that died over it."""
        return HashingLost(
            f"the hashing worker died while it decoded this file ({self._fate()}); "
            f"only this image is lost"
        )

    def did_not_start(self) -> OutsideDown:
        """Describe a worker that never said that it was ready."""
        return OutsideDown(
            f"a hashing worker did not start ({self._fate()}): `{sys.executable} -m "
            f"signals.worker --memory-limit {DEFAULT_MEMORY_LIMIT} --parent $$ </dev/null` in "
            f"{ROOT} shows why"
        )

    def _receive(self, size: int) -> bytes:
        received = self.socket.recv(size, socket.MSG_WAITALL)
        if len(received) < size:
            raise EOFError
        return received

    def _fate(self) -> str:
        # The socket closes a moment before the process counts as ended.
        if not self.reap(5.0):
            return "it still runs"
        code = self._process.returncode
        if code == UNFILTERED:
            return "the filter of system calls that it was to have is refused here"
        if code == -signal.SIGPROF:
            return f"it had used {PROCESSOR_LIMIT} seconds of processor time"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"it ended with exit code {code}"


def over_time(time_limit: float) -> HashingLost:
    """Describe the loss of one picture that took too long."""
    return HashingLost(
        f"hashing took longer than the {time_limit:g} seconds allowed; its worker was replaced"
    )


def answered_nonsense() -> HashingLost:
    """Describe the loss of one picture whose worker answered what no worker answers."""
    return HashingLost(
        "the hashing worker gave an answer that cannot be read, as if this file had taken it over; "
        "it was replaced, and only this image is lost"
    )
