"""Pages that show nothing until their scripts have run, and what a crawl has made of them."""

from sqlalchemy import select

from storage import crawls
from storage.tables import ImageUrlRow, SightingRow

JSON = "application/json"
JS = "text/javascript"


def shell(script, more=""):
    return f"<!doctype html><title>Album</title><div id=app></div>{more}<script>{script}</script>"


def remarks(database, summary):
    with database.reading() as session:
        return [error.reason for error in crawls.errors(session, summary.crawl_id)]


def addresses(database):
    with database.reading() as session:
        return set(
            session.scalars(select(ImageUrlRow.url).where(ImageUrlRow.image_id.is_not(None)))
        )


def gone(database):
    """Say of each picture, by its name, whether its sighting is gone."""
    found = select(ImageUrlRow.url, SightingRow.gone_at).join(
        SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id
    )
    with database.reading() as session:
        return {url.rpartition("/")[2]: at is not None for url, at in session.execute(found)}
