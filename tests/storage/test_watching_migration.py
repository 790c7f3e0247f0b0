"""0013: days of sites are counted from the crawls there are; going back changes nothing older."""

from datetime import date

from sqlalchemy import text

from storage import migrations, site_days
from storage.database import head_revision, upgrade
from tests.storage.test_migrations import ROWS

MORE = """
UPDATE crawl SET ended_at = '2026-03-01 12:05:00' WHERE crawl_id = 1;
INSERT INTO crawl (crawl_id, site_id, state, started_at, heartbeat_at, ended_at, pages_fetched,
                   pages_unchanged, pages_failed, pages_refused, image_references, hashed,
                   duplicate, unchanged, too_small, undecodable, refused, failed, flagged)
VALUES (2, 1, 'finished', '2026-03-01 23:00:00', '2026-03-01 23:00:00', '2026-03-01 23:59:59',
        1, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 1),
       (3, 1, 'crashed', '2026-03-02 00:00:00', '2026-03-02 00:00:00', '2026-03-02 00:00:01',
        1, 0, 0, 0, 9, 4, 0, 0, 0, 0, 0, 0, 0),
       (4, 1, 'running', '2026-03-02 01:00:00', '2026-03-02 01:00:00', NULL,
        1, 0, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0, 0)
"""


def test_days_are_counted_in_utc_from_crawls_that_are_over(database):
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0012")
    with database.writing() as session:
        for row in (ROWS + ";" + MORE).split(";"):
            session.execute(text(row))

    assert upgrade(database) == ("0012", head_revision())

    with database.reading() as session:
        found = site_days.days_of(session, 1, since=date(2026, 1, 1))
    assert [(day.day, day.crawls, day.new_images, day.flagged) for day in found] == [
        (date(2026, 3, 1), 2, 5, 1),
        (date(2026, 3, 2), 1, 4, 0),
    ]
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0012")
    with database.reading() as session:
        crawls = session.execute(text("SELECT count(*), sum(hashed) FROM crawl")).one()
    assert tuple(crawls) == (4, 18)
