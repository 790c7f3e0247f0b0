"""Opening a visit: the site's row, the crawl's row, the hashing workers."""

from datetime import UTC, datetime

from config import Config
from domain.errors import Refused
from pipelines.visit import Visit
from signals.pool import HashingPool
from storage import crawls, sites
from storage.database import open_database


def open_visit(config: Config, site_name: str, *, by_hand: bool = False) -> Visit:
    """Start the crawl of a site in the database and return what its stages share.

    ``by_hand``: a person asked for it now, so that quiet hours under way do not end it.

    Raises:
        VigilError: no such site, a crawl of it is under way, or the database cannot be used.
    """
    database = open_database(config)
    try:
        with database.writing() as session:
            stored = sites.get(session, site_name)
            if stored.paused_at is not None:
                msg = f"Site {site_name} is paused. To crawl it: vigil site resume {site_name}"
                raise Refused(msg)
            first = crawls.latest(session, site_name) is None
            crawl_id = crawls.start(session, stored.site_id, now=datetime.now(UTC))
    except BaseException:
        database.close()
        raise
    return Visit(
        config=config,
        database=database,
        site=stored.site,
        site_id=stored.site_id,
        crawl_id=crawl_id,
        pool=HashingPool(
            config.hashing_workers,
            demand_filter=config.demand_sandbox,
            embedding_model=config.embedding_model,
        ),
        by_hand=by_hand,
        first=first,
    )
