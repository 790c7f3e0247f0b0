"""Whatever becomes of a crawl, its browser leaves no process, no folder and no file."""

import asyncio
import os
import signal
import time

import pytest

from config import load_config
from crawler.rendering_browser import Browser, find_chromium
from tests.crawler.rendering.script_built import JSON, shell


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_crawl_that_is_killed_leaves_no_browser(
    add_site, practice_site, start_crawl, wait_for, watch, number
):
    script = "fetch('run' + 'ning').finally(() => { while (true); })"
    practice_site.write("/", shell(script).encode())
    add_site("busy", practice_site.url("/"))
    process = start_crawl("busy", VIGIL_RENDER_SECONDS="30")
    wait_for(lambda: practice_site.requested("/running"))
    time.sleep(0.3)  # by then it does nothing but run
    watch.look()
    assert len(watch.processes) > 2
    assert watch.folders

    os.kill(process.pid, number)

    process.wait(timeout=15)
    wait_for(lambda: not watch.left(), seconds=5)


KEEPS = """
  localStorage.mark = 'zebra-mark'; document.cookie = 'mark=zebra-mark';
  indexedDB.open('zebra-mark', 1).onupgradeneeded = event =>
    event.target.result.createObjectStore('all').put('zebra-mark'.repeat(100000), 'key');
  const image = new Image(); image.src = 'a' + '.jpg'; document.body.append(image);
  fetch('wait' + 'ing');
"""


def test_an_open_page_is_in_no_file(add_site, practice_site, photos, start_crawl, wait_for, watch):
    practice_site.write("/", shell(KEEPS, "<p>" + "zebra-mark " * 100).encode())
    practice_site.write("/a.jpg", photos[0].read_bytes())
    practice_site.write("/waiting", b"{}", JSON)
    practice_site.slow("/waiting", 3)
    add_site("kept", practice_site.url("/"))

    process = start_crawl("kept")
    wait_for(lambda: practice_site.requested("/waiting"))
    time.sleep(1)  # the page is open, and waits
    watch.look()
    (folder,) = watch.folders
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]

    assert files
    assert not [
        body for body in files if b"zebra-mark" in body or practice_site.host.encode() in body
    ]
    process.wait(timeout=30)
    assert practice_site.requested("/a.jpg") == 1


def test_what_a_killed_keeper_leaves_is_gone_with_the_next_browser(watch):
    async def start_twice():
        first = await Browser.start(find_chromium(load_config({})))
        watch.look()
        first._keeper.kill()
        first._keeper.wait()
        left = [folder for folder in watch.folders if folder.exists()]
        second = await Browser.start(find_chromium(load_config({})))
        gone = not any(folder.exists() for folder in left)
        await first.close()
        await second.close()
        return left, gone

    left, gone = asyncio.run(start_twice())
    assert len(left) == 1
    assert gone
