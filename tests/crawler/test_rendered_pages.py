"""Real crawls of practice sites whose pages show nothing until their scripts have run.

The browser is a real Chromium; it is told nothing of these sites but what the crawl hands it.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from config import load_config
from crawler import rendering_browser
from crawler.rendering_browser import Browser, find_chromium
from domain.site import Render
from storage import crawls
from storage.tables import ImageUrlRow, SightingRow

JSON = "application/json"
JS = "text/javascript"


@pytest.fixture
def database_kind():
    return "sqlite"  # nothing here asks it for more than any crawl does


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


class Watch(threading.Thread):
    """Notes every process of a browser that this test's crawls start, and every folder of one."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.processes = {}
        self.folders = set()
        self.peak = 0

    def run(self):
        while not self.over.wait(0.2):
            self.look()

    def look(self):
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                line = process.cmdline()
                if "rendering_keeper" in str(line) or "headless" in str(line):
                    self.processes[process.pid, process.create_time()] = process
                    self.peak = max(self.peak, process.memory_info().rss)
                    self.folders |= {
                        Path(each.partition("=")[2])
                        for each in line
                        if each.startswith("--user-data-dir=")
                    }

    def left(self):
        """What is still there of all that was started."""
        alive = [each for each in self.processes.values() if self.lives(each)]
        return alive + [folder for folder in self.folders if folder.exists()]

    @staticmethod
    def lives(process):
        with suppress(psutil.Error):
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return False


@pytest.fixture(autouse=True)
def watch(wait_for):
    """Whatever a crawl does and however it ends, no process and no folder of a browser stays."""
    watch = Watch()
    watch.start()
    yield watch
    watch.over.set()
    watch.join()
    wait_for(lambda: not watch.left(), seconds=10)


BUILT = shell("""
  fetch('album' + '.json').then(answer => answer.json()).then(album => {
    document.cookie = 'gate=passed';
    for (const photo of album.photos) {
      const link = document.createElement('a');
      link.href = photo.page;
      const image = new Image();
      image.src = 'thumbs/' + photo.number + '.jpg';
      link.append(image);
      document.getElementById('app').append(link);
    }
    return fetch('more' + '.json');
  });
""")

ENDLESS_LIST = shell("""
  let next = 0, busy = false;
  const list = document.getElementById('app');
  async function more() {
    if (busy || next >= 5) return;
    busy = true;
    const names = await (await fetch('page?n=' + next++)).json();
    for (const name of names) {
      const box = document.createElement('div');
      box.style.height = '900px';
      box.dataset.later = name;
      list.append(box);
      new IntersectionObserver((seen, watch) => {
        if (!seen.some(each => each.isIntersecting)) return;
        watch.disconnect();
        box.innerHTML = '<img src="' + 'photos/' + name + '">';
      }).observe(box);
    }
    busy = false;
  }
  addEventListener('scroll', () => {
    if (innerHeight + scrollY > document.body.scrollHeight - 400) more();
  });
  more();
""")

BUTTON = shell(
    """
  let next = 0;
  document.querySelector('button').onclick = async () => {
    const names = await (await fetch('page?n=' + next++)).json();
    const app = document.getElementById('app');
    for (const name of names) app.innerHTML += `<img src="photos/${name}">`;
    if (next === 3) document.querySelector('button').remove();
  };
""",
    "<button>Load more</button>",
)

HIDDEN = shell("""
  const root = document.getElementById('app').attachShadow({mode: 'open'});
  root.innerHTML = '<img src=shadow.jpg>';
  const sheet = document.createElement('style');
  sheet.textContent = '#app{background:url(' + 'background.jpg' + ');height:20px}';
  document.head.append(sheet);
  fetch('bytes').then(answer => answer.blob()).then(blob => {
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    document.body.append(image);
  });
""")


