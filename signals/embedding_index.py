"""Registered embeddings in memory, by the model that made them, searched row by row.

What is in here needs no ONNX Runtime: see `signals.embedding_rows`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidInput
from domain.signal import MODEL_BYTES
from signals.embedding_rows import ModelIdentity, similar

_FIRST_ROOM: Final = 64


class EmbeddingIndex:
    """One embedding of each owner, of whatever models; those of two models never meet.

    ``len`` counts owners. Not for several threads at once.
    """

    def __init__(self) -> None:
        self._of_model: dict[ModelIdentity, _Rows] = {}
        self._models: dict[int, ModelIdentity] = {}

    def __len__(self) -> int:
        return len(self._models)

    def add(self, owner: int, packed: bytes) -> None:
        """Hold the embedding of an owner, instead of the one that it had.

        Args:
            owner: whose it is.
            packed: as `signals.embedding_rows.ModelIdentity.packed` gives it.
        """
        self.remove(owner)
        model = _model_of(packed)
        rows = self._of_model.setdefault(model, _Rows(model.dimensions))
        rows.add(owner, model.unpacked([packed])[0])
        self._models[owner] = model

    def remove(self, owner: int) -> None:
        """Forget the embedding of an owner; of one that has none, nothing."""
        model = self._models.pop(owner, None)
        if model is not None:
            self._of_model[model].remove(owner)

    def near(self, packed: bytes, least: float) -> list[tuple[int, float]]:
        """Give owners with an embedding of the same model that is near enough.

        Args:
            packed: what is looked for.
            least: the least cosine that counts.

        Returns:
            Each with its cosine, the nearest first.
        """
        model = _model_of(packed)
        held = self._of_model.get(model)
        if held is None:
            return []
        rows, cosines = similar(model.unpacked([packed])[0], held.rows, least)
        return list(zip(held.owners[rows].tolist(), cosines.tolist(), strict=True))


class _Rows:
    """Rows without gaps, one of each owner."""

    def __init__(self, dimensions: int) -> None:
        self._count = 0
        self._rows = np.zeros((_FIRST_ROOM, dimensions), np.int8)
        self._owners = np.zeros(_FIRST_ROOM, np.int64)
        self._row_of: dict[int, int] = {}

    @property
    def rows(self) -> NDArray[np.int8]:
        return self._rows[: self._count]

    @property
    def owners(self) -> NDArray[np.int64]:
        return self._owners[: self._count]

    def add(self, owner: int, row: NDArray[np.int8]) -> None:
        if self._count == len(self._rows):
            self._rows, self._owners = (
                np.concatenate([array, np.zeros_like(array)])
                for array in (self._rows, self._owners)
            )
        self._rows[self._count] = row
        self._owners[self._count] = owner
        self._row_of[owner] = self._count
        self._count += 1

    def remove(self, owner: int) -> None:
        gap, last = self._row_of.pop(owner), self._count - 1
        if gap != last:
            self._rows[gap] = self._rows[last]
            self._owners[gap] = self._owners[last]
            self._row_of[int(self._owners[gap])] = gap
        self._rows[last] = 0  # a withdrawn person's signal does not stay in memory
        self._count = last


def _model_of(packed: bytes) -> ModelIdentity:
    if len(packed) <= MODEL_BYTES:
        msg = f"an embedding has more than {MODEL_BYTES} bytes; this one has {len(packed)}"
        raise InvalidInput(msg)
    return ModelIdentity(packed[:MODEL_BYTES].hex(), len(packed) - MODEL_BYTES)
