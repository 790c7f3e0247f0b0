"""The embedding of a picture: numbers by which copies lie near, however they were edited.

Optional. The neural network that makes them is a file that an operator supplies, such as one of
Meta's SSCD in ONNX's format; none comes with Vigil, and none is ever downloaded. Which files can be
used says `signals.embedding_model`; how embeddings are kept and compared, `signals.embedding_rows`.

A confined process (`signals.sandbox`) can load no model: load it first, and then confine.

Source: E. Pizzi and others, "A Self-Supervised Descriptor for Image Copy Detection" (2022), and the
preparation of pictures that its authors publish with it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.errors import Undecodable
from signals.embedding_model import Network, open_network
from signals.embedding_rows import ModelIdentity, quantised
from signals.shrinking import shrunken_grey

_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)
"""Of red, green and blue from 0 to 1 in ImageNet, which SSCD and most others are trained with."""

_WITHOUT_COLOURS: Final = ("LAB", "F")
"""Modes of Pillow that are not turned into RGB, beside those of more than 8 bits (I, I;16 …)."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """A way to make embeddings, with one model. Not for two threads at once."""

    _network: Network = field(repr=False)
    identity: ModelIdentity

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a model and try it. All that embedding needs is loaded after this.

        Takes half a second for a model of 100 MB, and some four times the file in memory.

        Args:
            path: a model in ONNX's format that takes a picture as float32 of shape (1, 3, height,
                width), of any size or a fixed one, and gives float32 of shape (1, d), d from 64 to
                2048, with all its weights inside.

        Raises:
            UnusableModelError: the file is not such a model; the text says why.
            RuntimeMissingError: ONNX Runtime is not installed; the text says what to install.
        """
        network = open_network(path)
        return cls(network, ModelIdentity(network.version, network.dimensions))

    @property
    def version(self) -> str:
        """The first 16 digits of the SHA-256 of the model's file.

        Embeddings of different versions never compare.
        """
        return self.identity.version

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels to which pictures are resized: 288 each if any will do."""
        return self._network.width, self._network.height

    def embed(self, image: Image.Image) -> NDArray[np.int8]:
        """Make the embedding of a picture; on one kind of machine, equal pixels give equal numbers.

        Args:
            image: a decoded picture, upright, in any of Pillow's modes; what is transparent shows
                white.

        Returns:
            Shape (d,), int8; see `signals.embedding_rows.quantised`. Nothing but zeros, and so
            similar to nothing, if the model finds nothing in it.

        Raises:
            Undecodable: the model gives no finite numbers for this picture.
            MemoryError: more memory was needed than the process may have.
        """
        given = self._network.run(self._prepared(image))
        if given.shape != (1, self.identity.dimensions) or not np.isfinite(given).all():
            msg = "the model for embeddings gives nothing that is finite for this picture"
            raise Undecodable(msg)
        return quantised(given[0])

    def _prepared(self, image: Image.Image) -> NDArray[np.float32]:
        """Give a picture as a model takes it, shape (1, 3, height, width)."""
        # Skewed to the model's size, as SSCD's authors recommend where all are to be of one size:
        # with the shorter side fixed instead, a long strip would cost as much as it is long.
        shown = _in_colours(image).resize(self.size, Image.Resampling.BILINEAR)
        if shown.mode == "RGBA":
            white = Image.new("RGBA", shown.size, "white")
            shown = Image.alpha_composite(white, shown).convert("RGB")
        colours = np.asarray(shown, np.float32) / np.float32(255)
        return np.ascontiguousarray(((colours - _MEAN) / _SPREAD).transpose(2, 0, 1)[np.newaxis])


def _in_colours(image: Image.Image) -> Image.Image:
    """Give a picture in RGB, or in RGBA if something of it is transparent."""
    if image.mode in _WITHOUT_COLOURS or image.mode.startswith("I"):
        return shrunken_grey(image, 1, 1).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
