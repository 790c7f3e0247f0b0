// A match stays with whoever has it open, as long as she is there; when she leaves, it is given back.
"use strict";

{ // names of its own, beside the scripts of what a match page includes
  const RENEW_EVERY = 60000; // milliseconds; a claim lasts ten times as long

  const hold = document.querySelector("[data-claim]");
  const held = document.querySelector("[data-held]");
  let leaving = false;

  function renew() {
    if (hold && document.visibilityState === "visible") window.htmx.trigger(hold, "stillhere");
  }

  function giveBack() {
    if (leaving || !held) return;
    leaving = true;
    const token = document.querySelector("input[name=csrf_token]").value;
    navigator.sendBeacon(held.dataset.held, new URLSearchParams({ csrf_token: token, left: "yes" }));
  }

  if (hold) {
    setInterval(renew, RENEW_EVERY);
    document.addEventListener("visibilitychange", renew);
    // What stands there already is not read out again every minute.
    hold.addEventListener("htmx:beforeSwap", (event) => {
      const said = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").body.textContent;
      if (said.trim() === hold.textContent.trim()) event.detail.shouldSwap = false;
    });
  }
  // A form that is sent from here says itself what becomes of the match.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog") return;
    setTimeout(() => {
      if (!event.defaultPrevented) leaving = true;
    });
  });
  window.addEventListener("pagehide", giveBack);
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) renew();
  });

  // One box ticks all others of a name.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset.ticks;
    if (!name) return;
    for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]:enabled`)) box.checked = event.target.checked;
  });
}
