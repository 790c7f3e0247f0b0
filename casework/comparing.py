"""A picture that is being registered, compared with everything ever sighted.

That may take seconds, and whoever searches for the last time holds the registry, so that crawls
wait to record. So nearly everything is looked at before, while others go on; what came since then
is looked at with the registry held.

By its digests and PDQ signals, and by its embedding where a model is in use, an image matches. By
the few places that are stored of it, a picture is only proposed: the image has to be fetched anew
for that.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from domain.signal import Agreement, PictureSignals, SignalType
from matching.seen_in_video import seen_in
from matching.sighted_constellations import SightedConstellations, Told
from matching.sighted_embeddings import SightedEmbeddings
from matching.sighted_images import SightedImages
from signals.index import SignalIndex
from storage import images

_THIS: Final = 0
"""Stands for the registration, which may have no row yet."""


class Comparison:
    """One picture or video beside the images that were sighted."""

    def __init__(
        self,
        picture: PictureSignals,
        sighted: SightedImages,
        *,
        match_distance: int,
        video_share: int,
        embedding_least: float | None = None,
    ) -> None:
        """Prepare to compare; ``embedding_least`` is None where embeddings flag nothing."""
        self.picture: Final = picture
        self._sighted = sighted
        self._constellations = SightedConstellations(picture.signals)
        self._embeddings = SightedEmbeddings(picture.signals, embedding_least)
        self._match_distance = match_distance
        self._video_share = video_share
        self._index = SignalIndex()
        for signal in picture.signals:
            self._index.add(_THIS, signal)
        self._judged: dict[int, tuple[Agreement, ...]] = {}
        self._alike: dict[int, Agreement] = {}
        self._proposed: set[int] = set()

    @property
    def by_embedding(self) -> bool:
        """Whether images are found by their embeddings, which those seen before may be given."""
        return self._embeddings.any_sought

    @property
    def only_alike(self) -> frozenset[int]:
        """The ids of images that nothing but an embedding finds near."""
        return frozenset(each for each in self._alike if not self._judged.get(each))

    def look(self, session: Session, *, after: int = 0, told: Told | None = None) -> None:
        """Look at all images, or at those with ids beyond ``after`` and at the very same file."""
        self._proposed |= self._constellations.near(session, after=after, told=told)
        near = self._sighted.near(
            session, self.picture.signals, pdq_distance=self._match_distance, after=after
        )
        near.update(
            images.with_same_bytes(
                session, sha256=self._values(SignalType.SHA256), md5=self._values(SignalType.MD5)
            )
        )
        self._judge(session, near - self._judged.keys())
        self._alike |= self._embeddings.near(session, _THIS, after=after)

    def look_at_fetched(self, session: Session, *, since: datetime, through: int) -> None:
        """Look at images up to an id that may have been given a signal since a moment."""
        self._proposed |= self._constellations.near_since(session, since, through=through)
        self._alike |= self._embeddings.near_since(session, _THIS, since, through=through)

    def proposed(self, session: Session) -> list[int]:
        """Return the images that do not match, and that the picture may be in all the same."""
        matching = {image_id for image_id, seen in self._judged.items() if seen}
        return images.still_known(session, self._proposed - matching)

    def found(
        self, session: Session, registration_id: int, *, but_alike: bool = False
    ) -> Mapping[int, tuple[Agreement, ...]]:
        """Return what agrees with each image that is near, as agreements of a registration.

        An image that was forgotten since it was looked at is left out, and with ``but_alike`` what
        only an embedding says.
        """
        near = {image_id: seen for image_id, seen in self._judged.items() if seen}
        for image_id, alike in self._alike.items() if not but_alike else ():
            near[image_id] = (*near.get(image_id, ()), alike)
        return {
            image_id: tuple(
                replace(each, registration_id=registration_id) for each in near[image_id]
            )
            for image_id in images.still_known(session, near)
        }

    def _judge(self, session: Session, image_ids: Collection[int]) -> None:
        for image_id, signals in images.signals_of(session, image_ids):
            agreements = self._index.search(signals, pdq_distance=self._match_distance)
            if signals.frames:
                agreements = seen_in(
                    signals,
                    agreements,
                    {_THIS: self.picture.signals},
                    pdq_distance=self._match_distance,
                    video_share=self._video_share,
                )
            self._judged[image_id] = agreements

    def _values(self, signal_type: SignalType) -> list[str]:
        return [signal.value for signal in self.picture.signals if signal.type is signal_type]
