"""What is looked at on every page, whatever its business: structure, width, focus, axe."""

from typing import Any

from django.conf import settings
from django.templatetags.static import static

from tests.browser.portal import Portal
from tests.extent import EVERYTHING
from tests.journeys.words import ERROR

#: pixels; no style sheet asks for a width between the two: `make test` takes the narrower
PHONES = (320, 360) if EVERYTHING else (320,)
DESKTOP = {"width": 1280, "height": 900}
#: from the portal's own address: the browser reads it once, and compiles it once
LOAD_AXE = """(address) => new Promise((isLoaded) => {
  const axe = document.createElement("script");
  [axe.src, axe.onload, axe.onerror] = [address, () => isLoaded(true), () => isLoaded(false)];
  document.head.append(axe);
})"""
#: what is wrong, and not all that is right; what stands around `main` is left out if seen before.
#: axe then loads no style sheet anew either: only the rule on sounds asks for that, and
#: the pages have none
VIOLATIONS = """(leftOut) => axe.run(
    {exclude: leftOut}, {resultTypes: ["violations"], preload: leftOut.length === 0}
  ).then((found) => found.violations)"""
AROUND = "body > :not(main):not(:has(main))"
AROUND_MAIN = """(around) => [...document.querySelectorAll(around)]
  .map((one) => one.outerHTML.replace(/(href|action|value)="[/\\w][^"]*"/g, "")).join("")"""
#: what axe judges a page by: elements, classes, roles, states, what refers to what; no words, and
#: of rows that are alike the first
SHAPE_OF_MAIN = """() => {
  const leads = (ids) => ids.split(/\\s+/).every((id) => document.getElementById(id));
  const says = ({name, value}) => {
    if (["for", "aria-labelledby", "aria-describedby", "aria-controls"].includes(name))
      return name + (leads(value) ? "" : " leads nowhere");
    const tells = ["class", "type", "role"].includes(name) || name.startsWith("aria-");
    return name + (tells && name !== "aria-label" ? "=" + value : value ? "" : " is empty");
  };
  const shape = (one) => {
    const within = [...one.childNodes].map((child) =>
      child.nodeType === Node.ELEMENT_NODE ? shape(child) : child.textContent.trim() && "words");
    const each = within.filter((inner) => inner).filter((inner, n, all) => inner !== all[n - 1]);
    const attributes = [...one.attributes].map(says).sort();
    return `<${[one.tagName, ...attributes].join(" ")}>${each.join("")}</>`;
  };
  return shape(document.querySelector("main") ?? document.body);
}"""
#: what stands around the pages judged by axe so far, and the shapes of their `main`
JUDGED: set[str] = set()
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
IN_ERROR = """() => {
  const main = document.querySelector("main:not(:has(.examples))"); // the component page errs not
  const summary = main?.querySelector(".error-summary") ?? null;
  return {
    title: document.title,
    isInError: (main?.querySelector(".error-summary, .alert-danger") ?? null) !== null,
    hasSummary: summary !== null,
    hasFocus: summary === document.activeElement,
  };
}"""
#: where a link of the summary may lead: a field, or the list in which to choose
ANSWERED = {"INPUT", "SELECT", "TEXTAREA", "TABLE", "FIELDSET"}
WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one) => getComputedStyle(one).position !== "absolute")
  .slice(0, 3).map((one) => one.tagName + "." + one.className)"""
PRIMARY = """[...document.querySelectorAll("main .btn-primary")]
  .filter((one) => one.checkVisibility({visibilityProperty: true})).map((one) => one.innerText)"""


def faults(portal: Portal) -> list[str]:
    """Everything that is wrong with the page shown; what was asked elsewhere before axe comes."""
    found = [f"before axe: {complaint}" for complaint in portal.complaints]
    found += structure(portal)
    found += errors(portal)
    found += widths(portal)
    found += axe(portal)
    portal.complaints.clear()
    return found


def structure(portal: Portal) -> list[str]:
    lang, headings = portal.page.evaluate(
        "[document.documentElement.lang, document.querySelectorAll('h1').length]"
    )
    found = [] if lang == portal.language else [f"lang={lang}"]
    return found if headings == 1 else [*found, f"{headings} h1"]


def primary_buttons(portal: Portal) -> list[str]:
    return portal.page.evaluate(PRIMARY)


def errors(portal: Portal) -> list[str]:
    """In error: the title says so first, focus is on the summary, whose links lead to fields."""
    page = portal.page
    at = page.evaluate(IN_ERROR)
    title = " ".join(at["title"].split())
    if at["isInError"] != title.startswith(portal.words(ERROR)):
        return [f"title « {title} »"]
    if not at["hasSummary"]:
        return []
    found = [] if at["hasFocus"] else ["focus is not on the summary of errors"]
    links = page.locator(".error-summary a")
    for link in links.all():
        link.press("Enter")
        target = (link.get_attribute("href") or "").removeprefix("#")
        focused = page.evaluate("[document.activeElement.id, document.activeElement.tagName]")
        if focused[0] != target or focused[1] not in ANSWERED:
            found.append(f"« {link.inner_text()} », #{target}, leads to {focused}")
    if not links.count():
        found.append("a summary of errors without a link")
    page.evaluate("document.activeElement.blur()")
    return found


def widths(portal: Portal) -> list[str]:
    page, found = portal.page, []
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 800})
        if (beyond := page.evaluate(SIDEWAYS)) > 0:
            found.append(f"sideways by {beyond} px at {width}: {page.evaluate(WIDEST)}")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return found


def axe(portal: Portal) -> list[str]:
    """What axe finds; of pages that differ in words alone, `make test` asks it of the first."""
    shape, around = portal.page.evaluate(f"[({SHAPE_OF_MAIN})(), ({AROUND_MAIN})({AROUND!r})]")
    if {shape, around} <= JUDGED and not EVERYTHING:
        return []
    if not portal.page.evaluate(LOAD_AXE, static("axe/axe.min.js")):
        # a letter's policy lets no script in
        portal.page.evaluate((settings.AXE / "axe.min.js").read_text())
    left_out = [AROUND] if around in JUDGED else []
    violations: list[dict[str, Any]] = portal.page.evaluate(VIOLATIONS, left_out)
    JUDGED.update({shape, around})
    return [
        f"axe {violation['id']}: {violation['help']} ({node['html'][:160]})"
        for violation in violations
        for node in violation["nodes"]
    ]
