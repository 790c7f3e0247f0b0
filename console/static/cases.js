// The slip for the person is printed by a button, and a form that gives a file may be sent again.
"use strict";

document.documentElement.classList.add("scripted");
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-prints]")) window.print();
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("downloads" in form.dataset) setTimeout(() => delete form.dataset.sent, 1500);
});
