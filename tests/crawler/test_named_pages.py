"""A page that could not be read is named as it was asked for, wherever it led."""

import pytest

from storage import crawls


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_page_that_leads_to_nothing_readable_is_named_itself(
    practice_site, other_site, add_site, crawl, database
):
    links = "".join(f"<a href=/album/{name}>{name}</a>" for name in ("1", "2", "3"))
    practice_site.write("/", links.encode())
    practice_site.redirect("/album/1", "/moved/1")
    practice_site.drop("/moved/1")
    practice_site.redirect("/album/2", other_site.url("/album/2"))
    practice_site.write("/album/3", b"<p>An album.")
    add_site("album", practice_site.url("/"))

    crawled = crawl("album")

    with database.reading() as session:
        errors = {
            error.url: (error.outcome, error.reason)
            for error in crawls.errors(session, crawled.crawl_id)
            if error.what == "page"
        }
    one, two = practice_site.url("/album/1"), practice_site.url("/album/2")
    assert set(errors) == {one, two}
    assert errors[one][0] == "failed"
    assert errors[two][0] == "refused"
    assert "which is not in scope" in errors[two][1]
    assert (crawled.pages_failed, crawled.pages_refused) == (1, 1)
