"""Scripts of rendered pages reach the site they belong to, to read, and nobody else."""

import asyncio
import sys

import pytest

from config import load_config
from crawler import rendering_browser
from crawler.rendering_browser import Browser, find_chromium
from crawler.rendering_presses import MOST_OF_A_PRESS
from tests.crawler.rendering.script_built import JS, addresses, remarks, shell


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


def hostile_gate(trap, third_party):
    return shell(f"""
      const gate = document.createElement('button');
      gate.textContent = 'I am over 18';
      gate.onclick = () => {{
        for (const url of ['http://{trap.host}/', '{third_party}', '/log-out', '/a?action=delete',
                           '/through']) {{
          fetch(url, {{method: 'POST', mode: 'no-cors', body: 'x'}}).catch(() => 0);
        }}
        for (let n = 0; n < 20; n++) fetch('/say?' + n, {{method: 'POST'}}).catch(() => 0);
        setTimeout(() => location.href = '/log-out', 50);
        setTimeout(() => location.href = 'http://{trap.host}/gone.html', 100);
      }};
      document.body.append(gate);
    """)


def test_what_an_age_gate_may_send_goes_to_the_site_alone_and_is_little(
    add_site, practice_site, other_site, crawl, trap
):
    practice_site.write("/", hostile_gate(trap, other_site.url("/")).encode())
    practice_site.redirect("/through", other_site.url("/taken"), status=307)

    add_site("hostile", practice_site.url("/"), age_gate="I am over 18")
    crawl("hostile")

    sent = [asked.path for asked in practice_site.requests if asked.method == "POST"]
    assert trap.connected == 0
    assert other_site.requests == []
    assert "/through" in sent
    assert 0 < len(sent) <= 2 * MOST_OF_A_PRESS
    assert practice_site.requested("/log-out") == practice_site.requested("/a?action=delete") == 0
