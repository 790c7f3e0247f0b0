"""A neural network that an operator supplies: looked through, made ready to run, and tried.

ONNX Runtime is imported here and only once a file is read, so that nothing else needs it. What
goes in is a picture as numbers, and what comes out its embedding, as it comes: see
`signals.embedding` for both.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.errors import OutsideDown
from domain.signal import LEAST_DIMENSIONS, MOST_DIMENSIONS
from signals.embedding_file import UnusableModelError, read_model, version_of

DEFAULT_SIDE: Final = 288
"""Pixels of a side where a model takes any."""

_LEAST_SIDE: Final = 32
_MOST_SIDE: Final = 1024
_COLOURS: Final = 3
_FLOATS: Final = "tensor(float)"

_STRONGEST: Final = 2.5
"""About as far from 0 as `signals.embedding` lets the colours of a picture be."""

_MOST_TOLD: Final = 300


class RuntimeMissingError(OutsideDown):
    """An embedding was asked for where ONNX Runtime is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Embeddings need ONNX Runtime, which is not installed here. Install it into the "
            "environment that Vigil runs in (.venv/bin/python -m pip install "
            "'onnxruntime>=1.28,<1.29'), or name no model: everything else works without."
        )


class _Port(Protocol):
    """What ONNX Runtime says of an input or output."""

    name: str
    type: str
    shape: Sequence[int | str | None]


class _Session(Protocol):
    """What is used of ONNX Runtime's InferenceSession."""

    def get_inputs(self) -> Sequence[_Port]: ...

    def get_outputs(self) -> Sequence[_Port]: ...

    def run(
        self, output_names: None, input_feed: Mapping[str, NDArray[np.float32]]
    ) -> Sequence[NDArray[np.float32]]: ...


