"""One image after the other, looked at as in a crawl: hashed, proposed, looked at a second time."""

from collections.abc import Sequence
from typing import Final

from domain.errors import InvalidInput
from matching.proposed_pictures import Proposed, agreeing
from matching.registered_constellations import RegisteredConstellations
from signals.constellation import Constellation
from signals.looking import looking
from signals.pictures import HashedFound, hash_found
from signals.place_index import PlaceIndex, Shown

_ANY: Final = 0.0
"""Strength below which what is seen speaks against a picture; no calibration goes so low."""


class CrawlsEye:
    """Sees in images what a crawl would see in them, among registered constellations by number."""

    def __init__(self, registered: Sequence[Constellation]) -> None:
        """Take what is registered; what has no places keeps its number and is never seen.

        Raises:
            InvalidInput: the planes are lost.
        """
        eye = looking()
        if eye is None:
            msg = (
                "A file of this installation is lost, without which nothing is found: vigil doctor."
            )
            raise InvalidInput(msg)
        self._eye = eye
        held = [(Shown(number, None), each) for number, each in enumerate(registered) if len(each)]
        index = PlaceIndex([each for _, each in held], [shown for shown, _ in held])
        self._registered = RegisteredConstellations(index, 0)

    def hashed(self, body: bytes) -> HashedFound:
        """Hash an image and find its places; it is the one that is looked at from now on.

        Raises:
            Undecodable: the bytes are no picture that can be opened; the text says why.
            MemoryError: decoding needed more memory than the process may have.
        """
        return hash_found(body, self._eye)

    def proposed(self, image: HashedFound) -> list[list[Proposed]]:
        """Say what may be in the image, for each of its frames."""
        return [self._registered.propose(frame) for frame in image.found]

    def strengths(
        self, image: HashedFound, proposed: Sequence[Sequence[Proposed]]
    ) -> dict[int, float]:
        """Look a second time; give how strongly it speaks for what is in it, by number."""
        best: dict[int, float] = {}
        for number, (frame, pictures) in enumerate(zip(image.found, proposed, strict=True)):
            looks = self._eye.look(number, [each.wanted() for each in pictures])
            for each in agreeing(frame, pictures, looks, least_strength=_ANY):
                if each.laid is not None:
                    strength = max(each.laid.strength, best.get(each.registration_id, _ANY))
                    best[each.registration_id] = strength
        return best
