"""Embeddings as rows of small numbers: how they are kept, and how near two of them lie.

What is in here needs no ONNX Runtime: only making an embedding does (`signals.embedding`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidInput
from domain.signal import MODEL_BYTES

VERSION_DIGITS: Final = 2 * MODEL_BYTES
"""Of a model's SHA-256: enough that no two models of an installation ever share them."""

_HIGHEST: Final = 127

_BLOCK_ROWS: Final = 2048
"""Rows compared at a time: as floats, some 4 MB of 512 numbers each, which stay in the cache."""

_EXACT_DIMENSIONS: Final = 1024
"""Up to so many, no sum of products of two int8 is over 2**24, so floats of 32 bits hold it
exactly, in whatever order it is summed up; for more, floats of 64 bits do."""


class OtherModelError(InvalidInput):
    """An embedding was made by another model than those that it was to be compared with."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model made an embedding: the SHA-256 of its file, cut, and how many numbers it gives.

    An embedding is stored and sent in the form that `packed` gives, with the model in front, and
    comes back as numbers through the same model only. So embeddings of two models, which say
    nothing about each other, never meet.
    """

    version: str
    dimensions: int

    def packed(self, embedding: NDArray[np.int8]) -> bytes:
        """Give an embedding as it is stored: 8 bytes for the model, and one for each number.

        Args:
            embedding: shape (dimensions,).

        Raises:
            ValueError: it is not of that shape.
        """
        if embedding.dtype != np.int8 or embedding.shape != (self.dimensions,):
            msg = f"an embedding has shape ({self.dimensions},) here; this one {embedding.shape}"
            raise ValueError(msg)
        return bytes.fromhex(self.version) + embedding.tobytes()

    def unpacked(self, stored: Sequence[bytes]) -> NDArray[np.int8]:
        """Read stored embeddings.

        Args:
            stored: n embeddings as `packed` gives them; n may be 0.

        Returns:
            Shape (n, dimensions), in the same order.

        Raises:
            OtherModelError: one was made by another model.
            InvalidInput: one is cut short or too long.
        """
        model = bytes.fromhex(self.version)
        length = len(model) + self.dimensions
        for one in stored:
            made_by = one[:MODEL_BYTES]
            if len(made_by) == MODEL_BYTES and made_by != model:
                msg = (
                    f"an embedding was made by the model {made_by.hex()} and cannot be compared "
                    f"with those of the model {self.version}: make it anew from the picture, with "
                    f"the model that is in use"
                )
                raise OtherModelError(msg)
            if len(one) != length:
                msg = f"an embedding of this model is stored in {length} bytes, not in {len(one)}"
                raise InvalidInput(msg)
        rows = np.frombuffer(b"".join(stored), np.int8).reshape(len(stored), length)
        return np.ascontiguousarray(rows[:, MODEL_BYTES:])


def quantised(values: NDArray[np.float32]) -> NDArray[np.int8]:
    """Turn what a model gives into int8, so that its largest number becomes 127 or -127.

    The length of an embedding says nothing, so none is kept, and each may have a scale of its own.
    Rounding moved no cosine by more than 0.0016 (docs/decisions/0021-embedding.md).

    Args:
        values: finite numbers, shape (d,).

    Returns:
        Shape (d,), each from -127 to 127; nothing but zeros if ``values`` are.
    """
    exact = values.astype(np.float64)
    highest = float(np.abs(exact).max(initial=0.0))
    if highest == 0:
        return np.zeros(values.shape, np.int8)
    return np.rint(exact / highest * _HIGHEST).astype(np.int8)


def similarity(one: NDArray[np.int8], other: NDArray[np.int8]) -> float:
    """Give the cosine of the angle between two embeddings of one model.

    Args:
        one: shape (d,).
        other: shape (d,).

    Returns:
        From -1 to 1; exactly 1 for an embedding and itself, 0 if either is nothing but zeros.

    Raises:
        ValueError: they are not of that shape, or not int8.
    """
    return float(_cosines(one, other[np.newaxis])[0])


def similar(
    query: NDArray[np.int8], registered: NDArray[np.int8], least: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find every registered embedding that lies near enough. Exact: each is compared.

    Args:
        query: shape (d,).
        registered: shape (n, d), of the same model; n may be 0.
        least: the least cosine that counts, from -1 to 1.

    Returns:
        Rows of ``registered`` and their cosines, both of shape (k,), the nearest first; of equal
        ones the earlier row first.

    Raises:
        ValueError: the arrays are not of those shapes, or not int8.
    """
    cosines = _cosines(query, registered)
    rows = np.flatnonzero(cosines >= least)
    nearest_first = rows[np.argsort(-cosines[rows], kind="stable")]
    return nearest_first, cosines[nearest_first]


def _cosines(query: NDArray[np.int8], registered: NDArray[np.int8]) -> NDArray[np.float64]:
    """Compare one embedding with each row, shape (n, d); give cosines, shape (n,)."""
    if query.dtype != np.int8 or registered.dtype != np.int8:
        msg = f"embeddings are int8; these are {query.dtype} and {registered.dtype}"
        raise ValueError(msg)
    if query.ndim != 1 or registered.shape[1:] != query.shape:
        msg = f"embeddings of shape {query.shape} and {registered.shape} cannot be compared"
        raise ValueError(msg)
    number: type[np.floating] = np.float32 if len(query) <= _EXACT_DIMENSIONS else np.float64
    sought = query.astype(number)
    products = np.empty(len(registered), np.float64)
    squares = np.empty(len(registered), np.float64)
    for start in range(0, len(registered), _BLOCK_ROWS):
        rows = registered[start : start + _BLOCK_ROWS].astype(number)
        products[start : start + _BLOCK_ROWS] = rows @ sought
        squares[start : start + _BLOCK_ROWS] = np.einsum("ij,ij->i", rows, rows)
    # Both squares are whole numbers, so the root of their product is exact for equal ones.
    lengths = np.sqrt(squares * float(sought @ sought))
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
