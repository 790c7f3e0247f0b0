"""What a model for embeddings finds of the same reposts, at a stated likeness, and wrongly."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from benchmarks.robustness_registry import Registered
from benchmarks.robustness_sources import Repost
from domain.errors import InvalidInput
from domain.signal import MAX_PDQ_QUALITY
from signals.decode import open_picture
from signals.embedding import Embedding
from signals.embedding_picture import embedded
from signals.embedding_rows import similar


@dataclass(frozen=True, slots=True)
class _Looked:
    """One image: whether its own photo is near, the nearest other one, and how many of these are.

    ``nearest`` is None of what really shows other photos.
    """

    own: bool
    nearest: float | None
    false: int


def embedding_figures(
    model: Path, least: float, registered: Registered, reposts: Sequence[Repost]
) -> list[Figure]:
    """Register every photo by its embedding, look for every repost and photo, and give figures.

    Args:
        model: the model's file.
        least: the likeness from which an image counts as found.
        registered: the photos, by number.
        reposts: what is looked for, of photos that are registered.

    Raises:
        InvalidInput: the model cannot be used, or there are photos that it finds nothing in.
    """
    search = _Search(Embedding.load(model), least, registered)
    of_reposts = [
        search.looked(
            repost.path,
            registered.names.index(repost.original),
            shows_others=repost.shows_others,
        )
        for repost in reposts
    ]
    of_photos = [search.looked(path, number) for number, path in enumerate(registered.paths)]
    by_edit: dict[str, list[_Looked]] = {}
    for repost, looked in zip(reposts, of_reposts, strict=True):
        by_edit.setdefault(repost.edit, []).append(looked)
    everything = [*of_reposts, *of_photos]
    nearest = max(each.nearest for each in everything if each.nearest is not None)
    figures = [
        Figure("embedding: least likeness", least, "of 1", None, "higher"),
        Figure("embedding: recall", _recall(of_reposts), "%", None, "higher"),
        Figure(
            "embedding: false pairs",
            sum(each.false for each in everything),
            "pairs",
            None,
            "lower",
            ours=f"likest {nearest:.3f}",
        ),
        Figure("embedding: ms", round(1e3 * median(search.took), 2), "ms", None, "lower"),
    ]
    for edit in sorted(by_edit, key=lambda edit: (_recall(by_edit[edit]), edit)):
        name = f"embedding: recall of {edit}"
        figures.append(Figure(name, _recall(by_edit[edit]), "%", None, "higher"))
    return figures


class _Search:
    def __init__(self, embedding: Embedding, least: float, registered: Registered) -> None:
        self.took: list[float] = []
        self._embedding = embedding
        self._least = least
        rows = [self._made(path) for path in registered.paths]
        missing = [path for path, row in zip(registered.paths, rows, strict=True) if row is None]
        if missing:
            msg = f"The model gives no embedding of {len(missing):,} photos, as of {missing[0]}."
            raise InvalidInput(msg)
        self._rows = np.stack([row for row in rows if row is not None])

    def looked(self, path: Path, own: int, *, shows_others: bool = False) -> _Looked:
        """Look for one image among all photos."""
        made = self._made(path)
        if made is None:
            return _Looked(own=False, nearest=None, false=0)
        numbers, cosines = similar(made, self._rows, -1.0)
        others = cosines[numbers != own]
        own_cosine = float(cosines[numbers == own][0])
        if shows_others or not len(others):
            return _Looked(own_cosine >= self._least, None, 0)
        false = int(np.count_nonzero(others >= self._least))
        return _Looked(own_cosine >= self._least, float(others.max()), false)

    def _made(self, path: Path) -> NDArray[np.int8] | None:
        if sys.stderr.isatty():
            print(f"\rEmbedding {len(self.took) + 1}", end="", file=sys.stderr)
        body = path.read_bytes()
        picture = open_picture(body)
        began = time.process_time()
        made = embedded(self._embedding, body, picture, MAX_PDQ_QUALITY)
        self.took.append(time.process_time() - began)
        if made is None:
            return None
        (row,) = self._embedding.identity.unpacked([bytes.fromhex(made)])
        return np.asarray(row)


def _recall(looked: Sequence[_Looked]) -> float:
    return round(100 * float(np.mean([each.own for each in looked])), 2) if looked else 0.0
