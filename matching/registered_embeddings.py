"""The registered embeddings as of one version, compared with those of found images.

They are read from the database when a crawl that makes embeddings begins, some half a kilobyte for
each registration, and no copy lies on this machine's disk.
"""

from domain.likeness import distance_of
from domain.signal import Agreement, SignalType, View
from signals.embedding_index import EmbeddingIndex
from storage import embeddings
from storage.database import Database
from storage.registry import RegistryChanges


class RegisteredEmbeddings:
    """The embeddings of every registration. Not for several threads at once."""

    def __init__(self) -> None:
        self._index = EmbeddingIndex()

    def __len__(self) -> int:
        return len(self._index)

    @classmethod
    def read(cls, database: Database) -> "RegisteredEmbeddings":
        """Read them as they are now.

        Whoever holds other signals as of a version may take in all that changed since that one: an
        embedding that is here already changes nothing.
        """
        held = cls()
        with database.reading() as session:
            for chunk in embeddings.registered_chunks(session):
                for owner, packed in zip(chunk.ids, chunk.packed, strict=True):
                    held._index.add(owner, packed)
        return held

    def apply(self, changes: RegistryChanges) -> None:
        """Bring them to the version of the changes."""
        for registration_id in changes.withdrawn:
            self._index.remove(registration_id)
        for registration_id, signal in changes.added:
            if signal.type is SignalType.EMBEDDING:
                self._index.add(registration_id, bytes.fromhex(signal.value))

    def agreeing(self, embedding: str, least: float) -> tuple[Agreement, ...]:
        """Give an agreement with each registration whose embedding is near a found image's.

        Args:
            embedding: of the found image, as a signal has it.
            least: the least cosine that counts.
        """
        near = self._index.near(bytes.fromhex(embedding), least)
        return tuple(
            Agreement(registration_id, SignalType.EMBEDDING, View.UPRIGHT, distance_of(cosine))
            for registration_id, cosine in near
        )
