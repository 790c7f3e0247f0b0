// Says aloud what has changed of what goes on, and only then: its counts change every two seconds.
"use strict";

document.addEventListener("htmx:afterSettle", () => {
  const announced = document.getElementById("announced");
  const said = document.querySelector("[data-announce]");
  if (announced && said && announced.textContent !== said.dataset.announce) {
    announced.textContent = said.dataset.announce;
  }
});
