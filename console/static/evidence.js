// Copies an address that is shown as text, so that nobody has to select it or presses it by mistake.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) button.hidden = !navigator.clipboard;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copies);
  const words = button.textContent;
  button.textContent = button.dataset.copied;
  const status = document.querySelector("[data-says-copied]");
  if (status) status.textContent = button.dataset.copied;
  setTimeout(() => {
    button.textContent = words;
    if (status) status.textContent = "";
  }, 2000);
});
