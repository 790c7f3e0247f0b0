"""Packed answers: unpacked piece by piece under the limit of size, and no further."""

from typing import Final

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import (
    HttpCompressionMiddleware,
)
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from pipelines.answer_body import PACKINGS
from pipelines.reasons import BadAnswer, RefusedRequest

_LAYERS: Final = 3
_KNOWN: Final = frozenset(name.encode() for name in PACKINGS)
_MEGABYTE: Final = 1024 * 1024


class Unpacking(HttpCompressionMiddleware):
    """Scrapy's own, with a limit on layers, and with a sentence for each way to fail.

    Scrapy unpacks in pieces of 64 KB and stops at the limit, for each layer; but a header can name
    thousands of layers.
    """

    def process_response(  # type: ignore[override] # Scrapy passes no spider to who takes none
        self, request: Request, response: Response
    ) -> Request | Response:
        """Unpack an answer.

        Raises:
            RefusedRequest: it unpacks to more than the limit, or is packed too often.
            BadAnswer: it is not packed as it says.
        """
        layers = _layers(response)
        if not layers:
            return response
        if not response.body or not set(layers) & _KNOWN:
            # Nothing to unpack. Sites write all kinds of things here, and mean a page as it is.
            del response.headers["Content-Encoding"]
            return response
        if len(layers) > _LAYERS:
            msg = f"It is packed {len(layers):,} times over; more than {_LAYERS} are not unpacked."
            raise RefusedRequest(msg)
        names = ", ".join(layer.decode("latin-1") for layer in layers if layer in _KNOWN)
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            limit = request.meta.get("download_maxsize", self._max_size) // _MEGABYTE
            msg = (
                f"It is small, and unpacks to more than the limit of {limit} MB ({names}), so it "
                "was unpacked no further (of images, the limit is VIGIL_MAX_IMAGE_MB)."
            )
            raise RefusedRequest(msg) from error
        except Exception as error:  # each of the four packers has errors of its own
            msg = f"It says that it is packed ({names}), and cannot be unpacked."
            raise BadAnswer(msg) from error


def _layers(response: Response) -> list[bytes]:
    named = b",".join(response.headers.getlist("Content-Encoding"))
    layers = [layer.strip().lower() for layer in named.split(b",")]
    return [layer for layer in layers if layer and layer != b"identity"]
