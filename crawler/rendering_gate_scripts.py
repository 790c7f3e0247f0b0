"""What is run in a rendered page to find its age gate, to press it, and to see what it then keeps.

Like all of ours, it runs in a world of its own, apart from the page's scripts.
"""

import json
from typing import Final

from crawler.age_gate import GateWords
from crawler.page_forms import AROUND, BORN
from domain.acting_links import ACTING_WORDS
from domain.site_entry import SELECTOR

_MOST_ELEMENTS: Final = 20_000
_MOST_ROOTS: Final = 200
_MOST_KEPT: Final = 16_000
"""Characters of what a page keeps in the browser that are kept for the pages after it."""

# What is looked for can be seen: one that a press has hidden, or moved away, is no longer there.
# Words on what can plainly be pressed come first; then on what only shows a hand, written exactly.
_LOOK: Final = r"""
(() => {
  const said = SAID, about = ABOUT, acting = ACTING, selector = SELECTOR_TEXT;
  const pressable = 'a, button, summary, label, input[type=submit], input[type=button],'
    + ' input[type=image], [onclick], [role=button], [role=link]';
  const all = [], roots = [document];
  for (let n = 0; n < roots.length && n < MOST_ROOTS; n++) {
    for (const each of roots[n].querySelectorAll('*')) {
      if (all.length >= MOST_ELEMENTS) break;
      all.push(each);
      if (each.shadowRoot) roots.push(each.shadowRoot);
    }
  }
  const drawn = each => {
    const box = each.getBoundingClientRect();
    return box.width >= 1 && box.height >= 1
      && box.right + scrollX > 0 && box.bottom + scrollY > 0;
  };
  const seen = each => (drawn(each) || [...each.children].slice(0, 3).some(drawn))
    && each.checkVisibility({checkVisibilityCSS: true, checkOpacity: true});
  const words = each => {
    const image = each.querySelector('img');
    const attributes = ['aria-label', 'title', 'alt'].map(name => each.getAttribute(name));
    const texts = [each.textContent, each.value, ...attributes, image && image.alt];
    for (const text of texts) {
      const line = String(text || '').slice(0, 2000).replace(/\s+/g, ' ').trim();
      if (line) return line.length > 200 ? '' : line.toLowerCase();
    }
    return '';
  };
  let found = [];
  if (selector !== null) {
    try { found = roots.flatMap(root => [...root.querySelectorAll(selector)]); } catch { }
    found = found.map(each => each.matches(pressable) || each.localName === 'form'
      ? each : [...each.querySelectorAll(pressable)].find(seen) || each);
  } else {
    const acts = line => {
      const there = ' ' + line.split(/[^\p{L}]+/u).join(' ') + ' ';
      return acting.some(each => there.includes(' ' + each + ' '));
    };
    const near = [], buttons = all.filter(each => each.matches(pressable));
    for (const each of buttons) {
      const there = words(each);
      if (said.includes(there)) found.push(each);
      else if (there.includes(about) && there.length <= about.length + AROUND && !acts(there)) {
        near.push(each);
      }
    }
    found.push(...near);
    if (!found.some(seen)) {
      const hands = all.filter(each => each.childElementCount === 0 && said.includes(words(each))
        && getComputedStyle(each).cursor === 'pointer');
      found.push(...hands);
    }
  }
  const gate = found.find(seen) || null;
  globalThis.vigilGate = gate;
  if (gate === null) return null;
  const link = gate.closest('a[href]');
  const form = gate.localName === 'form' ? gate : gate.form || gate.closest('form');
  const leads = [link && link.href];
  let sends = null, fields = '';
  if (form) {
    const action = gate.getAttribute('formaction') || form.getAttribute('action');
    try { leads.push(new URL(action || '', document.baseURI).href); } catch { leads.push(action); }
    sends = leads.at(-1);
    const given = [...new FormData(form)].filter(([, value]) => typeof value === 'string');
    if (gate !== form && gate.name) given.push([gate.name, gate.value]);
    fields = new URLSearchParams(given).toString().slice(0, 20000);
  }
  return JSON.stringify({
    // What a script of a link does is judged when it does it.
    leads: leads.filter(each => each && !/^\s*javascript:/i.test(each)),
    words: words(gate), form: sends, fields,
    exact: selector !== null || said.includes(words(gate)),
  });
})()
"""

