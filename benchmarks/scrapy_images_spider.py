"""The peer: a spider that gathers a gallery's pictures with Scrapy's own ImagesPipeline.

`python -m benchmarks.scrapy_images_spider START FOLDER` stores the pictures in a folder, as that
pipeline does, and computes PDQ and pHash of each from the picture it has decoded already: the
quickest way that its documentation offers. Its delay is nil and it asks for many at once.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any

import imagehash
import numpy as np
import pdqhash
from PIL import Image
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import HtmlResponse, Response
from scrapy.pipelines.images import ImagesPipeline


class HashingImagesPipeline(ImagesPipeline):
    """Scrapy's pipeline, with two signals of each picture besides the MD5 that it computes."""

    def get_images(
        self, response: Response, *args: Any, **kwargs: Any
    ) -> Iterator[tuple[str, Image.Image, BytesIO]]:
        """Hash each picture on its way to the store."""
        for path, image, written in super().get_images(response, *args, **kwargs):
            bits, quality = pdqhash.compute(np.asarray(image.convert("RGB")))
            self.crawler.stats.inc_value("hashed")
            self.hashes.append((np.packbits(bits).tobytes().hex(), quality, imagehash.phash(image)))
            yield path, image, written

    def open_spider(self, *args: Any, **kwargs: Any) -> Any:
        """Begin with no hashes."""
        self.hashes: list[tuple[str, int, object]] = []
        return super().open_spider(*args, **kwargs)


class GallerySpider(Spider):
    """Follows a gallery's links and yields the images of each page."""

    name = "gallery"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the front page."""
        yield Request(sys.argv[1], callback=self.parse)

    def parse(self, response: Response) -> Iterator[Any]:
        """Give a page's images to the pipeline, and follow its links."""
        if isinstance(response, HtmlResponse):
            sources = response.css("img::attr(src)").getall()
            yield {"image_urls": [response.urljoin(source) for source in sources]}
            yield from response.follow_all(css="a", callback=self.parse)


def main() -> int:
    """Crawl; the status says whether any picture was hashed."""
    process = AsyncCrawlerProcess(
        {
            "IMAGES_STORE": sys.argv[2],
            "ITEM_PIPELINES": {HashingImagesPipeline: 1},
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS": 32,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    crawler = process.create_crawler(GallerySpider)
    process.crawl(crawler)
    process.start()
    hashed = crawler.stats.get_value("hashed", 0) if crawler.stats is not None else 0
    print(f"hashed {hashed}")
    return 0 if hashed else 1


if __name__ == "__main__":
    sys.exit(main())
