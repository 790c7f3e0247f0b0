"""What `vigil signals status` says of embeddings: of what they were made, and of what not."""

from config import Config
from domain.signal import SignalType
from storage.signal_status import SignalStatus, TypeStatus


def shown_types(config: Config, now: SignalStatus) -> tuple[TypeStatus, ...]:
    """Give the types to list: embeddings only if a model is named, or some are held."""
    return tuple(
        each
        for each in now.types
        if each.type is not SignalType.EMBEDDING
        or config.embedding_model is not None
        or each.registrations
        or each.images
    )


def embedded(config: Config, now: SignalStatus) -> list[str]:
    """Say what embeddings do not cover, where a model is named."""
    (held,) = (each for each in now.types if each.type is SignalType.EMBEDDING)
    if config.embedding_model is None:
        return []
    line = (
        f"Embeddings are made of still pictures. {held.images_without:,} of {now.images:,} images "
        "seen have none: they move, were seen before a model was named, or nothing came of it. "
        "They are not fetched again for that, and are found by all other signals alone. Those by "
        "another model are counted and not compared: vigil doctor tells of what is registered."
    )
    return [line]
