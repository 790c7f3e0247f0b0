"""Which images ever sighted are near a picture that is being registered, by their embeddings.

Only those that the same model made are compared. They are read from the database each time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from domain.likeness import distance_of
from domain.signal import MODEL_BYTES, Agreement, Signal, SignalType, View
from signals.embedding_rows import ModelIdentity, similar
from storage import embeddings
from storage.embeddings import EmbeddingChunk


class SightedEmbeddings:
    """The stored embeddings of all images, searched for those near one registration's.

    As with `SightedImages`, what takes time is searched before the registry is held, and what came
    since then with ``after``. ``least``: the least cosine that counts; None to find nothing.
    """

    def __init__(self, signals: Sequence[Signal], least: float | None) -> None:
        held = [s.value for s in signals if s.type is SignalType.EMBEDDING]
        self._sought: Final = bytes.fromhex(held[0]) if held and least is not None else None
        self._least: Final = 1.0 if least is None else least

    @property
    def any_sought(self) -> bool:
        """Whether there is anything to search for."""
        return self._sought is not None

    def near(
        self, session: Session, registration_id: int, *, after: int = 0
    ) -> dict[int, Agreement]:
        """Return, by the ids of images beyond ``after``, how near those are that are near."""
        if self._sought is None:
            return {}
        model = self._sought[:MODEL_BYTES].hex()
        chunks = embeddings.sighted_chunks(session, model, after=after)
        return self._among(self._sought, registration_id, chunks)

    def near_since(
        self, session: Session, registration_id: int, moment: datetime, *, through: int
    ) -> dict[int, Agreement]:
        """Return those, with ids up to ``through``, that were fetched since a moment.

        They may have been given an embedding since ``near`` came by.
        """
        if self._sought is None:
            return {}
        model = self._sought[:MODEL_BYTES].hex()
        chunks = embeddings.fetched_since(session, model, since=moment, through=through)
        return self._among(self._sought, registration_id, chunks)

    def _among(
        self, sought: bytes, registration_id: int, chunks: Iterable[EmbeddingChunk]
    ) -> dict[int, Agreement]:
        identity = ModelIdentity(sought[:MODEL_BYTES].hex(), len(sought) - MODEL_BYTES)
        (query,) = identity.unpacked([sought])
        found: dict[int, Agreement] = {}
        for chunk in chunks:
            # A worker that a file took over may have given one of another length, and no such row
            # may keep anybody from registering.
            whole = [n for n, packed in enumerate(chunk.packed) if len(packed) == len(sought)]
            held = identity.unpacked([chunk.packed[n] for n in whole])
            rows, cosines = similar(query, held, self._least)
            for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
                found[chunk.ids[whole[row]]] = Agreement(
                    registration_id, SignalType.EMBEDDING, View.UPRIGHT, distance_of(cosine)
                )
        return found
