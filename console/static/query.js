// The editor of queries: Ctrl and Enter run what is written, and waiting is said. Nothing here decides.
"use strict";

const runs = document.querySelector("form[data-runs]");
if (runs) {
  runs.elements.query.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    runs.requestSubmit();
  });
  runs.addEventListener("submit", () => {
    runs.querySelector("[data-running]").hidden = false;
  });
  window.addEventListener("pageshow", () => {
    runs.querySelector("[data-running]").hidden = true;
  });
}

// The answer is what somebody waits for: reading goes on there.
const lands = document.querySelector("[data-lands]");
if (lands) lands.focus();