def test_what_scripts_show_is_found_and_asked_for_once(
    database, add_site, practice_site, photos, crawl, register
):
    site, planted = practice_site, []

    def plant(path, number):
        site.write(path, photos[number].read_bytes(), "image/jpeg")
        planted.append(path)

    site.write("/built/", BUILT.encode())
    album = [{"number": n, "page": f"photo-{n}.html"} for n in range(3)]
    site.write("/built/album.json", json.dumps({"photos": album}).encode(), JSON)
    site.write("/built/more.json", b'{"cover": {"url": "/built/cover.jpg"}}', JSON)
    plant("/built/cover.jpg", 3)
    for n in range(3):
        plant(f"/built/thumbs/{n}.jpg", n)
        site.write(f"/built/photo-{n}.html", b"<p>A photograph, and nothing else.")
    site.write("/list/", ENDLESS_LIST.encode())
    for n in range(5):
        names = [f"{n}-{each}.jpg" for each in range(3)]
        site.write(f"/list/page?n={n}", json.dumps(names).encode(), JSON)
        for each, name in enumerate(names):
            plant(f"/list/photos/{name}", 4 + 3 * n + each)
    site.write("/button/", BUTTON.encode())
    for n in range(3):
        site.write(f"/button/page?n={n}", json.dumps([f"{n}.jpg"]).encode(), JSON)
        plant(f"/button/photos/{n}.jpg", 19 + n)
    site.write("/hidden/", HIDDEN.encode())
    plant("/hidden/shadow.jpg", 22)
    plant("/hidden/background.jpg", 23)
    plant("/hidden/bytes", 24)
    case = register(photos[6])

    add_site("album", *(site.url(f"/{each}/") for each in ("built", "list", "button", "hidden")))
    summary = crawl("album")

    assert case
    assert summary.flagged == 1
    assert addresses(database) >= set(map(site.url, planted))
    assert {path: site.requested(path) for path in ("/built/album.json", "/hidden/bytes")} == {
        "/built/album.json": 1,
        "/hidden/bytes": 1,
    }
    assert [path for path in planted if site.requested(path) > 1] == []
    assert site.requested("/built/photo-0.html") == 1  # a link that only a script has made
    (more,) = [asked for asked in site.requests if asked.path == "/built/more.json"]
    assert "gate=passed" in more.headers.get("Cookie", "")
    assert any("opened in a browser" in remark for remark in remarks(database, summary))


