// Comfort only: every step works without this file.
"use strict";

// Focus lands on the summary of errors, so that a screen reader says it at once.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A second click on the same button waits for the answer to the first.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    if (event.submitter) event.submitter.classList.add("is-sent");
  });
}
// « Back » brings a kept page back as it was left: it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".is-sent")) button.classList.remove("is-sent");
  }
});