# As a person does it: what must be ticked is ticked, and a birthday long ago is given.
PRESS: Final = r"""
(async () => {
  const gate = globalThis.vigilGate;
  if (!gate || !gate.isConnected) return false;
  const tell = each => {
    for (const type of ['input', 'change']) each.dispatchEvent(new Event(type, {bubbles: true}));
  };
  const parent = gate.parentElement;
  const whole = !parent || ['body', 'main', 'html'].includes(parent.localName);
  const around = gate.closest('form, dialog, [role=dialog]') || (whole ? gate : parent);
  const boxes = [...around.querySelectorAll('input[type=checkbox]')].slice(0, 20);
  for (const box of boxes) {
    if ((boxes.length === 1 || box.required) && !box.checked) box.click();
  }
  for (const each of [...around.querySelectorAll('select')].slice(0, 20)) {
    if (each.multiple) continue;
    const options = [...each.options];
    const born = options.find(option => option.value === 'BORN' || option.text.trim() === 'BORN');
    const given = born || (each.value ? null : options.find(option => option.value));
    if (given) { each.value = given.value; tell(each); }
  }
  for (const each of [...around.querySelectorAll('input')].slice(0, 50)) {
    const name = (each.name + ' ' + each.id + ' ' + each.placeholder).toLowerCase();
    if (each.value) continue;
    if (each.type === 'date') each.value = 'BORN-01-01';
    else if (!['text', 'tel', 'number'].includes(each.type)) continue;
    else if (/year|yyyy/.test(name)) each.value = 'BORN';
    else if (/month|day|\bmm\b|\bdd\b/.test(name)) each.value = '1';
    else continue;
    tell(each);
  }
  await new Promise(after => setTimeout(after, 50));
  const target = gate.localName !== 'form' ? gate
    : gate.querySelector('button:not([type=button]), input[type=submit], input[type=image]');
  if (!target) { gate.requestSubmit(); return true; }
  if (target.disabled) return false;
  const how = {bubbles: true, cancelable: true, composed: true, button: 0};
  target.dispatchEvent(new PointerEvent('pointerdown', {...how, isPrimary: true}));
  target.dispatchEvent(new MouseEvent('mousedown', how));
  target.dispatchEvent(new PointerEvent('pointerup', {...how, isPrimary: true}));
  target.dispatchEvent(new MouseEvent('mouseup', how));
  target.click();
  return true;
})()
""".replace("BORN", BORN)

_KEPT: Final = """
(() => {
  const kept = {origin: location.origin};
  let size = 0;
  for (const name of ['localStorage', 'sessionStorage']) {
    kept[name] = [];
    try {
      for (const [key, value] of Object.entries(globalThis[name])) {
        const length = key.length + value.length;
        if (size + length > MOST_KEPT) continue;
        size += length;
        kept[name].push([key, value]);
      }
    } catch { /* it may keep nothing */ }
  }
  return JSON.stringify(kept);
})()
"""
KEPT: Final = _KEPT.replace("MOST_KEPT", str(_MOST_KEPT))
"""What a page keeps in the browser, which is how most gates remember that they were pressed."""

_KEEP: Final = """
(() => {
  const kept = KEPT;
  if (location.origin !== kept.origin) return;
  for (const name of ['localStorage', 'sessionStorage']) {
    try {
      for (const [key, value] of kept[name]) globalThis[name].setItem(key, value);
    } catch { /* it may keep nothing */ }
  }
})()
"""


def looking_for(named: GateWords) -> str:
    """Return the script that finds a gate; null is its answer if there is none.

    Else it is JSON: ``leads``, the addresses that it leads to; the ``words`` on it, and whether it
    is ``exact``, what was named; the address of its ``form``, or null, and what stands in the
    ``fields`` of that, written as forms are sent.

    Args:
        named: what is to be pressed.
    """
    said = named.said
    selector = said.removeprefix(SELECTOR).strip() if said.startswith(SELECTOR) else None
    numbers = {"MOST_ROOTS": _MOST_ROOTS, "MOST_ELEMENTS": _MOST_ELEMENTS, "AROUND": AROUND}
    script = _LOOK
    for name, number in numbers.items():
        script = script.replace(name, str(number))
    exact = [each.lower() for each in (said, named.found) if each]
    given = {"about": said.lower(), "acting": sorted(ACTING_WORDS), "selector": selector}
    written = ", ".join(f"{name} = {json.dumps(value)}" for name, value in given.items())
    before, _, after = script.partition(
        "SAID, about = ABOUT, acting = ACTING, selector = SELECTOR_TEXT"
    )
    return f"{before}{json.dumps(exact)}, {written}{after}"


def giving_back(kept: str) -> str:
    """Return the script by which a page finds what one before it has kept (`KEPT`)."""
    return _KEEP.replace("KEPT", kept, 1)
