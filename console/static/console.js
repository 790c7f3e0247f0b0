// Keys for everything that has a `data-key`, and what opens by pressing. Nothing here decides.
"use strict";

// A key presses what names it, unless somebody is writing.
function writing(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

// What stands in closed details has boxes, too, in browsers that hide it by `content-visibility`.
function folded(element) {
  for (let at = element.closest("details"); at; at = at.parentElement.closest("details")) {
    if (!at.open && !at.querySelector(":scope > summary")?.contains(element)) return true;
  }
  return false;
}

function shown(element) {
  return element.getClientRects().length > 0 && !element.disabled && !folded(element);
}

function keyed(key) {
  const within = document.querySelector("dialog[open]") || document;
  return Array.from(within.querySelectorAll("[data-key]")).find((each) => each.dataset.key === key && shown(each));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writing(event.target)) return;
  const found = keyed(event.key);
  if (!found) return;
  event.preventDefault();
  if (event.repeat) return;
  if (found.matches("input, select, textarea")) found.focus();
  else found.click();
});

// What is opened by a button: a dialog, named by `data-opens`.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  const dialog = document.getElementById(opener.dataset.opens);
  const list = dialog.querySelector("[data-lists-keys]");
  if (list) listKeys(list);
  dialog.showModal();
});

function listKeys(list) {
  list.replaceChildren();
  for (const each of document.querySelectorAll("[data-key]")) {
    if (!shown(each)) continue;
    const key = document.createElement("dt");
    const says = document.createElement("dd");
    key.append(Object.assign(document.createElement("kbd"), { textContent: each.dataset.key }));
    says.textContent = each.dataset.keySays || each.textContent.trim();
    list.append(key, says);
  }
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || "again" in form.dataset) return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What came of the last page is read out, and its undo is the next thing to reach.
window.addEventListener("DOMContentLoaded", () => {
  const said = document.querySelector("main > .said[tabindex]");
  if (said && !location.hash && !document.querySelector("[autofocus]")) said.focus({ preventScroll: true });
});
