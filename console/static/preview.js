// A picture on demand: fetched by one press, less blurred while it is held, forgotten soon after.
// Nothing of it is stored: no cache, no history, no storage of the browser's.
"use strict";

(() => {
  const MOST_MS = 25_000;
  let waiting = null;
  let forgetting = null;

  const sectionOf = (element) => element.closest("[data-preview]");
  const areaOf = (section) => section.querySelector("[data-preview-area]");
  const copyOf = (section, which) => section.querySelector(`template[${which}]`).content.cloneNode(true);

  function put(section, content, words = "") {
    clearTimeout(forgetting);
    const area = areaOf(section);
    area.replaceChildren();
    if (words) area.append(Object.assign(document.createElement("p"), { textContent: words }));
    area.append(content);
  }

  function again(section, words = "") {
    put(section, copyOf(section, "data-preview-again"), words);
  }

  async function look(section, form) {
    const stop = new AbortController();
    waiting = stop;
    const fields = new FormData(form);
    put(section, copyOf(section, "data-preview-waiting"));
    const cancel = section.querySelector("[data-cancel]");
    cancel.focus();
    cancel.addEventListener("click", () => stop.abort("cancelled"));
    const began = Date.now();
    const seconds = section.querySelector("[data-seconds]");
    const counting = setInterval(() => {
      seconds.textContent = `${Math.floor((Date.now() - began) / 1000)} s`;
    }, 1000);
    const late = setTimeout(() => stop.abort("slow"), MOST_MS);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: fields, signal: stop.signal, cache: "no-store", redirect: "error",
        headers: { "X-Fragment": "preview" },
      });
      if (answer.headers.get("X-Fragment") !== "preview") {
        again(section, answer.status === 401 ? section.dataset.signedOut : section.dataset.failed);
        return;
      }
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      const content = document.createDocumentFragment();
      content.append(...parsed.body.childNodes);
      put(section, content);
      shown(section);
    } catch {
      const words = stop.signal.aborted ? section.dataset[stop.signal.reason] : section.dataset.failed;
      if (section.isConnected) again(section, words);
    } finally {
      clearInterval(counting);
      clearTimeout(late);
      waiting = null;
    }
    if (section.isConnected) section.querySelector("[data-preview-area] button")?.focus();
  }

  function shown(section) {
    const picture = section.querySelector("[data-preview-picture]");
    if (picture) forgetLater(section, picture);
  }

  function forgetLater(section, picture) {
    clearTimeout(forgetting);
    forgetting = setTimeout(() => again(section, section.dataset.forgotten), 1000 * picture.dataset.forgetAfter);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-preview-form]");
    if (!form) return;
    event.preventDefault();
    delete form.dataset.sent;
    if (!waiting) look(sectionOf(form), form);
  });

  document.addEventListener("click", (event) => {
    const forget = event.target.closest("[data-forget]");
    if (!forget) return;
    const section = sectionOf(forget);
    again(section);
    section.querySelector("[data-preview-area] button")?.focus();
  });

  // Holding: by mouse, pen or finger on it, by the space bar on it, or by its key anywhere.
  function hold(button) {
    if (!button || button.classList.contains("held")) return;
    clearTimeout(forgetting);
    button.classList.add("held");
  }

  function letGo() {
    for (const button of document.querySelectorAll("[data-hold].held")) {
      button.classList.remove("held");
      forgetLater(sectionOf(button), button.closest("[data-preview-picture]"));
    }
  }

  function keyHolds(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
    const button = document.querySelector("[data-hold]");
    if (!button || document.querySelector("dialog[open]")) return null;
    if (event.key === button.dataset.key && !writing(event.target)) return button;
    return event.key === " " && event.target === button ? button : null;
  }

  document.addEventListener("pointerdown", (event) => {
    if (event.button === 0) hold(event.target.closest?.("[data-hold]"));
  });
  document.addEventListener("keydown", (event) => hold(keyHolds(event)));
  for (const end of ["pointerup", "pointercancel", "keyup", "dragstart"]) document.addEventListener(end, letGo);
  window.addEventListener("blur", letGo);
  document.addEventListener("visibilitychange", letGo);
  document.addEventListener("contextmenu", (event) => {
    if (event.target.closest?.("[data-preview-picture]")) event.preventDefault();  // a long press, or "save as"
  });

  // Left, the page holds nothing: neither for the way back nor for a screenshot of it.
  window.addEventListener("pagehide", () => {
    waiting?.abort("cancelled");
    for (const section of document.querySelectorAll("[data-preview]")) again(section);
  });

  for (const section of document.querySelectorAll("[data-preview]")) shown(section);
})();
