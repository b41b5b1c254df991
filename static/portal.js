// Comfort only: every step works without this file.
"use strict";

// Focus lands on the summary of errors, so that a screen reader says it at once.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A menu that covers the page closes by Escape, by a click elsewhere, and once focus has left it.
for (const menu of document.querySelectorAll("details[name=menu]")) {
  const covers = () => menu.open && getComputedStyle(menu.querySelector("ul")).position === "absolute";
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget) && covers()) menu.open = false;
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target) && covers()) menu.open = false;
  });
}

// A second click on the same button waits for the answer to the first.
const release = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".is-sent")) {
    button.classList.remove("is-sent");
    button.removeAttribute("aria-disabled");
  }
};
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    if (event.submitter) {
      event.submitter.classList.add("is-sent");
      event.submitter.setAttribute("aria-disabled", "true");
    }
    setTimeout(release, 15000, form); // no answer came, or it was stopped: it may be sent again
  });
}
// « Back » brings a kept page back as it was left: it may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach(release);
});
