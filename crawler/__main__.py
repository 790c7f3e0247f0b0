"""`python -m crawler NAME`: one crawl, with an exit code that says how it ended."""

import ctypes
import os
import signal
import sys

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from config import load_config
from crawler.spiders.site import SiteSpider
from crawler.visit import PROJECT, ExitCode
from crawler.visiting import open_visit
from domain.crawl import CrawlState
from domain.errors import InvalidInput, Refused, VigilError

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Crawl the site that the command line names."""
    _die_with_parent()
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one name
        sys.stderr.write("Which site? python -m crawler NAME\n")
        return InvalidInput.exit_code
    # Opened before Scrapy starts: what can be refused is refused in one sentence.
    visit = open_visit(load_config(), sys.argv[1])
    os.chdir(PROJECT)  # where scrapy.cfg is
    process = AsyncCrawlerProcess(get_project_settings())
    process.crawl(SiteSpider, visit=visit)
    process.start()
    return {
        CrawlState.FINISHED: ExitCode.FINISHED,
        CrawlState.FAILED: ExitCode.SITE_DOWN,
        CrawlState.STOPPED: ExitCode.STOPPED,
    }.get(visit.state, ExitCode.REFUSED)


def _die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, so that no crawl runs unwatched."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(ExitCode.UNDER_WAY)
    except VigilError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
