"""`python -m crawler.trial`: a short crawl of which nothing is kept, to learn about a site.

It is the same crawl with the same guards, with its database in memory: what it saw ends with its
process, but for the report that it prints. Standard input is the site and how long it may take, as
JSON; standard output is a line of JSON now and then that says how far it is, and the report last.
"""

import argparse
import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from typing import Final

from scrapy import signals
from scrapy.utils.project import get_project_settings

from config import Config, load_config
from crawler.parent_process import bound_to
from crawler.stopping import GentleProcess, hold_stop_signals
from crawler.trial_notes import TrialSpider, TrialVisit, write_line
from crawler.visit import PROJECT, ExitCode
from domain.errors import VigilError
from domain.site import Site
from domain.site_record import site_from
from signals.pool import HashingPool
from storage import crawls, sites
from storage.database import Database, upgrade

# Shared by the threads of this process, and gone with its last connection.
_IN_MEMORY: Final = "sqlite:///file:trial?mode=memory&cache=shared&uri=true&check_same_thread=false"
_PROGRESS_SECONDS: Final = 1.0


def open_trial(config: Config, site: Site, *, probing: bool) -> TrialVisit:
    """Begin a visit of which nothing is kept.

    Args:
        config: limits and practice hosts; its database is not used.
        site: what to visit.
        probing: find a way in where the site's recipe names none.
    """
    database = Database(_IN_MEMORY)
    upgrade(database)
    with database.writing() as session:
        site_id = sites.add(session, site, now=datetime.now(UTC)).site_id
        crawl_id = crawls.start(session, site_id, now=datetime.now(UTC))
    return TrialVisit(
        config=config,
        database=database,
        site=site,
        site_id=site_id,
        crawl_id=crawl_id,
        pool=HashingPool(config.hashing_workers, demand_filter=config.demand_sandbox),
        by_hand=True,
        first=True,
        probing=probing,
    )


def main() -> int:
    """Visit the site that standard input describes."""
    parser = argparse.ArgumentParser(prog="python -m crawler.trial", description=__doc__)
    parser.add_argument("--parent", type=int, help="end when this process ends (Linux)")
    options = parser.parse_args()
    if options.parent is not None and not bound_to(options.parent):
        return ExitCode.STOPPED
    asked = json.load(sys.stdin)
    hold_stop_signals()
    site = site_from(asked["name"], asked["site"])
    visit = open_trial(load_config(), site, probing=asked["probing"])
    os.chdir(PROJECT)  # where scrapy.cfg is
    settings = get_project_settings()
    pipelines = {**settings.getdict("ITEM_PIPELINES"), "crawler.trial_notes.Noticing": 450}
    trials = {
        "ITEM_PIPELINES": pipelines,
        "CLOSESPIDER_TIMEOUT": asked["seconds"],
        "LOG_ENABLED": False,  # whoever waits for the report reads it, and nothing else
    }
    settings.setdict(trials, priority="cmdline")
    process = GentleProcess(settings)
    crawler = process.create_crawler(TrialSpider)
    telling: list[asyncio.Task[None]] = []
    crawler.signals.connect(
        lambda: telling.append(asyncio.get_running_loop().create_task(_tell(visit))),
        signal=signals.spider_opened,
        weak=False,
    )
    crawler.signals.connect(
        lambda: [task.cancel() for task in telling], signal=signals.spider_closed, weak=False
    )
    process.crawl(crawler, visit=visit)
    process.start()
    return ExitCode.FINISHED


async def _tell(visit: TrialVisit) -> None:
    while True:
        write_line({"progress": visit.progress()})
        await asyncio.sleep(_PROGRESS_SECONDS)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VigilError as error:
        write_line({"error": str(error), "code": error.exit_code})
        sys.exit(error.exit_code)
