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

// Two minutes before the session ends, a dialog says so. Other tabs count: the portal is asked first.
const dialog = document.querySelector("dialog[data-session]");
if (dialog) {
  const WARNED = 120;
  const countdown = dialog.querySelector("[data-countdown]");
  const unread = document.querySelector("[data-unread]");
  let endsAt, asked, timer;

  const plan = (left) => {
    endsAt = Date.now() + left * 1000;
    clearTimeout(timer);
    if (left > WARNED && dialog.open) dialog.close();
    timer = setTimeout(ask, Math.max(1000, (left - WARNED) * 1000));
  };
  const ask = async (method = "GET") => {
    asked = Date.now();
    const body = method === "POST" ? new URLSearchParams({ csrfmiddlewaretoken: dialog.querySelector("input").value }) : undefined;
    const answer = await fetch(dialog.dataset.session, { method, body, redirect: "manual" }).catch(() => null);
    if (!answer) return; // no network: the page stays as it is
    // the whole address: a path may begin with two slashes, which name another host
    if (!answer.ok) return location.assign(location.href.split("#")[0]);
    const told = await answer.json();
    unread.textContent = told.unread;
    unread.hidden = !told.unread;
    plan(told.left);
    if (told.left <= WARNED && !dialog.open) warn();
  };
  const warn = () => {
    clearTimeout(timer);
    dialog.showModal();
    tick();
  };
  const tick = () => {
    if (!dialog.open) return;
    const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    countdown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left) setTimeout(tick, 1000);
    else ask();
  };
  dialog.querySelector("[data-stay]").addEventListener("click", () => ask("POST"));
  dialog.addEventListener("cancel", () => ask("POST")); // Escape, too, says that somebody is there
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !(Date.now() - asked < 60000)) ask();
  });
  plan(Number(dialog.dataset.left));
}
