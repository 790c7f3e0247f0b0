"""What was there before there was a queue: it is put in order, and goes back as it was."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.urgency import urgency
from storage import migrations, review_queue
from storage.database import head_revision, upgrade
from storage.review_queue import Wanted

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = "'2026-03-01 12:00:00'"

ROWS = f"""
INSERT INTO site (site_id, name, start_urls, hosts, interval_seconds, rate, max_pages, max_depth,
                  obey_robots, headers, cookies, added_at, changed_at)
VALUES (1, 'forum', '["https://forum.example/"]', '["forum.example"]', 900, 1, 500, 8, true, '{{}}',
        '{{}}', {AT}, {AT});
INSERT INTO page (page_id, site_id, url, url_digest, links, image_references, first_seen, last_seen)
VALUES (1, 1, 'https://forum.example/', 'aa', '[]', '[]', {AT}, {AT});
INSERT INTO image (image_id, sha256, md5, pdq, pdq_quality, phash, format, width, height,
                   byte_size, first_seen)
VALUES (1, '1', '2', '3', 90, '4', 'JPEG', 9, 9, 9, {AT}),
       (2, '5', '2', '3', 90, '4', 'JPEG', 9, 9, 9, {AT});
INSERT INTO image_url (image_url_id, url, url_digest, image_id, checked_at)
VALUES (1, 'https://forum.example/1.jpg', 'ab', 1, {AT}),
       (2, 'https://forum.example/2.jpg', 'ac', 1, {AT});
INSERT INTO sighting (sighting_id, page_id, image_url_id, image_id, found_in, first_seen, last_seen)
VALUES (1, 1, 1, 1, 'img', '2026-02-01 12:00:00', {AT}),
       (2, 1, 2, 1, 'img', {AT}, {AT});
INSERT INTO case_file (case_id, number, pin_hash, opened_at) VALUES (1, 'C', 'x', {AT});
INSERT INTO match (match_id, number, case_id, image_id, state, flagged_at)
VALUES (1, 'M1', 1, 1, 'flagged', {AT}), (2, 'M2', 1, 2, 'confirmed', {AT});
INSERT INTO review_decision (decision_id, match_id, verdict, reason, actor, decided_at)
VALUES (1, 1, 'unsure', 'dim', 'someone', {AT}), (2, 2, 'confirmed', 'so', 'someone', {AT});
INSERT INTO registration (registration_id, number, case_id, picture, source, registered_at,
                          added_version)
VALUES (1, 'R', 1, '5', 'file', {AT}, 1);
INSERT INTO evidence (evidence_id, match_id, registration_id, type, view, distance)
VALUES (1, 1, 1, 'pdq', 'upright', 10), (2, 2, 1, 'sha256', 'upright', 0)
"""

REVIEWED = f"""
INSERT INTO claim (match_id, actor, claimed_at, until) VALUES (1, 'kim', {AT}, {AT});
INSERT INTO referral (referral_id, image_id, match_id, hotline, actor, referred_at)
VALUES (1, 1, 1, 'h', 'kim', {AT});
UPDATE match SET state = 'referred' WHERE match_id = 1;
INSERT INTO review_decision (decision_id, match_id, verdict, kind, reason, actor, decided_at, batch)
VALUES (3, 1, 'may_be_under_18', NULL, 'so', 'kim', {AT}, 'D');
UPDATE review_decision SET kind = 'look_alike', look_alike = 'L' WHERE decision_id = 2
"""


def test_matches_of_before_are_put_in_order_and_go_back_as_they_were(database):
    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0010")
    with database.writing() as session:
        for row in ROWS.split(";"):
            session.execute(text(row))

    assert upgrade(database) == ("0010", head_revision())

    with database.reading() as session:
        (entry,) = review_queue.entries(session, Wanted(), actor="kim", now=NOW, limit=9)
        assert (entry.places, entry.sites, entry.unsure) == (2, ("forum",), 1)
        held = session.execute(text("SELECT strength, urgency FROM match ORDER BY match_id")).all()
        expected = urgency(newest_place=NOW, places=2, strength=9.8)
        assert held[0] == (pytest.approx(9.8), pytest.approx(expected))
        assert held[1].strength == 99
    with database.writing() as session:
        for row in REVIEWED.split(";"):
            session.execute(text(row))
    with pytest.raises(DBAPIError, match=r"(?i)check"), database.writing() as session:
        session.execute(text("UPDATE review_decision SET kind = 'odd'"))

    with database.engine.begin() as connection:
        migrations.run_downgrade(connection, "0010")

    with database.reading() as session:
        matches = session.execute(text("SELECT number, state FROM match ORDER BY 1")).all()
        assert matches == [("M1", "flagged"), ("M2", "confirmed")]
        decided = session.execute(text("SELECT decision_id, verdict FROM review_decision")).all()
        assert sorted(decided) == [(1, "unsure"), (2, "confirmed")]
        assert session.execute(text("SELECT count(*) FROM evidence")).scalar() == 2
    assert upgrade(database) == ("0010", head_revision())