@dataclass(frozen=True, slots=True)
class Network:
    """A model that is ready to run, in one thread; it opens and loads nothing any more.

    ``version``: the first 16 digits of the SHA-256 of its file; ``height`` and ``width`` of the
    pictures that it takes, in pixels; ``dimensions``: how many numbers it gives.
    """

    version: str
    height: int
    width: int
    dimensions: int
    _session: _Session = field(repr=False)
    _input: str = field(repr=False)

    def run(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give what the model makes of a picture.

        Args:
            pixels: shape (1, 3, height, width).

        Returns:
            Shape (1, dimensions), if the model does as it did when it was tried.

        Raises:
            MemoryError: more memory was needed than the process may have.
        """
        (given,) = _run(self._session, self._input, pixels)
        return given


def open_network(path: Path) -> Network:
    """Read a model, and try it on two pictures, after which it needs nothing that a file holds.

    Raises:
        UnusableModelError: it is no file, too large, no ONNX model, keeps its weights in other
            files, takes anything else than one picture, or gives no usable embedding.
        RuntimeMissingError: ONNX Runtime is not installed.
    """
    runtime = onnx_runtime()
    body = read_model(path)
    session = _session(runtime, path, body)
    taken, height, width = _picture_taken(path, session.get_inputs())
    _one_output(path, session.get_outputs())
    dimensions = _tried(path, session, taken, (1, _COLOURS, height, width))
    return Network(version_of(body), height, width, dimensions, session, taken)


def onnx_runtime() -> Any:
    """Import ONNX Runtime, the only way in which Vigil and its tests may.

    Raises:
        RuntimeMissingError: it is not installed.
    """
    # From 1.29 on it tells its makers what it runs and on what machine, by a thread and files of
    # its own, unless this is in the environment before it is imported; afterwards is too late.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime  # noqa: PLC0415 - optional, and loaded only where a model is
    except ImportError:
        raise RuntimeMissingError from None
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _session(runtime: Any, path: Path, body: bytes) -> _Session:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # a confined worker can start none
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    # Memory goes back after each picture: a pool would keep the most that one ever took.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # what went wrong is raised, and not printed as well
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session: _Session = runtime.InferenceSession(
            body, sess_options=options, providers=["CPUExecutionProvider"]
        )
    # Its errors have no class in common.
    except Exception as error:  # noqa: BLE001
        raise UnusableModelError(
            path, f"ONNX Runtime finds no model in it that it can run ({_told(error)})"
        ) from None
    return session


def _picture_taken(path: Path, inputs: Sequence[_Port]) -> tuple[str, int, int]:
    """Give the name, height and width of the one picture that a model takes."""
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs) or "none"
        raise UnusableModelError(
            path, f"it takes {len(inputs)} inputs ({names}); one is wanted, the picture"
        )
    taken = inputs[0]
    shape = list(taken.shape)
    if (
        taken.type != _FLOATS
        or len(shape) != 4  # noqa: PLR2004 - pictures, colours, rows, columns
        or shape[1] != _COLOURS
        or (isinstance(shape[0], int) and shape[0] != 1)
    ):
        raise UnusableModelError(
            path,
            f"its input is {taken.type} of shape {_shape_told(shape)}; one picture is wanted, as "
            f"{_FLOATS} of shape (1, 3, height, width)",
        )
    height, width = (side if isinstance(side, int) else DEFAULT_SIDE for side in shape[2:])
    if not all(_LEAST_SIDE <= side <= _MOST_SIDE for side in (height, width)):
        raise UnusableModelError(
            path,
            f"it takes pictures of {width} x {height} pixels; sides of {_LEAST_SIDE} to "
            f"{_MOST_SIDE} are possible",
        )
    return taken.name, height, width


def _one_output(path: Path, outputs: Sequence[_Port]) -> None:
    if len(outputs) != 1:
        names = ", ".join(one.name for one in outputs)
        raise UnusableModelError(
            path, f"it gives {len(outputs)} outputs ({names}); one is wanted, the embedding"
        )
    if outputs[0].type != _FLOATS:
        raise UnusableModelError(path, f"its output is {outputs[0].type}, not {_FLOATS}")


def _tried(path: Path, session: _Session, taken: str, shape: tuple[int, int, int, int]) -> int:
    """Run a model on two pictures that nobody would take for one another; give its dimensions.

    A model says of itself what it likes: what it gives is looked at instead.
    """
    down = np.linspace(-_STRONGEST, _STRONGEST, shape[2], dtype=np.float32)[:, np.newaxis]
    across = np.linspace(-_STRONGEST, _STRONGEST, shape[3], dtype=np.float32)
    seen = []
    for pixels in (down, np.sin(3 * across)):
        try:
            (given,) = _run(session, taken, np.broadcast_to(pixels, shape).copy())
        except Exception as error:  # noqa: BLE001 - see where the session is made
            raise UnusableModelError(
                path,
                f"ONNX Runtime cannot run it on a picture of {shape[3]} x {shape[2]} pixels "
                f"({_told(error)})",
            ) from None
        if given.ndim != 2 or len(given) != 1:  # noqa: PLR2004 - pictures, numbers
            raise UnusableModelError(
                path, f"it gives {_shape_told(given.shape)} for one picture, and not (1, numbers)"
            )
        if not LEAST_DIMENSIONS <= given.shape[1] <= MOST_DIMENSIONS:
            raise UnusableModelError(
                path,
                f"its embedding has {given.shape[1]} numbers; {LEAST_DIMENSIONS} to "
                f"{MOST_DIMENSIONS} are possible",
            )
        if not np.isfinite(given).all():
            raise UnusableModelError(path, "what it gives for a plain picture is not finite")
        seen.append(given[0])
    if np.array_equal(*seen):
        raise UnusableModelError(
            path, "it gives the same embedding for two pictures that have nothing in common"
        )
    return len(seen[0])


def _run(
    session: _Session, taken: str, pixels: NDArray[np.float32]
) -> Sequence[NDArray[np.float32]]:
    try:
        return session.run(None, {taken: pixels})
    except Exception as error:
        if re.search("bad_alloc|[Ff]ailed to allocate", str(error)):
            raise MemoryError from None
        raise


def _shape_told(shape: Sequence[int | str | None]) -> str:
    return "(" + ", ".join("any" if side is None else str(side) for side in shape) + ")"


def _told(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:_MOST_TOLD]
