"""What is run in a rendered page: how it is scrolled on, asked for more, and written down.

It runs in a world of its own, so that it sees the page and not what the page's scripts have made of
the language.
"""

from typing import Final

_MOST_TEXT: Final = 8_000_000
_MOST_IN_MEMORY: Final = 8_000_000
_MOST_PICTURES: Final = 60

SCROLL: Final = """
(() => {
  const page = document.scrollingElement || document.documentElement;
  const boxes = [page];
  let looked = 0;
  for (const each of document.querySelectorAll('main, section, article, div, ul, ol')) {
    if (++looked > 2000 || boxes.length > 4) break;
    if (each.clientHeight < 150 || each.scrollHeight < each.clientHeight + 40) continue;
    const flow = getComputedStyle(each).overflowY;
    if (flow === 'auto' || flow === 'scroll') boxes.push(each);
  }
  let moved = false;
  for (const box of boxes) {
    const before = box.scrollTop;
    const step = Math.max(Math.floor(box.clientHeight * 0.9), 200);
    box.scrollTo({top: before + step, behavior: 'instant'});
    moved = moved || box.scrollTop > before;
  }
  return moved;
})()
"""

# A button, and nothing that leads away or belongs to a form: what would be sent is refused besides.
MORE: Final = r"""
(() => {
  const says = new RegExp([
    '^\\W*(load|show|view|see)\\s+(more|next|all)\\b',
    '^\\W*more(\\s+(photos|pictures|images|results))?\\W*$',
    '^\\W*(mehr|weitere)\\b|^\\W*(voir|afficher|charger)\\s+plus',
    '^\\W*(ver|cargar|mostrar)\\s+m[aá]s|^\\W*(carregar|ver)\\s+mais|^\\W*(mostra|carica)\\s+altr',
    '더\\s*보기|もっと|加载更多|查看更多|показать\\s+ещ|загрузить\\s+ещ',
  ].join('|'), 'i');
  const buttons = 'button, [role=button], a[href="#"], a:not([href])';
  for (const each of document.querySelectorAll(buttons)) {
    if (each.disabled || each.closest('form') || each.getClientRects().length === 0) continue;
    if (says.test((each.textContent || '').trim().slice(0, 60))) { each.click(); return true; }
  }
  return false;
})()
"""

_WRITING: Final = """
(async () => {
  const roots = [], held = [], frames = [];
  const walk = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT);
  for (let looked = 0; walk.nextNode() && looked < 200000; looked++) {
    const each = walk.currentNode;
    if (each.shadowRoot) roots.push(each.shadowRoot);
    const source = each.currentSrc || '';
    if (source.startsWith('blob:')) held.push(source);
    if (each.localName === 'iframe' && frames.length < 20) {
      try {
        const inner = each.contentDocument;
        if (inner && !/^https?:/.test(inner.URL)) frames.push(inner.documentElement.outerHTML);
      } catch (error) { /* of another origin: read as a page of its own, if it belongs here */ }
    }
  }
  const pictures = [];
  let size = 0;
  for (const source of [...new Set(held)].slice(0, PICTURES)) {
    try {
      const bytes = await (await fetch(source)).blob();
      if ((size += bytes.size) > IN_MEMORY) break;
      pictures.push(await new Promise((done, broken) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result);
        reader.onerror = broken;
        reader.readAsDataURL(bytes);
      }));
    } catch (error) { /* it is no longer held */ }
  }
  const root = document.documentElement;
  const html = root.getHTML ? root.getHTML({shadowRoots: roots}) : root.innerHTML;
  return JSON.stringify({
    html: [html, ...frames].join('\\n').slice(0, TEXT), base: document.baseURI, pictures,
  });
})()
"""
WRITE_DOWN: Final = (
    _WRITING.replace("PICTURES", str(_MOST_PICTURES))
    .replace("IN_MEMORY", str(_MOST_IN_MEMORY))
    .replace("TEXT", str(_MOST_TEXT))
)
