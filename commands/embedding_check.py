"""Whether the model for embeddings that an operator named can be used, and what it is good for."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from config import Config
from domain.counted import counted
from domain.errors import VigilError
from domain.finding import Finding, fail, ok, warn
from signals.embedding import Embedding
from signals.embedding_file import UnusableModelError, read_model, version_of
from storage import embeddings

_MODEL: Final = "Embedding model"
_REGISTERED: Final = "Embeddings"


def model(config: Config) -> Iterator[Finding]:
    """Check the model, if one is named, by loading and trying it as a worker does."""
    if config.embedding_model is None:
        return
    try:
        loaded = Embedding.load(config.embedding_model)
    except Exception as error:  # noqa: BLE001 - whatever a runtime of others' making raises
        why = error if isinstance(error, VigilError) else f"{type(error).__name__}: {error}."
        yield fail(
            _MODEL,
            f"{why} Copies that only embeddings would find are missed; all other signals are "
            "made and compared",
            "Put it right, or unset VIGIL_EMBEDDING_MODEL. What is registered meanwhile gets its "
            "embedding when it is registered once more.",
        )
        return
    yield ok(
        _MODEL,
        f"{config.embedding_model}, version {loaded.version}, gives "
        f"{loaded.identity.dimensions:,} numbers; an image is flagged by its embedding alone from "
        f"{config.embedding_least:g} of 1",
    )


def registered(config: Config, session: Session) -> Iterator[Finding]:
    """Check that what is registered has embeddings by the model in use."""
    by_model = embeddings.registrations_by_model(session)
    if config.embedding_model is None:
        if held := sum(by_model.values()):
            have = counted(held, "registration has", "registrations have")
            yield warn(
                _REGISTERED,
                f"{have} one, and VIGIL_EMBEDDING_MODEL is not set: no image is compared with them",
                "Name the model again, or leave it so: all other signals are compared.",
            )
        return
    try:
        version = version_of(read_model(config.embedding_model))
    except UnusableModelError:  # which the check of the model tells
        return
    in_use = by_model.pop(version, 0)
    if others := sum(by_model.values()):
        have = counted(others, "registration has", "registrations have")
        yield warn(
            _REGISTERED,
            f"{have} one by another model than the one in use, which no image is compared with",
            "Register the same files once more, in the same case: vigil register CASE FILE. They "
            "stay the same registrations.",
        )
    elif without := embeddings.stills_without(session):
        yield warn(
            _REGISTERED,
            f"{counted(without, 'registered picture')} {'has' if without == 1 else 'have'} none: "
            "registered before the model was in use, or too plain for one",
            "Register the same files once more, in the same case: vigil register CASE FILE. They "
            "stay the same registrations.",
        )
    else:
        have = counted(in_use, "registration has", "registrations have")
        yield ok(_REGISTERED, f"{have} one by the model in use")