class Trap:
    """An address that nobody may connect to, and how many did."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.connected = 0
        threading.Thread(target=self.count, daemon=True).start()

    def count(self):
        while True:
            try:
                self.listener.accept()[0].close()
            except OSError:
                return
            self.connected += 1


@pytest.fixture
def trap():
    trap = Trap()
    yield trap
    trap.listener.shutdown(socket.SHUT_RDWR)
    trap.listener.close()


def hostile(trap, third_party):
    return shell(f"""
      const trap = 'http://{trap.host}/', third = '{third_party}';
      const image = new Image(); image.src = 'good.jpg'; document.body.append(image);
      const inside = new Image(); inside.src = trap + 'inside.jpg'; document.body.append(inside);
      for (const url of [trap, third]) {{
        fetch(url + 'data.json').catch(() => 0);
        navigator.sendBeacon(url + 'beacon', 'x');
        try {{ new WebSocket(url.replace('http', 'ws') + 'socket'); }} catch (error) {{}}
        try {{ new EventSource(url + 'events'); }} catch (error) {{}}
        const script = document.createElement('script'); script.src = url + 'a.js';
        const frame = document.createElement('iframe'); frame.src = url + 'frame.html';
        const early = document.createElement('link'); early.rel = 'preconnect'; early.href = url;
        document.body.append(script, frame, early);
        window.open(url + 'popup.html');
      }}
      fetch('sent', {{method: 'POST', body: 'x'}}).catch(() => 0);
      for (const path of ['away', 'album?action=delete', 'acts']) fetch(path).catch(() => 0);
      try {{
        const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:{trap.host}'}}]}});
        peer.createDataChannel('x');
        peer.createOffer().then(offer => peer.setLocalDescription(offer));
      }} catch (error) {{}}
      navigator.serviceWorker && navigator.serviceWorker.register('worker.js').catch(() => 0);
      alert('stop'); confirm('stop?');
      setTimeout(() => location.href = trap + 'gone.html', 100);
    """)


def test_scripts_reach_no_one_but_the_site_and_do_nothing_to_it(
    database, add_site, practice_site, other_site, photos, crawl, trap
):
    practice_site.write("/", hostile(trap, other_site.url("/")).encode())
    practice_site.write("/good.jpg", photos[0].read_bytes())
    practice_site.write("/worker.js", b"fetch('from-worker');", JS)
    practice_site.redirect("/away", other_site.url("/data.json"))
    practice_site.redirect("/acts", "/log-out")

    add_site("hostile", practice_site.url("/"))
    summary = crawl("hostile")

    said = "\n".join(remarks(database, summary))
    assert practice_site.url("/good.jpg") in addresses(database)
    assert trap.connected == 0
    assert other_site.requests == []
    assert [asked.path for asked in practice_site.requests if asked.method != "GET"] == []
    assert practice_site.requested("/worker.js") == 0
    assert practice_site.requested("/acts") == 1
    assert (
        practice_site.requested("/log-out") == practice_site.requested("/album?action=delete") == 0
    )
    assert trap.host in said
    assert other_site.host in said
    assert "only read" in said
    assert summary.refused == 1  # the picture at the internal address


WANTS_OUT = """
(async () => {
  const url = 'http://TRAP/', done = [];
  await fetch(url, {mode: 'no-cors'}).catch(error => done.push(error.name));
  const image = new Image(); image.src = url + 'a.jpg';
  await new Promise(after => image.onerror = image.onload = after);
  const peer = new RTCPeerConnection({iceServers: [
    {urls: 'turn:TRAP?transport=tcp', username: 'a', credential: 'b'}]});
  peer.createDataChannel('x');
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise(after => setTimeout(after, 500));
  return done.join();
})()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="filters are Linux's")
def test_the_filter_alone_keeps_the_browser_from_connecting(trap, monkeypatch):
    without = [
        each
        for each in rendering_browser._SWITCHES
        if not each.startswith(("--proxy", "--host-resolver", "--force-webrtc"))
    ]
    monkeypatch.setattr(rendering_browser, "_SWITCHES", tuple(without))

    async def want_out():
        browser = await Browser.start(find_chromium(load_config({})))
        try:
            call = browser.devtools.call
            await call("Fetch.disable")
            target = await call("Target.createTarget", url="about:blank")
            page = await call("Target.attachToTarget", flatten=True, **target)
            script = WANTS_OUT.replace("TRAP", trap.host)
            answer = await call(
                "Runtime.evaluate", page["sessionId"], expression=script, awaitPromise=True
            )
            return answer["result"]["value"]
        finally:
            await browser.close()

    assert asyncio.run(want_out()) == "TypeError"
    assert trap.connected == 0


ENDS_NEVER = {
    "grows": """
      const image = new Image(); image.src = 'gr' + 'ows.jpg'; document.body.append(image);
      let n = 0;
      setInterval(() => { for (let i = 0; i < 50; i++) document.body.append(++n + ' more '); }, 5);
      addEventListener('scroll', () => document.body.insertAdjacentHTML('beforeend',
        '<p style="height:3000px">'));
      document.body.insertAdjacentHTML('beforeend', '<p style="height:9000px">');
    """,
    "spins": """
      const image = new Image(); image.src = 'sp' + 'ins.jpg'; document.body.append(image);
      setTimeout(() => { while (true); }, 200);
    """,
    "swells": """
      const image = new Image(); image.src = 'sw' + 'ells.jpg'; document.body.append(image);
      const held = [];
      setInterval(() => held.push(new Uint8Array(40000000).fill(7)), 20);
    """,
    "waits": """
      const image = new Image(); image.src = 'wa' + 'its.jpg'; document.body.append(image);
      fetch('never').catch(() => 0);
    """,
}


