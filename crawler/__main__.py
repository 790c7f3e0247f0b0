"""`python -m crawler NAME`: one crawl, with an exit code that says how it ended."""

import argparse
import gc
import logging
import os
import sys

from scrapy.utils.project import get_project_settings

from config import load_config
from crawler.parent_process import bound_to
from crawler.spiders.site import SiteSpider
from crawler.stopping import GentleProcess, hold_stop_signals
from crawler.visit import PROJECT, ExitCode
from crawler.visiting import open_visit
from domain.crawl import CrawlState
from domain.errors import CrawlUnderWay, VigilError
from pipelines.visit import DATABASE_DOWN


def main() -> int:
    """Crawl the site that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m crawler", description=__doc__)
    parser.add_argument("name", help="the site to crawl; `vigil site list` shows the names")
    parser.add_argument("--parent", type=int, help="end when this process ends (Linux)")
    parser.add_argument(
        "--by-hand", action="store_true", help="go on in quiet hours that are under way"
    )
    options = parser.parse_args()
    if options.parent is not None and not bound_to(options.parent):
        return ExitCode.STOPPED
    hold_stop_signals()
    # Opened before Scrapy starts: what can be refused is refused in one sentence.
    visit = open_visit(load_config(), options.name, by_hand=options.by_hand)
    os.chdir(PROJECT)  # where scrapy.cfg is
    process = GentleProcess(get_project_settings())
    process.crawl(SiteSpider, visit=visit)
    gc.freeze()  # what is loaded stays, and need not be looked through for garbage ever again
    process.start()
    if visit.stop_reason == DATABASE_DOWN:
        return ExitCode.DATABASE_DOWN
    return {
        CrawlState.FINISHED: ExitCode.FINISHED,
        CrawlState.FAILED: ExitCode.SITE_DOWN,
        CrawlState.CRASHED: ExitCode.DATABASE_DOWN,
        CrawlState.STOPPED: ExitCode.STOPPED,
    }.get(visit.state, ExitCode.REFUSED)


def _leave(code: int) -> None:
    """End this process at once: Python would take a third of a second to take itself apart."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    try:
        _leave(main())
    except CrawlUnderWay as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(ExitCode.UNDER_WAY)
    except VigilError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
