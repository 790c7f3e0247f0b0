"""Age gates that are links to a script: pressed in the browser, and judged by what they do."""

import pytest

from tests.crawler.guarded_sites import WORDS, Answer, GuardedSite
from tests.crawler.rendering.script_built import addresses, shell

TERMS = "<p>" + "Our terms. " * 300
PHOTO = "'<img src=\"/fu' + 'll/0.jp' + 'g\">'"

IN_THE_PAGE = f"""<!doctype html><title>Adults</title><div id=app>{TERMS}
<a href="/leave">No</a><a href="javascript:void(0)" onclick="pass()">{WORDS}</a></div>
<script>
  const pass = () => {{ document.getElementById('app').innerHTML = {PHOTO}; }};
</script>"""
MADE_BY_SCRIPTS = shell(f"""
  const app = document.getElementById('app');
  const pass = () => {{ localStorage.age = 1; location.reload(); }};
  app.innerHTML = localStorage.age ? {PHOTO}
    : '<a href="/leave">No</a><a href=" JavaScript:pass();">{WORDS}</a>';
""")

HARMS = shell(f"""
  const send = (path, body) => fetch(path, {{method: 'POST', body}}).catch(() => 0);
  const harm = async () => {{
    await send('/api/photos/5/remo' + 've', '');
    await send('/api', JSON.stringify({{op: 'delete'}}));
    DOES
  }};
  document.getElementById('app').innerHTML = '<a href="javascript:harm()">{WORDS}</a>';
""")
GOES = "location.href = '/album?act' + 'ion=delete';"
SENDS = """
  const form = document.createElement('form');
  form.method = 'post';
  form.action = '/album?act' + 'ion=delete';
  document.body.append(form);
  form.submit();
"""


@pytest.fixture
def practice_site(photos):
    with GuardedSite(photos) as site:
        yield site


def showing(site, html):
    def answer(asked):
        if asked.path.startswith("/full/"):
            return site.gallery(asked)
        return Answer(html.encode()) if asked.path == "/" else Answer(b"", 404)

    return answer


@pytest.mark.parametrize("html", [IN_THE_PAGE, MADE_BY_SCRIPTS], ids=["sent", "made"])
def test_a_gate_that_is_a_link_to_a_script_is_passed(
    database, practice_site, add_site, crawl, told, html
):
    practice_site.answer = showing(practice_site, html)
    add_site("gated", practice_site.url("/"), age_gate=WORDS)

    crawled = crawl("gated")

    assert addresses(database) == {practice_site.url("/full/0.jpg")}
    assert "age gate" not in told(crawled)


@pytest.mark.parametrize("does", [GOES, SENDS], ids=["goes", "sends"])
def test_what_such_a_link_does_is_judged_when_it_does_it(practice_site, add_site, crawl, does):
    practice_site.answer = showing(practice_site, HARMS.replace("DOES", f"fetch('/did'); {does}"))
    add_site("harms", practice_site.url("/"), age_gate=WORDS)

    crawl("harms")

    assert "/did" in practice_site.paths()  # it was pressed
    assert [asked.path for asked in practice_site.asked if asked.method == "POST"] == []
    assert not any("action" in asked.query for asked in practice_site.asked)
