"""What whoever registers a picture is told about how well it can be found."""

from collections.abc import Iterator
from typing import Final

from casework.registering import Registered
from domain.signal import NoConstellation

_NO_CONSTELLATION: Final = {
    NoConstellation.TOO_LITTLE_DETAIL: (
        "It has too little detail to find it in edited reposts; whole copies are found."
    ),
    NoConstellation.PLANES_LOST: (
        "It was registered without what edited reposts are found by: a file of this installation "
        "is lost, see vigil doctor. Whole copies are found."
    ),
    NoConstellation.NUMBERS_DIFFER: (
        "It was registered without what edited reposts are found by: this machine computes it in "
        "another way than others, see vigil doctor. Whole copies are found."
    ),
}


def seen_around(done: Registered, again: str) -> Iterator[str]:
    """Yield what lies, or may lie, around a registered picture, and what was done about it.

    ``again`` is the command that registers the other.
    """
    if done.content is not None:
        yield f"{done.content} Only that is registered. If all of it is meant: {again}"
    elif done.unsure is not None:
        yield (
            f"{done.unsure} All of it is registered. If only that is meant: "
            f"vigil withdraw {done.number}, and then {again}"
        )
    if done.same_file is not None:
        yield (
            f"The same file is also registered as {done.same_file}, cut in another way or not at "
            f"all. If that is not meant: vigil withdraw {done.same_file}"
        )


def without_embedding(reason: str) -> Iterator[str]:
    """Yield why nothing that was registered has an embedding, and what to do about it."""
    yield f"No embedding was made: {reason}"
    yield (
        "All else was registered. Once that is mended, register the same files once more, in the "
        "same case: they stay the same registrations, and get it."
    )


def warnings(done: Registered) -> Iterator[str]:
    """Yield what keeps a registered picture from being found, and what to do about it."""
    if done.weak and done.no_constellation is not None:
        yield (
            "It is too plain to recognise once it is changed: only exact copies will be found. If "
            "there is a larger or sharper version of it, register that as well."
        )
    elif done.weak:
        yield (
            "It has no PDQ signal that is good enough: only exact copies will be found, and edited "
            "ones by their places where a constellation was given."
        )
    elif done.no_constellation is not None:
        yield _NO_CONSTELLATION[done.no_constellation]
    if done.suspended_for is None:
        return
    yield f"It is suspended: nothing is flagged for it. {done.suspended_for}"
    if done.already:
        yield f"To have it flag again: vigil registration resume {done.number} --reason …"
        return
    yield (
        "If it is a screenshot, or a logo lies on it, withdraw it (vigil withdraw "
        f"{done.number}) and register it once more with --content inside, or cut to the picture "
        "alone."
    )
    yield (
        "If it is a picture of the person that is posted everywhere: "
        f"vigil registration resume {done.number} --reason …"
    )