def test_a_page_that_never_ends_costs_its_time_and_nothing_else(
    database, add_site, practice_site, photos, start_crawl, watch
):
    for number, (name, script) in enumerate(ENDS_NEVER.items()):
        practice_site.write(f"/{name}", shell(script).encode(), "text/html")
        practice_site.write(f"/{name}.jpg", photos[number].read_bytes())
    practice_site.write("/never", b"", JSON)
    practice_site.hang("/never")
    quick = shell("document.write('<img src=qu' + 'ick.jpg>')")
    practice_site.write("/quick", quick.encode(), "text/html")
    practice_site.write("/quick.jpg", photos[9].read_bytes())
    pages = (*ENDS_NEVER, "quick")

    add_site("endless", *(practice_site.url(f"/{name}") for name in pages), render=Render.ON)
    began = time.monotonic()
    process = start_crawl("endless", VIGIL_RENDER_SECONDS="2", VIGIL_ANSWER_SECONDS="2")
    process.wait(timeout=60)
    with database.reading() as session:
        summary = crawls.latest(session, "endless")

    said = "\n".join(remarks(database, summary))
    assert summary is not None
    assert summary.state == "finished"
    assert time.monotonic() - began < 40
    assert practice_site.url("/quick.jpg") in addresses(database)
    assert practice_site.url("/grows.jpg") in addresses(database)
    assert practice_site.url("/waits.jpg") in addresses(database)
    assert "went on when the time" in said
    assert 0 < watch.peak < 600 * 1024 * 1024


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


@pytest.mark.parametrize(
    ("render", "words"),
    [
        (Render.AUTO, "look as if scripts build them"),
        (Render.ON, "are to be opened in a browser"),
        (Render.OFF, None),
    ],
)
def test_without_a_browser_the_crawl_goes_on_and_says_so_once(
    database, add_site, practice_site, crawl, render, words
):
    for name in ("a", "b"):
        practice_site.write(f"/{name}", shell(f"fetch('data-' + '{name}')").encode(), "text/html")
    practice_site.write("/data-a", b"{}", JSON)

    add_site("plain", practice_site.url("/a"), practice_site.url("/b"), render=render)
    summary = crawl("plain", VIGIL_CHROMIUM="/nowhere/chromium")

    said = [remark for remark in remarks(database, summary) if "browser" in remark]
    assert summary.pages_fetched == 2
    assert practice_site.requested("/data-a") == 0
    if words is None:
        assert said == []
    else:
        (remark,) = said
        assert words in remark
        assert "VIGIL_CHROMIUM" in remark


def test_an_unchanged_page_is_opened_again_since_its_scripts_may_show_more(
    database, add_site, practice_site, photos, crawl
):
    script = "fetch('a' + '.json').then(a => a.json()).then(all => all.forEach(n => {\
        document.body.innerHTML += `<img src='${n}.jpg'>`; }))"
    practice_site.write("/", shell(script).encode())
    for n in range(2):
        practice_site.write(f"/{n}.jpg", photos[n].read_bytes())
    practice_site.write("/a.json", b"[0]", JSON)
    add_site("growing", practice_site.url("/"))
    crawl("growing")

    practice_site.write("/a.json", b"[0, 1]", JSON)
    crawl("growing")

    assert practice_site.url("/1.jpg") in addresses(database)


def gone(database):
    """Say of each picture, by its name, whether its sighting is gone."""
    found = select(ImageUrlRow.url, SightingRow.gone_at).join(
        SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id
    )
    with database.reading() as session:
        return {url.rpartition("/")[2]: at is not None for url, at in session.execute(found)}


