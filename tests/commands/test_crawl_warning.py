"""Operators hear of a crawl that found suspiciously little, wherever they look."""

from datetime import UTC, datetime, timedelta

import pytest

from commands.site_probe import _commonest
from domain.crawl import CrawlCounts, CrawlState
from domain.image import Outcome
from domain.site import PATTERNS, Site
from storage import crawls, sites
from storage.crawls import CrawlError
from watching.recipe_findings import findings_of

REFUSED = "The site answers 403."
IN_PART = "It was read in part: the first 100 of 812 MB (VIGIL_MAX_VIDEO_MB)."
UNBUILT = "It was read without its scripts."


@pytest.fixture
def past_crawl(database, run):
    run("site", "add", "forum", "https://forum.example/")
    began = datetime.now(UTC) - timedelta(hours=5)

    def add(*, pages, pictures, failed=0):
        counts = CrawlCounts(pages_fetched=pages, references=pictures + failed)
        counts.outcomes |= {Outcome.HASHED: pictures, Outcome.FAILED: failed}
        with database.writing() as session:
            site_id = sites.get(session, "forum").site_id
            crawl_id = crawls.start(session, site_id, now=began)
            errors = [
                CrawlError("image", "failed", "https://forum.example/x.jpg", REFUSED, began)
                for _ in range(failed)
            ] + [
                CrawlError("image", "hashed", "https://forum.example/a.mp4", IN_PART, began),
                CrawlError("videos", "note", "https://forum.example/", IN_PART, began),
            ] * 300
            crawls.note_errors(session, crawl_id, errors)
            crawls.end(session, crawl_id, CrawlState.FINISHED, None, counts, now=began)
        return crawl_id

    return add


def test_a_sudden_drop_is_told_with_its_likely_cause(past_crawl, run):
    for _ in range(3):
        usual = past_crawl(pages=40, pictures=400)
    assert "Warning" not in run("crawls", "show", usual).out
    assert "Pictures" not in run("doctor").out

    odd = past_crawl(pages=40, pictures=10, failed=390)

    shown = run("crawls", "show", odd).out.replace("\n", " ")
    assert "Warning: 10 pictures, where 400 are usual." in shown
    assert f"they do not arrive. The commonest trouble: {REFUSED}" in shown
    assert run("crawls", "show", odd, "--json").json["warning"]["found"].startswith("10 pictures")
    assert run("crawls", "show", usual, "--json").json["warning"] is None
    findings = run("doctor", "--json").json["findings"]
    (finding,) = (each for each in findings if each["what"] == "Pictures")
    assert finding["level"] == "warn"
    assert "forum" in finding["found"]


def test_a_trial_tells_what_went_wrong_and_not_what_was_read_in_part():
    url = "https://forum.example/"
    told = [["image", "hashed", f"{url}a.mp4", IN_PART], ["image", "duplicate", url, IN_PART]]
    told += [["videos", "note", url, IN_PART], ["page", "note", url, UNBUILT]]
    report = {
        "told": told, "start_pages": [url], "pages": 5, "ended": "finished", "pictures": 9,
        "references": 9, "unfit": dict.fromkeys(PATTERNS, ()),
    }  # fmt: skip

    checked = [each.found for each in findings_of(Site("forum", (url,)), report)]

    assert [found for found in checked if found.startswith("note")] == [f"note: {UNBUILT}"]
    assert not any(IN_PART in found for found in checked)
    assert [why for *_, why in _commonest(told)] == [UNBUILT]
