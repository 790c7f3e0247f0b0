"""A crawl that finds suspiciously little says so, with the likely cause."""

import pytest

from domain.crawl_drop import CrawlFigures, picture_drop

USUAL = [CrawlFigures(pages=80, references=1_000, pictures=900)] * 5


@pytest.mark.parametrize(
    ("newest", "cause"),
    [
        (CrawlFigures(1, 3, 0), "Only 1 of some 80 pages"),
        (CrawlFigures(80, 20, 10), "hardly any pictures are found"),
        (CrawlFigures(80, 1_000, 200), "they do not arrive"),
    ],
)
def test_the_likely_cause_is_where_the_line_breaks(newest, cause):
    drop = picture_drop(newest, USUAL, trouble="The site answers 403.")
    assert drop is not None
    assert drop.found == f"{newest.pictures} pictures, where 900 are usual"
    assert cause in drop.cause
    assert drop.cause.endswith("The site answers 403.")


@pytest.mark.parametrize("pictures", [225, 500, 900, 5_000])
def test_ordinary_ups_and_downs_are_no_drop(pictures):
    assert picture_drop(CrawlFigures(80, 1_000, pictures), USUAL, trouble=None) is None


def test_a_site_without_a_past_or_with_few_pictures_is_never_warned_of():
    nothing = CrawlFigures(1, 0, 0)
    assert picture_drop(nothing, USUAL[:2], trouble=None) is None
    assert picture_drop(nothing, [CrawlFigures(5, 30, 19)] * 5, trouble=None) is None


def test_one_odd_crawl_before_does_not_hide_a_drop():
    drop = picture_drop(CrawlFigures(1, 0, 0), [CrawlFigures(0, 0, 0), *USUAL], trouble=None)
    assert drop is not None