@pytest.mark.parametrize(
    ("render", "trouble"),
    [
        (Render.AUTO, {"VIGIL_CHROMIUM": "/nowhere/chromium"}),
        (Render.ON, {"VIGIL_RENDER_SECONDS": "1"}),
    ],
)
def test_what_a_browser_did_not_show_to_its_end_is_not_taken_for_gone(
    database, add_site, practice_site, photos, crawl, render, trouble
):
    practice_site.write("/", shell(OF_A_LIST).encode())
    for n in range(2):
        practice_site.write(f"/{n}.jpg", photos[n].read_bytes())
    practice_site.write("/a.json", b"[0]", JSON)
    add_site("album", practice_site.url("/"), render=render)
    crawl("album")

    practice_site.write("/a.json", b"-1", JSON)  # in the browser it then never ends
    crawl("album", **trouble)
    after_trouble = gone(database)
    practice_site.write("/a.json", b"[1]", JSON)
    crawl("album")

    assert after_trouble == {"0.jpg": False}
    assert gone(database) == {"0.jpg": True, "1.jpg": False}


OF_A_LIST = """
  fetch('a' + '.json').then(answer => answer.json()).then(all => {
    while (all === -1);
    for (const n of all) document.body.innerHTML += `<img src='${n}.jpg'>`;
  });
"""


HANGS_AND_SPINS = """
  document.querySelector('button').onclick = () => {
    for (let n = 0; n < 10; n++) fetch('never?' + n);
    while (true);
  };
"""


def test_requests_of_a_page_that_was_given_up_do_not_stop_the_crawl(
    database, add_site, practice_site, photos, start_crawl
):
    button = "<a href=b>b</a><button>Load more</button>"
    practice_site.write("/a", shell(HANGS_AND_SPINS, button).encode(), "text/html")
    practice_site.write("/never", b"", JSON)
    practice_site.hang("/never")
    practice_site.write("/b", b"<img src=b.jpg>", "text/html")
    practice_site.write("/b.jpg", photos[0].read_bytes())

    add_site("album", practice_site.url("/a"))
    process = start_crawl("album", VIGIL_ANSWER_SECONDS="3", VIGIL_RENDER_SECONDS="1")

    assert process.wait(timeout=60) == 0
    assert addresses(database) == {practice_site.url("/b.jpg")}


COOKIES = """
  const seen = document.cookie;
  document.cookie = 'script=set';
  fetch('re' + 'new').then(() => fetch('af' + 'ter?' + encodeURIComponent(seen)));
"""


def test_scripts_see_no_cookie_that_is_kept_from_them_and_bring_back_no_old_one(
    add_site, practice_site, crawl
):
    practice_site.write("/", shell(COOKIES).encode(), headers={"Set-Cookie": "key=old; HttpOnly"})
    practice_site.write("/renew", b"{}", JSON, headers={"Set-Cookie": "key=new; HttpOnly"})
    practice_site.write("/after", b"{}", JSON)
    add_site("keyed", practice_site.url("/"), cookies={"age": "18"})

    crawl("keyed")

    (after,) = [asked for asked in practice_site.requests if asked.path.startswith("/after")]
    assert after.path == "/after?age%3D18"
    assert set(after.headers["Cookie"].split("; ")) == {"age=18", "key=new", "script=set"}


@pytest.mark.parametrize(
    ("chromium", "levels", "words"),
    [
        (None, {"ok", "warn"}, "Chrome/"),  # a warning where it has no sandbox of its own
        ("/nowhere/chromium", {"warn"}, "VIGIL_CHROMIUM"),
    ],
)
def test_doctor_says_whether_there_is_a_browser(vigil, chromium, levels, words):
    more = {} if chromium is None else {"VIGIL_CHROMIUM": chromium}
    findings = json.loads(vigil("doctor", "--json", **more).stdout)["findings"]
    (browser,) = [each for each in findings if each["what"] == "Browser"]
    assert browser["level"] in levels
    assert words in browser["found"] + (browser["advice"] or "")
